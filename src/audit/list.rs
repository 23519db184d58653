//! Reading the chain, newest first, a page at a time.

use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter, QueryOrder as _, QuerySelect as _};

use super::Action;
use crate::catalogue::entity::audit_entry::{self, Column};
use crate::catalogue::values::Micros;
use crate::catalogue::{Catalogue, CatalogueError};

/// Which entries. The default is all of them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    /// Only those numbered lower: the last one of the page before.
    pub before: Option<i64>,
    /// Only what this person or service did.
    pub actor: Option<String>,
    /// Only this.
    pub action: Option<Action>,
    /// Only what was done to this kind of thing.
    pub subject_kind: Option<String>,
    /// Only what was done to this one.
    pub subject_id: Option<String>,
    /// Only what was done at this instant or later.
    pub since: Option<Micros>,
    /// Only what was done before this instant.
    pub until: Option<Micros>,
}

/// At most `limit` entries, newest first.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn list(
    catalogue: &Catalogue,
    filter: &Filter,
    limit: u64,
) -> Result<Vec<audit_entry::Model>, CatalogueError> {
    let Filter { before, actor, action, subject_kind, subject_id, since, until } = filter.clone();
    let action = action.map(Action::name);
    let wanted = [
        before.map(|seq| Column::Seq.lt(seq)),
        actor.map(|actor| Column::Actor.eq(actor)),
        action.map(|action| Column::Action.eq(action)),
        subject_kind.map(|kind| Column::SubjectKind.eq(kind)),
        subject_id.map(|id| Column::SubjectId.eq(id)),
        since.map(|at| Column::At.gte(at)),
        until.map(|at| Column::At.lt(at)),
    ];
    let query = wanted.into_iter().flatten().fold(audit_entry::Entity::find(), QueryFilter::filter);
    let page = query.order_by_desc(Column::Seq).limit(limit).all(catalogue.read()).await;
    page.map_err(|error| catalogue.error(error))
}
