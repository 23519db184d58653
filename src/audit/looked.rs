//! What the last look at the chain came to, for those who cannot verify it
//! themselves each time they ask.

use jiff::Timestamp;
use sea_orm::{ConnectionTrait, EntityTrait as _};
use serde::{Deserialize, Serialize};

use crate::catalogue::entity::setting;
use crate::catalogue::{Catalogue, CatalogueError, settings};

const KEY: &str = "audit.looked";

/// What a look at the chain came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Looked {
    /// When.
    pub at: Timestamp,
    /// What was found.
    pub found: Found,
}

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Found {
    /// The chain is whole, and what is in force is what it says.
    Whole,
    /// The chain is whole, and so many things in force are not what it says.
    Differs(u64),
    /// The chain is broken at this entry.
    Broken(i64),
}

/// Notes what a look came to.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn note_look(catalogue: &Catalogue, looked: Looked) -> Result<(), CatalogueError> {
    let value =
        serde_json::to_string(&looked).map_err(|why| CatalogueError::impossible(KEY, why))?;
    let tx = catalogue.write_tx().await?;
    settings::keep(&tx, KEY, value).await?;
    tx.commit().await
}

/// What the last look came to; nothing where nobody has looked.
///
/// # Errors
///
/// Where the catalogue fails, or holds what nobody can read.
pub async fn last_look(db: &impl ConnectionTrait) -> Result<Option<Looked>, CatalogueError> {
    let Some(row) = setting::Entity::find_by_id(KEY).one(db).await? else { return Ok(None) };
    let looked = serde_json::from_str(&row.value);
    looked.map(Some).map_err(|why| CatalogueError::impossible(KEY, why))
}
