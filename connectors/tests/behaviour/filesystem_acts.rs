//! Files, links and mounts, when items are taken out of reach and destroyed.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::Path;
use std::sync::Arc;

use proptest::prelude::*;
use retaind_connectors::contract::{
    ActOutcome, Connector, InQuarantine, Look, ProblemKind, StoreErrorKind,
};
use retaind_connectors::order::MappingOrder;
use tempfile::TempDir;

use crate::acts::{done, kept, looks, take};
use crate::filesystem::{Mount, folders};
use crate::going::begin;
use crate::permits::{line, permit};
use crate::support::{mapping, order, scan, unleashed};
use crate::trees::{inventory, quarantined, tree};

fn store(folder: &Path) -> Arc<dyn Connector> {
    unleashed("filesystem", &format!("root = {folder:?}")).unwrap()
}

/// A store beside a folder that is none of its business.
fn store_beside(files: &[&str]) -> (TempDir, Arc<dyn Connector>) {
    let folder = tree(&["outside/x", "outside/b/y"]);
    for file in files {
        let path = folder.path().join("root").join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, file.as_bytes()).unwrap();
    }
    let store = store(&folder.path().join("root"));
    (folder, store)
}

#[tokio::test]
async fn what_is_out_of_reach_is_nobodys_but_the_services() {
    let folder = tree(&["a/x"]);
    let store = store(folder.path());
    done(take(&store, &mapping("a"), &["a/x"]).await[0]);
    let quarantine = folder.path().join(".retaind-quarantine");
    assert_eq!(fs::metadata(&quarantine).unwrap().mode() & 0o7777, 0o700);
    assert_eq!(fs::read_dir(&quarantine).unwrap().count(), 1);
    let scanned = scan(&store, order(vec![mapping("")])).await;
    assert_eq!((scanned.of(0), scanned.problems.len()), (vec![], 0));
    let units = scan(&store, order(vec![folders("", 1)])).await;
    assert_eq!(units.of(0), ["a/"]);
    for locator in [".retaind-quarantine/", ".retaind-quarantine"] {
        store.look(&folders("", 1), locator).await.unwrap_err();
    }
    let mapped = mapping(".retaind-quarantine");
    let error = store.check(&order(vec![mapped])).await.unwrap_err();
    assert!(error.to_string().contains("which is never mapped"), "{error}");

    fs::set_permissions(&quarantine, fs::Permissions::from_mode(0o750)).unwrap();
    let error = store.look_quarantined(&mapping("a"), &[line(1)]).await.unwrap_err();
    assert!(error.to_string().contains("may be used by others"), "{error}");
}

#[tokio::test]
async fn another_quarantine_folder_can_be_named() {
    let folder = tree(&["a/x", "work/keep"]);
    let settings = format!("root = {:?}\nquarantine = 'work/q'", folder.path());
    let store = unleashed("filesystem", &settings).unwrap();
    done(take(&store, &mapping("a"), &["a/x"]).await[0]);
    assert_eq!(fs::read_dir(folder.path().join("work/q")).unwrap().count(), 1);
    let error = store.check(&order(vec![folders("", 1)])).await.unwrap_err();
    assert!(error.to_string().contains("quarantine folder lies in one of its units"), "{error}");
    for outside in ["../q", "/q", ".", ""] {
        let settings = format!("root = {:?}\nquarantine = '{outside}'", folder.path());
        let error = unleashed("filesystem", &settings).unwrap_err();
        assert_eq!(error.kind, StoreErrorKind::Misconfigured);
    }
}

#[tokio::test]
async fn a_file_that_has_a_second_name_stays() {
    let folder = tree(&["a/x", "cases/7/y"]);
    fs::hard_link(folder.path().join("a/x"), folder.path().join("second")).unwrap();
    fs::hard_link(folder.path().join("cases/7/y"), folder.path().join("third")).unwrap();
    let store = store(folder.path());
    let before = inventory(folder.path());
    let other = ActOutcome::Failed(ProblemKind::OtherName);
    assert_eq!(take(&store, &mapping("a"), &["a/x"]).await, [other]);
    assert_eq!(take(&store, &folders("cases", 1), &["cases/7/"]).await, [other]);
    assert_eq!(inventory(folder.path()), before);
}

