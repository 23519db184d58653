//! What had gone before a hold came that would have covered it: by the stubs, and
//! by the lines of batches that have no certificate yet. Batches and certificates
//! are named, with counts and days; a place or a person never.

use std::collections::{BTreeMap, HashSet};

use jiff::civil::Date;
use retaind_schedules::batch::{BatchState, LineState};
use retaind_schedules::calendar::london_date;
use retaind_schedules::hold::{Hold, Scope};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _, PaginatorTrait as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use serde::Serialize;
use uuid::Uuid;

use super::stop::DisposalError;
use super::under::{Met, Register};
use crate::catalogue::CatalogueError;
use crate::catalogue::entity::{asset, batch, batch_line, record_type, stub};
use crate::catalogue::values::{Micros, Text};
use crate::disposal::list::PAGE;
use crate::keys::Keys;
use crate::proof;
use crate::scan::run::Scanner;

/// Items of one batch that had gone before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Gone {
    /// The batch.
    pub batch: String,
    /// Its certificate, once there is one.
    pub certificate: Option<String>,
    /// How many.
    pub items: u64,
    /// The day the first of them went.
    pub first: Date,
    /// The day the last of them went.
    pub last: Date,
}

/// Finds what these holds would have covered and had gone before.
///
/// # Errors
///
/// Where the catalogue fails.
pub(super) async fn before(
    scanner: &Scanner,
    holds: &[Hold],
    met: &mut Met,
) -> Result<(), DisposalError> {
    let database = scanner.catalogue.read();
    let mut found = Found::default();
    for scope in holds.iter().flat_map(|hold| &hold.scopes) {
        let these = covered(database, &scanner.keys, scope).await?;
        found.stubs(database, these).await?;
    }
    let by_stub = found.seen.len();
    found.uncertified(database, holds).await?;
    let by_line_only = (found.seen.len() - by_stub) as u64;
    let older = untraced(database, &scanner.keys, holds).await?;
    met.gone_not_known = older.saturating_sub(by_line_only);
    met.gone = found.by_batch.into_values().collect();
    Ok(())
}

#[derive(Default)]
struct Found {
    /// By id, which a line and its stub share.
    seen: HashSet<Uuid>,
    certificates: proof::Numbers,
    by_batch: BTreeMap<String, Gone>,
}

impl Found {
    fn one(&mut self, id: Uuid, batch: String, certificate: Option<String>, at: Micros) {
        if !self.seen.insert(id) {
            return;
        }
        let day = london_date(at.timestamp());
        let gone = self.by_batch.entry(batch.clone()).or_insert_with(|| Gone {
            batch,
            certificate: None,
            items: 0,
            first: day,
            last: day,
        });
        gone.items += 1;
        gone.certificate = gone.certificate.take().or(certificate);
        (gone.first, gone.last) = (gone.first.min(day), gone.last.max(day));
    }

    async fn stubs(
        &mut self,
        database: &impl ConnectionTrait,
        these: Condition,
    ) -> Result<(), CatalogueError> {
        let rows: Vec<(Uuid, Uuid, String, i64)> = stub::Entity::find()
            .filter(these)
            .select_only()
            .columns([
                stub::Column::Id,
                stub::Column::BatchId,
                stub::Column::Batch,
                stub::Column::DisposedAt,
            ])
            .into_tuple()
            .all(database)
            .await?;
        for (id, in_batch, batch, at) in rows {
            let certificate = self.certificates.of(database, in_batch).await?.map(str::to_owned);
            self.one(id, batch, certificate, Micros(at));
        }
        Ok(())
    }

    /// Lines that have gone and that no certificate names yet still say where
    /// they stood.
    async fn uncertified(
        &mut self,
        database: &impl ConnectionTrait,
        holds: &[Hold],
    ) -> Result<(), CatalogueError> {
        use BatchState::{Destroying, Executed, Halted};
        let batches = batch::Entity::find()
            .filter(batch::Column::State.is_in([Destroying, Executed, Halted].map(Text)));
        for batch in batches.all(database).await? {
            let register = Register::of(database, &batch).await?;
            let mut from = 0;
            loop {
                let gone =
                    [LineState::Destroyed, LineState::Transferred, LineState::Anonymised].map(Text);
                let lines = batch_line::Entity::find()
                    .filter(batch_line::Column::BatchId.eq(batch.id))
                    .filter(batch_line::Column::State.is_in(gone))
                    .filter(batch_line::Column::Position.gte(from))
                    .order_by_asc(batch_line::Column::Position)
                    .limit(PAGE)
                    .all(database)
                    .await?;
                let Some(last) = lines.last() else { break };
                from = last.position + 1;
                for line in lines {
                    let place = register.place(&line);
                    if holds.iter().any(|hold| hold.covers(&place)) {
                        let at = line.ended_at.unwrap_or(batch.state_since);
                        self.one(line.id, batch.number.clone(), None, at);
                    }
                }
            }
        }
        Ok(())
    }
}

/// Which stubs a scope would have covered.
async fn covered(
    database: &impl ConnectionTrait,
    keys: &Keys,
    scope: &Scope,
) -> Result<Condition, CatalogueError> {
    let scope = scope.of_any_day();
    if let Some(by_itself) = proof::covered(keys, scope) {
        return Ok(by_itself);
    }
    let of = |assets: Vec<Uuid>| async {
        let kinds = record_type::Entity::find().filter(record_type::Column::AssetId.is_in(assets));
        let kinds = kinds.all(database).await?;
        let codes = kinds.into_iter().map(|kind| kind.code);
        Ok::<_, CatalogueError>(Condition::all().add(stub::Column::RecordTypeCode.is_in(codes)))
    };
    // A stub does not say from when to when its record was worked on.
    Ok(match scope {
        Scope::Everything
        | Scope::Within { .. }
        | Scope::Location { .. }
        | Scope::Reference(_)
        | Scope::Subject(_) => Condition::all(),
        Scope::RecordType(id) => {
            let kind = record_type::Entity::find_by_id(id.0).one(database).await?;
            let code = kind.map(|kind| kind.code).unwrap_or_default();
            Condition::all().add(stub::Column::RecordTypeCode.eq(code))
        }
        Scope::Asset(id) => of(vec![id.0]).await?,
        Scope::ServiceArea(area) => {
            let of_area = asset::Entity::find().filter(asset::Column::ServiceAreaId.eq(area.0));
            let assets = of_area.all(database).await?.into_iter().map(|asset| asset.id);
            of(assets.collect()).await?
        }
    })
}

/// How many items went before their folders and names were kept, and may or may
/// not have lain beneath one of these holds.
async fn untraced(
    database: &impl ConnectionTrait,
    keys: &Keys,
    holds: &[Hold],
) -> Result<u64, CatalogueError> {
    let scopes = holds.iter().flat_map(|hold| &hold.scopes).map(Scope::of_any_day);
    let may: Vec<Condition> = scopes.filter_map(|scope| proof::untraced(keys, scope)).collect();
    if may.is_empty() {
        return Ok(0);
    }
    let any = may.into_iter().fold(Condition::any(), Condition::add);
    Ok(stub::Entity::find().filter(any).count(database).await?)
}
