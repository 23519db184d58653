//! Ceilings: how much may go at once, before a run stops and asks (I15).
//!
//! A ceiling that nobody has set is its default here; one that is set is a
//! setting of the catalogue, so that no configuration file can raise it. What
//! the catalogue holds and nobody can read is an error, never a default.

use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _};

use crate::catalogue::CatalogueError;
use crate::catalogue::entity::setting;
use crate::catalogue::values::words;

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
