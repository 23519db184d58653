//! Folders, links, mounts and names as they are found on real shares.

use std::ffi::OsStr;
use std::fs;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use retaind_connectors::contract::{Connector, Look, ProblemKind, StoreErrorKind};
use retaind_connectors::order::{DateSource, MappingOrder, TextSource, Unit};
use retaind_connectors::sighting::Seen;
use rustix::fs::{CWD, FileType, Mode, OFlags};
use tempfile::TempDir;

use crate::support::{date, mapping, open, order, scan};
use crate::trees::tree;

fn store(folder: &TempDir) -> Arc<dyn Connector> {
    open("filesystem", &format!("root = {:?}\nthreads = 3", folder.path())).unwrap()
}

pub(crate) fn folders(location: &str, depth: u8) -> MappingOrder {
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
    symlink("/", folder.path().join("cases/7/root")).unwrap();
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

#[tokio::test]
async fn a_link_is_told_and_never_followed() {
    let folder = tree(&["a/x", "b/y"]);
    symlink("/", folder.path().join("a/root")).unwrap();
    symlink("x", folder.path().join("a/same")).unwrap();
    symlink("../b", folder.path().join("a/beside")).unwrap();
    let store = store(&folder);
    let scanned = scan(&store, order(vec![mapping("a")])).await;
    assert_eq!(scanned.of(0), ["a/x"]);
    let link = ProblemKind::Link;
    assert_eq!(scanned.problem_kinds(), [("a/beside", link), ("a/root", link), ("a/same", link)]);
    assert!(scanned.problems.iter().all(|problem| problem.mapping == Some(0)));
    let look = store.look(&mapping("a"), "a/root/etc/passwd").await.unwrap();
    assert_eq!(look, Look::Unknown(link));
    assert_eq!(store.look(&mapping("a"), "a/same").await.unwrap(), Look::Unknown(link));
}

#[tokio::test]
async fn a_link_in_the_place_of_a_root_or_location_is_refused() {
    let folder = tree(&["real/a/x"]);
    symlink("real", folder.path().join("root")).unwrap();
    for root in ["root", "root/"] {
        let settings = format!("root = {:?}", format!("{}/{root}", folder.path().display()));
        let error = open("filesystem", &settings).unwrap().identify().await.unwrap_err();
        assert_eq!(error.kind, StoreErrorKind::Misconfigured);
        assert!(
            error.to_string().contains("is a link. Set `root` to the folder itself."),
            "{error}"
        );
    }
    symlink("a", folder.path().join("real/b")).unwrap();
    let settings = format!("root = {:?}", folder.path().join("real"));
    let store = open("filesystem", &settings).unwrap();
    let error = store.check(&order(vec![mapping("b")])).await.unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::Misconfigured);
}

/// A mount that is taken away again.
pub(crate) struct Mount<'p>(&'p Path);

impl<'p> Mount<'p> {
    /// Puts `from` over `over`, or says why this machine does not let it.
    pub(crate) fn bind(from: &Path, over: &'p Path) -> Result<Self, String> {
        let mount = Command::new("mount").arg("--bind").args([from, over]).output().unwrap();
        let said = String::from_utf8_lossy(&mount.stderr).into_owned();
        mount.status.success().then_some(Self(over)).ok_or(said)
    }
}

impl Drop for Mount<'_> {
    fn drop(&mut self) {
        Command::new("umount").arg(self.0).status().unwrap();
    }
}

#[tokio::test]
async fn another_mount_is_told_and_never_entered() {
    let (folder, other) = (tree(&["a/x", "a/mounted/z", "a/file"]), tree(&["secret", "plain"]));
    let (over, over_file) = (folder.path().join("a/mounted"), folder.path().join("a/file"));
    let mounts = Mount::bind(other.path(), &over)
        .and_then(|one| Ok((one, Mount::bind(&other.path().join("plain"), &over_file)?)));
    let _mounts = match mounts {
        Ok(mounts) => mounts,
        Err(why) => {
            println!("skipped: this machine lets nobody mount here: {why}");
            return;
        }
    };
    let store = store(&folder);
    let scanned = scan(&store, order(vec![mapping("a")])).await;
    assert_eq!(scanned.of(0), ["a/x"]);
    let elsewhere = ProblemKind::OtherFileSystem;
    assert_eq!(scanned.problem_kinds(), [("a/file", elsewhere), ("a/mounted", elsewhere)]);
    for locator in ["a/mounted/secret", "a/file"] {
        let look = store.look(&mapping("a"), locator).await.unwrap();
        assert_eq!(look, Look::Unknown(elsewhere));
    }
    let error = store.check(&order(vec![mapping("a/mounted")])).await.unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::Misconfigured);
}

