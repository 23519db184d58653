//! `retaind check`: is the configuration right, and can everything be reached?

use std::io::Write;

use retaind_connectors::contract::Leash;
use retaind_connectors::order::ScanOrder;
use retaind_schedules::ids::MappingId;
use serde::Serialize;
use uuid::Uuid;

use crate::cli::{Answer, Context, Failure, Outcome};
use crate::config::{BesideSource, StoreFile, TriggerSource};
use crate::notices::carrier::Carrier;
use crate::notices::render::Templates;
use crate::scan::sidecar::Sidecar;
use crate::stores;

/// Check the configuration, the people list, every store file and every store
///
/// Nothing is written. Exit code 0: all is well; 3: some store needs attention.
#[derive(Debug, clap::Args)]
pub(super) struct Args {}

#[derive(Debug, Serialize)]
struct Checked {
    configuration: String,
    people: usize,
    stores: Vec<CheckedStore>,
}

#[derive(Debug, Serialize)]
struct CheckedStore {
    store: String,
    kind: String,
    mappings: usize,
    leash: Leash,
    faults: Vec<String>,
}

pub(super) async fn run(context: &Context, _: Args) -> Result<Outcome, Failure> {
    let config = context.config()?;
    if let Some(mail) = &config.mail {
        Templates::load(mail.templates.as_deref())?;
        Carrier::check(mail)?;
    }
    let mut checked = Checked {
        configuration: config.path.display().to_string(),
        people: config.people.len(),
        stores: Vec::new(),
    };
    for store in &config.stores {
        checked.stores.push(CheckedStore {
            store: store.name.clone(),
            kind: store.kind.clone(),
            mappings: store.mappings.len(),
            leash: store.leash,
            faults: faults(store).await,
        });
    }
    context.printer.print(&checked)?;
    let well = checked.stores.iter().all(|store| store.faults.is_empty());
    Ok(if well { Outcome::Done } else { Outcome::Attention })
}

/// Everything that is wrong with a store, as far as it can be seen at once.
async fn faults(store: &StoreFile) -> Vec<String> {
    let mut faults = Vec::new();
    for source in store.mappings.iter().flat_map(|mapping| mapping.dates.values()) {
        if let TriggerSource::Beside(BesideSource::Sidecar(source)) = source
            && let Err(fault) = Sidecar::read(source, store.folder())
        {
            faults.push(fault.to_string());
        }
    }
    if let Err(fault) = reach(store).await {
        faults.push(fault.to_string());
    }
    faults
}

async fn reach(store: &StoreFile) -> Result<(), Failure> {
    let connector = stores::open(store)?;
    connector.identify().await?;
    let unregistered = MappingId(Uuid::nil());
    let mappings = store.mappings.iter().map(|mapping| mapping.order(unregistered)).collect();
    connector.check(&ScanOrder { mappings }).await?;
    Ok(())
}

impl Answer for Checked {
    fn say(&self, to: &mut dyn Write) -> std::io::Result<()> {
        writeln!(to, "{}: read, with {} people", self.configuration, self.people)?;
        for store in &self.stores {
            let CheckedStore { store, kind, mappings, leash, faults } = store;
            let verdict = if faults.is_empty() { "reached" } else { "needs attention" };
            writeln!(
                to,
                "store {store} ({kind}, {mappings} mappings, {}): {verdict}",
                leash.name()
            )?;
            for fault in faults {
                writeln!(to, "  {fault}")?;
            }
        }
        Ok(())
    }
}
