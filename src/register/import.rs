//! A register file into the catalogue: its findings and lines, with what each
//! would change. Nothing is live until [`super::accept()`].

use std::collections::BTreeMap;

use jiff::Timestamp;
use retaind_schedules::ids::{ImportId, PersonId};
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, IntoActiveModel, QueryFilter as _, QueryOrder as _,
};

use super::changes::{Changes, Comparison, compare, periods};
use super::file::RegisterFile;
use super::finding::Finding;
use super::row::{KnownPerson, NewLine, People, key_of};
use super::{CHUNK, LINE, lines_of};
use crate::audit::{self, Action, By, Entry, Subject};
use crate::catalogue::entity::{import, import_finding, import_line, person};
use crate::catalogue::values::Micros;
use crate::catalogue::words::{Change, ImportState, Severity};
use crate::catalogue::{Catalogue, CatalogueError, WriteTx};
use crate::clock::id_at;
use crate::holds::Slips;
use crate::notices;
use crate::people::{Actor, Role};

/// Who may bring in a register file.
pub const MAY_IMPORT: &[Role] = &[Role::RecordsManager, Role::Operator, Role::Iao, Role::Iaa];

/// Who may make it live.
pub const MAY_ACCEPT: &[Role] = &[Role::RecordsManager];

/// An import that was not done, or not made live.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The person has none of the roles that may.
    #[error("{name} may not {act}: it needs the role {}", roles(.needs))]
    NotAllowed {
        /// Who.
        name: String,
        /// What.
        act: &'static str,
        /// Any of these would do.
        needs: &'static [Role],
    },
    /// No import by this id.
    #[error("there is no import {0}: `retaind register list` shows them")]
    NoSuchImport(ImportId),
    /// It is live, superseded or discarded.
    #[error("import {import} of `{file}` is {state} and cannot be accepted: import the file again")]
    NotPending {
        /// Which.
        import: ImportId,
        /// Its file.
        file: String,
        /// What it has come to.
        state: ImportState,
    },
    /// It has no line that could be live.
    #[error(
        "import {import} of `{file}` has no accepted line: accepting it would empty the register"
    )]
    NoLines {
        /// Which.
        import: ImportId,
        /// Its file.
        file: String,
    },
    /// Others have to sign it first.
    #[error(
        "import {import} would let records go sooner or leave much of the register out, so it \
         needs the signatures of {of}: propose it with `retaind register accept {import}`"
    )]
    NeedsSignatures {
        /// Which.
        import: ImportId,
        /// Whose.
        of: String,
    },
    /// A hold would cover less.
    #[error("import {import} of `{file}` {slips}")]
    Slips {
        /// Which.
        import: ImportId,
        /// Its file.
        file: String,
        /// What would slip from under which hold.
        slips: Slips,
    },
    /// It could not be weighed against the register that is live.
    #[error(transparent)]
    Weighing(#[from] Box<crate::change::ChangeError>),
    /// The catalogue failed.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
}

fn roles(needs: &[Role]) -> String {
    let names: Vec<&str> = needs.iter().map(|role| role.name()).collect();
    names.join(" or ")
}

impl From<sea_orm::DbErr> for ImportError {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Catalogue(error.into())
    }
}

/// What came of an import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// Which; the earlier one where it was already imported.
    pub import: ImportId,
    /// Whether the catalogue had it before.
    pub novelty: Novelty,
    /// What it would change.
    pub changes: Changes,
    /// What to weigh before accepting it, in sentences; with any of these it
    /// needs a person's approval of just that.
    pub warnings: Vec<String>,
}

/// Whether the catalogue had an import before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Novelty {
    /// It is new.
    New,
    /// The same content gave the same lines before; nothing was written.
    AlreadyImported(ImportState),
}

/// The active people of the catalogue, for owners to be looked up among.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn known_people(catalogue: &Catalogue) -> Result<People, CatalogueError> {
    let active = person::Entity::find().filter(person::Column::Active.eq(true));
    let people = active.all(catalogue.read()).await.map_err(|error| catalogue.error(error))?;
    let known: Vec<KnownPerson> = people
        .into_iter()
        .map(|row| KnownPerson { id: PersonId(row.id), name: row.name, email: row.email })
        .collect();
    Ok(People::known(&known))
}

/// Stores a checked file. The same content, giving the same lines, changes
/// nothing.
///
/// # Errors
///
/// Where the person may not, or the catalogue fails.
pub async fn import(
    catalogue: &Catalogue,
    actor: &Actor,
    file: &RegisterFile,
    now: Timestamp,
) -> Result<Imported, ImportError> {
    let role = role_of(actor, "import a register", MAY_IMPORT)?;
    let tx = catalogue.write_tx().await?;
    store(tx, actor.person, By::person(actor, role), file, now).await
}