#[tokio::test]
async fn a_file_that_got_a_second_name_out_of_reach_is_not_destroyed() {
    let folder = tree(&["a/x"]);
    let store = store(folder.path());
    done(take(&store, &mapping("a"), &["a/x"]).await[0]);
    let there = folder.path().join(".retaind-quarantine").join(line(1).to_string());
    fs::hard_link(&there, folder.path().join("second")).unwrap();
    let [InQuarantine::There(now)] =
        store.look_quarantined(&mapping("a"), &[line(1)]).await.unwrap()[..]
    else {
        panic!("it is there")
    };
    let outcomes = store.destroy(&mapping("a"), vec![permit(1, "a/x", now)]).await.unwrap();
    assert_eq!(outcomes, [ActOutcome::Failed(ProblemKind::OtherName)]);
    assert!(there.exists());
}

/// What can be put in a link's place: where to, and what the item is then.
#[tokio::test]
async fn a_planted_link_leads_nowhere() {
    for planted in ["root/a/b", "root/a", "root/.retaind-quarantine", "root/a/b/x"] {
        let (folder, store) = store_beside(&["a/b/x", "a/y"]);
        let looked = looks(&store, &mapping("a"), "a/b/x").await;
        let planted = folder.path().join(planted);
        if planted.exists() {
            fs::rename(&planted, folder.path().join("aside")).unwrap();
        }
        symlink(folder.path().join("outside"), &planted).unwrap();
        let before = inventory(folder.path());
        let taken = store.quarantine(&mapping("a"), vec![permit(1, "a/b/x", looked)]).await;
        assert!(
            !matches!(taken.as_deref(), Ok([ActOutcome::Done(_)])),
            "{}: {taken:?}",
            planted.display()
        );
        assert_eq!(inventory(folder.path()).len(), before.len() + made(&folder), "{taken:?}");
        drop(store.destroy(&mapping("a"), vec![permit(1, "a/b/x", looked)]).await);
        drop(store.restore(&mapping("a"), &[kept(1, "a/b/x", looked)]).await);
        assert_eq!(inventory(folder.path()).len(), before.len() + made(&folder));
        assert!(folder.path().join("outside/b/y").exists());
    }
}

/// Whether the quarantine folder was made as one.
fn made(folder: &TempDir) -> usize {
    let stat = fs::symlink_metadata(folder.path().join("root/.retaind-quarantine"));
    usize::from(stat.is_ok_and(|stat| stat.is_dir()))
}

#[tokio::test]
async fn a_unit_swapped_for_a_link_out_of_reach_destroys_nothing_outside() {
    let (folder, store) = store_beside(&["cases/7/a"]);
    let units = folders("cases", 1);
    let taken = done(take(&store, &units, &["cases/7/"]).await[0]);
    let there = folder.path().join("root/.retaind-quarantine").join(line(1).to_string());
    fs::rename(&there, folder.path().join("aside")).unwrap();
    symlink("/", &there).unwrap();
    let before = inventory(folder.path());
    let link = ActOutcome::Failed(ProblemKind::Link);
    let destroyed = store.destroy(&units, vec![permit(1, "cases/7/", taken)]).await.unwrap();
    assert_eq!(destroyed, [link]);
    let back = store.restore(&units, &[kept(1, "cases/7/", taken)]).await.unwrap();
    assert_eq!(back, [link]);
    let looked = store.look_quarantined(&units, &[line(1)]).await.unwrap();
    assert_eq!(looked, [InQuarantine::Unknown(ProblemKind::Link)]);
    assert_eq!(inventory(folder.path()), before);
}

