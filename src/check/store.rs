//! One store: its file, its sidecars, and the store itself.

use std::collections::BTreeSet;
use std::sync::Arc;

use retaind_connectors::contract::{Connector, StoreError, StoreIdentity};
use retaind_connectors::order::ScanOrder;
use retaind_schedules::ids::MappingId;
use uuid::Uuid;

use super::{Checked, CheckedStore, Reached};
use crate::config::{BesideSource, ConfigError, MappingEntry, StoreFile, TriggerSource};
use crate::scan::sidecar::Sidecar;

/// Looks at a store, and gives which it is where it says so; `codes` are the record
/// types of the schedule in force.
pub(super) async fn check(
    store: &StoreFile,
    codes: Option<&BTreeSet<String>>,
    checked: &mut Checked,
) -> Option<StoreIdentity> {
    if store.mappings.is_empty() {
        let what = "it has no mapping, so nothing in the store is looked at".to_owned();
        let remedy = "Write a [[mapping]] for each location that holds a record type".to_owned();
        checked.warn(ConfigError::new(&store.path, Some(1), what, remedy));
    }
    for (mapping, line) in lines(store) {
        unknown_record_type(store, mapping, line, codes, checked);
        sidecars(store, mapping, line, checked);
    }
    let (identity, faults) = reach(store).await;
    checked.stores.push(CheckedStore {
        store: store.name.clone(),
        kind: store.kind.clone(),
        mappings: store.mappings.len(),
        leash: store.leash,
        reached: if faults.is_empty() { Reached::Well } else { Reached::NeedsAttention },
    });
    faults.into_iter().for_each(|fault| checked.fault(fault));
    identity
}

/// What is wrong with a store's settings, as far as the store itself need not be
/// asked.
pub(super) fn settings(store: &StoreFile) -> Result<Arc<dyn Connector>, ConfigError> {
    let (settings, folder) = (store.settings.clone(), store.folder());
    let opened = retaind_connectors::store::open(&store.kind, settings, folder, store.leash);
    opened.map_err(|fault| of_settings(store, &fault))
}

/// Two files that reach one and the same store.
pub(super) fn told_twice(store: &StoreFile, other: &StoreFile) -> ConfigError {
    let what = format!(
        "it is the same store as `{}`: what both map is counted and proposed twice, and what goes \
         by the one is missed by the other",
        other.name
    );
    let remedy = format!("Leave one file, with the mappings of both: {}", other.path.display());
    ConfigError::at_key(&store.path, "settings", what, &remedy)
}

fn lines(store: &StoreFile) -> impl Iterator<Item = (&MappingEntry, usize)> {
    store.mappings.iter().zip(store.mapping_lines.iter().copied())
}

fn unknown_record_type(
    store: &StoreFile,
    mapping: &MappingEntry,
    line: usize,
    codes: Option<&BTreeSet<String>>,
    checked: &mut Checked,
) {
    let code = &mapping.record_type;
    if codes.is_some_and(|codes| !codes.contains(code)) {
        let what = format!(
            "the schedule in force has no record type `{code}`, so everything in `{}` is kept",
            mapping.location
        );
        let remedy = "Mend the code, or add the record type to the register; \
                      `retaind schedule list` shows those there are";
        checked.warn(ConfigError::new(&store.path, Some(line), what, remedy.to_owned()));
    }
}

fn sidecars(store: &StoreFile, mapping: &MappingEntry, line: usize, checked: &mut Checked) {
    for source in mapping.dates.values() {
        if let TriggerSource::Beside(BesideSource::Sidecar(source)) = source
            && let Err(fault) = Sidecar::read(source, store.folder())
        {
            let what = format!("sidecar {}: {}", fault.file.display(), fault.what);
            checked.fault(ConfigError::new(&store.path, Some(line), what, fault.remedy));
        }
    }
}

/// Reaches the store, and looks for everything that is mapped in it.
async fn reach(store: &StoreFile) -> (Option<StoreIdentity>, Vec<ConfigError>) {
    let connector = match settings(store) {
        Ok(connector) => connector,
        Err(fault) => return (None, vec![fault]),
    };
    match connector.identify().await {
        Ok(identity) => (Some(identity), unreached(store, &*connector, None).await),
        Err(fault) => (None, unreached(store, &*connector, Some(fault)).await),
    }
}

/// What is wrong with a store and its mappings; `identified` is what is wrong with
/// the store as a whole.
async fn unreached(
    store: &StoreFile,
    connector: &dyn Connector,
    identified: Option<StoreError>,
) -> Vec<ConfigError> {
    let mut faults: Vec<_> = identified.iter().map(|fault| of_settings(store, fault)).collect();
    let Err(whole) = ask(connector, &store.mappings).await else { return faults };
    let said = |fault: &StoreError| {
        identified.as_ref().is_some_and(|before| before.to_string() == fault.to_string())
    };
    // A store that cannot be reached says so of each mapping.
    if said(&whole) {
        return faults;
    }
    let before = faults.len();
    for (mapping, line) in lines(store) {
        match ask(connector, std::slice::from_ref(mapping)).await {
            Err(fault) if !said(&fault) => faults.push(at(store, Some(line), &fault)),
            _ => {}
        }
    }
    // Each by itself is right; then it is how they lie to each other.
    if faults.len() == before {
        faults.push(at(store, store.mapping_lines.first().copied(), &whole));
    }
    faults
}

async fn ask(connector: &dyn Connector, mappings: &[MappingEntry]) -> Result<(), StoreError> {
    let unregistered = MappingId(Uuid::nil());
    let mappings = mappings.iter().map(|mapping| mapping.order(unregistered)).collect();
    connector.check(&ScanOrder { mappings }).await
}

/// At the setting that the fault names, where it names one.
fn of_settings(store: &StoreFile, fault: &StoreError) -> ConfigError {
    let words = format!("{} {}", fault.context, fault.remedy);
    let named = |setting: &&String| words.contains(&format!("`{setting}`"));
    let key = match store.settings.keys().find(named) {
        Some(setting) => format!("settings.{setting}"),
        None if words.contains(&format!("`{}`", store.kind)) => "kind".to_owned(),
        None => "settings".to_owned(),
    };
    ConfigError::at_key(&store.path, &key, in_one_line(fault), &fault.remedy)
}

fn at(store: &StoreFile, line: Option<usize>, fault: &StoreError) -> ConfigError {
    ConfigError::new(&store.path, line, in_one_line(fault), fault.remedy.clone())
}

/// In one line: some libraries draw pictures of what is wrong.
fn in_one_line(fault: &StoreError) -> String {
    let context: Vec<_> = fault.context.split_whitespace().collect();
    format!("{}: {}", fault.kind, context.join(" "))
}
