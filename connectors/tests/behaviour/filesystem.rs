//! Folders, links, mounts and names as they are found on real shares.

use std::fs;
use std::sync::Arc;

use retaind_connectors::contract::{Connector, Look, ProblemKind, StoreErrorKind};
use retaind_connectors::order::{DateSource, MappingOrder, TextSource, Unit};
use retaind_connectors::sighting::Seen;
use tempfile::TempDir;

use crate::support::{date, mapping, open, order, scan};

fn tree(files: &[&str]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in files {
        let path = folder.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, file.as_bytes()).unwrap();
    }
    folder
}

fn store(folder: &TempDir) -> Arc<dyn Connector> {
    open("filesystem", &format!("root = {:?}\nthreads = 3", folder.path())).unwrap()
}

fn folders(location: &str, depth: u8) -> MappingOrder {
    MappingOrder { unit: Unit::Folder { depth }, ..mapping(location) }
}

#[tokio::test]
async fn files_under_a_mapping_are_sighted_and_others_counted_by_folder() {
    let folder = tree(&["a/x", "a/b/y", "c/d/e/z", "c/w", "v"]);
    let scanned = scan(&store(&folder), order(vec![mapping("a")])).await;
    assert_eq!(scanned.of(0), ["a/b/y", "a/x"]);
    assert_eq!(scanned.unmapped_items(), [(".", 1), ("c", 1), ("c/d", 1)]);
    let totals = scanned.finished.unwrap();
    assert_eq!((totals.items, totals.bytes, totals.containers), (5, 19, 6));
    assert_eq!(scanned.found[0].1.fingerprint.size, 5);
}

#[tokio::test]
async fn a_folder_that_is_a_unit_is_sighted_once_with_all_its_files() {
    let folder = tree(&["cases/7/a", "cases/7/b/c", "cases/8/d", "cases/list"]);
    let mut mapped = folders("cases", 1);
    mapped.dates = vec![date(DateSource::Modified)];
    mapped.reference = Some(TextSource::Path { pattern: "^([0-9]+)$".to_owned() });
    let store = store(&folder);
    let scanned = scan(&store, order(vec![mapped.clone()])).await;
    assert_eq!(scanned.of(0), ["cases/7/", "cases/8/", "cases/list"]);
    let seven = &scanned.found[0].1;
    assert_eq!((seven.members, seven.fingerprint.size), (2, 20));
    assert_eq!(seven.reference.as_deref(), Some("7"));
    for (_, found) in &scanned.found {
        assert_eq!(
            store.look(&mapped, &found.locator).await.unwrap(),
            Look::Present(found.clone())
        );
    }
    assert_eq!(store.look(&mapped, "cases/9/").await.unwrap(), Look::Absent);
}

#[tokio::test]
async fn a_unit_with_anything_that_cannot_be_taken_into_account_is_kept() {
    let folder = tree(&["cases/7/a", "cases/8/b"]);
    std::os::unix::fs::symlink("/", folder.path().join("cases/7/root")).unwrap();
    let scanned = scan(&store(&folder), order(vec![folders("cases", 1)])).await;
    assert_eq!(scanned.of(0), ["cases/8/"]);
    assert_eq!(scanned.problem_kinds(), [("cases/7/root", ProblemKind::Link)]);
    assert_eq!(scanned.finished.unwrap().items, 2);
}

#[tokio::test]
async fn a_root_that_is_missing_is_unavailable_and_is_not_made() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("share");
    let store = open("filesystem", &format!("root = {root:?}")).unwrap();
    let error = store.identify().await.unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::Unavailable);
    let scanned = scan(&store, order(vec![mapping("a")])).await;
    assert_eq!(scanned.error.unwrap().kind, StoreErrorKind::Unavailable);
    assert!(scanned.finished.is_none());
    assert!(!root.exists());
}

#[tokio::test]
async fn dates_in_paths_are_civil_dates() {
    let folder = tree(&["a/2019-03-01 letter", "a/2019-13-01 letter", "a/letter"]);
    let mut mapped = mapping("a");
    let pattern = r"^(?<date>\d{4}-\d\d-\d\d) ".to_owned();
    mapped.dates = vec![date(DateSource::Path { pattern, format: "%Y-%m-%d".to_owned() })];
    let scanned = scan(&store(&folder), order(vec![mapped])).await;
    let dates: Vec<_> = scanned.found.iter().map(|(_, found)| found.dates[0]).collect();
    let first = jiff::civil::date(2019, 3, 1);
    assert_eq!(dates, [Seen::On(first), Seen::Unreadable, Seen::Missing]);
}
