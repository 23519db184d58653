//! How a request stands with those it concerns: due, answered, refused, explained,
//! told to those who had the records from us. It is for the mails that ask people to
//! see to it (M14), and brings the release of no hold nearer: the tail of the hold
//! counts from the answer.

use jiff::Timestamp;
use jiff::civil::Date;
use sea_orm::ConnectionTrait;

use super::HoldError;
use super::change::{act, in_force, save};
use super::request::{keep, of, tail_from};
use crate::audit::{Action, Motive};
use crate::catalogue::entity::{hold, hold_request};
use crate::catalogue::values::CivilDate;
use crate::catalogue::{Catalogue, CatalogueError};
use crate::people::Actor;

/// What is known of it, each by the day on which it was so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// By when it is to be answered, where somebody has said otherwise than the law.
    pub due: Option<Date>,
    /// It was answered.
    pub answered: Option<Date>,
    /// It was refused, whole or in part.
    pub refused: Option<Date>,
    /// The refusal was explained to the person.
    pub explained: Option<Date>,
    /// Those who had the records from us were told of the decision (Article 19).
    pub told: Option<Date>,
    /// They have all acknowledged it, or need not.
    pub acknowledged: Option<Date>,
}

impl Progress {
    /// As the row has it.
    #[must_use]
    pub fn of(row: &hold_request::Model) -> Self {
        let day = |day: Option<CivilDate>| day.map(|day| day.0);
        Self {
            due: day(row.due_on),
            answered: day(row.answered_on),
            refused: day(row.refused_on),
            explained: day(row.explained_on),
            told: day(row.told_on),
            acknowledged: day(row.acknowledged_on),
        }
    }

    /// What is known once this is said too. Nothing that was said is forgotten.
    #[must_use]
    pub fn and(self, said: Self) -> Self {
        Self {
            due: said.due.or(self.due),
            answered: self.answered.or(said.answered),
            refused: self.refused.or(said.refused),
            explained: self.explained.or(said.explained),
            told: self.told.or(said.told),
            acknowledged: self.acknowledged.or(said.acknowledged),
        }
    }

    /// What is known once somebody has corrected it: what they say counts.
    #[must_use]
    pub fn corrected(self, said: Self) -> Self {
        Self { due: said.due.or(self.due), ..said.and(self) }
    }

    /// The same where the case is open again: it waits for its answer.
    #[must_use]
    pub const fn reopened(self) -> Self {
        Self { answered: None, refused: None, explained: None, ..self }
    }

    pub(super) fn into_row(self, row: hold_request::Model) -> hold_request::Model {
        let day = |day: Option<Date>| day.map(CivilDate);
        hold_request::Model {
            due_on: day(self.due),
            answered_on: day(self.answered),
            refused_on: day(self.refused),
            explained_on: day(self.explained),
            told_on: day(self.told),
            acknowledged_on: day(self.acknowledged),
            ..row
        }
    }
}

/// What is known of a hold's request, with the law's own defaults; nothing where
/// the hold is for none.
///
/// # Errors
///
/// Where the catalogue fails.
pub(crate) async fn request_of(
    database: &impl ConnectionTrait,
    hold: &hold::Model,
) -> Result<Option<hold_request::Model>, CatalogueError> {
    of(database, hold).await
}

/// Notes how a request stands, by what was known of it, and enters it. It brings no
/// release nearer.
///
/// # Errors
///
/// Where the actor may not, or the hold is for no request or not in force.
pub async fn progress(
    catalogue: &Catalogue,
    actor: &Actor,
    reference: &str,
    stands: impl FnOnce(Progress) -> Progress,
    now: Timestamp,
) -> Result<(), HoldError> {
    let act = act(actor, Action::HoldProgressed, Motive::own("how the request stands"), now)?;
    let tx = catalogue.write_tx().await?;
    let hold = in_force(&tx, reference).await?;
    let request = of(&*tx, &hold).await?;
    let request = request.ok_or_else(|| HoldError::NotARequest(hold.reference.clone()))?;
    let request = stands(Progress::of(&request)).into_row(request);
    let answered = request.answered_on.max(request.refused_on);
    let earliest = answered.map(|on| tail_from(&request, on.0)).transpose()?.map(CivilDate);
    let earliest_release = hold.earliest_release.max(earliest);
    save(&tx, &act, &hold, hold::Model { earliest_release, ..hold.clone() }).await?;
    keep(&tx, request).await?;
    tx.commit().await?;
    Ok(())
}
