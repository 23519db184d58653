//! What a scan keeps of one sighting.
//!
//! Where a rule counts from one date the store itself keeps, most sightings
//! are settled by comparing one integer. All others are evaluated, with
//! whatever sidecars and recorded events say of them. Only what is due, held,
//! waiting or unexplained is kept; the rest is counted.

use jiff::Timestamp;
use jiff::civil::Date;
use retaind_connectors::sighting::{Fingerprint, Seen, Sighting};
use retaind_schedules::calendar::{Calendar, london_date};
use retaind_schedules::cutoff::Placement;
use retaind_schedules::evaluation::events::Event;
use retaind_schedules::evaluation::{
    DateNote, EPOCH, Evaluation, Facts, HoldOn, Provenance, evaluate,
};
use retaind_schedules::hold::{Hold, Life, Place, SubjectKey};

use crate::catalogue::words::OutcomeKind;
use crate::scan::plan::{MappingPlan, Sieve};
use crate::scan::tally::Tally;

/// What every sighting of a scan is judged by.
#[derive(Debug)]
pub struct Bench<'scan> {
    /// The organisation's year ends.
    pub calendar: &'scan Calendar,
    /// The day of the scan.
    pub today: Date,
    /// The holds in force.
    pub holds: &'scan [Hold],
}

/// Something the catalogue keeps a row for.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// As sighted.
    pub locator: String,
    /// Whether it is a unit with members.
    pub is_unit: bool,
    /// As sighted.
    pub reference: Option<String>,
    /// The person's reference, hashed.
    pub subject: Option<SubjectKey>,
    /// As sighted.
    pub members: u64,
    /// As sighted.
    pub fingerprint: Fingerprint,
    /// What was known.
    pub facts: Facts,
    /// What follows from it.
    pub evaluation: Evaluation,
}

/// Counts the sighting where one comparison settles that it is not due, and
/// says whether it did.
pub fn settled_by_sieve(plan: &MappingPlan, sighting: &Sighting<'_>, tally: &mut Tally) -> bool {
    // What stands on the epoch is for evaluation to doubt.
    let Sieve::Ladder { column, ladder, plausible } = &plan.sieve else { return false };
    let from = sighting.dates[*column];
    let placement = match from {
        Seen::At(seconds) if plausible.instants.contains(&seconds) && seconds != 0 => {
            ladder.place(seconds)
        }
        Seen::On(date) if plausible.dates.contains(&date) && date != EPOCH => {
            ladder.place_date(date)
        }
        _ => return false,
    };
    let (members, bytes) = (sighting.members, sighting.fingerprint.size);
    match placement {
        Placement::Due => return false,
        Placement::Month(month) => {
            tally.foresee(ladder.first_of_month(month), from, members, bytes);
        }
        Placement::Later => {}
    }
    tally.count(OutcomeKind::NotDue, members, bytes);
    true
}

/// Everything that is known of a sighting.
#[must_use]
pub fn facts(plan: &MappingPlan, sighting: &Sighting<'_>, events: &[Event]) -> Facts {
    let key = sighting.reference.unwrap_or(sighting.locator);
    with_beside(plan, store_facts(plan, sighting), key, events)
}

/// What the store itself says of a sighting.
#[must_use]
pub fn store_facts(plan: &MappingPlan, sighting: &Sighting<'_>) -> Facts {
    let mut facts = Facts {
        members_differ: sighting.members_differ,
        keys_differ: sighting.keys_differ,
        ..Facts::default()
    };
    for ((trigger, from), seen) in plan.columns.iter().zip(sighting.dates) {
        match seen {
            Seen::Missing => {}
            Seen::Unreadable => facts.record_unreadable(trigger.clone(), *from),
            Seen::On(date) => facts.record(trigger.clone(), *date, *from),
            Seen::At(seconds) | Seen::OfSome(seconds) => {
                let record = match seen {
                    Seen::OfSome(_) => Facts::record_of_some,
                    _ => Facts::record,
                };
                match Timestamp::from_second(*seconds) {
                    Ok(instant) => record(&mut facts, trigger.clone(), london_date(instant), *from),
                    Err(_) => facts.record_unreadable(trigger.clone(), *from),
                }
            }
        }
    }
    facts
}

/// The same with what stands beside the store: sidecars, by the case or else
/// the locator, and recorded events.
#[must_use]
pub fn with_beside(plan: &MappingPlan, mut facts: Facts, key: &str, events: &[Event]) -> Facts {
    for (trigger, sidecar) in &plan.sidecars {
        match sidecar.date(key) {
            Some(DateNote::Known(date)) => {
                facts.record(trigger.clone(), date, Provenance::Sidecar);
            }
            Some(_) => facts.record_unreadable(trigger.clone(), Provenance::Sidecar),
            None => {}
        }
    }
    facts.record_events(events);
    facts
}

/// The answer for a sighting of which this is known.
#[must_use]
pub fn judge(
    plan: &MappingPlan,
    sighting: &Sighting<'_>,
    subject: Option<SubjectKey>,
    facts: Facts,
    bench: &Bench<'_>,
) -> Finding {
    let is_unit = sighting.locator.ends_with('/');
    let place = Place {
        locator: sighting.locator,
        is_unit,
        references: sighting.reference.into_iter().collect(),
        subjects: subject.clone().into_iter().collect(),
        life: facts.life(),
        ..plan.place.clone()
    };
    let holds = holds_on(bench.holds, &place);
    let bearing: Vec<_> = plan.line.iter().map(crate::scan::plan::Line::bearing).collect();
    let evaluation = evaluate(&facts, &bearing, &holds, bench.calendar, bench.today);
    Finding {
        locator: sighting.locator.to_owned(),
        is_unit,
        reference: sighting.reference.map(str::to_owned),
        subject,
        members: sighting.members,
        fingerprint: sighting.fingerprint,
        facts,
        evaluation,
    }
}

/// From when to when an item was worked on, by what was written down of it; not
/// known, where that cannot be read.
#[must_use]
pub fn life(facts: serde_json::Result<Facts>) -> Life {
    facts.map(|facts| facts.life()).unwrap_or_default()
}

/// The holds that cover this place.
#[must_use]
pub fn holds_on(holds: &[Hold], place: &Place<'_>) -> Vec<HoldOn> {
    let covering = holds.iter().filter(|hold| hold.covers(place));
    covering.map(|hold| HoldOn { id: hold.id, kind: hold.kind }).collect()
}
