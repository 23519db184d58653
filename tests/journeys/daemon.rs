//! The daemon as systemd runs it, without systemd: a socket that hears what it
//! tells the service manager, signals, and a listening socket that is passed.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixDatagram;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use retaind::catalogue::Catalogue;
use retaind::catalogue::entity::job;
use retaind::jobs::{self, book};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::casework::execute;
use crate::catalogue::Database;
use crate::council::Council;

/// Longer than anything takes; a test that waits so long has failed.
pub(crate) const FAR_TOO_LONG: Duration = Duration::from_secs(60);

/// Within what a daemon that is told to stop has to be gone, whatever it is at.
const STOPS_WITHIN: Duration = Duration::from_secs(10);

/// A daemon and what it tells.
pub(crate) struct Daemon {
    child: Child,
    socket: UnixDatagram,
    _folder: TempDir,
}

impl Daemon {
    pub(crate) fn start(command: &mut Command) -> Self {
        Self::logging(command, Stdio::null())
    }

    /// Started with its log going there.
    pub(crate) fn logging(command: &mut Command, log: Stdio) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("notify");
        let socket = UnixDatagram::bind(&path).expect("a socket");
        socket.set_read_timeout(Some(FAR_TOO_LONG)).expect("a socket");
        // A watchdog of three seconds is fed every second.
        command.env("NOTIFY_SOCKET", &path).env("WATCHDOG_USEC", "3000000");
        let child = command.stdout(Stdio::piped()).stderr(log).spawn().expect("the binary");
        Self { child, socket, _folder: folder }
    }

    pub(crate) fn of(council: &Council) -> Self {
        let daemon = Self::start(&mut council.command(&["serve"]));
        daemon.hear("READY=1");
        daemon
    }

    /// The first message that has this in it, from now on.
    pub(crate) fn hear(&self, what: &str) -> String {
        self.hear_until(|said| said.contains(what))
    }

    fn hear_until(&self, wanted: impl Fn(&str) -> bool) -> String {
        let mut buffer = [0; 4096];
        loop {
            let length = self.socket.recv(&mut buffer).expect("word from the daemon");
            let said = String::from_utf8_lossy(&buffer[..length]).into_owned();
            if wanted(&said) {
                return said;
            }
        }
    }

    /// Everything that it has told and nobody has heard.
    fn told(&self) -> String {
        self.socket.set_nonblocking(true).expect("a socket");
        let (mut buffer, mut told) = ([0; 4096], String::new());
        while let Ok(length) = self.socket.recv(&mut buffer) {
            told += &String::from_utf8_lossy(&buffer[..length]);
        }
        told
    }

    pub(crate) fn signal(&self, signal: Signal) {
        let process = Pid::from_child(&self.child);
        kill_process(process, signal).expect("the daemon runs");
    }

    /// Reads the configuration again.
    fn reload(&self) -> String {
        self.signal(Signal::HUP);
        let reloading = self.hear("RELOADING=1");
        assert!(reloading.contains("MONOTONIC_USEC="), "{reloading}");
        self.hear("READY=1")
    }

    /// Tells it to stop, and sees to it that it does so in time.
    pub(crate) fn stop(mut self) -> ExitStatus {
        // Its output ends when it does.
        let (ends, ended) = mpsc::channel();
        let mut output = self.child.stdout.take().expect("its output");
        std::thread::spawn(move || {
            let read = std::io::copy(&mut output, &mut std::io::sink());
            ends.send(read.is_ok())
        });
        let told = Instant::now();
        self.signal(Signal::TERM);
        self.hear("STOPPING=1");
        let left = STOPS_WITHIN.saturating_sub(told.elapsed());
        assert_eq!(ended.recv_timeout(left), Ok(true), "gone within {STOPS_WITHIN:?}");
        self.child.wait().expect("an end")
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn get(address: std::net::SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("a listener");
    let ask = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    stream.write_all(ask.as_bytes()).expect("a reader");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    format!("{} {body}", head.split(' ').nth(1).expect("a status"))
}

async fn jobs_of(council: &Council) -> std::collections::BTreeMap<String, job::Model> {
    let catalogue = Catalogue::open(council.url()).await.unwrap();
    book::rows(&catalogue).await.unwrap()
}

#[tokio::test]
async fn it_tells_the_service_manager_that_it_is_ready_alive_reloading_and_stopping() {
    let council = Council::found(Database::Sqlite).await;
    // Of all jobs only the inbox, so that it is next at any hour.
    let others = jobs::TABLE.iter().filter(|job| job.name != "inbox");
    let others_off: String = others.map(|job| format!("{} = 'off'\n", job.name)).collect();
    let only_inbox = council.configuration() + "[jobs.schedule]\n" + &others_off;
    council.write("retaind.toml", &only_inbox);
    let daemon = Daemon::start(&mut council.command(&["serve"]));
    let ready = daemon.hear("READY=1");
    assert!(ready.contains("STATUS=idle; next: inbox at "), "{ready}");
    for _ in 0..2 {
        daemon.hear("WATCHDOG=1");
    }
    let changed = council.configuration() + "[jobs.schedule]\nscan = '0 3 * * *'\n";
    council.write("retaind.toml", &changed);
    daemon.reload();
    assert_eq!(jobs_of(&council).await["scan"].cron, "0 3 * * *");
    assert!(daemon.stop().success());
}

#[tokio::test]
async fn a_wrong_configuration_is_refused_with_its_place_and_the_old_one_kept() {
    let council = Council::found(Database::Sqlite).await;
    let daemon = Daemon::of(&council);
    let broken = council.configuration() + "[jobs.schedule]\nscan = 'whenever'\n";
    council.write("retaind.toml", &broken);
    let said = daemon.reload();
    let refused = "The configuration on disk is refused: ";
    assert!(said.contains(refused), "{said}");
    let line = broken.lines().count();
    assert!(said.contains(&format!("retaind.toml, line {line}: `whenever` is no cron")), "{said}");
    assert_eq!(jobs_of(&council).await["scan"].cron, "0 1 * * *");
    council.write("retaind.toml", &council.configuration());
    let said = daemon.reload();
    assert!(!said.contains(refused), "{said}");
    assert!(daemon.stop().success());
}

#[tokio::test]
async fn what_a_check_refuses_of_the_mail_a_reload_refuses_too() {
    let council = Council::found(Database::Sqlite).await;
    let daemon = Daemon::of(&council);
    std::fs::create_dir(council.path("words")).unwrap();
    council.write("words/mail.html", "{{ subject");
    let smtp = "[mail]\nserver = 'mail'\nfrom = 'r@x.example'\n";
    let cases = [
        (
            "[mail]\nsink = 'folder'\nfrom = 'r@x.example'\ntemplates = 'words'\n",
            "mail.html, line 1",
        ),
        (&format!("{smtp}ca_file = 'none.pem'\n"), "none.pem cannot be read"),
        (&format!("{smtp}user = 'r'\npassword_file = 'none'\n"), "the password file "),
    ];
    for (mail, words) in cases {
        council.write("retaind.toml", &(council.configuration() + mail));
        daemon.signal(Signal::HUP);
        let said = daemon.hear(words);
        assert!(said.contains("The configuration on disk is refused: "), "{said}");
    }
    assert!(daemon.stop().success());
}

#[tokio::test]
async fn a_store_file_or_profile_that_a_check_refuses_is_refused_while_it_runs_and_the_old_kept() {
    let council = Council::found(Database::Sqlite).await;
    let daemon = Daemon::of(&council);
    let fs = "[settings]\nroot = ";
    for (file, text, words) in [
        (
            "zz",
            "kind = 'nosuch'\n",
            "zz.toml, line 1: store misconfigured: there is no kind of store",
        ),
        ("zz", &format!("kind = 'filesystem'\n{fs}'share'\n"), "is not an absolute path"),
        ("zz", &format!("kind = 'filesystem'\n{fs}'/srv'\nleaf = 1\n"), "unknown field `leaf`"),
    ] {
        council.store(file, text);
        let said = daemon.reload();
        assert!(said.contains("The configuration on disk is refused: "), "{said}");
        assert!(said.contains(words), "{said}");
        // A store that is merely away is no reason to keep the old configuration.
        council.store(file, &format!("kind = 'filesystem'\n{fs}'/nowhere'\n"));
        let said = daemon.reload();
        assert!(!said.contains("is refused"), "{said}");
    }
    let profile = council.configuration() + "[jobs]\nprofile = 'none.toml'\n";
    council.write("retaind.toml", &profile);
    let said = daemon.reload();
    assert!(said.contains("none.toml` cannot be read: No such file or directory"), "{said}");
    assert!(daemon.stop().success());
}

#[tokio::test]
async fn a_passed_socket_answers_whether_it_is_alive_and_ready() {
    let council = Council::found(Database::Sqlite).await;
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let serve = council.command(&["serve"]);
    // The shell lays the socket where systemd would, and becomes the daemon.
    let mut command = Command::new("sh");
    command
        .args(["-c", "exec 3<&0 0</dev/null; LISTEN_PID=$$ LISTEN_FDS=1 exec \"$0\" \"$@\""])
        .arg(serve.get_program())
        .args(serve.get_args())
        .stdin(OwnedFd::from(listener));
    let daemon = Daemon::start(&mut command);
    daemon.hear("READY=1");
    assert_eq!(get(address, "/healthz"), "200 alive\n");
    assert_eq!(get(address, "/readyz"), "200 ready\n");
    assert!(daemon.stop().success());
}

#[tokio::test]
async fn a_register_dropped_into_the_inbox_waits_to_be_accepted_and_other_files_are_refused() {
    for database in Database::BOTH {
        let council = Council::found(database).await;
        let daemon = Daemon::of(&council);
        let register = "Ref,Record,Service,Keep for,Keep from,Disposal action,Legislation\n\
            HOU-03,Repairs,Housing,6 years after last modified,,Destroy,Limitation Act 1980\n";
        council.write("state/inbox/IAR.csv", register);
        council.write("state/inbox/photo.xlsx", "not a spreadsheet\0\0\0");
        let reports = ["state/inbox/taken/IAR.csv.txt", "state/inbox/refused/photo.xlsx.txt"];
        // Every second the watchdog says something.
        daemon.hear_until(|_| reports.iter().all(|report| council.path(report).exists()));
        assert!(daemon.stop().success());
        let report = |name: &str| std::fs::read_to_string(council.path(name)).unwrap();
        let taken = report(reports[0]);
        assert!(taken.starts_with("1 row: 1 accepted, 0 rejected"), "{taken}");
        assert!(taken.contains("accepts it with `retaind register accept "), "{taken}");
        assert!(report(reports[1]).starts_with("photo.xlsx was not imported.\n"));
        let imports = council.run(&["--json", "register", "list"]).json();
        assert_eq!(imports.len(), 1);
        assert_eq!(imports[0]["state"], "checked");
        let entries = council.audit().await;
        let import = entries.iter().find(|entry| entry.action == "import.checked").unwrap();
        assert_eq!((import.actor.as_str(), import.role.as_str()), ("retaind", "service"));
        assert_eq!(council.run(&["register", "accept"]).code, 0);
    }
}

#[tokio::test]
async fn two_daemons_on_one_catalogue_run_a_due_job_once() {
    for database in Database::BOTH {
        let council = Council::found(database).await;
        let first = Daemon::of(&council);
        // Another machine: the same catalogue and key, a state directory of its own.
        std::fs::create_dir(council.path("other-state")).unwrap();
        let key = council.path("other-state/digest.key");
        std::fs::copy(council.path("state/digest.key"), key).unwrap();
        let elsewhere = council.configuration().replace("'state'", "'other-state'");
        council.write("other.toml", &elsewhere);
        let mut command = Command::new(env!("CARGO_BIN_EXE_retaind"));
        command.arg("--config").arg(council.path("other.toml")).arg("serve");
        let second = Daemon::start(command.env_remove("RETAIND_LOG"));
        second.hear("READY=1");
        let missed = "update job set next_due_at = 1 where name = 'audit-verify'";
        execute(council.url(), missed).await;
        for daemon in [&first, &second] {
            daemon.signal(Signal::HUP);
        }
        for daemon in [&first, &second] {
            daemon.hear("RELOADING=1");
            daemon.hear("READY=1");
        }
        loop {
            let job = &jobs_of(&council).await["audit-verify"];
            if job.last_finished_at.is_some() && job.lease_owner.is_none() {
                break;
            }
            first.hear("WATCHDOG=1");
        }
        assert!(first.stop().success() && second.stop().success());
        let verify = jobs::find("audit-verify").unwrap();
        let runs = book::history(&council.open().await.catalogue, verify, 10).await.unwrap();
        let causes: Vec<_> = runs.iter().map(|run| (run.cause.name(), run.result)).collect();
        assert_eq!(causes, [("missed", Some(retaind::catalogue::words::RunResult::Ok))]);
    }
}

#[tokio::test]
async fn jobs_are_listed_and_run_by_name() {
    let council = Council::found(Database::Sqlite).await;
    let list = council.run(&["jobs", "list"]);
    assert_eq!(list.code, 0, "{}", list.err);
    assert!(list.out.contains("never run"), "{}", list.out);
    let ran = council.run(&["jobs", "run", "maintenance"]);
    assert_eq!((ran.code, ran.out.as_str()), (0, "maintenance: checked, and tidied\n"));
    let listed = council.run(&["--json", "jobs", "list"]).json();
    let maintenance = listed.iter().find(|line| line["job"] == "maintenance").unwrap();
    assert_eq!(maintenance["last_result"], "ok");
    assert_eq!(listed.len(), jobs::TABLE.len());
    let unknown = council.run(&["jobs", "run", "backups"]);
    assert_eq!(unknown.code, 1);
    let said =
        format!("retaind: there is no job called `backups`. Use one of: {}.\n", jobs::names());
    assert_eq!(unknown.err, said);
    std::fs::remove_dir(council.path("state/inbox")).ok();
    let failed = council.run(&["jobs", "run", "inbox"]);
    assert_eq!(failed.code, 1);
    assert!(failed.err.contains("job inbox failed: the inbox cannot be read"), "{}", failed.err);
    std::fs::create_dir(council.path("state/inbox")).unwrap();
    council.write("state/inbox/IAR.csv", "Ref,Record\n");
    let earlier = std::time::SystemTime::UNIX_EPOCH;
    let file = std::fs::File::options().append(true).open(council.path("state/inbox/IAR.csv"));
    file.unwrap().set_modified(earlier).unwrap();
    let profile = council.configuration() + "[jobs]\nprofile = 'none.toml'\n";
    council.write("retaind.toml", &profile);
    let failed = council.run(&["jobs", "run", "inbox"]);
    assert_eq!(failed.code, 1);
    let said = "job inbox failed: the import profile `none.toml` cannot be read: No such file or \
                directory (os error 2). Mend it, or `profile` under [jobs]; the file waits in the \
                inbox";
    assert!(failed.err.contains(said), "{}", failed.err);
}

#[tokio::test]
async fn a_daemon_that_cannot_start_says_why() {
    let council = Council::found(Database::Sqlite).await;
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address");
    let more = format!("[http]\nlisten = '{address}'\n");
    council.write("retaind.toml", &(council.configuration() + &more));
    let ran = council.run(&["serve"]);
    assert_eq!(ran.code, 1);
    let said = format!("retaind: http: cannot listen on {address}: ");
    assert!(ran.err.contains(&said), "{}", ran.err);
    let remedy = "End what listens there, or name another address in http.listen\n";
    assert!(ran.err.ends_with(remedy), "{}", ran.err);
    let mut daemon = Daemon::start(&mut council.command(&["serve"]));
    assert!(!daemon.child.wait().expect("an end").success());
    let told = daemon.told();
    assert!(!told.contains("READY=1"), "{told}");
}

#[test]
fn the_demo_is_served_and_the_link_in_its_mail_opened_until_it_is_told_to_stop() {
    let folder = tempfile::tempdir().expect("a folder");
    let council = folder.path().join("demo");
    let mut command = Command::new(env!("CARGO_BIN_EXE_retaind"));
    command.current_dir(folder.path()).arg("demo").arg(&council).args(["--port", "0", "--serve"]);
    let daemon = Daemon::start(&mut command);
    daemon.hear("READY=1");
    let mails = std::fs::read_dir(council.join("state/mail")).expect("the sink");
    let mails = mails.map(|mail| mail.expect("a mail").path());
    let texts = mails.filter(|mail| mail.extension().is_some_and(|it| it == "txt"));
    let texts: Vec<String> =
        texts.map(|mail| std::fs::read_to_string(mail).expect("a mail")).collect();
    let link = texts.iter().find_map(|text| text.split_once("http://127.0.0.1:"));
    let (_, link) = link.unwrap_or_else(|| panic!("a link: {texts:?}"));
    let (port, path) = link.lines().next().unwrap().trim().split_once('/').expect("a path");
    let page = get(([127, 0, 0, 1], port.parse().unwrap()).into(), &format!("/{path}"));
    assert!(page.starts_with("200 "), "{page}");
    assert!(page.contains("may these records go?"), "{page}");
    assert!(daemon.stop().success());
}

#[tokio::test]
async fn nothing_is_restored_or_moved_beneath_a_daemon_that_runs() {
    let council = Council::found(Database::Sqlite).await;
    assert_eq!(council.run(&["people", "list"]).code, 0);
    let daemon = Daemon::of(&council);
    let backup = council.path("kept.backup").display().to_string();
    assert_eq!(council.run(&["backup", &backup]).code, 0, "it is made while everything runs");
    let moved = format!("sqlite://{}", council.path("moved.db").display());
    for args in [&["restore", &backup, "--replace"][..], &["catalogue", "move", "--to", &moved]] {
        let refused = council.run(args);
        assert_eq!(refused.code, 1, "{args:?} {refused:?}");
        assert!(refused.err.contains("the daemon runs on "), "{args:?} {refused:?}");
        assert!(refused.err.contains("`systemctl stop retaind`"), "{args:?} {refused:?}");
    }
    assert!(!council.path("moved.db").exists());
    assert!(daemon.stop().success());
    let restored = council.run(&["restore", &backup, "--replace"]);
    assert_ne!(restored.code, 1, "{restored:?}");
}

#[tokio::test]
async fn a_log_that_goes_into_a_file_has_no_colours() {
    let council = Council::found(Database::Sqlite).await;
    for format in ["auto", "text", "json"] {
        let mut command = council.command(&["serve", "--log-format", format]);
        let file = std::fs::File::create(council.path("log")).expect("a file");
        let daemon =
            Daemon::logging(command.env_remove("NO_COLOR").env("TERM", "xterm"), file.into());
        daemon.hear("READY=1");
        assert!(daemon.stop().success());
        let log = std::fs::read_to_string(council.path("log")).expect("a log");
        assert!(log.contains("ready") && !log.contains('\x1b'), "{format}: {log:?}");
    }
}
