//! Ceilings: how much may go at once, before a run stops and asks (I15).
//!
//! A ceiling that nobody has set is its default here; one that is set is a
//! setting of the catalogue, so that no configuration file can raise it. What
//! the catalogue holds and nobody can read is an error, never a default.

use jiff::Timestamp;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, Set};
use serde_json::json;

use super::error::ChangeError;
use super::impact::{Effect, Impact, ImpactLine};
use super::request::{self, NewChange, Shown};
use super::seat::Seat;
use super::{Asked, role_of, said};
use crate::audit::{self, Action, By, Entry, Motive, Subject};
use crate::catalogue::entity::setting;
use crate::catalogue::values::words;
use crate::catalogue::words::ChangeKind;
use crate::catalogue::{Catalogue, CatalogueError, WriteTx};
use crate::people::{Actor, Role};

words! {
    /// One of the ceilings.
    Ceiling, "a ceiling" {
        /// Lines in one batch.
        MaxLines = "max-lines",
        /// Share of a mapping's items in one batch, in per cent.
        MaxSharePercent = "max-share-percent",
        /// How many times the due items of the scan before are due now.
        JumpFactor = "jump-factor",
        /// Share of a batch's lines that failed, in per cent.
        ErrorRatePercent = "error-rate-percent",
    }
}

impl Ceiling {
    /// Where nobody has set it.
    #[must_use]
    pub const fn default_value(self) -> u64 {
        match self {
            Self::MaxLines => 10_000,
            Self::MaxSharePercent => 5,
            Self::JumpFactor => 10,
            Self::ErrorRatePercent => 1,
        }
    }

    /// The most it can ever be: a share is never above the whole.
    #[must_use]
    pub const fn greatest(self) -> u64 {
        match self {
            Self::MaxLines => 10_000_000,
            Self::MaxSharePercent | Self::ErrorRatePercent => 100,
            Self::JumpFactor => 1_000,
        }
    }

    /// Its key among the settings.
    #[must_use]
    pub fn key(self) -> String {
        format!("{PREFIX}{self}")
    }
}

/// The keys of the ceilings begin with this.
const PREFIX: &str = "ceiling.";

/// The ceilings as they stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ceilings {
    /// The most lines that one batch may have.
    pub max_lines: u64,
    /// The most of a mapping's items that one batch may have, in per cent.
    pub max_share_percent: u64,
    /// A scan with more than so many times the due items of the scan before is
    /// looked at before anything goes.
    pub jump_factor: u64,
    /// A batch with more failed lines than this stops, in per cent.
    pub error_rate_per_cent: u64,
}

impl Default for Ceilings {
    fn default() -> Self {
        Self {
            max_lines: Ceiling::MaxLines.default_value(),
            max_share_percent: Ceiling::MaxSharePercent.default_value(),
            jump_factor: Ceiling::JumpFactor.default_value(),
            error_rate_per_cent: Ceiling::ErrorRatePercent.default_value(),
        }
    }
}

impl Ceilings {
    /// One of them.
    #[must_use]
    pub const fn of(&self, ceiling: Ceiling) -> u64 {
        match ceiling {
            Ceiling::MaxLines => self.max_lines,
            Ceiling::MaxSharePercent => self.max_share_percent,
            Ceiling::JumpFactor => self.jump_factor,
            Ceiling::ErrorRatePercent => self.error_rate_per_cent,
        }
    }

    const fn of_mut(&mut self, ceiling: Ceiling) -> &mut u64 {
        match ceiling {
            Ceiling::MaxLines => &mut self.max_lines,
            Ceiling::MaxSharePercent => &mut self.max_share_percent,
            Ceiling::JumpFactor => &mut self.jump_factor,
            Ceiling::ErrorRatePercent => &mut self.error_rate_per_cent,
        }
    }
}

/// The ceilings as they stand in the catalogue.
///
/// # Errors
///
/// Where the catalogue fails, or holds what is no ceiling.
pub async fn ceilings(read: &impl ConnectionTrait) -> Result<Ceilings, CatalogueError> {
    let rows =
        setting::Entity::find().filter(setting::Column::Key.starts_with(PREFIX)).all(read).await?;
    let mut ceilings = Ceilings::default();
    for setting::Model { key, value } in rows {
        let (ceiling, value) =
            parsed(&key, &value).ok_or_else(|| CatalogueError::impossible(&key, &value))?;
        *ceilings.of_mut(ceiling) = value;
    }
    Ok(ceilings)
}

fn parsed(key: &str, value: &str) -> Option<(Ceiling, u64)> {
    let ceiling: Ceiling = key.strip_prefix(PREFIX)?.parse().ok()?;
    let value = value.parse().ok().filter(|value| *value <= ceiling.greatest())?;
    Some((ceiling, value))
}

/// Who may propose to raise a ceiling, and lower one at once.
const MAY_SET: &[Role] = &[Role::RecordsManager];

