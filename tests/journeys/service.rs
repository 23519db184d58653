//! The daemon at long work: told to stop in the middle of it, and heard in the
//! journal with fields.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::os::unix::net::UnixDatagram;
use std::process::Command;

use jiff::SignedDuration;
use retaind::catalogue::entity::{intent, job};
use retaind::clock::{Clock as _, SystemClock};
use retaind::jobs::{self, book};
use retaind_schedules::batch::{BatchState, LineState};
use rustix::process::Signal;
use serde_json::Value;

use crate::casework::{Casework, execute};
use crate::catalogue::Database;
use crate::council::Council;
use crate::daemon::{Daemon, FAR_TOO_LONG};
use crate::office::Office;
use crate::package::may_mount;

/// What a job says of itself whose daemon was stopped.
const STOPPED: &str = "stopped before its end; it is due again at once";

const TENANCY: &str = "[[mapping]]\nrecord_type = 'HOU-07'\nlocation = 'tenancy'\n\
    [mapping.dates]\nlast-modified = { from = 'column', name = 'ended' }\n";

/// When a batch was authorised that may be carried out today.
fn eight_days_ago() -> String {
    (SystemClock.now() - SignedDuration::from_hours(7 * 24 + 12)).to_string()
}

/// Of the jobs only these run by themselves.
fn only(council: &Council, jobs: &[&str]) {
    let file = council.path("retaind.toml");
    let off = jobs::TABLE.iter().filter(|job| !jobs.contains(&job.name));
    let off: String = off.map(|job| format!("{} = 'off'\n", job.name)).collect();
    let text = std::fs::read_to_string(&file).unwrap();
    council.write("retaind.toml", &format!("{text}[jobs.schedule]\n{off}"));
}

/// A job is overdue, and the daemon looks for what is.
async fn now_due(daemon: &Daemon, council: &Council, job: &str) {
    let missed = format!("update job set next_due_at = 1 where name = '{job}'");
    execute(council.url(), &missed).await;
    daemon.signal(Signal::HUP);
}

async fn job(office: &Office, name: &str) -> job::Model {
    book::rows(&office.open.catalogue).await.unwrap().remove(name).unwrap()
}

