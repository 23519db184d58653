//! Stores that are one and the same: what a store file was renamed from stays in
//! the catalogue. A hold on a part of it holds that part under any name, what
//! went from it went from under any name, and what is out of reach there is put
//! back by way of the store file there is.

use retaind_schedules::hold::{Hold, Scope};
use retaind_schedules::ids::StoreId;
use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _};
use uuid::Uuid;

use super::identity::open;
use crate::catalogue::CatalogueError;
use crate::catalogue::entity::store;
use crate::config::StoreFile;

/// Which store each is, as far as that is known.
#[derive(Debug, Default)]
pub struct Twins(Vec<(Uuid, String)>);

/// Reads which store each is.
///
/// # Errors
///
/// Where the catalogue does not answer.
pub async fn twins(read: &impl ConnectionTrait) -> Result<Twins, CatalogueError> {
    let known = store::Entity::find().filter(store::Column::Identity.is_not_null());
    let known = known.all(read).await?.into_iter();
    Ok(Twins(known.filter_map(|row| Some((row.id, row.identity?))).collect()))
}

/// The store file that reaches a store: that of its name or, where it has none
/// any more, one under another name. A store that was never scanned under its
/// present name is asked which it is.
///
/// # Errors
///
/// Where the catalogue does not answer.
pub async fn file_of<'a>(
    read: &impl ConnectionTrait,
    files: &'a [StoreFile],
    known: &store::Model,
) -> Result<Option<&'a StoreFile>, CatalogueError> {
    if let Some(file) = files.iter().find(|file| file.name == known.name) {
        return Ok(Some(file));
    }
    let Some(identity) = &known.identity else { return Ok(None) };
    let rows = store::Entity::find().all(read).await?;
    let scanned_as = |file: &StoreFile| {
        rows.iter().find(|row| row.name == file.name).and_then(|row| row.identity.as_ref())
    };
    if let Some(file) = files.iter().find(|file| scanned_as(file) == Some(identity)) {
        return Ok(Some(file));
    }
    for file in files.iter().filter(|file| file.kind == known.kind && scanned_as(file).is_none()) {
        let Ok(connector) = open(file) else { continue };
        if connector.identify().await.is_ok_and(|answers| answers.0 == *identity) {
            return Ok(Some(file));
        }
    }
    Ok(None)
}

impl Twins {
    /// This store under every name it ever had, itself among them.
    #[must_use]
    pub fn of(&self, id: Uuid) -> Vec<Uuid> {
        let identity = self.0.iter().find(|(of, _)| *of == id).map(|(_, identity)| identity);
        let same = self.0.iter().filter(|(of, known)| *of != id && Some(known) == identity);
        std::iter::once(id).chain(same.map(|(id, _)| *id)).collect()
    }

    /// Whether it is known which store this is. Before its first scan it is not, and
    /// it may be any of the others under another name.
    #[must_use]
    pub fn knows(&self, id: Uuid) -> bool {
        self.0.iter().any(|(of, _)| *of == id)
    }

    /// The hold, on each part of a store under every name of it.
    #[must_use]
    pub fn everywhere(&self, hold: Hold) -> Hold {
        let under_every_name = |scope: Scope| match scope {
            Scope::Location { store, prefix } => {
                let stores = self.of(store.0).into_iter().map(StoreId);
                stores.map(|store| Scope::Location { store, prefix: prefix.clone() }).collect()
            }
            scope => vec![scope],
        };
        let scopes = hold.scopes.into_iter().flat_map(|scope| scope.each(&under_every_name));
        let scopes = scopes.collect();
        Hold { scopes, ..hold }
    }
}