#[tokio::test]
async fn a_unit_with_anything_that_was_not_sighted_stays() {
    let folder = tree(&["cases/7/a", "cases/8/b", "outside/x"]);
    let store = store(folder.path());
    let units = folders("cases", 1);
    let [seven, eight] =
        [looks(&store, &units, "cases/7/").await, looks(&store, &units, "cases/8/").await];
    symlink(folder.path().join("outside"), folder.path().join("cases/7/link")).unwrap();
    let pipe = folder.path().join("cases/8/pipe");
    rustix::fs::mknodat(
        rustix::fs::CWD,
        &pipe,
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RUSR,
        0,
    )
    .unwrap();
    let permits = vec![permit(1, "cases/7/", seven), permit(2, "cases/8/", eight)];
    let outcomes = store.quarantine(&units, permits).await.unwrap();
    let kinds = [ProblemKind::Link, ProblemKind::SpecialFile].map(ActOutcome::Failed);
    assert_eq!(outcomes, kinds);
    assert!(quarantined(folder.path()).is_empty());
}

#[tokio::test]
async fn what_its_pattern_leaves_out_stays() {
    let folder = tree(&["a/x.txt", "a/y.pdf"]);
    let store = store(folder.path());
    let looked = looks(&store, &mapping("a"), "a/x.txt").await;
    let pdf = MappingOrder { pattern: Some("*.pdf".to_owned()), ..mapping("a") };
    let outcomes = store.quarantine(&pdf, vec![permit(1, "a/x.txt", looked)]).await.unwrap();
    assert_eq!(outcomes, [ActOutcome::Changed]);
    assert!(folder.path().join("a/x.txt").exists());
}

#[tokio::test]
async fn a_mount_inside_a_unit_keeps_it() {
    let (folder, other) = (tree(&["cases/7/a", "cases/7/m/z", "b/q"]), tree(&["secret"]));
    let store = store(folder.path());
    let units = folders("cases", 1);
    let looked = looks(&store, &units, "cases/7/").await;
    let taken = done(take(&store, &mapping("b"), &["b/q"]).await[0]);
    let over = folder.path().join("cases/7/m");
    let mount = match Mount::bind(other.path(), &over) {
        Ok(mount) => mount,
        Err(why) => {
            println!("skipped: this machine lets nobody mount here: {why}");
            return;
        }
    };
    let elsewhere = [ActOutcome::Failed(ProblemKind::OtherFileSystem)];
    let outcomes = store.quarantine(&units, vec![permit(2, "cases/7/", looked)]).await.unwrap();
    assert_eq!(outcomes, elsewhere);
    drop(mount);
    let quarantine = folder.path().join(".retaind-quarantine");
    let mount = Mount::bind(other.path(), &quarantine).unwrap();
    let error = store.destroy(&mapping("b"), vec![permit(1, "b/q", taken)]).await.unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::Misconfigured, "{error}");
    drop(mount);
    assert!(other.path().join("secret").exists());
    let destroyed = store.destroy(&mapping("b"), vec![permit(1, "b/q", taken)]).await.unwrap();
    assert_eq!(destroyed, [ActOutcome::Done(taken)]);
}

#[tokio::test]
async fn a_store_mounted_read_only_refuses_as_a_whole() {
    let folder = tree(&["a/x"]);
    let plain = store(folder.path());
    let looked = looks(&plain, &mapping("a"), "a/x").await;
    let over = folder.path().to_owned();
    let mount = match Mount::bind(folder.path(), &over) {
        Ok(mount) => mount,
        Err(why) => {
            println!("skipped: this machine lets nobody mount here: {why}");
            return;
        }
    };
    let remount = ["-o", "remount,bind,ro"];
    let status = std::process::Command::new("mount").args(remount).arg(&over).status().unwrap();
    assert!(status.success());
    let error = plain.quarantine(&mapping("a"), vec![permit(1, "a/x", looked)]).await.unwrap_err();
    assert!(error.to_string().contains("is mounted read-only"), "{error}");
    drop(mount);
    assert_eq!(looks(&plain, &mapping("a"), "a/x").await, looked);
}