/// Asks again and again until it is so.
async fn until(mut asked: impl AsyncFnMut() -> bool) {
    let soon = async {
        while !asked().await {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(FAR_TOO_LONG, soon).await.expect("it never came");
}

async fn open_chunks(office: &Office) -> Vec<intent::Model> {
    let mut open = office.intents().await;
    open.retain(|intent| intent.closed_at.is_none());
    open
}

/// An office in whose database rows are due today, authorised, in a list of
/// this number; the catalogue is on SQLite and the store on PostgreSQL.
async fn office_with_rows() -> (Office, Casework, String) {
    let mut office = Office::found(Database::Sqlite, &eight_days_ago()).await;
    let table = "create table tenancy (id integer primary key, ended date);
         insert into tenancy select g, '2015-06-01' from generate_series(1, 30) g;
         insert into tenancy values (31, '2026-06-01');";
    let casework = Casework::make(Database::Postgres, table).await;
    let settings =
        casework.settings().replace("kind = 'sql'\n", "kind = 'sql'\nunleashed = true\n");
    office.council.store("casework", &(settings + TENANCY));
    office.ready(&[("HOU-07", "6 years after last modified", "Destroy")], &["casework"]).await;
    let number = office.authorised().await;
    office.at_time(SystemClock.now()).await;
    (office, casework, number)
}

#[tokio::test]
async fn a_stop_in_the_middle_of_a_batch_closes_its_chunk_and_the_next_daemon_goes_on() {
    const FILES: usize = 2_000;
    let office = Office::with_files(Database::Sqlite, &eight_days_ago(), FILES).await;
    let number = office.authorised().await;
    office.at_time(SystemClock.now()).await;
    only(&office.council, &["execute"]);
    let daemon = Daemon::of(&office.council);
    now_due(&daemon, &office.council, "execute").await;
    until(async || !office.intents().await.is_empty()).await;
    assert!(daemon.stop().success());

    assert_eq!(open_chunks(&office).await, []);
    let gone = office.count(&number, LineState::Quarantined).await;
    let there = std::fs::read_dir(office.share.root().join("planning")).unwrap().count() - 1;
    assert_eq!((gone + there, office.count(&number, LineState::Pending).await), (FILES, there));
    let execute = job(&office, "execute").await;
    assert_eq!(execute.last_message.as_deref(), Some(STOPPED));

    let next = Daemon::of(&office.council);
    until(async || office.batch(&number).await.state.0 == BatchState::Quarantined).await;
    assert!(next.stop().success());
    assert_eq!(office.count(&number, LineState::Quarantined).await, FILES);
    let acted: i64 = office.intents().await.iter().map(|intent| intent.lines).sum();
    assert_eq!(acted, FILES as i64, "no line was acted on twice");
}

#[tokio::test]
async fn a_stop_while_a_store_hangs_hands_the_open_chunk_to_the_next_daemon() {
    let (office, casework, number) = office_with_rows().await;
    only(&office.council, &["execute"]);
    let held = casework.keeps("select id from tenancy where id = 30 for update").await;
    let daemon = Daemon::of(&office.council);
    now_due(&daemon, &office.council, "execute").await;
    until(async || !open_chunks(&office).await.is_empty()).await;
    assert!(daemon.stop().success());
    assert_eq!(open_chunks(&office).await.len(), 1);
    assert_eq!(office.count(&number, LineState::Acting).await, 30);

    held.let_go().await;
    let next = Daemon::of(&office.council);
    now_due(&next, &office.council, "execute").await;
    until(async || office.batch(&number).await.state.0 == BatchState::Quarantined).await;
    assert!(next.stop().success());
    assert_eq!(open_chunks(&office).await, []);
    assert_eq!(office.count(&number, LineState::Quarantined).await, 30);
}

#[tokio::test]
async fn a_stop_while_a_scan_waits_for_its_store_ends_it_and_it_is_due_again() {
    let (office, casework, _) = office_with_rows().await;
    only(&office.council, &["scan"]);
    let held = casework.keeps("lock table tenancy in access exclusive mode").await;
    let daemon = Daemon::of(&office.council);
    now_due(&daemon, &office.council, "scan").await;
    daemon.hear("STATUS=running scan");
    assert!(daemon.stop().success());
    let before = job(&office, "scan").await;

    held.let_go().await;
    let next = Daemon::of(&office.council);
    now_due(&next, &office.council, "scan").await;
    until(async || job(&office, "scan").await.last_finished_at > before.last_finished_at).await;
    assert!(next.stop().success());
    let scan = job(&office, "scan").await;
    assert_eq!(scan.last_message.as_deref(), Some("1 store scanned, 31 items"));
}

/// One entry of the journal, as its native protocol writes it.
fn fields(entry: &[u8]) -> BTreeMap<String, String> {
    let (mut rest, mut fields) = (entry, BTreeMap::new());
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
        let (line, after) = (&rest[..end], &rest[end + 1..]);
        if let Some(equals) = line.iter().position(|byte| *byte == b'=') {
            fields.insert(text(&line[..equals]), text(&line[equals + 1..]));
            rest = after;
        } else {
            let (length, after) = after.split_at(8);
            let length = u64::from_le_bytes(length.try_into().unwrap()) as usize;
            fields.insert(text(line), text(&after[..length]));
            rest = &after[length + 1..];
        }
    }
    fields
}

/// The journal's socket is at one place on a machine, so the daemon is given a
/// `/run` of its own.
#[tokio::test]
async fn the_journal_has_the_store_the_job_and_the_batch_as_fields_and_nothing_of_a_file() {
    if !may_mount("the fields in the journal") {
        return;
    }
    let office = Office::with_files(Database::Sqlite, &eight_days_ago(), 3).await;
    office.share.file("planning/Smith 943 476 5919.pdf", crate::office::OLD);
    let number = office.authorised().await;
    office.at_time(SystemClock.now()).await;
    only(&office.council, &["execute", "scan"]);
    std::fs::create_dir(office.council.path("journal")).unwrap();
    let journal = UnixDatagram::bind(office.council.path("journal/socket")).unwrap();
    journal.set_read_timeout(Some(FAR_TOO_LONG)).unwrap();
    let serve = office.council.command(&["serve"]);
    let mut command = Command::new("unshare");
    command
        .args(["--mount", "--propagation", "private", "sh", "-ec"])
        .arg(
            "mount -t tmpfs tmpfs /run; mkdir -p /run/systemd/journal; \
             mount --bind \"$0\" /run/systemd/journal; exec \"$@\"",
        )
        .arg(office.council.path("journal"))
        .arg(serve.get_program())
        .args(serve.get_args())
        .env("JOURNAL_STREAM", "1:1")
        .env_remove("RETAIND_LOG");
    let daemon = Daemon::start(&mut command);
    daemon.hear("READY=1");
    now_due(&daemon, &office.council, "execute").await;
    now_due(&daemon, &office.council, "scan").await;

    let mut wanted: BTreeMap<&str, &str> = BTreeMap::from([
        ("RETAIND_JOB", "scan"),
        ("RETAIND_STORE", "share"),
        ("RETAIND_BATCH", &number),
    ]);
    let mut buffer = vec![0; 1 << 16];
    while !wanted.is_empty() {
        let length = journal.recv(&mut buffer).expect("word in the journal");
        let entry = fields(&buffer[..length]);
        if entry.is_empty() {
            continue;
        }
        assert_eq!(entry["SYSLOG_IDENTIFIER"], "retaind");
        assert!(["3", "4", "5", "6"].contains(&entry["PRIORITY"].as_str()), "{entry:?}");
        assert!(entry.contains_key("MESSAGE") && entry.contains_key("TARGET"), "{entry:?}");
        assert!(!entry.values().any(|value| value.contains("Smith")), "{entry:?}");
        wanted.retain(|field, value| entry.get(*field).is_none_or(|said| said != value));
    }
    assert!(daemon.stop().success());
}

/// Whether a span of this name with this field is in a line of the log.
fn is_within(line: &Value, name: &str, field: &str, value: &str) -> bool {
    let spans = line["spans"].as_array().into_iter().flatten().chain([&line["span"]]);
    let is_it = |span: &Value| span["name"] == name && span[field].to_string().contains(value);
    spans.filter(|span| span.is_object()).any(is_it)
}

#[tokio::test]
async fn each_job_scan_batch_chunk_and_request_is_a_span_that_names_nothing_of_a_file() {
    let office = Office::with_files(Database::Sqlite, &eight_days_ago(), 3).await;
    office.share.file("planning/Smith 943 476 5919.pdf", crate::office::OLD);
    let number = office.authorised().await;
    office.at_time(SystemClock.now()).await;
    only(&office.council, &["execute", "scan"]);
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let text = std::fs::read_to_string(office.council.path("retaind.toml")).unwrap();
    let listen = format!("[http]\nlisten = '127.0.0.1:{port}'\n");
    office.council.write("retaind.toml", &(text + &listen));
    let log = std::fs::File::create(office.council.path("log")).unwrap();
    let mut serve = office.council.command(&["serve", "--log-format", "json"]);
    let daemon = Daemon::logging(&mut serve, log.into());
    daemon.hear("READY=1");
    for name in ["execute", "scan"] {
        let before = job(&office, name).await.last_finished_at;
        now_due(&daemon, &office.council, name).await;
        until(async || job(&office, name).await.last_finished_at > before).await;
    }
    let asked = crate::daemon::get(([127, 0, 0, 1], port).into(), "/Smith");
    assert!(asked.starts_with("404 "), "{asked}");
    assert!(daemon.stop().success());

    let log = std::fs::read_to_string(office.council.path("log")).unwrap();
    assert!(!log.contains("Smith"), "{log}");
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for (name, field, value) in [
        ("job", "job", "scan"),
        ("job", "cause", "missed"),
        ("scan", "store", "share"),
        ("batch", "batch", number.as_str()),
        ("chunk", "act", "quarantine"),
        ("chunk", "chunk", "-"),
        ("chunk", "batch", number.as_str()),
        ("chunk", "lines", "3"),
        ("request", "method", "GET"),
        ("request", "route", "none"),
        ("request", "status", "404"),
    ] {
        let is_there = lines.iter().any(|line| is_within(line, name, field, value));
        assert!(is_there, "no span {name} with {field} {value}: {log}");
    }
    let chunk = lines.iter().find(|line| line["span"]["name"] == "chunk").expect("its end");
    assert!(chunk["fields"]["time.busy"].is_string(), "with how long it took: {chunk}");
}
