//! When the organisation's years end, which decides when much falls due.
//!
//! The configuration says it, and the schedule in force keeps what was accepted
//! with it: everything is evaluated with that. Where the configuration says
//! something else, the program proposes it as a change of the schedule, tried on
//! the stores as they are; signed, it is a new version of the schedule with the
//! same lines, so that no list that was approved under other year ends goes.

use std::collections::BTreeSet;

use jiff::Timestamp;
use retaind_schedules::calendar::{Alignment, Calendar, london_date};
use sea_orm::{ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _};
use serde_json::json;

use super::error::ChangeError;
use super::impact::{Impact, ImpactLine};
use super::request::{self, NewChange, Shown};
use super::schedule::{manager_of, tried};
use super::seat::Seat;
use crate::audit::{self, Action, By, Entry, Subject};
use crate::catalogue::entity::{schedule_line, schedule_version};
use crate::catalogue::values::Micros;
use crate::catalogue::words::ChangeKind;
use crate::catalogue::{CatalogueError, WriteTx};
use crate::clock::id_at;
use crate::people::Role;
use crate::scan::run::Scanner;
use crate::stores::accepted::rules_digest;
use crate::stores::{self, ScheduleInForce, schedule_in_force};

/// What a change of the schedule is about where it moves year ends.
pub(super) const SUBJECT: &str = "year-ends";

/// Rows in one statement.
const ROWS: usize = 500;

/// Proposes the year ends of the configuration where they are not those in
/// force, and says what waits. Proposed as it is already, it stays as it is;
/// taken back in the configuration, it is withdrawn.
///
/// # Errors
///
/// Where the catalogue fails. A store that cannot be reached is no error, but an
/// impact that is not known.
pub async fn keep_up(scanner: &Scanner) -> Result<Option<Shown>, ChangeError> {
    let now = schedule_in_force(&scanner.catalogue).await?;
    let wanted = &scanner.config.calendar;
    let tx = scanner.catalogue.write_tx().await?;
    let at = scanner.clock.now();
    if now.version.is_none() || now.calendar == *wanted {
        let about = (ChangeKind::Schedule, SUBJECT);
        request::withdraw(&tx, &By::Service, about, "the configuration says so no more", at)
            .await?;
        tx.commit().await?;
        return Ok(None);
    }
    let waits = request::still_waits(&tx, ChangeKind::Schedule, SUBJECT, at).await?;
    tx.rollback().await?;
    if let Some(waits) = waits.filter(|waits| waits.request.proposal == json!(wanted)) {
        return Ok(Some(waits));
    }
    let new = weighed(scanner, &now, wanted).await?;
    let tx = scanner.catalogue.write_tx().await?;
    let version = stores::version_in_force(&*tx).await?;
    // Another version came into force while the stores were tried: at the next call.
    if version.map(|version| version.id) != now.version.map(|version| version.0) {
        tx.rollback().await?;
        return Ok(None);
    }
    let waits = request::propose(&tx, &By::Service, new, at).await?;
    tx.commit().await?;
    Ok(Some(waits))
}

/// The ends that are not said alike, each with what it is and would be.
fn moved(now: &Calendar, then: &Calendar) -> Vec<(Alignment, String, String)> {
    let both =
        Alignment::ALL.into_iter().filter_map(|end| Some((end, now.said(end)?, then.said(end)?)));
    both.filter(|(_, now, then)| now != then).collect()
}

async fn weighed(
    scanner: &Scanner,
    now: &ScheduleInForce,
    wanted: &Calendar,
) -> Result<NewChange, ChangeError> {
    let moved = moved(&now.calendar, wanted);
    let mut of: BTreeSet<String> = BTreeSet::new();
    for (code, line) in &now.lines {
        let counts_to = line.rule()?.rule.alignments();
        if moved.iter().any(|(end, ..)| counts_to.contains(end)) {
            of.insert(code.clone());
        }
    }
    let then = ScheduleInForce {
        calendar: wanted.clone(),
        ..schedule_in_force(&scanner.catalogue).await?
    };
    let found = tried(scanner, (now, &then), &of).await?;
    let said = |of: &dyn Fn(&(Alignment, String, String)) -> String| {
        moved.iter().map(of).collect::<Vec<_>>().join(", ")
    };
    let before = said(&|(end, now, _)| format!("{} {now}", end.name()));
    let after = said(&|(end, _, then)| format!("{} {then}", end.name()));
    let line = |code: &String| ImpactLine {
        what: code.clone(),
        before: before.clone(),
        after: after.clone(),
        effect: found.effect(code),
    };
    let mut notes = vec![format!("was {before}"), format!("would be {after}")];
    if of.is_empty() {
        notes.push("no rule in force counts to any of these ends yet".to_owned());
    }
    let impact = Impact { lines: of.iter().map(line).collect(), notes };
    Ok(NewChange {
        kind: ChangeKind::Schedule,
        subject: SUBJECT.to_owned(),
        proposal: json!(wanted),
        seats: impact.seats(seats(now, &of)),
        impact,
        reason: "[calendar] of the configuration says other year ends than those in force"
            .to_owned(),
    })
}

