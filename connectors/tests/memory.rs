//! A scan's memory does not grow with what a store holds.
//!
//! One test, in a process of its own: the peak is the whole process's.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;

use retaind_connectors::contract::{Leash, ScanEvent};
use retaind_connectors::order::{DateOrder, DateSource, MappingOrder, ScanOrder, Unit};
use retaind_connectors::store;
use retaind_schedules::ids::MappingId;
use retaind_schedules::trigger::Trigger;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};
use tokio_util::sync::CancellationToken;

const CEILING_KIB: u64 = 30 * 1024;

/// 25,000 files in one folder and 25,000 in 2,500 more.
fn tree(root: &Path) {
    fs::create_dir(root.join("crowded")).unwrap();
    for number in 0..25_000 {
        File::create(root.join(format!("crowded/record-{number}"))).unwrap();
    }
    for folder in 0..2_500 {
        let folder = root.join(format!("folder-{folder}"));
        fs::create_dir(&folder).unwrap();
        for number in 0..10 {
            File::create(folder.join(format!("record-{number}"))).unwrap();
        }
    }
}

/// 200,000 rows of some 200 bytes: more than the ceiling in all.
async fn table(path: &Path) {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path).create_if_missing(true);
    let mut connection = options.connect().await.unwrap();
    for statement in [
        "CREATE TABLE cases (id integer PRIMARY KEY, closed date, content text)".to_owned(),
        format!(
            "INSERT INTO cases WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n \
             LIMIT 200000) SELECT i, '2019-03-01', '{}' FROM n",
            "x".repeat(200)
        ),
    ] {
        sqlx::query(AssertSqlSafe(statement)).execute(&mut connection).await.unwrap();
    }
    connection.close().await.unwrap();
}

fn memory_kib(line: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|found| found.strip_prefix(line)).unwrap();
    line.split_whitespace().next().unwrap().parse().unwrap()
}

/// Scans, and gives how many were sighted and how far memory rose meanwhile.
async fn scan(kind: &str, settings: &str, location: &str, source: DateSource) -> (u64, u64) {
    let mapping = MappingOrder {
        id: MappingId("00000000-0000-0000-0000-000000000000".parse().unwrap()),
        location: location.to_owned(),
        pattern: None,
        unit: Unit::Item,
        dates: vec![DateOrder { trigger: Trigger::LastModified, source }],
        reference: None,
        subject: None,
    };
    let connector =
        store::open(kind, settings.parse().unwrap(), Path::new("/"), Leash::Leashed).unwrap();
    // The highest mark is set back to what is in use now.
    fs::write("/proc/self/clear_refs", "5").unwrap();
    let before = memory_kib("VmRSS:");
    let order = ScanOrder { mappings: vec![mapping] };
    let mut stream = Arc::clone(&connector).scan(order, CancellationToken::new());
    let (mut sighted, mut finished) = (0, false);
    while let Some(event) = stream.recv().await {
        match event.unwrap() {
            ScanEvent::Batch(batch) => sighted += batch.len() as u64,
            ScanEvent::Finished(_) => finished = true,
            other => panic!("{other:?}"),
        }
    }
    assert!(finished);
    (sighted, memory_kib("VmHWM:").saturating_sub(before))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_scan_takes_little_memory_whatever_the_store_holds() {
    let folder = tempfile::tempdir().unwrap();
    let (files, database) = (folder.path().join("files"), folder.path().join("cases.db"));
    fs::create_dir(&files).unwrap();
    tree(&files);
    table(&database).await;

    let settings = format!("root = {files:?}\nthreads = 2");
    let (sighted, rise) = scan("filesystem", &settings, ".", DateSource::Modified).await;
    assert_eq!(sighted, 50_000);
    assert!(rise < CEILING_KIB, "50,000 files took {rise} KiB");

    let settings = format!("url = \"sqlite://{}\"", database.display());
    let closed = DateSource::Column { name: "closed".to_owned() };
    let (sighted, rise) = scan("sql", &settings, "cases", closed).await;
    assert_eq!(sighted, 200_000);
    assert!(rise < CEILING_KIB, "200,000 rows took {rise} KiB");
}
