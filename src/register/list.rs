//! Imports looked at: which there are, and what each found and would change.

use retaind_schedules::ids::ImportId;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _};

use super::import::ImportError;
use crate::catalogue::Catalogue;
use crate::catalogue::entity::{import, import_finding, import_line};

/// The imports, the newest first.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn list(catalogue: &Catalogue) -> Result<Vec<import::Model>, ImportError> {
    let newest_first = import::Entity::find().order_by_desc(import::Column::ImportedAt);
    Ok(newest_first.order_by_desc(import::Column::Id).all(catalogue.read()).await?)
}

/// One import, whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// It.
    pub import: import::Model,
    /// What was found, in the order of the file.
    pub findings: Vec<import_finding::Model>,
    /// Its lines, and those it would remove.
    pub lines: Vec<import_line::Model>,
}

/// One import with its findings and lines.
///
/// # Errors
///
/// Where there is no such import, or the catalogue fails.
pub async fn show(catalogue: &Catalogue, id: ImportId) -> Result<Shown, ImportError> {
    let tx = catalogue.read_tx().await?;
    let found = import::Entity::find_by_id(id.0).one(&tx).await?;
    let import = found.ok_or(ImportError::NoSuchImport(id))?;
    let findings = import_finding::Entity::find()
        .filter(import_finding::Column::ImportId.eq(id.0))
        .order_by_asc(import_finding::Column::Id)
        .all(&tx)
        .await?;
    let lines = import_line::Entity::find()
        .filter(import_line::Column::ImportId.eq(id.0))
        .order_by_asc(import_line::Column::Id)
        .all(&tx)
        .await?;
    Ok(Shown { import, findings, lines })
}
