//! The clock, beside the last instant the catalogue saw.

use async_trait::async_trait;
use jiff::Timestamp;
use sea_orm::{EntityTrait as _, QueryOrder as _};

use super::{Check, Patient, Said, ago, warning, well, wrong};
use crate::catalogue::entity::audit_entry;
use crate::disposal::execution::clock;
use crate::upkeep::UpkeepError;

pub(super) struct ClockSanity;

/// Nothing is done for so long only where nobody runs the program.
const LONG: i64 = 60 * 24;

#[async_trait]
impl Check for ClockSanity {
    fn area(&self) -> &'static str {
        "clock"
    }

    async fn look(&self, patient: &Patient<'_>) -> Result<Vec<Said>, UpkeepError> {
        let latest = audit_entry::Entity::find().order_by_desc(audit_entry::Column::Seq);
        let latest = latest.one(patient.catalogue.read()).await?;
        let mut said = vec![verdict(latest.map(|entry| entry.at.timestamp()), patient.now)];
        if let Err(stop) = clock::sane(patient.catalogue.read(), patient.now).await? {
            let remedy = "If the clock is right now, and was wrong or off before, a person says so \
                          with `retaind dispose confirm-clock --reason ...`; until then nothing is \
                          carried out";
            said.push(wrong(stop.to_string(), remedy));
        }
        Ok(said)
    }
}

fn verdict(seen: Option<Timestamp>, now: Timestamp) -> Said {
    let Some(seen) = seen else { return well("nothing to compare it with yet") };
    let set = "Set the clock (`timedatectl`), and see that it is kept by the network";
    match now.duration_since(seen).as_hours() {
        _ if now < seen => {
            wrong(format!("it says {now}, which is before the last audited act, at {seen}"), set)
        }
        hours if hours > LONG => warning(
            format!("it says {now}; the last audited act was {}", ago(seen, now)),
            format!("If the daemon should have run meanwhile, see why it did not. If not: {set}"),
        ),
        _ => well(format!("the last audited act was {}", ago(seen, now))),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Level;
    use super::*;

    #[test]
    fn a_clock_behind_the_last_act_is_wrong_and_one_far_ahead_is_looked_at() {
        let now: Timestamp = "2026-11-22T09:00:00Z".parse().unwrap();
        let cases = [
            ("2026-11-22T09:00:01Z", Level::Wrong),
            ("2026-11-22T09:00:00Z", Level::Well),
            ("2026-09-24T09:00:00Z", Level::Well),
            ("2026-09-22T09:00:00Z", Level::Warning),
        ];
        for (seen, level) in cases {
            assert_eq!(verdict(seen.parse().ok(), now).level, level, "{seen}");
        }
    }
}
