//! Assets nobody answers for.

use async_trait::async_trait;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};

use super::{Check, Patient, Said, warning, well};
use crate::catalogue::entity::{asset, person};
use crate::catalogue::words::AssetStatus;
use crate::upkeep::UpkeepError;

pub(super) struct Assets;

/// References said at once.
const NAMED: usize = 5;

#[async_trait]
impl Check for Assets {
    fn area(&self) -> &'static str {
        "assets"
    }

    async fn look(&self, patient: &Patient<'_>) -> Result<Vec<Said>, UpkeepError> {
        let database = patient.catalogue.read();
        let active = asset::Entity::find().filter(asset::Column::Status.eq(AssetStatus::Active));
        let assets = active.all(database).await?;
        let people = person::Entity::find().filter(person::Column::Active.eq(true));
        let people: std::collections::HashSet<_> =
            people.all(database).await?.into_iter().map(|row| row.id).collect();
        let mut alone: Vec<&str> = assets
            .iter()
            .filter(|asset| asset.iao.is_none_or(|owner| !people.contains(&owner)))
            .map(|asset| asset.reference.as_str())
            .collect();
        if alone.is_empty() {
            return Ok(vec![well(format!("{}, each with an owner", assets.len()))]);
        }
        alone.sort_unstable();
        let more = if alone.len() > NAMED { ", ..." } else { "" };
        let named = alone[..alone.len().min(NAMED)].join(", ");
        Ok(vec![warning(
            format!("{} of {} have no active owner: {named}{more}", alone.len(), assets.len()),
            "Name an owner in the register and import it; until then nobody can approve",
        )])
    }
}
