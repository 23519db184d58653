//! What a stub keeps so that a hold or a question about a folder, a unit or a case
//! still finds it: short keyed digests of the folders it stood in and of the names
//! in its path. Nothing can be read from them without the key, and with it only
//! asked.

use std::collections::HashMap;

use retaind_schedules::hold::{Scope, folders, name, names, spellings};
use retaind_schedules::ids::StoreId;
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{ColumnTrait as _, Condition};

use super::NewStub;
use crate::catalogue::entity::stub::Column;
use crate::keys::{Keys, plain};
use crate::proof::lookup::with_folders;

/// Signs of a place's digest that are in the index of stubs.
const BEGIN: usize = 12;

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
        let stated = stub.reference.map(name);
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
            if below.is_empty() {
                return Some(of_store);
            }
            let mut wanted = Vec::new();
            for below in [vec![below], folders_of_old(prefix)].concat() {
                wanted.extend(below.iter().map(|unit| keys.unit_trace(*store, unit)));
                wanted.extend(below.last().map(|folder| keys.folder_trace(*store, folder)));
            }
            Some(of_store.add(traced(wanted)))
        }
        Scope::Reference(reference) => {
            let of_old = as_written(reference).map(|it| plain(&it));
            let wanted = std::iter::once(name(reference)).chain(of_old);
            Some(traced(wanted.map(|name| keys.name_trace(&name)).collect()))
        }
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
            let places: Vec<String> = as_written(prefix).collect();
            let places = places.iter().flat_map(|place| with_folders(place));
            let at = at(places.map(|place| keys.locator_mac(*store, &place)));
            Condition::any().add(at)
        }
        Scope::Reference(reference) => {
            let macs = as_written(reference).map(|it| keys.reference_mac(&it));
            Condition::any().add(Column::ReferenceMac.is_in(macs))
        }
        _ => Condition::any(),
    }
}

/// The digests of a place that stubs are looked for by: by their beginning, which the
/// index has, and then the whole.
pub(super) fn at(macs: impl Iterator<Item = String>) -> Condition {
    let macs: Vec<String> = macs.collect();
    let begins = macs.iter().map(|mac| mac.get(..BEGIN).unwrap_or(mac));
    // In so many words, as the index has them.
    let begin = Expr::cust(format!("substr(stub.locator_mac, 1, {BEGIN})")).is_in(begins);
    Condition::all().add(begin).add(Column::LocatorMac.is_in(macs.iter()))
}

/// A text as it was typed, and as another machine would have written it.
fn as_written(text: &str) -> impl Iterator<Item = String> {
    std::iter::once(text.to_owned()).chain(spellings(text))
}

/// The folders of a path as stubs have them from before letters with accents were
/// compared as one: in lower case only, and as the store had written them.
fn folders_of_old(path: &str) -> Vec<Vec<String>> {
    let of_old = |path: String| {
        let parts = path.split(['/', '\\']).map(|part| part.trim().to_lowercase());
        let parts: Vec<_> = parts.filter(|part| !part.is_empty() && part != ".").collect();
        (1..=parts.len()).map(|depth| parts[..depth].join("/")).collect()
    };
    if path.is_ascii() { Vec::new() } else { as_written(path).map(of_old).collect() }
}
