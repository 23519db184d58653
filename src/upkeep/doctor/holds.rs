//! Holds whose review is overdue. They stay in force all the same.

use async_trait::async_trait;
use retaind_schedules::calendar::london_date;
use sea_orm::{EntityTrait as _, QueryFilter as _, QueryOrder as _};

use super::{Check, Patient, Said, warning, well};
use crate::catalogue::entity::hold;
use crate::catalogue::values::CivilDate;
use crate::holds;
use crate::upkeep::UpkeepError;

pub(super) struct Holds;

#[async_trait]
impl Check for Holds {
    fn area(&self) -> &'static str {
        "holds"
    }

    async fn look(&self, patient: &Patient<'_>) -> Result<Vec<Said>, UpkeepError> {
        let in_force = hold::Entity::find()
            .filter(holds::stands(patient.catalogue.read().get_database_backend()))
            .order_by_asc(hold::Column::ReviewOn)
            .all(patient.catalogue.read())
            .await?;
        let today = CivilDate(london_date(patient.now));
        let overdue: Vec<_> = in_force.iter().filter(|hold| hold.review_on < today).collect();
        let Some(first) = overdue.first() else {
            return Ok(vec![well(format!("{} in force, none overdue for review", in_force.len()))]);
        };
        let what = format!(
            "{} of {} in force are overdue for review, {} since {}",
            overdue.len(),
            in_force.len(),
            holds::number(first.id),
            first.review_on
        );
        Ok(vec![warning(
            what,
            "Review each, or ask for its release: `retaind hold list`, `retaind hold show NUMBER`",
        )])
    }
}
