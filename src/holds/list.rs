//! The holds there are: as people are shown them, and as evaluation needs them.

use std::collections::HashMap;

use retaind_schedules::hold::{Hold, Scope};
use retaind_schedules::ids::{HoldId, StoreId};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbBackend, EntityTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
};
use uuid::Uuid;

use crate::audit::{self, Action};
use crate::catalogue::entity::{audit_entry, hold, hold_scope};
use crate::catalogue::words::HoldState;
use crate::catalogue::{Catalogue, CatalogueError};
use crate::stores::{self, Twins};

/// Ids in one statement: well below the bind limit of both databases.
const ROWS: usize = 500;

/// Which holds to list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// Those in force.
    InForce,
    /// Those released too.
    All,
}

/// The holds that are read.
enum Wanted {
    All,
    InForce,
    These(Vec<Uuid>),
}

/// A hold and what it covers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The hold.
    pub hold: hold::Model,
    /// What it covers.
    pub scopes: Vec<Scope>,
}

/// The holds, oldest first.
///
/// # Errors
///
/// Where the catalogue fails, or a hold's scope cannot be read.
pub async fn list(catalogue: &Catalogue, which: Which) -> Result<Vec<Listed>, CatalogueError> {
    listed(catalogue.read(), which).await.map_err(|error| catalogue.at_its_place(error))
}

/// The holds in force, as evaluation needs them: one whose release has been
/// asked for is in force like any other.
///
/// # Errors
///
/// Where the catalogue fails, or a hold's scope cannot be read: then what it
/// covers is not known, and nothing may be disposed of.
pub async fn active(database: &impl ConnectionTrait) -> Result<Vec<Hold>, CatalogueError> {
    let listed = listed(database, Which::InForce).await?;
    everywhere(database, listed).await
}

/// The holds in force, each with its reference.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn active_by_reference(
    catalogue: &Catalogue,
) -> Result<Vec<(String, Hold)>, CatalogueError> {
    let listed = list(catalogue, Which::InForce).await?;
    let references: Vec<_> = listed.iter().map(|one| one.hold.reference.clone()).collect();
    let holds = everywhere(catalogue.read(), listed).await?;
    Ok(references.into_iter().zip(holds).collect())
}

/// The references of the holds in force on parts of a store, and not on all of it.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn on_parts_of(
    catalogue: &Catalogue,
    of: StoreId,
) -> Result<Vec<String>, CatalogueError> {
    let is_part = |scope: &Scope| match scope.of_any_day() {
        Scope::Location { store, prefix } => *store == of && !prefix.is_empty(),
        _ => false,
    };
    let listed = list(catalogue, Which::InForce).await?.into_iter();
    let on_parts = listed.filter(|one| one.scopes.iter().any(is_part));
    Ok(on_parts.map(|one| one.hold.reference).collect())
}

/// The holds that stand against what is on this list: those in force, and those
/// that were at any time since it was closed. A release revives no approval (G5,
/// I7), so what was held once never goes under a signature from before.
///
/// What came first is asked of the audit chain: no clock turns that back.
///
/// Those in force are read first. On `PostgreSQL` each look sees what was
/// committed until then, and a hold goes one way only: from in force to
/// released. One released between the looks is found by the first, and one
/// released before it by the second; the other way about, it would be found by
/// neither. One placed between them is no matter of this order: whoever opens a
/// chunk shares the gate, and whoever places a hold has it alone.
///
/// # Errors
///
/// As [`active`].
pub async fn against(
    database: &impl ConnectionTrait,
    batch: Uuid,
) -> Result<Against, CatalogueError> {
    let mut listed = read(database, Wanted::InForce).await?;
    let mut released = released_since(database, batch).await?;
    released.retain(|id| listed.iter().all(|one| one.hold.id != *id));
    if !released.is_empty() {
        listed.extend(read(database, Wanted::These(released)).await?);
        listed.sort_by_key(|one| (one.hold.placed_at, one.hold.id));
    }
    let in_force = listed.iter().filter(|listed| listed.hold.state != HoldState::Released).count();
    Ok(Against { holds: everywhere(database, listed).await?, in_force: in_force as u64 })
}

/// The holds that stand against what is on a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Against {
    /// Each.
    pub holds: Vec<Hold>,
    /// How many of them are in force.
    pub in_force: u64,
}

impl Against {
    /// The digest of them, with all that each covers.
    #[must_use]
    pub fn digest(&self) -> String {
        let holds = self.holds.iter().map(|hold| (hold.id, hold.kind.name(), &hold.scopes));
        audit::digest::of_json(&serde_json::json!(holds.collect::<Vec<_>>()))
    }
}