/// Sets a ceiling. Lowering it takes effect at once; raising it waits for a
/// records manager and the SIRO.
///
/// # Errors
///
/// Where the person may not, no reason is given, it stands there already or
/// can never stand so high, or the catalogue fails.
pub async fn set(
    catalogue: &Catalogue,
    actor: &Actor,
    ceiling: Ceiling,
    value: u64,
    reason: &str,
    now: Timestamp,
) -> Result<Asked, ChangeError> {
    let by = By::person(actor, role_of(actor, "set a ceiling", MAY_SET)?);
    let reason = said(reason)?;
    if value > ceiling.greatest() {
        return Err(ChangeError::TooHigh { name: ceiling.name(), greatest: ceiling.greatest() });
    }
    let tx = catalogue.write_tx().await?;
    let before = ceilings(&*tx).await?.of(ceiling);
    if value == before {
        return Err(ChangeError::SoAlready(format!("{ceiling} is {value}")));
    }
    if value > before {
        let new = raised(ceiling, before, value, reason);
        let waits = request::propose(&tx, &by, new, now).await?;
        tx.commit().await?;
        return Ok(Asked::Waits(Box::new(waits)));
    }
    let about = (ChangeKind::Ceiling, ceiling.name());
    request::withdraw(&tx, &by, about, "the ceiling was lowered instead", now).await?;
    store(&tx, ceiling, value).await?;
    let entry = Entry::new(by, Action::CeilingLowered, Subject::new("ceiling", ceiling))
        .before(digest(before))
        .after(digest(value))
        .because(Motive::own(format!("from {before} to {value}")).and_typed(reason));
    audit::append(&tx, now, &entry).await?;
    tx.commit().await?;
    Ok(Asked::Done)
}

fn raised(ceiling: Ceiling, before: u64, value: u64, reason: String) -> NewChange {
    let line = ImpactLine {
        what: ceiling.to_string(),
        before: before.to_string(),
        after: value.to_string(),
        effect: Effect::None,
    };
    NewChange {
        kind: ChangeKind::Ceiling,
        subject: ceiling.to_string(),
        proposal: json!(value),
        impact: Impact { lines: vec![line], notes: Vec::new() },
        seats: vec![Seat::RecordsManager, Seat::Siro],
        reason,
    }
}

pub(super) fn digest(value: u64) -> String {
    audit::digest::of_json(&json!(value))
}

async fn store(tx: &WriteTx, ceiling: Ceiling, value: u64) -> Result<(), CatalogueError> {
    let row = setting::ActiveModel { key: Set(ceiling.key()), value: Set(value.to_string()) };
    let replace =
        OnConflict::column(setting::Column::Key).update_column(setting::Column::Value).to_owned();
    setting::Entity::insert(row).on_conflict(replace).exec_without_returning(&**tx).await?;
    Ok(())
}

fn named(subject: &str) -> Result<Ceiling, CatalogueError> {
    subject.parse().map_err(|why| CatalogueError::impossible("change_request.subject", why))
}

pub(super) async fn current(tx: &WriteTx, subject: &str) -> Result<Option<String>, ChangeError> {
    Ok(Some(digest(ceilings(&**tx).await?.of(named(subject)?))))
}

pub(super) async fn apply(tx: &WriteTx, change: &Shown) -> Result<(), ChangeError> {
    let value = super::proposal(change)?;
    Ok(store(tx, named(&change.request.subject)?, value).await?)
}

#[cfg(test)]
mod tests {
    use sea_orm::{ActiveModelTrait as _, Set};

    use super::*;
    use crate::catalogue::testing::Database;

    async fn set(fresh: &crate::catalogue::Catalogue, key: &str, value: &str) {
        let tx = fresh.write_tx().await.unwrap();
        let row = setting::ActiveModel { key: Set(key.to_owned()), value: Set(value.to_owned()) };
        row.insert(&*tx).await.unwrap();
        tx.commit().await.unwrap();
    }

    #[tokio::test]
    async fn a_ceiling_is_its_default_until_it_is_set() {
        for database in Database::BOTH {
            let fresh = database.fresh().await;
            assert_eq!(ceilings(fresh.read()).await.unwrap(), Ceilings::default());
            set(&fresh, "ceiling.max-lines", "250").await;
            let expected = Ceilings { max_lines: 250, ..Ceilings::default() };
            assert_eq!(ceilings(fresh.read()).await.unwrap(), expected);
        }
    }

    #[tokio::test]
    async fn a_ceiling_that_nobody_can_read_is_an_error_and_no_default() {
        for (key, value) in [
            ("ceiling.max-share-percent", "101"),
            ("ceiling.max-lines", "many"),
            ("ceiling.sky", "1"),
        ] {
            let fresh = Database::Sqlite.fresh().await;
            set(&fresh, key, value).await;
            assert!(ceilings(fresh.read()).await.unwrap_err().to_string().contains(key));
        }
    }
}
