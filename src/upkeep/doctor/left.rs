//! What batches took out of reach and could neither destroy nor put back: nobody has
//! it until a person looks.

use std::collections::BTreeMap;

use async_trait::async_trait;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QuerySelect as _};
use uuid::Uuid;

use super::{Check, Patient, Said, well, wrong};
use crate::catalogue::entity::{batch, batch_line};
use crate::disposal::execution::left;
use crate::plural::counted;
use crate::upkeep::UpkeepError;

pub(super) struct Left;

#[async_trait]
impl Check for Left {
    fn area(&self) -> &'static str {
        "out of reach"
    }

    async fn look(&self, patient: &Patient<'_>) -> Result<Vec<Said>, UpkeepError> {
        let read = patient.catalogue.read();
        let lines = batch_line::Entity::find().filter(left::failed());
        let lines = lines
            .select_only()
            .column(batch_line::Column::BatchId)
            .column_as(batch_line::Column::Id.count(), "lines")
            .group_by(batch_line::Column::BatchId);
        let lines: BTreeMap<Uuid, i64> =
            lines.into_tuple::<(Uuid, i64)>().all(read).await?.into_iter().collect();
        let batches = batch::Entity::find().filter(batch::Column::Id.is_in(lines.keys().copied()));
        let mut said = Vec::new();
        for batch::Model { id, number, .. } in batches.all(read).await? {
            let lines = lines.get(&id).map_or(0, |lines| lines.unsigned_abs());
            let lines = counted(lines, "line of batch", "lines of batch");
            said.push(wrong(
                format!("{lines} {number} could be neither destroyed nor put back"),
                format!(
                    "`retaind batch show {number} --lines` says which and why; once that is \
                     mended, `retaind dispose restore {number} --line NUMBER --reason ...`"
                ),
            ));
        }
        if said.is_empty() {
            said.push(well("whatever was taken can be put back or destroyed"));
        }
        Ok(said)
    }
}
