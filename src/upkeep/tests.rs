//! Copies of a catalogue, compared table by table, on both databases.

use std::path::Path;

use sea_orm::{ConnectionTrait as _, DbBackend, Statement};

use super::backup::{Backup, Destination, Keep, Origin, backup, made, verify};
use super::relocate::relocate;
use super::restore::{Present, Target, restore};
use super::{Sum, UpkeepError, dump, restore, table};
use crate::audit::{self, Action, By, Entry, From, Subject};
use crate::catalogue::seed::{now, sow};
use crate::catalogue::testing::{Database, Fresh};
use crate::catalogue::{Catalogue, CatalogueUrl};
use crate::keys::Keys;

/// A catalogue with a register, people, a key and a chain.
async fn populated(database: Database) -> Fresh {
    let fresh = database.fresh().await;
    sow(&fresh).await;
    Keys::load(fresh.place.folder.path(), &fresh).await.unwrap();
    fresh
}

async fn sums(catalogue: &Catalogue) -> Vec<(String, Sum)> {
    let snapshot = catalogue.read_tx().await.unwrap();
    let mut sums = Vec::new();
    for table in table::all(&snapshot).await.unwrap() {
        sums.push((table.name.clone(), dump::sum(&snapshot, &table).await.unwrap()));
    }
    sums
}

/// Without what a move or a restore itself adds.
async fn content(catalogue: &Catalogue) -> Vec<(String, Sum)> {
    let own = ["audit_entry", "audit_head", "setting"];
    let sums = sums(catalogue).await.into_iter();
    sums.filter(|(table, _)| !own.contains(&table.as_str())).collect()
}

async fn triggers(catalogue: &Catalogue) -> Vec<String> {
    let query = match catalogue.read().get_database_backend() {
        DbBackend::Sqlite => "select sql from sqlite_master where type = 'trigger' order by sql",
        _ => {
            "select t.tgname || t.tgenabled::text || coalesce(c.condeferrable::text, '') \
             from pg_trigger t left join pg_constraint c on c.oid = t.tgconstraint \
             where not t.tgisinternal order by 1"
        }
    };
    let query = Statement::from_string(catalogue.read().get_database_backend(), query);
    let rows = catalogue.read().query_all_raw(query).await.unwrap();
    rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
}

async fn back_up(fresh: &Fresh, to: &Destination) -> Result<Backup, UpkeepError> {
    let origin = Origin { state: fresh.place.folder.path(), catalogue: fresh };
    backup(origin, to, &By::Service, now()).await
}

fn target<'a>(url: &'a CatalogueUrl, state: &'a Path) -> Target<'a> {
    Target { url, state, backups: state }
}

#[tokio::test]
async fn both_databases_describe_the_same_tables_and_each_has_a_key() {
    let (sqlite, postgres) = (Database::Sqlite.fresh().await, Database::Postgres.fresh().await);
    let tables = table::all(sqlite.read()).await.unwrap();
    assert_eq!(tables, table::all(postgres.read()).await.unwrap());
    for table in &tables {
        let order = table.select(DbBackend::Sqlite).sql;
        assert!(order.contains(" order by "), "{} has no primary key", table.name);
    }
    assert_eq!(sums(&sqlite).await, sums(&postgres).await, "two new catalogues are the same");
}

#[tokio::test]
async fn a_backup_of_either_database_is_restored_into_either_with_its_rules_in_force() {
    for from in Database::BOTH {
        for to in Database::BOTH {
            let source = populated(from).await;
            let file = source.place.folder.path().join("a.backup");
            let made = back_up(&source, &Destination::File(file.clone())).await.unwrap();
            assert_eq!(verify(&file).unwrap().rows(), made.manifest.rows());

            let place = to.place().await;
            let target = target(&place.url, place.folder.path());
            let done = restore(&file, target, Present::Refuse, "nobody", now()).await.unwrap();
            assert_eq!(done.files, [place.folder.path().join("digest.key")]);
            let again = Catalogue::open(&place.url).await.unwrap();
            assert_eq!(content(&again).await, content(&source).await, "{from:?} to {to:?}");
            let untouched = to.fresh().await;
            assert_eq!(triggers(&again).await, triggers(&untouched).await);
            Keys::load(place.folder.path(), &again).await.unwrap();
            let chain = audit::verify(&again, From::Genesis).await.unwrap();
            assert_eq!(chain.head.seq, made.manifest.audit_head.seq + 1, "the restore is entered");
            let mark = restore::last(again.read()).await.unwrap().unwrap();
            assert_eq!((mark.at, mark.head), (now(), made.manifest.audit_head));

            for change in ["update audit_entry set reason = 'x'", "delete from audit_head"] {
                let refused = again.read().execute_unprepared(change).await.unwrap_err();
                assert!(refused.to_string().contains("append-only"), "{refused}");
            }
            let orphan = "update asset set service_area_id = import_id";
            let refused = again.read().execute_unprepared(orphan).await.unwrap_err().to_string();
            assert!(refused.to_lowercase().contains("foreign key"), "{refused}");
        }
    }
}

