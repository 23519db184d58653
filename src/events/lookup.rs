//! What is recorded about many items at once, as a scan asks.

use std::collections::HashMap;

use retaind_schedules::evaluation::events::Event;
use retaind_schedules::hold::SubjectKey;
use retaind_schedules::ids::{EventId, StoreId};
use sea_orm::sea_query::{Expr, ExprTrait as _, Query};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
};
use uuid::Uuid;

use crate::catalogue::CatalogueError;
use crate::catalogue::entity::event;
use crate::catalogue::words::KeyKind;
use crate::keys::plain;
use crate::stores;

/// Keys asked for in one statement.
const KEYS: usize = 1000;

/// By what an item is known.
#[derive(Debug, Clone, Copy)]
pub struct ItemKeys<'item> {
    /// Its place in the store.
    pub locator: &'item str,
    /// The case it belongs to.
    pub reference: Option<&'item str>,
    /// The person it is about.
    pub subject: Option<&'item SubjectKey>,
}

/// For each item, in the order given, the events that bear on it. Events that
/// another has taken the place of are left out; what several for one trigger
/// mean is for evaluation to say.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn for_items(
    database: &impl ConnectionTrait,
    store: StoreId,
    items: &[ItemKeys<'_>],
) -> Result<Vec<Vec<Event>>, CatalogueError> {
    let references: Vec<Option<String>> =
        items.iter().map(|item| item.reference.map(plain)).collect();
    let locators = items.iter().map(|item| item.locator);
    let cases = references.iter().flatten().map(String::as_str);
    let people = items.iter().filter_map(|item| item.subject).map(|key| key.0.as_str());

    let by_locator = events(database, store, KeyKind::Locator, locators).await?;
    let by_case = events(database, store, KeyKind::Reference, cases).await?;
    let by_person = events(database, store, KeyKind::Subject, people).await?;

    let gather = |(item, reference): (&ItemKeys<'_>, &Option<String>)| {
        let found = [
            by_locator.get(item.locator),
            reference.as_ref().and_then(|reference| by_case.get(reference)),
            item.subject.and_then(|key| by_person.get(&key.0)),
        ];
        found.into_iter().flatten().flatten().cloned().collect()
    };
    Ok(items.iter().zip(&references).map(gather).collect())
}

/// The events of this kind that count, by key.
async fn events<'key>(
    database: &impl ConnectionTrait,
    store: StoreId,
    kind: KeyKind,
    keys: impl Iterator<Item = &'key str>,
) -> Result<HashMap<String, Vec<Event>>, CatalogueError> {
    let mut keys: Vec<&str> = keys.collect();
    keys.sort_unstable();
    keys.dedup();
    let mut found: HashMap<String, Vec<Event>> = HashMap::new();
    if keys.is_empty() || !any(database, kind).await? {
        return Ok(found);
    }
    let stores = stores::twins(database).await?.of(store.0);
    for chunk in keys.chunks(KEYS) {
        let rows = event::Entity::find()
            .filter(event::Column::KeyKind.eq(kind))
            .filter(event::Column::Key.is_in(chunk.iter().copied()))
            .filter(in_one_of(&stores))
            .filter(counts())
            .order_by_asc(event::Column::Seq)
            .all(database)
            .await?;
        for row in rows {
            let event = Event {
                id: EventId(row.id),
                trigger: row.trigger.0,
                date: row.date.0,
                supersedes: row.supersedes.map(EventId),
            };
            found.entry(row.key).or_default().push(event);
        }
    }
    Ok(found)
}

/// Whether anything at all is recorded by such keys: most stores' dates are their
/// own, and one question is cheaper than one for every item.
async fn any(database: &impl ConnectionTrait, kind: KeyKind) -> Result<bool, CatalogueError> {
    let one = event::Entity::find().filter(event::Column::KeyKind.eq(kind)).limit(1);
    let one: Option<Uuid> =
        one.select_only().column(event::Column::Id).into_tuple().one(database).await?;
    Ok(one.is_some())
}

/// Of any store, or of this one under one of its names.
pub(crate) fn in_one_of(stores: &[Uuid]) -> Condition {
    let any = event::Column::StoreId.is_null();
    Condition::any().add(any).add(event::Column::StoreId.is_in(stores.iter().copied()))
}

/// No other has taken its place.
pub(super) fn counts() -> Expr {
    let later = Query::select()
        .expr(Expr::val(1))
        .from_as("event", "later")
        .and_where(Expr::col(("later", "supersedes")).equals(("event", "id")))
        .to_owned();
    Expr::exists(later).not()
}
