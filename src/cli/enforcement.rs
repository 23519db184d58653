//! `retaind enforcement`: how far the program may go for an asset.

use clap::{Subcommand, ValueEnum, builder::PossibleValue};
use sea_orm::{EntityTrait as _, QueryOrder as _};
use serde::Serialize;

use crate::catalogue::entity::asset;
use crate::catalogue::words::Enforcement;
use crate::change;
use crate::cli::change::{Set, asked};
use crate::cli::context::Instance;
use crate::cli::output::table;
use crate::cli::{Context, Failure, Outcome};
use crate::clock::Clock;

/// How far the program may go for an asset
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the assets, and how far the program may go for each
    List,
    Set(SetArgs),
}

/// Say how far the program may go for an asset
///
/// Going less far is in force at once. Going further waits for the asset's
/// owner and a records manager; to `destroy` for the SIRO too, unless a month
/// of scans has shown what would go.
#[derive(Debug, clap::Args)]
struct SetArgs {
    /// The asset, by its ref in the register
    asset: String,

    /// How far
    level: Enforcement,

    /// Why. It is kept for good: name nobody whose records these are
    #[arg(long)]
    reason: String,
}

impl ValueEnum for Enforcement {
    fn value_variants<'a>() -> &'a [Self] {
        Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.name()))
    }
}

#[derive(Debug, Serialize)]
struct Listed {
    asset: String,
    name: String,
    level: Enforcement,
}

pub(super) async fn run(context: &Context, args: Args) -> Result<Outcome, Failure> {
    match args.command {
        Command::List => list(context).await,
        Command::Set(args) => {
            let instance = context.instance().await?;
            let Instance { catalogue, actor, clock, .. } = &instance;
            let SetArgs { asset, level, reason } = &args;
            let now = clock.now();
            let answer =
                change::set_enforcement(catalogue, actor, asset, *level, reason, now).await?;
            let set = Set { what: asset.clone(), value: level.to_string() };
            asked(context, &instance, answer, set).await
        }
    }
}

async fn list(context: &Context) -> Result<Outcome, Failure> {
    let catalogue = context.catalogue().await?;
    let assets = asset::Entity::find().order_by_asc(asset::Column::Reference);
    let listed: Vec<Listed> = assets
        .all(catalogue.read())
        .await?
        .into_iter()
        .map(|row| Listed { asset: row.reference, name: row.name, level: row.enforcement })
        .collect();
    context.printer.print_lines(&listed, |to| {
        let rows = listed
            .iter()
            .map(|line| [line.asset.clone(), line.name.clone(), line.level.to_string()]);
        table(to, ["Asset", "Name", "Level"], rows)
    })?;
    Ok(Outcome::Done)
}
