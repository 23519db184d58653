//! `retaind mapping`: where record types lie in the stores, and who approved it.

use std::collections::HashMap;
use std::io::Write;

use clap::Subcommand;
use retaind_schedules::ids::MappingId;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _};
use serde::Serialize;

use crate::catalogue::Catalogue;
use crate::catalogue::entity::{mapping, store};
use crate::change::{self, Asked, Extent, Impact};
use crate::cli::change::{DigestArgs, say_impact, sign};
use crate::cli::context::Instance;
use crate::cli::output::table;
use crate::cli::{Answer, Context, Failure, Outcome};
use crate::clock::Clock;

/// Where record types lie in the stores, and who approved that
///
/// Nothing is proposed for disposal from a mapping before a records manager and
/// the owner of the asset have approved it. A mapping changed in its store file
/// is unapproved.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the mappings in use
    List,
    Impact(WhichArgs),
    Approve(ApproveArgs),
    Reject(RejectArgs),
}

/// Show what approving a mapping would do, by the last scan
#[derive(Debug, clap::Args)]
struct WhichArgs {
    /// The store
    store: String,

    /// The mapping; needed where the store has several
    mapping: Option<MappingId>,
}

/// Ask for a mapping to be approved, and sign it
#[derive(Debug, clap::Args)]
struct ApproveArgs {
    #[command(flatten)]
    which: WhichArgs,

    #[command(flatten)]
    digest: DigestArgs,

    /// It is meant to cover the store's root, or more than half of the store
    #[arg(long)]
    whole_store: bool,

    /// Why. It is kept for good: name nobody whose records these are
    #[arg(long, default_value = "this is where these records lie")]
    reason: String,
}

/// Take a mapping's approval away, at once
#[derive(Debug, clap::Args)]
struct RejectArgs {
    #[command(flatten)]
    which: WhichArgs,

    /// Why. It is kept for good: name nobody whose records these are
    #[arg(long)]
    reason: String,
}

pub(super) async fn run(context: &Context, args: Args) -> Result<Outcome, Failure> {
    match args.command {
        Command::List => list(context).await,
        Command::Impact(which) => impact(context, &which).await,
        Command::Approve(args) => approve(context, &args).await,
        Command::Reject(args) => reject(context, &args).await,
    }
}

#[derive(Debug, Serialize)]
struct Listed {
    mapping: MappingId,
    store: String,
    record_type: String,
    location: String,
    approved: String,
    digest: String,
}

async fn list(context: &Context) -> Result<Outcome, Failure> {
    let catalogue = context.catalogue().await?;
    let stores = store::Entity::find().all(catalogue.read()).await?;
    let stores: HashMap<_, _> = stores.into_iter().map(|row| (row.id, row.name)).collect();
    let in_use = mapping::Entity::find()
        .filter(mapping::Column::Active.eq(true))
        .order_by_asc(mapping::Column::Id);
    let listed: Vec<Listed> = in_use
        .all(catalogue.read())
        .await?
        .into_iter()
        .map(|row| Listed {
            mapping: MappingId(row.id),
            store: stores.get(&row.store_id).cloned().unwrap_or_default(),
            record_type: row.record_type_code,
            location: row.location,
            approved: row.approved_at.map_or_else(|| "no".to_owned(), |at| at.to_string()),
            digest: row.digest,
        })
        .collect();
    context.printer.print_lines(&listed, |to| {
        let rows = listed.iter().map(|line| {
            [
                line.mapping.to_string(),
                line.store.clone(),
                line.record_type.clone(),
                line.location.clone(),
                line.approved.clone(),
                line.digest[..12].to_owned(),
            ]
        });
        table(to, ["Mapping", "Store", "Record type", "Location", "Approved", "Digest"], rows)
    })?;
    Ok(Outcome::Done)
}

/// What approving a mapping would do.
#[derive(Debug, Serialize)]
struct Weighed {
    mapping: MappingId,
    impact: Impact,
}

impl Answer for Weighed {
    fn say(&self, to: &mut dyn Write) -> std::io::Result<()> {
        writeln!(to, "mapping {}, by the last complete scan:", self.mapping)?;
        say_impact(to, &self.impact)
    }
}

async fn impact(context: &Context, which: &WhichArgs) -> Result<Outcome, Failure> {
    let catalogue = context.catalogue().await?;
    let mapping = one(&catalogue, which).await?;
    let impact = change::mapping_impact(catalogue.read(), mapping).await?;
    context.printer.print(&Weighed { mapping, impact })?;
    Ok(Outcome::Done)
}

async fn approve(context: &Context, args: &ApproveArgs) -> Result<Outcome, Failure> {
    let instance = context.instance().await?;
    let Instance { catalogue, actor, clock, .. } = &instance;
    let mapping = one(catalogue, &args.which).await?;
    let extent = if args.whole_store { Extent::WholeStore } else { Extent::Part };
    let now = clock.now();
    let asked =
        change::approve_mapping(catalogue, actor, mapping, extent, &args.reason, now).await?;
    match asked {
        Asked::Waits(shown) => sign(context, &instance, shown.id(), &args.digest).await,
        Asked::Done => Ok(Outcome::Done),
    }
}

/// A mapping whose approval was taken away.
#[derive(Debug, Serialize)]
struct Refused {
    mapping: MappingId,
}

impl Answer for Refused {
    fn say(&self, to: &mut dyn Write) -> std::io::Result<()> {
        writeln!(to, "mapping {} is not approved: nothing is proposed from it", self.mapping)
    }
}

async fn reject(context: &Context, args: &RejectArgs) -> Result<Outcome, Failure> {
    let instance = context.instance().await?;
    let Instance { catalogue, actor, clock, .. } = &instance;
    let mapping = one(catalogue, &args.which).await?;
    change::unapprove_mapping(catalogue, actor, mapping, &args.reason, clock.now()).await?;
    context.printer.print(&Refused { mapping })?;
    Ok(Outcome::Done)
}

/// The mapping that is meant: the named one of the store, or its only one.
async fn one(catalogue: &Catalogue, which: &WhichArgs) -> Result<MappingId, Failure> {
    let store = store::Entity::find().filter(store::Column::Name.eq(&which.store));
    let store = store.one(catalogue.read()).await?;
    let store = store.ok_or_else(|| {
        Failure::new(format!(
            "no store called `{}` has been scanned: see `retaind store list`, and scan it first.",
            which.store
        ))
    })?;
    let in_use: Vec<MappingId> = mapping::Entity::find()
        .filter(mapping::Column::StoreId.eq(store.id))
        .filter(mapping::Column::Active.eq(true))
        .all(catalogue.read())
        .await?
        .into_iter()
        .map(|row| MappingId(row.id))
        .collect();
    match (which.mapping, &in_use[..]) {
        (Some(mapping), all) if all.contains(&mapping) => Ok(mapping),
        (None, [only]) => Ok(*only),
        _ => Err(Failure::new(format!(
            "name one of the {} mappings in use of store `{}`: see `retaind mapping list`.",
            in_use.len(),
            which.store
        ))),
    }
}
