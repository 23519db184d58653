//! The holds there are: as people are shown them, and as evaluation needs them.

use std::collections::HashMap;

use retaind_schedules::hold::{Hold, Scope};
use retaind_schedules::ids::HoldId;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _,
};
use uuid::Uuid;

use crate::catalogue::entity::{hold, hold_scope};
use crate::catalogue::words::HoldState;
use crate::catalogue::{Catalogue, CatalogueError};

/// Which holds to list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// Those in force.
    InForce,
    /// Those released too.
    All,
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
    Ok(listed.into_iter().map(plain).collect())
}

/// The holds in force, each with its reference.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn active_by_reference(
    catalogue: &Catalogue,
) -> Result<Vec<(String, Hold)>, CatalogueError> {
    let named = list(catalogue, Which::InForce).await?.into_iter().map(|listed| {
        let reference = listed.hold.reference.clone();
        (reference, plain(listed))
    });
    Ok(named.collect())
}

fn plain(Listed { hold, scopes }: Listed) -> Hold {
    Hold { id: HoldId(hold.id), kind: hold.kind.0, scopes }
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
    let query = hold::Entity::find().order_by_asc(hold::Column::PlacedAt);
    let query = match which {
        Which::All => query,
        Which::InForce => query.filter(hold::Column::State.ne(HoldState::Released)),
    };
    let holds = query.order_by_asc(hold::Column::Id).all(database).await?;
    let mut scopes = scopes(database, which).await?;
    holds.into_iter().map(|hold| with_scopes(hold, &mut scopes)).collect()
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
    which: Which,
) -> Result<HashMap<Uuid, Vec<Scope>>, CatalogueError> {
    let query = hold_scope::Entity::find().order_by_asc(hold_scope::Column::Id);
    let query = match which {
        Which::All => query,
        Which::InForce => query.filter(hold_scope::Column::HoldId.in_subquery(in_force())),
    };
    let mut scopes: HashMap<Uuid, Vec<Scope>> = HashMap::new();
    for row in query.all(database).await? {
        let scope = serde_json::from_value(row.value).map_err(|error| {
            CatalogueError::impossible(&format!("a scope of the hold {}", row.hold_id), error)
        })?;
        scopes.entry(row.hold_id).or_default().push(scope);
    }
    Ok(scopes)
}

fn in_force() -> sea_orm::sea_query::SelectStatement {
    use sea_orm::{QuerySelect as _, QueryTrait as _};
    let query = hold::Entity::find().select_only().column(hold::Column::Id);
    query.filter(hold::Column::State.ne(HoldState::Released)).into_query()
}