/// As [`import()`], for a file that nobody brought in: the program itself did,
/// from the inbox. It is as little live as any other import.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn import_unattended(
    catalogue: &Catalogue,
    file: &RegisterFile,
    now: Timestamp,
) -> Result<Imported, ImportError> {
    let tx = catalogue.write_tx().await?;
    let service = the_service(&tx).await?;
    store(tx, service, By::Service, file, now).await
}

/// The row that stands for the program among the people. It is inactive and no
/// address of anybody's: nobody can act as it or own anything by it.
async fn the_service(tx: &WriteTx) -> Result<PersonId, CatalogueError> {
    let row = person::Model {
        id: uuid::Uuid::nil(),
        name: "retaind".to_owned(),
        email: "retaind".to_owned(),
        os_user: None,
        active: false,
        left_on: None,
        roles: serde_json::json!([]),
    };
    let id = PersonId(row.id);
    if person::Entity::find_by_id(row.id).one(&**tx).await?.is_none() {
        person::Entity::insert(row.into_active_model()).exec_without_returning(&**tx).await?;
    }
    Ok(id)
}

async fn store(
    tx: WriteTx,
    imported_by: PersonId,
    by: By,
    file: &RegisterFile,
    now: Timestamp,
) -> Result<Imported, ImportError> {
    if let Some(imported) = already(&tx, file).await? {
        tx.rollback().await?;
        return Ok(imported);
    }
    let live = live_lines(&tx).await?;
    let lines: Vec<&NewLine> = file.lines.iter().map(|(line, _)| line).collect();
    let comparison = compare(&live, &lines);
    let id = ImportId(id_at(now));
    let row = import_row(id, imported_by, file, comparison.changes(), now);
    import::Entity::insert(row.clone().into_active_model()).exec_without_returning(&*tx).await?;
    insert_findings(&tx, id, file, &comparison, now).await?;
    insert_lines(&tx, id, file, &comparison, now).await?;
    let entry = Entry::new(by, Action::ImportChecked, Subject::new("import", id));
    audit::append(&tx, now, &entry.after(file.sha256.clone())).await?;
    notices::register::imported(&tx, &row, &periods(&live, &lines), now).await?;
    tx.commit().await?;
    Ok(Imported {
        import: id,
        novelty: Novelty::New,
        changes: comparison.changes(),
        warnings: comparison.warnings(),
    })
}

/// The role by which the person may.
pub(super) fn role_of(
    actor: &Actor,
    act: &'static str,
    needs: &'static [Role],
) -> Result<Role, ImportError> {
    let refused = || ImportError::NotAllowed { name: actor.name.clone(), act, needs };
    actor.first_of(needs).ok_or_else(refused)
}

/// An earlier import, pending or live, of the same bytes that gave the same
/// lines. Another profile, or an owner known since, gives others.
async fn already(tx: &WriteTx, file: &RegisterFile) -> Result<Option<Imported>, ImportError> {
    let earlier = import::Entity::find()
        .filter(import::Column::FileSha256.eq(&file.sha256))
        .filter(import::Column::State.is_in([ImportState::Checked, ImportState::Live]))
        .order_by_desc(import::Column::ImportedAt)
        .all(&**tx)
        .await?;
    let new = by_key(file.lines.iter().map(|(line, _)| line.clone()));
    for row in earlier {
        let import = ImportId(row.id);
        let old = lines_of(&**tx, import).await?;
        let same_counts = count(file.checked.rejected) == row.rejected
            && count(file.checked.rows_read) == row.rows_read;
        if same_counts && by_key(old.into_iter().map(|(_, line)| line)) == new {
            return Ok(Some(Imported {
                import,
                novelty: Novelty::AlreadyImported(row.state),
                changes: Changes { unchanged: new.len() as u64, ..Changes::default() },
                warnings: Vec::new(),
            }));
        }
    }
    Ok(None)
}

/// The lines of the register that is live, by key.
pub(crate) async fn live_lines(tx: &WriteTx) -> Result<BTreeMap<String, NewLine>, ImportError> {
    let live = import::Entity::find().filter(import::Column::State.eq(ImportState::Live));
    match live.one(&**tx).await? {
        None => Ok(BTreeMap::new()),
        Some(row) => {
            let lines = lines_of(&**tx, ImportId(row.id)).await?;
            Ok(by_key(lines.into_iter().map(|(_, line)| line)))
        }
    }
}

