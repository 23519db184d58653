//! Backups: whether there is one, and how old the last is.

use std::fs;

use async_trait::async_trait;
use jiff::Timestamp;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _};

use super::{Check, Patient, Said, ago, warning, well};
use crate::audit::Action;
use crate::catalogue::entity::audit_entry;
use crate::upkeep::UpkeepError;
use crate::upkeep::backup::{default_folder, made};

pub(super) struct Backups;

/// Backups are made every night.
const OLD: i64 = 48;

#[async_trait]
impl Check for Backups {
    fn area(&self) -> &'static str {
        "backups"
    }

    /// By the audit chain, wherever they were written to. Those on this very
    /// disk are counted, since they go with it.
    async fn look(&self, patient: &Patient<'_>) -> Result<Vec<Said>, UpkeepError> {
        let last = audit_entry::Entity::find()
            .filter(audit_entry::Column::Action.eq(Action::CatalogueBackedUp.to_string()))
            .order_by_desc(audit_entry::Column::Seq)
            .one(patient.catalogue.read())
            .await?;
        let folder = default_folder(&patient.config.state_directory);
        let here = if fs::exists(&folder).unwrap_or(false) { made(&folder)?.len() } else { 0 };
        Ok(vec![verdict(last.map(|entry| entry.at.timestamp()), here, patient.now)])
    }
}

fn verdict(last: Option<Timestamp>, here: usize, now: Timestamp) -> Said {
    let remedy =
        "Run `retaind backup FOLDER`, with the folder on another disk, and see why no job did";
    let Some(last) = last else { return warning("none was ever made", remedy) };
    let what = match here {
        0 => format!("the last was made {}; none lies in the state directory", ago(last, now)),
        _ => format!(
            "the last was made {}; {here} lie in the state directory and are lost with its disk: \
             copy them to another machine",
            ago(last, now)
        ),
    };
    if now.duration_since(last).as_hours() > OLD { warning(what, remedy) } else { well(what) }
}
