//! `retaind store`: the connected stores, and whether each is the one we know.

use std::collections::HashMap;
use std::io::Write;

use clap::Subcommand;
use retaind_connectors::contract::{Capability, Leash};
use retaind_connectors::order::ScanOrder;
use sea_orm::EntityTrait;
use serde::Serialize;

use crate::catalogue::entity::store;
use crate::cli::context::Instance;
use crate::cli::output::table;
use crate::cli::{Answer, Context, Failure, Outcome};
use crate::holds;
use crate::stores::{self, NewIdentity, Reached};

/// The connected stores
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the stores and their state
    List,
    /// Reach a store, and say which one it is and what it can do
    Test(TestArgs),
}

#[derive(Debug, clap::Args)]
struct TestArgs {
    /// The store
    store: String,

    /// Accept it though another disk, share or database answers in its place
    #[arg(long)]
    accept: bool,
}

#[derive(Debug, Serialize)]
struct Listed {
    store: String,
    kind: String,
    state: String,
    why: Option<String>,
    mappings: usize,
}

#[derive(Debug, Serialize)]
struct Tested {
    store: String,
    kind: String,
    identity: String,
    can: Vec<&'static str>,
    cannot: Vec<&'static str>,
    leash: Leash,
    /// Holds on parts of it, where it was accepted as another.
    holds_by_path: Vec<String>,
}

pub(super) async fn run(context: &Context, args: Args) -> Result<Outcome, Failure> {
    match args.command {
        Command::List => list(context).await,
        Command::Test(args) => test(context, args).await,
    }
}

async fn list(context: &Context) -> Result<Outcome, Failure> {
    let instance = context.instance().await?;
    let known = store::Entity::find().all(instance.catalogue.read()).await;
    let known: HashMap<String, store::Model> = known
        .map_err(|error| instance.catalogue.error(error))?
        .into_iter()
        .map(|row| (row.name.clone(), row))
        .collect();
    let listed: Vec<Listed> = instance
        .config
        .stores
        .iter()
        .map(|file| {
            let row = known.get(&file.name);
            Listed {
                store: file.name.clone(),
                kind: file.kind.clone(),
                state: row
                    .map_or_else(|| "not yet reached".to_owned(), |row| row.state.to_string()),
                why: row.and_then(|row| row.state_why.clone()),
                mappings: file.mappings.len(),
            }
        })
        .collect();
    context.printer.print_lines(&listed, |to| {
        let rows = listed.iter().map(|store| {
            let why = store.why.clone().unwrap_or_default();
            let mappings = store.mappings.to_string();
            [store.store.clone(), store.kind.clone(), mappings, store.state.clone(), why]
        });
        table(to, ["Store", "Kind", "Mappings", "State", ""], rows)
    })?;
    Ok(Outcome::Done)
}

async fn test(context: &Context, args: TestArgs) -> Result<Outcome, Failure> {
    let instance = context.instance().await?;
    let file = instance.config.store(&args.store)?;
    let new = if args.accept { NewIdentity::Accept } else { NewIdentity::Refuse };
    let Reached { connector, id, identity } =
        stores::identify(&instance.catalogue, file, new, &instance.by(), &instance.clock).await?;
    let schedule = stores::schedule_in_force(&instance.catalogue).await?;
    let placed =
        stores::register_mappings(&instance.catalogue, file, id, &schedule, &instance.clock)
            .await?;
    let orders = file.mappings.iter().zip(placed).map(|(entry, place)| entry.order(place.id));
    connector.check(&ScanOrder { mappings: orders.collect() }).await?;
    let Instance { catalogue, clock, .. } = &instance;
    stores::vouched(catalogue, id, &identity, &instance.by(), clock).await?;
    let (can, cannot) = abilities(connector.capability());
    let holds_by_path = match new {
        NewIdentity::Accept => holds::on_parts_of(catalogue, id).await?,
        NewIdentity::Refuse => Vec::new(),
    };
    context.printer.print(&Tested {
        store: file.name.clone(),
        kind: file.kind.clone(),
        identity: identity.0,
        can,
        cannot,
        leash: file.leash,
        holds_by_path,
    })?;
    Ok(Outcome::Done)
}

type Abilities = (Vec<&'static str>, Vec<&'static str>);

fn abilities(capability: Capability) -> Abilities {
    let all = [
        ("list what it holds", capability.list),
        ("say when a thing changed", capability.modified),
        ("say when a thing was made", capability.born),
        ("read dates from paths", capability.path),
        ("read dates from columns", capability.columns),
        ("take a folder as one unit", capability.folder_units),
        ("take rows with one key as one unit", capability.key_units),
        ("prove that a thing is absent", capability.proves_absence),
        ("take items out of reach and put them back", capability.quarantine),
        ("destroy what is out of reach", capability.destroy),
        ("compare content with a copy", capability.checksum),
    ];
    let (can, cannot): (Vec<_>, Vec<_>) = all.into_iter().partition(|(_, can)| *can);
    let names = |list: Vec<(&'static str, bool)>| list.into_iter().map(|(name, _)| name).collect();
    (names(can), names(cannot))
}

impl Answer for Tested {
    fn say(&self, to: &mut dyn Write) -> std::io::Result<()> {
        let Self { store, kind, identity, can, cannot, leash, holds_by_path } = self;
        writeln!(to, "store {store} ({kind}): reached, and every mapping is where it should be")?;
        writeln!(to, "it is {identity}")?;
        writeln!(to, "it can {}", can.join(", "))?;
        if !cannot.is_empty() {
            writeln!(to, "it cannot {}", cannot.join(", "))?;
        }
        if !holds_by_path.is_empty() {
            let holds = holds_by_path.join(", ");
            writeln!(
                to,
                "{holds} cover parts of it by their paths: where those lie elsewhere now, let the \
                 holds cover them there with `retaind hold widen`"
            )?;
        }
        match leash {
            Leash::Leashed => writeln!(to, "it is leashed: nothing in it can be changed"),
            Leash::Unleashed => writeln!(to, "it is unleashed: approved batches may take from it"),
        }
    }
}
