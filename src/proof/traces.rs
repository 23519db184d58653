//! What a stub keeps so that a hold on a folder, a unit or a case still finds it:
//! short keyed digests of the folders it stood in and of the names in its path.
//! Nothing can be read from them without the key, and with it only asked.

use std::collections::HashMap;

use retaind_schedules::hold::{Scope, folders, names};
use retaind_schedules::ids::StoreId;
use sea_orm::{ColumnTrait as _, Condition};

use super::NewStub;
use crate::catalogue::entity::stub::Column;
use crate::keys::Keys;

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

/// Which stubs have a trace that this scope would have covered; none where a
/// scope is not found by traces.
#[must_use]
pub fn traced(keys: &Keys, scope: &Scope) -> Option<Condition> {
    let wanted = match scope {
        Scope::Location { store, prefix } => {
            let below = folders(prefix);
            let inside = below.iter().map(|unit| keys.unit_trace(*store, unit));
            inside.chain(below.last().map(|folder| keys.folder_trace(*store, folder))).collect()
        }
        Scope::Reference(reference) => vec![keys.name_trace(reference)],
        _ => return None,
    };
    let any = wanted.iter().fold(Condition::any(), |any, trace| {
        any.add(Column::Traces.contains(format!(" {trace} ")))
    });
    Some(any)
}
