//! Mappings nobody has approved: what is under them is never proposed.

use async_trait::async_trait;
use sea_orm::{ColumnTrait as _, EntityTrait as _, PaginatorTrait as _, QueryFilter as _};

use super::{Check, Patient, Said, warning, well};
use crate::catalogue::entity::mapping;
use crate::upkeep::UpkeepError;

pub(super) struct Mappings;

#[async_trait]
impl Check for Mappings {
    fn area(&self) -> &'static str {
        "mappings"
    }

    async fn look(&self, patient: &Patient<'_>) -> Result<Vec<Said>, UpkeepError> {
        let active = || mapping::Entity::find().filter(mapping::Column::Active.eq(true));
        let all = active().count(patient.catalogue.read()).await?;
        let unapproved = active().filter(mapping::Column::ApprovedBy.is_null());
        Ok(vec![match unapproved.count(patient.catalogue.read()).await? {
            0 => well(format!("{all}, all of them approved")),
            unapproved => warning(
                format!("{unapproved} of {all} are not approved: nothing under them is proposed"),
                "The records manager looks at what each covers, and approves it",
            ),
        }])
    }
}