/// A records manager, and the owner of each asset whose rule counts to an end that
/// moves; where there is none, the SIRO: nobody moves it alone.
fn seats(now: &ScheduleInForce, of: &BTreeSet<String>) -> Vec<Seat> {
    let owner =
        |code: &String| now.lines.get(code).map(|line| Seat::Owner(line.asset.reference.clone()));
    let mut seats: Vec<Seat> = of.iter().filter_map(owner).collect();
    if seats.is_empty() {
        seats.push(Seat::Siro);
    }
    seats.push(Seat::RecordsManager);
    seats
}

/// A version of the schedule with these year ends, and the lines of the last.
pub(super) async fn apply(tx: &WriteTx, change: &Shown, now: Timestamp) -> Result<(), ChangeError> {
    let calendar: Calendar = super::proposal(change)?;
    let by = manager_of(change)?;
    let last = stores::version_in_force(&**tx).await?;
    let last = last.ok_or_else(|| CatalogueError::impossible("schedule_version", "none"))?;
    let (number, today) = (last.number + 1, london_date(now));
    let version = schedule_version::Model {
        id: id_at(now),
        number,
        label: format!("{number} (as {}, with other year ends, {today})", last.number),
        accepted_by: by.0,
        accepted_at: Micros::from(now),
        effective_from: today.into(),
        calendar: Some(json!(calendar)),
        ..last.clone()
    };
    let row = version.clone().into_active_model();
    schedule_version::Entity::insert(row).exec_without_returning(&**tx).await?;
    let lines = schedule_line::Entity::find()
        .filter(schedule_line::Column::ScheduleVersionId.eq(last.id))
        .all(&**tx)
        .await?;
    for part in lines.chunks(ROWS) {
        let copies = part.iter().cloned().map(|line| {
            let of = version.id;
            schedule_line::Model { id: id_at(now), schedule_version_id: of, ..line }
                .into_active_model()
        });
        schedule_line::Entity::insert_many(copies).exec_without_returning(&**tx).await?;
    }
    let who = By::Person { id: by, role: Role::RecordsManager };
    let subject = Subject::new("schedule-version", version.id);
    let entry = Entry::new(who, Action::ScheduleAccepted, subject)
        .before(rules_digest(&**tx, &last).await?)
        .after(rules_digest(&**tx, &version).await?)
        .under(version.id);
    audit::append(tx, now, &entry).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use retaind_schedules::calendar::{CurrentYear, MonthDay};

    use super::*;

    #[test]
    fn only_the_ends_that_are_said_otherwise_are_moved() {
        let usual = Calendar::default();
        let july = Calendar { financial_year_end: MonthDay::new(7, 31), ..Calendar::default() };
        let ends = |moved: Vec<(Alignment, String, String)>| -> Vec<Alignment> {
            moved.into_iter().map(|(end, ..)| end).collect()
        };
        assert_eq!(ends(moved(&usual, &usual)), []);
        assert_eq!(ends(moved(&usual, &july)), [Alignment::FinancialYearEnd]);
        // "Current year" moves with the financial year where it means that.
        let current = |calendar: Calendar| Calendar {
            current_year: Some(CurrentYear::Financial),
            ..calendar
        };
        let both = [Alignment::FinancialYearEnd, Alignment::CurrentYearEnd];
        assert_eq!(ends(moved(&current(usual.clone()), &current(july))), both);
        let own = [Alignment::FinancialYearEnd, Alignment::AcademicYearEnd];
        assert_eq!(ends(moved(&Calendar::UNSAID, &usual)), own);
    }
}