#[tokio::test]
async fn a_catalogue_that_is_there_is_replaced_only_when_told_and_is_backed_up_first() {
    for database in Database::BOTH {
        let source = populated(database).await;
        let file = source.place.folder.path().join("a.backup");
        back_up(&source, &Destination::File(file.clone())).await.unwrap();
        let tx = source.write_tx().await.unwrap();
        let entry = Entry::new(By::Service, Action::ScanFinished, Subject::new("scan", 1));
        let later = audit::append(&tx, now(), &entry).await.unwrap();
        tx.execute_unprepared("update service_area set name = 'Later'").await.unwrap();
        tx.commit().await.unwrap();

        let state = source.place.folder.path();
        let target = target(&source.place.url, state);
        let refused = restore(&file, target, Present::Refuse, "nobody", now()).await.unwrap_err();
        let words = refused.to_string();
        assert!(words.contains("To put the backup in its place, stop the daemon"), "{words}");

        let done = restore(&file, target, Present::Replace, "nobody", now()).await.unwrap();
        assert_eq!(done.saved.unwrap().manifest.audit_head, later);
        assert_eq!(done.lost_entries, 2, "the backup's own entry, and the later one");
        let again = Catalogue::open(&source.place.url).await.unwrap();
        let restored = dump_of(&again, "service_area").await;
        assert!(!restored.contains("Later"), "{restored}");
        let untouched = database.fresh().await;
        assert_eq!(triggers(&again).await, triggers(&untouched).await);
    }
}

async fn dump_of(catalogue: &Catalogue, name: &str) -> String {
    use futures_util::TryStreamExt as _;
    let snapshot = catalogue.read_tx().await.unwrap();
    let tables = table::all(&snapshot).await.unwrap();
    let table = tables.iter().find(|table| table.name == name).unwrap();
    let lines = dump::lines(&snapshot, table).await.unwrap();
    lines.try_collect::<Vec<_>>().await.unwrap().join("\n")
}

#[tokio::test]
async fn a_catalogue_moved_there_and_back_is_the_same() {
    let source = populated(Database::Sqlite).await;
    let before = sums(&source).await;
    let (there, back) = (Database::Postgres.place().await, Database::Sqlite.place().await);
    let moved = relocate(&source, &there.url, &By::Service, now()).await.unwrap();
    assert_eq!(moved.tables, before);
    assert_eq!(sums(&source).await, before, "the source is as it was");
    let postgres = Catalogue::open(&there.url).await.unwrap();
    relocate(&postgres, &back.url, &By::Service, now()).await.unwrap();
    let sqlite = Catalogue::open(&back.url).await.unwrap();
    assert_eq!(content(&sqlite).await, content(&source).await);
    assert_eq!(triggers(&sqlite).await, triggers(&source).await);
    let chain = audit::verify(&sqlite, From::Head(moved.head)).await.unwrap();
    assert_eq!(chain.entries, 2, "the two moves");
}

#[tokio::test]
async fn a_move_is_refused_where_the_target_holds_something_or_someone_writes() {
    for database in Database::BOTH {
        let (source, full) = (populated(database).await, populated(Database::Postgres).await);
        let by = &By::Service;
        let refused = relocate(&source, &full.place.url, by, now()).await.unwrap_err().to_string();
        assert!(refused.contains("can only be moved to an empty place"), "{refused}");
    }
    // SQLite waits half a minute for a writer; PostgreSQL says at once.
    let (source, to) = (populated(Database::Postgres).await, Database::Sqlite.place().await);
    let tx = source.write_tx().await.unwrap();
    tx.execute_unprepared("update service_area set name = 'Later'").await.unwrap();
    let refused = relocate(&source, &to.url, &By::Service, now()).await.unwrap_err().to_string();
    assert!(refused.contains("something else is writing to the catalogue"), "{refused}");
    assert!(Catalogue::open(&to.url).await.is_err(), "nothing is there");
}

#[tokio::test]
async fn only_so_many_backups_stay_and_never_another_file() {
    let source = populated(Database::Sqlite).await;
    let folder = source.place.folder.path().join("kept");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("notes.txt"), "mine").unwrap();
    let keep = Keep::Latest(std::num::NonZeroUsize::new(2).unwrap());
    let origin = Origin { state: source.place.folder.path(), catalogue: &source };
    let mut files = Vec::new();
    for hour in 0..4 {
        let at = now() + jiff::SignedDuration::from_hours(hour);
        let to = Destination::Folder(folder.clone(), keep);
        files.push(backup(origin, &to, &By::Service, at).await.unwrap().file);
    }
    assert_eq!(made(&folder).unwrap(), files[2..]);
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 3, "and the notes");
}

#[tokio::test]
async fn a_backup_without_the_catalogues_key_is_not_made() {
    let source = populated(Database::Sqlite).await;
    let state = tempfile::tempdir().unwrap();
    let to = Destination::File(state.path().join("a.backup"));
    let origin = Origin { state: state.path(), catalogue: &source };
    let refused = backup(origin, &to, &By::Service, now()).await.unwrap_err().to_string();
    assert!(refused.contains("is missing, and the catalogue was made with it"), "{refused}");
    assert_eq!(std::fs::read_dir(state.path()).unwrap().count(), 0, "nothing is left behind");
}
