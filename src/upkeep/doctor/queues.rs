//! Jobs that failed and mails that do not get out, in a catalogue that has them.

use async_trait::async_trait;
use jiff::SignedDuration;
use sea_orm::{ConnectionTrait as _, DbErr, Statement};

use super::{Check, Patient, Said, warning, well, wrong};
use crate::catalogue::values::Micros;
use crate::plural::counted;
use crate::upkeep::{UpkeepError, table};

pub(super) struct Queues;

/// A mail that has waited so long is not being sent.
const PATIENCE: SignedDuration = SignedDuration::from_hours(24);

/// A daemon looks every minute for what is due.
const OVERDUE: SignedDuration = SignedDuration::from_hours(1);

const FAILED_JOBS: &str = "select name from job where last_result = 'failed' order by name";
const WAITING_MAILS: &str = "select message_id from mail where state = 'waiting'";
const FAILING_ADDRESSES: &str = "select address from failing_address";

/// What waits for a person's word, and for catalogues that know nothing of that.
const HELD_BACK: &str = "select notice_id from held_notice";
const NONE: &str = "select id from notice where false";
const HELD_NOTICES: &str = "select period_key from notice where id in (select notice_id from \
                            held_notice) and state in ('waiting', 'failed', 'bounced')";

/// A notice that no mail has told after so long: longer than any row of days
/// that are no working days.
const REACHED_BY: SignedDuration = SignedDuration::from_hours(24 * 7);

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
            said.extend(overdue(patient).await?);
            said.extend(failed.iter().map(|name| {
                let remedy =
                    format!("`retaind jobs list` says why; then `retaind jobs run {name}`");
                wrong(format!("the last run of {name} failed"), remedy)
            }));
        }
        if has("mail") {
            let late = Micros::from(patient.now - PATIENCE).0;
            let held = if has("held_notice") { HELD_BACK } else { NONE };
            let late = format!(
                "select message_id from mail where state = 'waiting' and created_at < {late} and \
                 not exists (select 1 from notice where mail_id = mail.id and id in ({held}))"
            );
            match rows(patient, &late).await?.len() {
                0 => {}
                late => said.push(wrong(
                    counted(late as u64, "mail has", "mails have") + " waited for more than a day",
                    "See that the mail server answers: nobody is told of what they must decide",
                )),
            }
            match rows(patient, FAILING_ADDRESSES).await?.len() {
                0 => {}
                failing => said.push(warning(
                    counted(failing as u64, "address takes", "addresses take")
                        + " no mail; what they are told goes to others",
                    "Correct them in the people list or [[service_area]]; where one works again, \
                     `retaind mail test ADDRESS` says so and it is written to again",
                )),
            }
            let untold = Micros::from(patient.now - REACHED_BY).0;
            let untold = format!(
                "select period_key from notice where mail_id is null and created_at < {untold} \
                 and state in ('waiting', 'failed', 'bounced') and id not in ({held})"
            );
            match rows(patient, &untold).await?.len() {
                0 => {}
                untold => said.push(wrong(
                    counted(untold as u64, "notice has", "notices have")
                        + " reached nobody for a week",
                    "Give somebody the role of records manager and an address that takes mail, \
                     and configure [mail]",
                )),
            }
        }
        if has("held_notice") {
            match rows(patient, HELD_NOTICES).await?.len() {
                0 => {}
                held => said.push(warning(
                    counted(held as u64, "notice is", "notices are")
                        + " held back since the restore: nobody is told of them",
                    "Look at them with `retaind mail held`, and let them go out with `--send`, or \
                     with `--drop` where they were sent before the restore",
                )),
            }
        }
        if said.is_empty() {
            let waiting = if has("mail") { rows(patient, WAITING_MAILS).await?.len() } else { 0 };
            said.push(well(match waiting {
                0 => "none failed, none waits".to_owned(),
                waiting => format!(
                    "none failed; {}, none for more than a day",
                    counted(waiting as u64, "mail waits", "mails wait")
                ),
            }));
        }
        Ok(said)
    }
}

/// Jobs whose time is long over, and which nobody runs: no daemon looks after them.
async fn overdue(patient: &Patient<'_>) -> Result<Option<Said>, DbErr> {
    let (now, late) = (Micros::from(patient.now).0, Micros::from(patient.now - OVERDUE).0);
    let overdue = format!(
        "select name from job where next_due_at < {late} \
         and (lease_until is null or lease_until < {now}) order by next_due_at, name"
    );
    let names = rows(patient, &overdue).await?;
    Ok((!names.is_empty()).then(|| {
        wrong(
            format!("should have run more than an hour ago: {}", names.join(", ")),
            "The daemon does not run, or does not move: `systemctl start retaind`, and \
             `journalctl -u retaind` for what it last said",
        )
    }))
}

/// The first column of each row.
async fn rows(patient: &Patient<'_>, query: &str) -> Result<Vec<String>, DbErr> {
    let database = patient.catalogue.read();
    let rows = Statement::from_string(database.get_database_backend(), query);
    let rows = database.query_all_raw(rows).await?;
    rows.iter().map(|row| row.try_get_by_index(0)).collect()
}
