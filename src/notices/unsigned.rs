//! Standing authorities that wait for signatures: who can give them, and for which
//! time they are asked. They are told with the changes that wait
//! (`super::changes`). **One that nobody signs covers nothing.**

use std::collections::BTreeSet;

use jiff::{Span, Timestamp};
use retaind_schedules::calendar::london_date;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _};
use uuid::Uuid;

use super::payload::{Asking, ChangeTold};
use super::recipient::{Directory, Recipient};
use super::step::asking;
use super::words;
use crate::catalogue::entity::{
    asset, authority_signature, record_type, standing_authority, store,
};
use crate::catalogue::values::CivilDate;
use crate::catalogue::words::{AuthorityState, Stage};
use crate::catalogue::{CatalogueError, WriteTx};
use crate::change::DIGITS;
use crate::people::Role;

/// For how many days after its last day it is still told that nobody signed one.
const LATE: i32 = 60;

/// Everyone to be told of each authority that waits, or waited in vain.
pub(super) async fn authorities(
    tx: &WriteTx,
    directory: &Directory,
    now: Timestamp,
) -> Result<Vec<(BTreeSet<Recipient>, ChangeTold)>, CatalogueError> {
    let today = london_date(now);
    let since = today.saturating_sub(Span::new().days(LATE));
    let waiting = standing_authority::Entity::find()
        .filter(standing_authority::Column::State.eq(AuthorityState::Proposed))
        .filter(standing_authority::Column::ExpiresOn.gte(CivilDate(since)))
        .order_by_asc(standing_authority::Column::Number)
        .all(&**tx)
        .await?;
    let mut told = Vec::with_capacity(waiting.len());
    for row in waiting {
        let asking = match row.expires_on.0 < today {
            true => Asking::Over,
            false => asking(row.proposed_at, now),
        };
        let seats = Seats::of(tx, directory, &row).await?;
        let to = seats.told(directory, row.proposed_by, asking);
        told.push((to, seats.line(tx, row, asking).await?));
    }
    Ok(told)
}

/// The signatures that are missing, and who could give each.
struct Seats {
    code: String,
    open: Vec<(String, BTreeSet<Recipient>)>,
}

impl Seats {
    async fn of(
        tx: &WriteTx,
        directory: &Directory,
        row: &standing_authority::Model,
    ) -> Result<Self, CatalogueError> {
        let of_row = authority_signature::Column::AuthorityId.eq(row.id);
        let signed = authority_signature::Entity::find().filter(of_row).all(&**tx).await?;
        let kind = record_type::Entity::find_by_id(row.record_type_id).one(&**tx).await?;
        let asset = match &kind {
            Some(kind) => asset::Entity::find_by_id(kind.asset_id).one(&**tx).await?,
            None => None,
        };
        let left = |mut people: BTreeSet<Recipient>| {
            let has_signed = |it: &Recipient| {
                signed.iter().any(|signed| Recipient::Person(signed.person_id) == *it)
            };
            people.retain(|it| !has_signed(it));
            people
        };
        let is_open = |stage| !signed.iter().any(|signed| signed.role == stage);
        let owner = asset.as_ref().and_then(|asset| asset.iao).map(Recipient::Person);
        let mut open = Vec::new();
        if is_open(Stage::Iao) {
            let mut owners = directory.with_role(&[Role::Iao]);
            owners.retain(|it| Some(it) == owner.as_ref());
            let reference = asset.map(|asset| asset.reference).unwrap_or_default();
            open.push((format!("the owner of asset {reference}"), left(owners)));
        }
        if is_open(Stage::RecordsManager) {
            let mut managers = left(directory.with_role(&[Role::RecordsManager]));
            // The owner signs as the owner, and cannot sign twice.
            if is_open(Stage::Iao) {
                managers.retain(|it| Some(it) != owner.as_ref());
            }
            open.push(("a records manager".to_owned(), managers));
        }
        Ok(Self { code: kind.map(|kind| kind.code).unwrap_or_default(), open })
    }

    fn unfilled(&self) -> impl Iterator<Item = &String> {
        self.open.iter().filter(|(_, who)| who.is_empty()).map(|(seat, _)| seat)
    }

    /// Those who can sign; where nobody can, those who can see to it that somebody
    /// can; after three weeks those above them; at the end who proposed it.
    fn told(&self, directory: &Directory, by: Uuid, asking: Asking) -> BTreeSet<Recipient> {
        let managers = || directory.with_role(&[Role::RecordsManager]);
        if asking == Asking::Over {
            let mut to = managers();
            to.insert(Recipient::Person(by));
            return to;
        }
        let mut to: BTreeSet<Recipient> =
            self.open.iter().flat_map(|(_, who)| who).cloned().collect();
        if asking == Asking::Escalated {
            to.extend(directory.with_role(&[Role::RecordsManager, Role::Siro]));
        }
        if self.unfilled().next().is_some() {
            to.extend(directory.with_role(&[Role::RecordsManager, Role::Siro, Role::Operator]));
        }
        to
    }

    async fn line(
        &self,
        tx: &WriteTx,
        row: standing_authority::Model,
        asking: Asking,
    ) -> Result<ChangeTold, CatalogueError> {
        let store = store::Entity::find_by_id(row.store_id).one(&**tx).await?;
        let store = store.map(|store| store.name).unwrap_or_default();
        let cap = words::counted(row.daily_cap.unsigned_abs(), "item", "items");
        let code = &self.code;
        Ok(ChangeTold {
            change: row.id,
            digest: row.digest.chars().take(DIGITS).collect(),
            asking,
            of: format!(
                "a standing authority for {code} in the store {store}, {cap} a day at most"
            ),
            authority: Some(row.number),
            effect: None,
            waits_for: self.open.iter().map(|(seat, _)| seat.clone()).collect(),
            unfilled: self.unfilled().cloned().collect(),
            proposed_on: london_date(row.proposed_at.timestamp()),
            ends_on: row.expires_on.0,
        })
    }
}