fn by_key(lines: impl Iterator<Item = NewLine>) -> BTreeMap<String, NewLine> {
    lines.map(|line| (key_of(&line.reference), line)).collect()
}

fn import_row(
    id: ImportId,
    imported_by: PersonId,
    file: &RegisterFile,
    changes: Changes,
    now: Timestamp,
) -> import::Model {
    let checked = &file.checked;
    import::Model {
        id: id.0,
        file_name: file.name.clone(),
        file_sha256: file.sha256.clone(),
        profile: file.profile.clone(),
        state: ImportState::Checked,
        rows_read: count(checked.rows_read),
        accepted: count(checked.accepted),
        rejected: count(checked.rejected),
        blank: count(checked.blank),
        section: count(checked.section),
        added: count(changes.added),
        changed: count(changes.changed),
        unchanged: count(changes.unchanged),
        removed: count(changes.removed),
        imported_by: imported_by.0,
        imported_at: Micros::from(now),
        accepted_by: None,
        accepted_at: None,
    }
}

/// A count as the catalogue keeps it. No file has this many rows.
fn count(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

async fn insert_findings(
    tx: &WriteTx,
    id: ImportId,
    file: &RegisterFile,
    comparison: &Comparison<'_>,
    now: Timestamp,
) -> Result<(), ImportError> {
    let found = file.checked.findings.iter().map(|finding| finding_row(id, finding, now));
    let loosened =
        comparison.loosened.iter().map(|(at, how)| loosened_row(id, file, *at, how, now));
    let rows: Vec<import_finding::Model> = found.chain(loosened).collect();
    insert_all(tx, rows.into_iter()).await
}

fn finding_row(id: ImportId, finding: &Finding, now: Timestamp) -> import_finding::Model {
    import_finding::Model {
        id: id_at(now),
        import_id: id.0,
        sheet: finding.sheet.as_deref().unwrap_or_default().to_owned(),
        row: finding.row.unwrap_or_default().into(),
        column: finding.column.as_deref().map(str::to_owned),
        value: finding.value.clone(),
        severity: finding.severity,
        reason: finding.reason.clone(),
        remedy: finding.remedy.clone(),
    }
}

fn loosened_row(
    id: ImportId,
    file: &RegisterFile,
    at: usize,
    how: &str,
    now: Timestamp,
) -> import_finding::Model {
    let (line, place) = &file.lines[at];
    import_finding::Model {
        id: id_at(now),
        import_id: id.0,
        sheet: place.sheet.to_string(),
        row: place.row.into(),
        column: Some(line.words.column.clone()),
        value: Some(line.words.period.clone()),
        severity: Severity::Warning,
        reason: how.to_owned(),
        remedy: "Accept the import only if this is meant.".to_owned(),
    }
}

async fn insert_lines(
    tx: &WriteTx,
    id: ImportId,
    file: &RegisterFile,
    comparison: &Comparison<'_>,
    now: Timestamp,
) -> Result<(), ImportError> {
    let row = |sheet: String, row: u32, key: String, line: &NewLine, change: Change| {
        let payload = serde_json::to_value(line)
            .map_err(|why| CatalogueError::impossible("a line of a register", why))?;
        let (id, import_id, kind) = (id_at(now), id.0, LINE.to_owned());
        Ok(import_line::Model { id, import_id, sheet, row: row.into(), kind, key, payload, change })
    };
    let kept = file.lines.iter().zip(&comparison.lines).map(|((line, place), change)| {
        row(place.sheet.to_string(), place.row, key_of(&line.reference), line, *change)
    });
    let removed = comparison
        .removed
        .iter()
        .map(|(key, line)| row(String::new(), 0, (*key).to_owned(), line, Change::Removed));
    let rows: Result<Vec<import_line::Model>, CatalogueError> = kept.chain(removed).collect();
    insert_all(tx, rows?.into_iter()).await
}

/// Inserts rows, some hundred to a statement.
pub(super) async fn insert_all<M, A, E>(
    tx: &WriteTx,
    rows: impl Iterator<Item = M>,
) -> Result<(), ImportError>
where
    M: IntoActiveModel<A>,
    A: sea_orm::ActiveModelTrait<Entity = E>,
    E: sea_orm::EntityTrait,
{
    let mut rows = rows.map(IntoActiveModel::into_active_model).peekable();
    while rows.peek().is_some() {
        let chunk: Vec<A> = rows.by_ref().take(CHUNK).collect();
        E::insert_many(chunk).exec_without_returning(&**tx).await?;
    }
    Ok(())
}
