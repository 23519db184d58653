//! What the chain last says of each thing of a kind, and what stands in the
//! catalogue and is not so.

use std::collections::HashMap;
use std::fmt;

use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, PaginatorTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
};
use uuid::Uuid;

use super::Action;
use crate::catalogue::CatalogueError;
use crate::catalogue::entity::audit_entry::{Column, Entity};

/// An entry about something, as far as it is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entered {
    pub(crate) seq: i64,
    pub(crate) actor: String,
    pub(crate) action: String,
    pub(crate) subject: String,
    pub(crate) before: Option<String>,
    pub(crate) after: Option<String>,
}

/// Its columns, in the order of [`Entered`].
type Row = (i64, String, String, String, Option<String>, Option<String>);

/// Every entry about things of this kind, oldest first; of these actions, where
/// any are named.
pub(crate) async fn entered(
    database: &impl ConnectionTrait,
    kind: &str,
    actions: &[Action],
) -> Result<Vec<Entered>, CatalogueError> {
    let mut about = Entity::find().filter(Column::SubjectKind.eq(kind));
    if !actions.is_empty() {
        about = about.filter(Column::Action.is_in(actions.iter().map(|action| action.name())));
    }
    let rows: Vec<Row> = about
        .select_only()
        .columns([
            Column::Seq,
            Column::Actor,
            Column::Action,
            Column::SubjectId,
            Column::BeforeDigest,
            Column::AfterDigest,
        ])
        .order_by_asc(Column::Seq)
        .into_tuple()
        .all(database)
        .await?;
    let entry = |(seq, actor, action, subject, before, after)| Entered {
        seq,
        actor,
        action,
        subject,
        before,
        after,
    };
    Ok(rows.into_iter().map(entry).collect())
}

/// Whether the chain has an entry of this act that left this digest of the thing;
/// by this person, where one is named.
pub(crate) async fn is_entered(
    database: &impl ConnectionTrait,
    (kind, id): (&str, Uuid),
    action: Action,
    after: &str,
    by: Option<Uuid>,
) -> Result<bool, CatalogueError> {
    let mut about = Entity::find()
        .filter(Column::SubjectKind.eq(kind))
        .filter(Column::SubjectId.eq(id.to_string()))
        .filter(Column::Action.eq(action.name()))
        .filter(Column::AfterDigest.eq(after));
    if let Some(person) = by {
        about = about.filter(Column::Actor.eq(person.to_string()));
    }
    Ok(about.one(database).await?.is_some())
}

/// How often the chain has an act on this thing.
pub(crate) async fn times(
    database: &impl ConnectionTrait,
    (kind, id): (&str, Uuid),
    action: Action,
) -> Result<u64, CatalogueError> {
    let entries = Entity::find()
        .filter(Column::SubjectKind.eq(kind))
        .filter(Column::SubjectId.eq(id.to_string()))
        .filter(Column::Action.eq(action.name()));
    Ok(entries.count(database).await?)
}

/// The last of these about each thing.
pub(crate) fn last_of_each(entered: Vec<Entered>) -> HashMap<String, Entered> {
    entered.into_iter().map(|entry| (entry.subject.clone(), entry)).collect()
}

/// Something in force that is not as the chain last says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Differs {
    /// What, by the name people know it by.
    pub what: String,
    /// How.
    pub how: Odd,
}

/// How what is in force differs from what the chain says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Odd {
    /// The chain says nothing of it.
    NeverEntered,
    /// It is not as this entry, the last about it, left it.
    Changed(i64),
    /// It was there at this entry, the last about it, and is not any more.
    Gone(i64),
}

impl Differs {
    pub(crate) fn new(what: impl Into<String>, how: Odd) -> Self {
        Self { what: what.into(), how }
    }
}

impl fmt::Display for Differs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, how } = self;
        match how {
            Odd::NeverEntered => write!(f, "{what} stands in the catalogue, and no entry says so"),
            Odd::Changed(seq) => {
                write!(f, "{what} is not as entry {seq}, the last about it, left it")
            }
            Odd::Gone(seq) => write!(f, "{what} is gone, and entry {seq} is the last about it"),
        }
    }
}
