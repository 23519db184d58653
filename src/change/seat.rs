//! Whose signatures a change needs, and in whose place a person may sign.
//!
//! A person signs a change once, in one role: two seats are two people, but
//! that the owner of several assets signs for all of theirs.

use std::collections::HashMap;

use jiff::civil::Date;
use retaind_schedules::ids::PersonId;
use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::catalogue::CatalogueError;
use crate::catalogue::entity::{asset, change_request, change_signature, person};
use crate::people::{Actor, Role, may_act, roles_of};

/// A signature that a change needs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Seat {
    /// A records manager's.
    RecordsManager,
    /// That of the owner of an asset, by its ref.
    Owner(String),
    /// The senior information risk owner's.
    Siro,
    /// That of a records manager or the senior information risk owner, and not
    /// of this person.
    OtherThan(PersonId),
}

impl std::fmt::Display for Seat {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::RecordsManager => f.write_str("a records manager"),
            Self::Owner(asset) => write!(f, "the owner of asset {asset}"),
            Self::Siro => f.write_str("the senior information risk owner"),
            Self::OtherThan(_) => f.write_str("another records manager or the SIRO"),
        }
    }
}

/// Seats as a sentence names them.
#[must_use]
pub fn named(seats: &[Seat]) -> String {
    seats.iter().map(Seat::to_string).collect::<Vec<_>>().join(", ")
}

/// The seats of a change, and who may sit in each.
#[derive(Debug)]
pub(super) struct Seats {
    seats: Vec<Seat>,
    /// The owners of the assets that the seats name, by ref, as they are now.
    owners: HashMap<String, PersonId>,
}

impl Seats {
    /// The seats of a change, with the owners of today.
    pub(super) async fn of(
        db: &impl ConnectionTrait,
        request: &change_request::Model,
    ) -> Result<Self, CatalogueError> {
        let seats: Vec<Seat> = serde_json::from_value(request.seats.clone())
            .map_err(|why| CatalogueError::impossible("change_request.seats", why))?;
        let refs = seats.iter().filter_map(|seat| match seat {
            Seat::Owner(asset) => Some(asset.clone()),
            _ => None,
        });
        let assets = asset::Entity::find().filter(asset::Column::Reference.is_in(refs));
        let owners = assets.all(db).await?.into_iter();
        let owners = owners.filter_map(|row| Some((row.reference, PersonId(row.iao?))));
        Ok(Self { seats, owners: owners.collect() })
    }

    /// The seats that nobody has signed for who may act today, whether or not the
    /// people list was read since they left.
    pub(super) async fn open(
        &self,
        db: &impl ConnectionTrait,
        signatures: &[change_signature::Model],
        today: Date,
    ) -> Result<Vec<Seat>, CatalogueError> {
        let ids = signatures.iter().map(|signature| signature.person_id);
        let people = person::Entity::find().filter(person::Column::Id.is_in(ids)).all(db).await?;
        let mut people: HashMap<Uuid, person::Model> =
            people.into_iter().map(|row| (row.id, row)).collect();
        let mut open = self.seats.clone();
        for signature in signatures {
            let Some(row) = people.remove(&signature.person_id).filter(|row| may_act(row, today))
            else {
                continue;
            };
            let signer = roles_of(row)?;
            let taken = self.takes(&open, &signer, signature.role);
            open.retain(|seat| !taken.contains(seat));
        }
        Ok(open)
    }

    /// The roles in which this person could sign for any of the open seats.
    pub(super) fn roles(&self, open: &[Seat], actor: &Actor) -> Vec<Role> {
        let roles = [Role::RecordsManager, Role::Iao, Role::Siro];
        roles.into_iter().filter(|role| !self.takes(open, actor, *role).is_empty()).collect()
    }

    /// The open seats that a person takes by signing in a role: all assets of
    /// an owner, else one.
    fn takes(&self, open: &[Seat], actor: &Actor, role: Role) -> Vec<Seat> {
        if !actor.roles.contains(&role) {
            return Vec::new();
        }
        let theirs = open.iter().filter(|seat| self.may_take(seat, actor, role)).cloned();
        match role {
            Role::Iao => theirs.collect(),
            _ => theirs.take(1).collect(),
        }
    }

    fn may_take(&self, seat: &Seat, actor: &Actor, role: Role) -> bool {
        match seat {
            Seat::RecordsManager => role == Role::RecordsManager,
            Seat::Siro => role == Role::Siro,
            Seat::Owner(asset) => {
                role == Role::Iao && self.owners.get(asset) == Some(&actor.person)
            }
            Seat::OtherThan(person) => {
                matches!(role, Role::RecordsManager | Role::Siro) && actor.person != *person
            }
        }
    }

    /// Assets among the open seats that have no owner who could sign.
    pub(super) fn orphans(&self, open: &[Seat]) -> Vec<String> {
        let ownerless = open.iter().filter_map(|seat| match seat {
            Seat::Owner(asset) if !self.owners.contains_key(asset) => Some(asset.clone()),
            _ => None,
        });
        ownerless.collect()
    }
}
