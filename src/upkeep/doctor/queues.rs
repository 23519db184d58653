//! Jobs that failed and mails that do not get out, in a catalogue that has them.

use async_trait::async_trait;
use jiff::SignedDuration;
use sea_orm::{ConnectionTrait as _, DbErr, Statement};

use super::{Check, Patient, Said, warning, well, wrong};
use crate::catalogue::values::Micros;
use crate::upkeep::{UpkeepError, table};

pub(super) struct Queues;

/// A mail that has waited so long is not being sent.
const PATIENCE: SignedDuration = SignedDuration::from_hours(24);

const FAILED_JOBS: &str = "select name from job where last_result = 'failed' order by name";
const RETURNED_MAILS: &str = "select message_id from mail where state in ('failed', 'bounced')";

#[async_trait]
impl Check for Queues {
    fn area(&self) -> &'static str {
        "jobs and mails"
    }

    async fn look(&self, patient: &Patient<'_>) -> Result<Vec<Said>, UpkeepError> {
        let tables = table::all(patient.catalogue.read()).await?;
        let has = |name: &str| tables.iter().any(|table| table.name == name);
        let mut said = Vec::new();
        if has("job") {
            let failed = rows(patient, FAILED_JOBS).await?;
            said.extend(failed.iter().map(|name| {
                let remedy =
                    format!("`retaind jobs list` says why; then `retaind jobs run {name}`");
                wrong(format!("the last run of {name} failed"), remedy)
            }));
        }
        if has("mail") {
            let late = Micros::from(patient.now - PATIENCE).0;
            let late = format!(
                "select message_id from mail where state = 'waiting' and created_at < {late}"
            );
            match rows(patient, &late).await?.len() {
                0 => {}
                late => said.push(wrong(
                    format!("{late} mails have waited for more than a day"),
                    "See that the mail server answers: nobody is told of what they must decide",
                )),
            }
            match rows(patient, RETURNED_MAILS).await?.len() {
                0 => {}
                back => said.push(warning(
                    format!("{back} mails could not be delivered"),
                    "Correct the addresses in the people list, or name who takes their place",
                )),
            }
        }
        if said.is_empty() {
            said.push(well("none failed, none waits"));
        }
        Ok(said)
    }
}

/// The first column of each row.
async fn rows(patient: &Patient<'_>, query: &str) -> Result<Vec<String>, DbErr> {
    let database = patient.catalogue.read();
    let rows = Statement::from_string(database.get_database_backend(), query);
    let rows = database.query_all_raw(rows).await?;
    rows.iter().map(|row| row.try_get_by_index(0)).collect()
}