#[tokio::test]
async fn a_share_that_is_not_mounted_any_more_is_another_store() {
    let (folder, share) = (tree(&["mnt/.keep"]), tree(&["a/x", "retaind-store"]));
    let point = folder.path().join("mnt");
    let settings = |more: &str| format!("root = {point:?}\n{more}");
    let plain = open("filesystem", &settings("")).unwrap();
    let known = open("filesystem", &settings("sentinel = 'retaind-store'")).unwrap();
    let mount = match Mount::bind(share.path(), &point) {
        Ok(mount) => mount,
        Err(why) => {
            println!("skipped: this machine lets nobody mount here: {why}");
            return;
        }
    };
    let (before, sentinel) = (plain.identify().await.unwrap(), known.identify().await.unwrap());
    assert_eq!(plain.look(&mapping("a"), "a/gone").await.unwrap(), Look::Absent);
    drop(mount);
    assert_ne!(plain.identify().await.unwrap(), before);
    for store in [&plain, &known] {
        let scanned = scan(store, order(vec![mapping("a")])).await;
        assert_eq!(scanned.error.unwrap().kind, StoreErrorKind::Unavailable);
        let error = store.look(&mapping("a"), "a/gone").await.unwrap_err();
        assert_eq!(error.kind, StoreErrorKind::Unavailable);
    }
    let error = known.identify().await.unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::Unavailable);
    assert!(error.to_string().contains("retaind-store"), "{error}");
    fs::write(folder.path().join("mnt/retaind-store"), "retaind-store").unwrap();
    assert_eq!(known.identify().await.unwrap(), sentinel, "the sentinel says which store it is");
}

#[tokio::test]
async fn the_sentinel_is_nobodys_item() {
    let folder = tree(&["a/x", "a/retaind-store", "b/retaind-store"]);
    let settings = format!("root = {:?}\nsentinel = 'a/retaind-store'", folder.path());
    let store = open("filesystem", &settings).unwrap();
    let scanned = scan(&store, order(vec![mapping("a")])).await;
    assert_eq!(scanned.of(0), ["a/x"]);
    assert_eq!(scanned.unmapped_items(), [("b", 1)]);
    store.look(&mapping("a"), "a/retaind-store").await.unwrap_err();
    let error = store.check(&order(vec![folders("", 1)])).await.unwrap_err();
    assert!(error.to_string().contains("would go with it"), "{error}");
}

#[tokio::test]
async fn names_that_are_not_utf_8_are_found_again() {
    let folder = tree(&["a/x"]);
    let names: [&[u8]; 4] = [b"caf\xE9", b"back\\slash", b"\\xE9", "ü\n".as_bytes()];
    for name in names {
        fs::write(folder.path().join("a").join(OsStr::from_bytes(name)), "").unwrap();
    }
    let store = store(&folder);
    let scanned = scan(&store, order(vec![mapping("a")])).await;
    assert_eq!(scanned.of(0), ["a/\\\\xE9", "a/back\\\\slash", "a/caf\\xE9", "a/x", "a/ü\n"]);
    for (_, found) in scanned.found {
        let look = store.look(&mapping("a"), &found.locator).await.unwrap();
        assert_eq!(look, Look::Present(found));
    }
}

#[tokio::test]
async fn pipes_and_sockets_are_told_and_never_opened() {
    let folder = tree(&["a/x"]);
    let pipe = folder.path().join("a/pipe");
    rustix::fs::mknodat(CWD, &pipe, FileType::Fifo, Mode::RUSR, 0).unwrap();
    let _socket = UnixListener::bind(folder.path().join("a/socket")).unwrap();
    let store = store(&folder);
    let scanned = scan(&store, order(vec![mapping("a")])).await;
    let special = ProblemKind::SpecialFile;
    assert_eq!(scanned.problem_kinds(), [("a/pipe", special), ("a/socket", special)]);
    assert_eq!(scanned.of(0), ["a/x"]);
    assert_eq!(store.look(&mapping("a"), "a/pipe").await.unwrap(), Look::Unknown(special));
}