/// The holds released since a list was closed; all of them, where nothing says
/// when it was.
async fn released_since(
    database: &impl ConnectionTrait,
    batch: Uuid,
) -> Result<Vec<Uuid>, CatalogueError> {
    use audit_entry::Column::{Action as Done, Seq, SubjectId, SubjectKind};
    let closed: Option<Option<i64>> = audit_entry::Entity::find()
        .select_only()
        .column_as(Seq.max(), "closed")
        .filter(SubjectKind.eq("batch"))
        .filter(SubjectId.eq(batch.to_string()))
        .filter(Done.eq(Action::BatchProposed.name()))
        .into_tuple()
        .one(database)
        .await?;
    let released: Vec<String> = audit_entry::Entity::find()
        .select_only()
        .column(SubjectId)
        .filter(SubjectKind.eq("hold"))
        // As in the index of these, so that SQLite knows it may be used.
        .filter(Expr::cust("action = 'hold.released'"))
        .filter(Seq.gt(closed.flatten().unwrap_or_default()))
        .into_tuple()
        .all(database)
        .await?;
    let id = |id: String| {
        id.parse().map_err(|fault| CatalogueError::impossible("a hold in the audit chain", fault))
    };
    released.into_iter().map(id).collect()
}

/// As evaluation needs them: a part of a store is held under every name of it.
async fn everywhere(
    database: &impl ConnectionTrait,
    listed: Vec<Listed>,
) -> Result<Vec<Hold>, CatalogueError> {
    let mut scopes = listed.iter().flat_map(|one| &one.scopes);
    let by_place = scopes.any(|scope| matches!(scope.of_any_day(), Scope::Location { .. }));
    let twins = if by_place { stores::twins(database).await? } else { Twins::default() };
    Ok(listed.into_iter().map(|one| twins.everywhere(one.plain())).collect())
}

impl Listed {
    /// The hold with its scopes, as they were given.
    #[must_use]
    pub fn plain(&self) -> Hold {
        let Self { hold, scopes } = self;
        Hold { id: HoldId(hold.id), kind: hold.kind.0, scopes: scopes.clone() }
    }
}

/// As [`list`], as the caller's transaction sees them.
///
/// # Errors
///
/// Where the catalogue fails, or a hold's scope cannot be read.
pub async fn listed(
    database: &impl ConnectionTrait,
    which: Which,
) -> Result<Vec<Listed>, CatalogueError> {
    let wanted = match which {
        Which::All => Wanted::All,
        Which::InForce => Wanted::InForce,
    };
    read(database, wanted).await
}

async fn read(
    database: &impl ConnectionTrait,
    wanted: Wanted,
) -> Result<Vec<Listed>, CatalogueError> {
    let holds = hold::Entity::find().filter(wanted.condition(database.get_database_backend()));
    let holds = holds.order_by_asc(hold::Column::PlacedAt).order_by_asc(hold::Column::Id);
    let holds = holds.all(database).await?;
    // Of just these: a hold is not without its scopes because it was released since.
    let mut scopes = scopes(database, holds.iter().map(|hold| hold.id).collect()).await?;
    holds.into_iter().map(|hold| with_scopes(hold, &mut scopes)).collect()
}

impl Wanted {
    fn condition(&self, database: DbBackend) -> Condition {
        match self {
            Self::All => Condition::all(),
            Self::InForce => stands(database),
            Self::These(ids) => Condition::all().add(hold::Column::Id.is_in(ids.iter().copied())),
        }
    }
}

/// Whether a hold is in force: nobody released it, whatever its row says. A row
/// that was released without an entry of it in the chain was edited.
pub(crate) fn stands(database: DbBackend) -> Condition {
    let id = match database {
        DbBackend::Sqlite => {
            "lower(substr(hex(hold.id), 1, 8) || '-' || substr(hex(hold.id), 9, 4) || '-' || \
             substr(hex(hold.id), 13, 4) || '-' || substr(hex(hold.id), 17, 4) || '-' || \
             substr(hex(hold.id), 21))"
        }
        _ => "hold.id::text",
    };
    let unsaid = format!(
        "not exists (select 1 from audit_entry where action = 'hold.released' \
         and subject_kind = 'hold' and subject_id = {id})"
    );
    Condition::any().add(hold::Column::State.ne(HoldState::Released)).add(Expr::cust(unsaid))
}

fn with_scopes(
    hold: hold::Model,
    scopes: &mut HashMap<Uuid, Vec<Scope>>,
) -> Result<Listed, CatalogueError> {
    let scopes = scopes.remove(&hold.id).ok_or_else(|| {
        CatalogueError::impossible(&format!("the hold `{}`", hold.reference), "it covers nothing")
    })?;
    Ok(Listed { hold, scopes })
}

async fn scopes(
    database: &impl ConnectionTrait,
    holds: Vec<Uuid>,
) -> Result<HashMap<Uuid, Vec<Scope>>, CatalogueError> {
    let mut scopes: HashMap<Uuid, Vec<Scope>> = HashMap::new();
    for part in holds.chunks(ROWS) {
        let query = hold_scope::Entity::find()
            .filter(hold_scope::Column::HoldId.is_in(part.iter().copied()))
            .order_by_asc(hold_scope::Column::Id);
        for row in query.all(database).await? {
            let scope = serde_json::from_value(row.value).map_err(|error| {
                CatalogueError::impossible(&format!("a scope of the hold {}", row.hold_id), error)
            })?;
            scopes.entry(row.hold_id).or_default().push(scope);
        }
    }
    Ok(scopes)
}
