//! What a stub keeps so that a hold or a question about a folder, a unit or a case
//! still finds it: short keyed digests of the folders it stood in and of the names
//! in its path. Nothing can be read from them without the key, and with it only
//! asked.

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
    /// Of the folder that was asked for last: lists are in the order of their places.
    above: Option<(StoreId, String, Above)>,
}

/// What all items of one folder share.
#[derive(Default)]
struct Above {
    /// The folder, as holds compare folders; empty for the top of the store.
    folder: String,
    /// The traces of it and of those above it, each with a space behind.
    folders: String,
    /// The traces of the names in its path, alike.
    names: String,
}

impl<'a> Tracer<'a> {
    pub(super) const fn new(keys: &'a Keys) -> Self {
        Self { keys, above: None }
    }

    /// The traces of one item, each between spaces: of itself as a unit, of the folders
    /// down to its own place, and of names, each name once.
    pub(super) fn of(&mut self, stub: &NewStub<'_>) -> String {
        let keys = self.keys;
        let (above, own) = stub.locator.rsplit_once(['/', '\\']).unwrap_or(("", stub.locator));
        let Above { folder, folders: above, names: names_above } = self.above(stub.store, above);
        let place = match folders(own).pop() {
            Some(own) if folder.is_empty() => Some(own),
            Some(own) => Some(format!("{folder}/{own}")),
            None => None,
        };
        let mut all = String::from(" ");
        let unit =
            place.as_deref().or(Some(folder)).filter(|unit| stub.is_unit && !unit.is_empty());
        if let Some(unit) = unit {
            add(&mut all, &keys.unit_trace(stub.store, unit));
        }
        all.push_str(above);
        if let Some(place) = &place {
            add(&mut all, &keys.folder_trace(stub.store, place));
        }
        names_above.split_terminator(' ').for_each(|name| add_once(&mut all, name));
        for name in names(own).into_iter().chain(stub.reference.map(name)) {
            add_once(&mut all, &keys.name_trace(&name));
        }
        if all.len() == 1 {
            all.push(' ');
        }
        all
    }

    fn above(&mut self, store: StoreId, path: &str) -> &Above {
        let is_known = self.above.as_ref().is_some_and(|(of, at, _)| (*of, &**at) == (store, path));
        if !is_known {
            let folders = folders(path);
            let mut above = Above::default();
            for folder in &folders {
                add(&mut above.folders, &self.keys.folder_trace(store, folder));
            }
            for name in names(path) {
                add_once(&mut above.names, &self.keys.name_trace(&name));
            }
            above.folder = folders.last().cloned().unwrap_or_default();
            self.above = Some((store, path.to_owned(), above));
        }
        let (_, _, above) = self.above.as_ref().expect("it was made just now");
        above
    }
}

fn add(all: &mut String, trace: &str) {
    all.push_str(trace);
    all.push(' ');
}

/// All traces are of one length, and none holds a space: one is found nowhere but
/// where it stands.
fn add_once(all: &mut String, trace: &str) {
    if !all.contains(trace) {
        add(all, trace);
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

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::catalogue::words::Disposed;

    /// As holds and questions ask for it, each trace said by itself.
    fn one_by_one(keys: &Keys, stub: &NewStub<'_>) -> String {
        let below = folders(stub.locator);
        let unit = below.last().filter(|_| stub.is_unit);
        let unit = unit.map(|unit| keys.unit_trace(stub.store, unit));
        let folders = below.iter().map(|folder| keys.folder_trace(stub.store, folder));
        let mut all: Vec<String> = unit.into_iter().chain(folders).collect();
        for name in names(stub.locator).into_iter().chain(stub.reference.map(name)) {
            let trace = keys.name_trace(&name);
            if !all.contains(&trace) {
                all.push(trace);
            }
        }
        format!(" {} ", all.join(" "))
    }

    #[test]
    fn what_lies_in_one_folder_shares_its_traces_and_each_has_its_own() {
        let keys = Keys::from_bytes([7; 32]);
        let mut tracer = Tracer::new(&keys);
        let places = [
            "",
            "/",
            "a.pdf",
            "./a.pdf",
            "Planning/a.pdf",
            "planning/B.pdf",
            "Planning/a.pdf/",
            "planning\\C.pdf",
            "Planning/2019/a.pdf",
            "Planning/2019/Planning/a",
            "x/./a",
            "x//a",
            "x/ /b",
            "x/ b .doc ",
            "caf\u{e9}/Men\u{fc}.txt",
            "cafe\u{301}/x.y.z",
            "x/.",
            "x/.a",
            "kept/7",
            "a.pdf",
        ];
        for store in [1, 2].map(|number| StoreId(Uuid::from_u128(number))) {
            for locator in places {
                for (is_unit, reference) in
                    [(false, None), (true, Some("PL/7")), (false, Some("a"))]
                {
                    let stub = NewStub {
                        id: Uuid::nil(),
                        record_type_code: "PLAN-14",
                        schedule_version: "v1",
                        rule: "P6Y",
                        due_on: None,
                        disposed_at: jiff::Timestamp::UNIX_EPOCH,
                        action: Disposed::Destroyed,
                        partly: false,
                        batch_id: Uuid::nil(),
                        batch: "B-1",
                        store,
                        locator,
                        is_unit,
                        reference,
                        subject: None,
                    };
                    assert_eq!(tracer.of(&stub), one_by_one(&keys, &stub), "{locator:?}");
                }
            }
        }
    }
}