#[tokio::test]
async fn what_lies_too_deep_for_a_path_is_told() {
    let folder = tree(&["a/x"]);
    let flags = OFlags::DIRECTORY | OFlags::RDONLY;
    let mut at: OwnedFd = rustix::fs::open(folder.path().join("a"), flags, Mode::empty()).unwrap();
    let name = "n".repeat(200);
    for _ in 0..25 {
        rustix::fs::mkdirat(&at, &*name, Mode::RWXU).unwrap();
        at = rustix::fs::openat(&at, &*name, flags, Mode::empty()).unwrap();
    }
    let scanned = scan(&store(&folder), order(vec![mapping("a")])).await;
    assert_eq!(scanned.of(0), ["a/x"]);
    let [problem] = &scanned.problems[..] else { panic!("one problem") };
    assert_eq!((problem.kind, problem.mapping), (ProblemKind::TooDeep, Some(0)));
    assert!(scanned.finished.is_some());
}

#[tokio::test]
async fn every_file_of_a_crowded_folder_is_sighted_once() {
    let folder = tree(&["a/first"]);
    let first = folder.path().join("a/first");
    // Two files with many names: links to one file are as many items.
    for number in 0..100_000u32 {
        let link = folder.path().join(format!("a/{number}"));
        if number % 50_000 == 0 {
            fs::write(&link, "").unwrap();
        } else {
            let of = first.with_file_name((number / 50_000 * 50_000).to_string());
            fs::hard_link(of, link).unwrap();
        }
    }
    let scanned = scan(&store(&folder), order(vec![mapping("a")])).await;
    let mut locators = scanned.of(0);
    locators.dedup();
    assert_eq!(locators.len(), 100_001);
    assert_eq!(scanned.finished.unwrap().items, 100_001);
}

#[tokio::test]
async fn the_most_specific_mapping_takes_a_file() {
    let folder = tree(&["a/x.pdf", "a/x.txt", "a/b/y.pdf", "a/b/y.txt", "c/z"]);
    let pdf = MappingOrder { pattern: Some("**/*.pdf".to_owned()), ..mapping("a") };
    let scanned =
        scan(&store(&folder), order(vec![mapping("a"), pdf, mapping("a/b"), mapping("")])).await;
    assert_eq!(scanned.of(0), ["a/x.txt"]);
    assert_eq!(scanned.of(1), ["a/x.pdf"]);
    assert_eq!(scanned.of(2), ["a/b/y.pdf", "a/b/y.txt"]);
    assert_eq!(scanned.of(3), ["c/z"]);
    assert_eq!(scanned.unmapped_items(), []);
}

#[tokio::test]
async fn patterns_that_cannot_be_right_are_refused_with_the_way_out() {
    let folder = tree(&["a/x"]);
    let store = store(&folder);
    let path = |pattern: &str, format: &str| {
        let source = DateSource::Path { pattern: pattern.to_owned(), format: format.to_owned() };
        MappingOrder { dates: vec![date(source)], ..mapping("a") }
    };
    let reference = |pattern: &str| {
        let source = TextSource::Path { pattern: pattern.to_owned() };
        MappingOrder { reference: Some(source), ..mapping("a") }
    };
    for (wrong, told) in [
        (MappingOrder { pattern: Some("[".to_owned()), ..mapping("a") }, "the pattern `[`"),
        (path(r"\d{4}", "%Y-%m-%d"), "no group named `date`"),
        (path(r"(?<date>\d{4})", "%Y"), "does not say one day"),
        (path("(", "%Y-%m-%d"), "is not a regular expression"),
        (reference("abc"), "does not have exactly one group"),
        (folders("a", 0), "at least 1 level below"),
    ] {
        let error = store.check(&order(vec![wrong])).await.unwrap_err().to_string();
        assert!(error.contains(told), "{error}");
    }
}