#[tokio::test]
async fn folders_that_are_gone_are_made_again_for_what_comes_back() {
    let folder = tree(&["a/b/c/x", "a/y"]);
    let store = store(folder.path());
    fs::set_permissions(folder.path().join("a"), fs::Permissions::from_mode(0o750)).unwrap();
    let taken = done(take(&store, &mapping("a"), &["a/b/c/x"]).await[0]);
    fs::remove_dir(folder.path().join("a/b/c")).unwrap();
    fs::remove_dir(folder.path().join("a/b")).unwrap();
    let back = store.restore(&mapping("a"), &[kept(1, "a/b/c/x", taken)]).await.unwrap();
    done(back[0]);
    assert_eq!(fs::read(folder.path().join("a/b/c/x")).unwrap(), b"a/b/c/x");
    assert_eq!(fs::metadata(folder.path().join("a/b")).unwrap().mode() & 0o777, 0o750);
}

#[tokio::test]
async fn a_unit_whose_destruction_was_cut_short_is_finished_under_a_permit_for_what_is_left() {
    let folder = tree(&["cases/7/a", "cases/7/b/c", "cases/7/b/d", "cases/8/e"]);
    let store = store(folder.path());
    let units = folders("cases", 1);
    let taken = done(take(&store, &units, &["cases/7/"]).await[0]);
    // As after a crash: renamed for going, and one file removed.
    let quarantine = folder.path().join(".retaind-quarantine");
    let going = begin(&quarantine.join(line(1).to_string()));
    let look = async || store.look_quarantined(&units, &[line(1)]).await.unwrap().remove(0);
    assert_eq!(look().await, InQuarantine::Begun { left: taken, all_seen: true });
    fs::rename(going.join("b/d"), folder.path().join("gone")).unwrap();

    let InQuarantine::Begun { left, all_seen: true } = look().await else { panic!("it is begun") };
    assert_ne!(left, taken);
    fs::write(going.join("late"), "late").unwrap();
    assert!(matches!(look().await, InQuarantine::Begun { all_seen: false, .. }));
    fs::rename(going.join("late"), folder.path().join("late")).unwrap();
    fs::write(going.join("a"), "other").unwrap();
    assert!(matches!(look().await, InQuarantine::Begun { all_seen: false, .. }));
    fs::rename(going.join("a"), folder.path().join("other")).unwrap();
    let InQuarantine::Begun { left, all_seen: true } = look().await else { panic!("it is begun") };
    let old = store.destroy(&units, vec![permit(1, "cases/7/", taken)]).await.unwrap();
    assert_eq!(old, [ActOutcome::Changed], "the permit was for the whole of it");
    let back = store.restore(&units, &[kept(1, "cases/7/", taken)]).await.unwrap();
    assert_eq!(back, [ActOutcome::Changed]);
    let finished = store.destroy(&units, vec![permit(1, "cases/7/", left)]).await.unwrap();
    assert_eq!(finished, [ActOutcome::Done(left)]);
    assert!(quarantined(folder.path()).is_empty());
    let looked = store.look_quarantined(&units, &[line(1)]).await.unwrap();
    assert_eq!(looked, [InQuarantine::Absent]);
    assert!(folder.path().join("cases/8/e").exists());
}

#[tokio::test]
async fn a_quarantine_folder_that_is_lost_is_not_an_empty_one() {
    let folder = tree(&["a/x"]);
    let store = store(folder.path());
    let taken = done(take(&store, &mapping("a"), &["a/x"]).await[0]);
    let quarantine = folder.path().join(".retaind-quarantine");
    fs::rename(&quarantine, folder.path().join("moved")).unwrap();
    let error = store.look_quarantined(&mapping("a"), &[line(1)]).await.unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::Unavailable);
    assert!(error.to_string().contains("put the folder back"), "{error}");
    let error = store.destroy(&mapping("a"), vec![permit(1, "a/x", taken)]).await.unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::Unavailable);
    assert!(!quarantine.exists());
}

#[tokio::test]
async fn a_line_that_holds_something_already_takes_nothing_more() {
    let folder = tree(&["a/x", "a/y"]);
    let store = store(folder.path());
    done(take(&store, &mapping("a"), &["a/x"]).await[0]);
    let outcomes = take(&store, &mapping("a"), &["a/y"]).await;
    assert_eq!(outcomes, [ActOutcome::Failed(ProblemKind::Occupied)]);
    assert!(folder.path().join("a/y").exists());
}

