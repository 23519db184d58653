//! What a stub keeps so that a hold or a question about a folder, a unit or a case
//! still finds it: short keyed digests of the folders it stood in and of the names
//! in its path. Nothing can be read from them without the key, and with it only
//! asked.

use std::collections::HashMap;

use retaind_schedules::hold::{Scope, folders, names};
use retaind_schedules::ids::StoreId;
use sea_orm::{ColumnTrait as _, Condition};

use super::NewStub;
use crate::catalogue::entity::stub::Column;
use crate::keys::Keys;
use crate::proof::lookup::with_folders;

/// Makes the traces of many items: what lies in one folder shares its digests.
pub(super) struct Tracer<'a> {
    keys: &'a Keys,
    folders: HashMap<(StoreId, String), String>,
    names: HashMap<String, String>,
}

impl<'a> Tracer<'a> {
    pub(super) fn new(keys: &'a Keys) -> Self {
        Self { keys, folders: HashMap::new(), names: HashMap::new() }
    }

    /// The traces of one item, each between spaces.
    pub(super) fn of(&mut self, stub: &NewStub<'_>) -> String {
        let keys = self.keys;
        let mut all = Vec::new();
        let folders = folders(stub.locator);
        if let (true, Some(unit)) = (stub.is_unit, folders.last()) {
            all.push(keys.unit_trace(stub.store, unit));
        }
        for folder in folders {
            let trace = self.folders.entry((stub.store, folder));
            let made = trace.or_insert_with_key(|(store, it)| keys.folder_trace(*store, it));
            all.push(made.clone());
        }
        let stated = stub.reference.map(str::to_owned);
        for name in names(stub.locator).into_iter().chain(stated) {
            let made = self.names.entry(name).or_insert_with_key(|it| keys.name_trace(it));
            if !all.contains(made) {
                all.push(made.clone());
            }
        }
        format!(" {} ", all.join(" "))
    }
}

/// Which stubs this scope covers, by what a stub itself says: everything of a
/// place, a case or a person. None where a stub does not say it.
#[must_use]
pub fn covered(keys: &Keys, scope: &Scope) -> Option<Condition> {
    let traced = |wanted: Vec<String>| {
        let has = |trace: String| Column::Traces.contains(format!(" {trace} "));
        wanted.into_iter().map(has).fold(exactly(keys, scope), Condition::add)
    };
    match scope {
        Scope::Location { store, prefix } => {
            let of_store = Condition::all().add(Column::StoreId.eq(store.0));
            let below = folders(prefix);
            let Some(folder) = below.last() else { return Some(of_store) };
            let units = below.iter().map(|unit| keys.unit_trace(*store, unit));
            let wanted = units.chain([keys.folder_trace(*store, folder)]);
            Some(of_store.add(traced(wanted.collect())))
        }
        Scope::Reference(reference) => Some(traced(vec![keys.name_trace(reference)])),
        Scope::Subject(key) => Some(Condition::all().add(Column::SubjectKey.eq(key.0.as_str()))),
        _ => None,
    }
}

/// The stubs that were written before traces were kept, and of which nobody can say
/// whether this scope covers them; none where every stub says it.
#[must_use]
pub fn untraced(keys: &Keys, scope: &Scope) -> Option<Condition> {
    let otherwise = exactly(keys, scope).not();
    let may = match scope {
        Scope::Location { store, prefix } if !folders(prefix).is_empty() => {
            Condition::all().add(Column::StoreId.eq(store.0)).add(otherwise)
        }
        Scope::Reference(_) => Condition::any().add(otherwise).add(Column::ReferenceMac.is_null()),
        _ => return None,
    };
    Some(Condition::all().add(Column::Traces.is_null()).add(may))
}

/// What every stub tells, whenever it was written: its own place, spelled as the
/// store had it, and its case.
fn exactly(keys: &Keys, scope: &Scope) -> Condition {
    match scope {
        Scope::Location { store, prefix } => {
            let macs = with_folders(prefix).map(|place| keys.locator_mac(*store, &place));
            Condition::any().add(Column::LocatorMac.is_in(macs))
        }
        Scope::Reference(reference) => {
            Condition::any().add(Column::ReferenceMac.eq(keys.reference_mac(reference)))
        }
        _ => Condition::any(),
    }
}
