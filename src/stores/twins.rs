//! Stores that are one and the same: what a store file was renamed from stays in
//! the catalogue, and a hold on a part of it holds that part under any name.

use retaind_schedules::hold::Scope;
use retaind_schedules::ids::StoreId;
use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _};
use uuid::Uuid;

use crate::catalogue::CatalogueError;
use crate::catalogue::entity::store;

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

impl Twins {
    /// This store under every name it ever had, itself among them.
    #[must_use]
    pub fn of(&self, id: Uuid) -> Vec<Uuid> {
        let identity = self.0.iter().find(|(of, _)| *of == id).map(|(_, identity)| identity);
        let same = self.0.iter().filter(|(of, known)| *of != id && Some(known) == identity);
        std::iter::once(id).chain(same.map(|(id, _)| *id)).collect()
    }

    /// The scopes, each part of a store under every name of it.
    #[must_use]
    pub fn everywhere(&self, scopes: Vec<Scope>) -> Vec<Scope> {
        let under_every_name = |scope| match scope {
            Scope::Location { store, prefix } => {
                let stores = self.of(store.0).into_iter().map(StoreId);
                stores.map(|store| Scope::Location { store, prefix: prefix.clone() }).collect()
            }
            scope => vec![scope],
        };
        scopes.into_iter().flat_map(under_every_name).collect()
    }
}