#[tokio::test]
async fn names_that_are_not_utf_8_go_and_come_back() {
    let folder = tree(&["a/x"]);
    let name = OsStr::from_bytes(b"caf\xE9\\\n");
    fs::write(folder.path().join("a").join(name), "menu").unwrap();
    let store = store(folder.path());
    let locator = "a/caf\\xE9\\\\\n";
    let before = inventory(folder.path());
    let taken = done(take(&store, &mapping("a"), &[locator]).await[0]);
    assert_eq!(store.look(&mapping("a"), locator).await.unwrap(), Look::Absent);
    done(store.restore(&mapping("a"), &[kept(1, locator, taken)]).await.unwrap()[0]);
    assert_eq!(inventory(folder.path()), before);
}

#[tokio::test]
async fn a_checksum_is_what_sha256sum_says() {
    let folder = tree(&["a/x", "cases/7/b", "cases/7/a/c"]);
    let store = store(folder.path());
    let plain = store.checksum(&mapping("a"), "a/x").await.unwrap();
    let said = |script: &str, at: &str| {
        let mut shell = std::process::Command::new("sh");
        let output = shell.args(["-c", script]).current_dir(folder.path().join(at)).output();
        String::from_utf8(output.unwrap().stdout).unwrap().split(' ').next().unwrap().to_owned()
    };
    assert_eq!(plain, said("sha256sum x", "a"));
    let unit = store.checksum(&folders("cases", 1), "cases/7/").await.unwrap();
    let listed = "find . -type f | LC_ALL=C sort | xargs sha256sum | sha256sum";
    assert_eq!(unit, said(listed, "cases/7"));
    assert!(store.checksum(&mapping("a"), "a/none").await.is_err());
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn whatever_the_tree_nothing_but_what_was_permitted_goes(
        paths in proptest::collection::btree_set("(cases/[ab]/(c/)?|other/)[a-d]", 1..12),
        chosen in proptest::collection::vec(any::<bool>(), 12),
        by_unit in any::<bool>(),
        back in any::<bool>(),
    ) {
        let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
        // A name is a file or a folder and cannot be both.
        let clash = |path: &&str| paths.iter().any(|other| other.starts_with(&format!("{path}/")));
        let paths: Vec<&str> = paths.iter().copied().filter(|path| !clash(path)).collect();
        let folder = tree(&paths);
        fs::create_dir_all(folder.path().join("cases")).unwrap();
        let store = store(folder.path());
        let mapped = if by_unit { folders("cases", 1) } else { mapping("cases") };
        runtime().block_on(async {
            let scanned = scan(&store, order(vec![mapped.clone()])).await;
            let chosen: Vec<&str> = scanned.of(0).into_iter().zip(&chosen)
                .filter_map(|(locator, chosen)| chosen.then_some(locator)).collect();
            let before = inventory(folder.path());
            let is_chosen = |line: &&String| chosen.iter().any(|locator| {
                line.starts_with(&format!("{locator} "))
                    || (locator.ends_with('/') && line.starts_with(*locator))
                    || line.starts_with(&format!("{} ", locator.trim_end_matches('/')))
            });
            let rest: Vec<String> = before.iter().filter(|line| !is_chosen(line)).cloned().collect();
            let taken = take(&store, &mapped, &chosen).await;
            assert_eq!(inventory(folder.path()), rest);
            if back {
                let all: Vec<_> = (1..).zip(&chosen).zip(&taken)
                    .map(|((number, locator), one)| kept(number, locator, done(*one))).collect();
                for outcome in store.restore(&mapped, &all).await.unwrap() {
                    done(outcome);
                }
                assert_eq!(inventory(folder.path()), before);
            } else {
                let permits = (1..).zip(&chosen).zip(&taken)
                    .map(|((number, locator), one)| permit(number, locator, done(*one))).collect();
                // Where nothing was taken, not even the folder was made.
                if !chosen.is_empty() {
                    for outcome in store.destroy(&mapped, permits).await.unwrap() {
                        done(outcome);
                    }
                }
                assert_eq!(inventory(folder.path()), rest);
            }
            assert!(quarantined(folder.path()).is_empty());
        });
    }
}
