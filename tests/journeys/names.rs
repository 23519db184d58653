//! No name, number, path or reference of a record leaves the stores and the
//! catalogue's own lists (I21), and mail neither holds disposal up nor sets it
//! off (I26): a council disposes for six weeks, by the daemon's own jobs.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, OnceLock};

use jiff::civil::date;
use retaind::catalogue::entity::{batch, certificate, job_run, notice, stub};
use retaind::catalogue::words::{Ground, NoticeState};
use retaind::change::{self, Ceiling};
use retaind::clock::Clock as _;
use retaind::console::{self, Site};
use retaind::disposal::approve::{Approving, approve};
use retaind::disposal::show;
use retaind::holds::{self, NewHold, NewScope};
use retaind::http::{self, Readiness};
use retaind::notices::{self, Kind, Post, yearly};
use retaind_schedules::action::DisposalAction;
use retaind_schedules::batch::BatchState;
use retaind_schedules::hold::HoldKind;
use sea_orm::EntityTrait as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;

use crate::casework::Casework;
use crate::catalogue::Database;
use crate::council::present_user;
use crate::mail_server::MailServer;
use crate::notices::sent;
use crate::office::{FILES, OLD, Office};
use crate::running::Running;

/// What stands in names of files, in rows and in subjects of mails.
const SEEDED: [&str; 6] =
    ["marjorie", "blenkinsop", "943 476 5919", "9434765919", "943-476-5919", "943%20476"];

const ROWS: &str = "[[mapping]]\nrecord_type = 'HOU-07'\nlocation = 'tenancy'\n\
    subject = { from = 'column', name = 'tenant' }\n\
    reference = { from = 'column', name = 'nhs' }\n\
    [mapping.dates]\nlast-modified = { from = 'column', name = 'ended' }\n";

/// What people type as reasons, comments and answers: it is kept where it was
/// typed, and stands in no mail, log or entry.
const TYPED: &str = "quillfeather";

/// Beside what is destroyed: what a person looks at, and what the archive is offered.
const MORE_FILES: &str = "[[mapping]]\nrecord_type = 'DEM-03'\nlocation = 'minutes'\n\
    [mapping.dates]\nlast-modified = { from = 'modified' }\n\
    [[mapping]]\nrecord_type = 'ARC-01'\nlocation = 'charters'\n\
    [mapping.dates]\nlast-modified = { from = 'modified' }\n";

fn file(number: usize) -> String {
    format!("planning/Marjorie Blenkinsop 943 476 5919 {number}.pdf")
}

fn mail(server: &MailServer) -> String {
    format!(
        "[execution]\nwindow = 'Mon-Sun 00:00-00:00'\non_bank_holidays = 'execute'\n\
         [jobs.schedule]\nbackup = 'off'\n\
         [mail]\nserver = '127.0.0.1'\nport = {}\ntls = 'none'\nbounces = 'back'\n\
         from = 'records@trentside.example'\nbase_url = 'https://retaind.trentside.example'\n\
         [[service_area]]\nname = 'Planning'\nmailbox = 'planning@trentside.example'\n\
         director = 'director@trentside.example'\n",
        server.port
    )
}

/// Everything this process logs, at any level; of sqlx what any administrator
/// sees, since at others it prints the tests' own statements.
fn log() -> &'static Arc<Mutex<Vec<u8>>> {
    static LOG: OnceLock<Arc<Mutex<Vec<u8>>>> = OnceLock::new();
    LOG.get_or_init(|| {
        let log = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&log);
        tracing_subscriber::fmt()
            .with_env_filter(EnvFilter::new("debug,retaind=trace,sqlx=info"))
            .with_ansi(false)
            .with_writer(move || Keep(Arc::clone(&kept)))
            .init();
        log
    })
}

struct Keep(Arc<Mutex<Vec<u8>>>);

impl io::Write for Keep {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn names_somebody(text: &str) -> Option<&'static str> {
    let text = text.to_lowercase();
    SEEDED.into_iter().find(|seeded| text.contains(seeded))
}

/// What a council has.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Has {
    /// Only what is destroyed.
    ToDestroy,
    /// What is told in other ways too.
    All,
}

/// Files and rows that name somebody, all of them past their time.
async fn council(database: Database, server: &MailServer, has: Has) -> (Office, Casework) {
    let mut office = Office::found(database, "2026-10-30T08:00:00Z").await;
    let configuration = office.council.configuration() + &mail(server);
    office.council.write("retaind.toml", &configuration);
    std::fs::create_dir_all(office.council.path("back/new")).unwrap();
    for number in 1..=6 {
        office.share.file(&file(number), OLD);
    }
    office.share.file("planning/young.pdf", "2026-06-01T10:00:00Z");
    let mut files = FILES.to_owned();
    if has == Has::All {
        let name = "Marjorie Blenkinsop 943 476 5919.pdf";
        office.share.file(&format!("planning/soon {name}"), "2020-12-20T10:00:00Z");
        for folder in ["minutes", "charters", "elsewhere"] {
            office.share.file(&format!("{folder}/{name}"), OLD);
        }
        files += MORE_FILES;
    }
    office.council.store("share", &files);
    let casework = Casework::make(
        database,
        "create table tenancy (nhs varchar(40) primary key, tenant varchar(40), ended date);
         insert into tenancy values ('943 476 5919', 'Marjorie Blenkinsop', '2015-06-01'),
             ('9434765919', 'Blenkinsop, Marjorie', '2015-06-01'),
             ('943-476-5919', 'Other Blenkinsop', '2015-06-01'),
             ('young', 'nobody', '2026-06-01');",
    )
    .await;
    let settings =
        casework.settings().replace("kind = 'sql'\n", "kind = 'sql'\nunleashed = true\n");
    office.council.store("casework", &(settings + ROWS));
    let six_years = "6 years after last modified";
    let mut register = vec![("PLAN-14", six_years, "Destroy"), ("HOU-07", six_years, "Destroy")];
    if has == Has::All {
        register.extend([("DEM-03", six_years, "Review"), ("ARC-01", six_years, "Transfer")]);
    }
    office.ready(&register, &["share", "casework"]).await;
    (office, casework)
}

async fn hold(office: &Office, reference: &str, kind: HoldKind, scope: NewScope) {
    let clock = office.clock();
    let hold = NewHold {
        reference: reference.to_owned(),
        title: "Request of Marjorie Blenkinsop, 943 476 5919".to_owned(),
        kind,
        ground: (kind == HoldKind::Restriction18).then_some(Ground::Accuracy),
        authority: "a letter of Marjorie Blenkinsop".to_owned(),
        scopes: vec![scope],
        review_on: clock.today().saturating_add(jiff::Span::new().days(20)),
        reason: TYPED.to_owned(),
    };
    let (actor, open) = (office.actor("mary").await, &office.open);
    let (now, today) = (clock.now(), clock.today());
    holds::place(&open.catalogue, &open.keys, &actor, &hold, now, today).await.unwrap();
}

/// The owner's approval of a batch, with a comment.
async fn approve_saying(office: &Office, number: &str) {
    let desk = office.desk();
    let shown = show::show(&desk, number).await.unwrap();
    let digest = office.batch(number).await.digest.unwrap();
    let confirmation = format!("{number} {}", shown.going);
    let (digest, comment) = (digest.as_str(), Some(TYPED));
    let asked = Approving { number, digest, confirmation: &confirmation, comment };
    approve(&desk, &office.actor("nadia").await, asked).await.unwrap();
}

/// A hold that is released, a restriction that somebody asks to lift, a change that
/// waits, and a service that says what its records are needed for.
async fn said_in_words(office: &Office, server: &MailServer) {
    let (rowan, mary) = (office.actor(&present_user()).await, office.actor("mary").await);
    let (catalogue, now) = (&office.open.catalogue, office.clock().now());
    let minutes = || NewScope::RecordType("DEM-03".to_owned());
    let (claim, restriction) = ("Blenkinsop v Trentside", "Objection of M. Blenkinsop");
    hold(office, claim, HoldKind::LegalHold, minutes()).await;
    hold(office, restriction, HoldKind::Restriction18, minutes()).await;
    for reference in [claim, restriction] {
        let whose = "Marjorie Blenkinsop";
        holds::request_release(catalogue, &mary, reference, TYPED, whose, now).await.unwrap();
    }
    holds::release(catalogue, &rowan, claim, now).await.unwrap();
    let reason = format!("for the file of Marjorie Blenkinsop: {TYPED}");
    let _ = change::set_ceiling(catalogue, &mary, Ceiling::MaxLines, 20_000, TYPED, now).await;
    reply(office, server, &reason.replace(' ', "+")).await;
}

/// The service answers the mail that told it what comes due.
async fn reply(office: &Office, server: &MailServer, reason: &str) {
    let open = office.council.open().await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let page = listener.local_addr().unwrap();
    let cancel = CancellationToken::new();
    let (_in_force, config) = watch::channel(open.config);
    let clock = Arc::new(office.clock().clone());
    let (catalogue, keys, turn) = (open.catalogue, open.keys, console::Turn::default());
    let site = Site { config, catalogue, keys, clock, turn };
    let pages = vec![console::router(site)];
    tokio::spawn(http::serve(listener, pages, Readiness::default(), cancel.clone()));

    let mails = server.mails();
    let coming = mails.iter().find_map(|mail| {
        let text = mail["plain"].as_str().unwrap();
        let told = mail["to"] == "planning@trentside.example" && text.contains("fall due in");
        let link = text.split("https://retaind.trentside.example/answer/needed/").nth(1)?;
        told.then(|| format!("/answer/needed/{}", link.split_whitespace().next().unwrap()))
    });
    let path = coming.expect("a link in the mail about what comes due");
    let shown = ask(page, "GET", &path, "").await;
    let form = shown.split_once("name=\"form\" value=\"").expect("a form").1;
    let form = form.split('"').next().unwrap();
    let who = "your-name=Tess+Dunn&your-address=tess.dunn%40trentside.example";
    let sent = format!("form={form}&{who}&record_type=PLAN-14&matter=claim&reason={reason}");
    let taken = ask(page, "POST", &path, &sent).await;
    assert!(taken.starts_with("HTTP/1.1 200"), "{taken}");
    cancel.cancel();
}

async fn ask(page: SocketAddr, method: &str, path: &str, body: &str) -> String {
    let mut stream = tokio::net::TcpStream::connect(page).await.unwrap();
    let length = body.len();
    let ask = format!(
        "{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: \
         application/x-www-form-urlencoded\r\ncontent-length: {length}\r\n\r\n{body}"
    );
    stream.write_all(ask.as_bytes()).await.unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    text
}

/// The owner signs the statement of the year, with words that name somebody.
async fn sign(office: &Office) {
    let tx = office.open.catalogue.write_tx().await.unwrap();
    let (nadia, now) = (office.actor("nadia").await, office.clock().now());
    let words = format!("Marjorie Blenkinsop, {TYPED}");
    yearly::sign_statement(&tx, &nadia, date(2027, 3, 31), &words, now).await.unwrap();
    tx.commit().await.unwrap();
}

/// What comes back by mail: an answer by a person, and a report of a failure.
fn comes_back(office: &Office, server: &MailServer) {
    let name = "Marjorie Blenkinsop 943 476 5919";
    office.council.write(
        "back/new/1",
        &format!("From: ada@x.example\r\nSubject: Re: {name}\r\n\r\nKeep {name}.\r\n"),
    );
    let mails = server.mails();
    let to_service = mails.iter().find(|mail| mail["to"] == "planning@trentside.example");
    let id = to_service.expect("a mail to the service")["headers"]["Message-ID"].clone();
    office.council.write(
        "back/new/2",
        &format!(
            "From: MAILER-DAEMON@x.example\r\nSubject: {name}\r\nMIME-Version: 1.0\r\n\
             Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n\
             --b\r\nContent-Type: text/plain\r\n\r\n{name} is not here.\r\n--b\r\n\
             Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\n\
             Final-Recipient: rfc822; {name}\r\nAction: failed\r\nStatus: 5.1.1 {name}\r\n\
             Diagnostic-Code: smtp; 550 {name}\r\n--b\r\n\
             Content-Type: text/rfc822-headers\r\n\r\nMessage-ID:\r\n {}\r\n--b--\r\n",
            id.as_str().unwrap()
        ),
    );
}

#[tokio::test]
async fn i21_no_seeded_name_or_number_is_in_any_mail_log_figure_stub_or_entry_of_a_whole_run() {
    let log = log();
    for database in Database::BOTH {
        let server = MailServer::start();
        let (office, _casework) = council(database, &server, Has::All).await;
        let known = format!("{:?}", office.items().await);
        assert!(names_somebody(&known).is_some(), "the catalogue itself knows what is due");

        let daemon = Running::start(&office.council).await;
        let destroys = |batch: &batch::Model| batch.action.0 == DisposalAction::Destroy;
        let batches: Vec<String> =
            office.propose().await.into_iter().filter(destroys).map(|batch| batch.number).collect();
        assert_eq!(batches.len(), 2, "one of files, one of rows");
        daemon.days(date(2026, 10, 30), 4).await;
        for number in &batches {
            approve_saying(&office, number).await;
        }
        daemon.days(date(2026, 11, 3), 2).await;
        for number in &batches {
            office.approve("mary", number).await;
        }
        daemon.days(date(2026, 11, 5), 2).await;
        let prefix = file(2);
        let place = NewScope::Location { store: "share".to_owned(), prefix };
        let person = NewScope::Subject("Other Blenkinsop".to_owned());
        hold(&office, "SAR-1 Blenkinsop", HoldKind::SubjectAccess, place).await;
        hold(&office, "943 476 5919", HoldKind::SubjectAccess, person).await;
        office.share.touch(&file(3), "2016-01-01T00:00:00Z");
        office.share.take_away(&file(4));
        daemon.days(date(2026, 11, 7), 6).await;
        said_in_words(&office, &server).await;
        comes_back(&office, &server);
        daemon.days(date(2026, 11, 13), 32).await;
        office.share.file(&file(1), OLD);
        daemon.days(date(2026, 12, 15), 3).await;
        daemon.days(date(2027, 3, 1), 2).await;
        sign(&office).await;
        daemon.days(date(2027, 3, 3), 2).await;

        let read = office.open.catalogue.read();
        for number in &batches {
            assert_eq!(office.batch(number).await.state.0, BatchState::Certified, "{number}");
        }
        let stubs = stub::Entity::find().all(read).await.unwrap();
        assert_eq!(stubs.len(), 5, "three files, two rows");
        let told = told(&office).await;
        for kind in Kind::ALL {
            assert!(told.contains(kind), "{kind} was told to nobody: {told:?}");
        }
        assert_eq!(council_audited(&office, "mail.address-failing").await, 1);
        assert_eq!(council_audited(&office, "item.resurrected").await, 1);
        assert_eq!(council_audited(&office, "item.missing").await, 1);

        let mut said = said(&office, &server).await;
        said.insert("the log", String::from_utf8_lossy(&log.lock().unwrap()).into_owned());
        assert!(said["the log"].contains("job outbox"), "the log is read");
        for what in ["a mail", "the log", "an entry", "audit"] {
            assert!(!said[what].contains(TYPED), "{what} has what somebody typed");
        }
        for (what, text) in said {
            assert_names_nobody(what, &text);
        }
    }
}

/// The kinds of notice that people were told.
async fn told(office: &Office) -> BTreeSet<Kind> {
    let all = notice::Entity::find().all(office.open.catalogue.read()).await.unwrap();
    let sent = all.into_iter().filter(|notice| notice.state == NoticeState::Sent);
    sent.map(|notice| notice.kind).collect()
}

/// All that was said of a run.
async fn said(office: &Office, server: &MailServer) -> BTreeMap<&'static str, String> {
    let read = office.open.catalogue.read();
    let mut said: BTreeMap<&str, String> = [
        ("a mail", format!("{:?}", server.mails())),
        ("a stub", format!("{:?}", stub::Entity::find().all(read).await.unwrap())),
        ("an entry", format!("{:?}", office.council.audit().await)),
        ("a certificate", format!("{:?}", certificate::Entity::find().all(read).await.unwrap())),
        ("a run of a job", format!("{:?}", job_run::Entity::find().all(read).await.unwrap())),
        ("a figure", retaind::metrics::render(&office.open.catalogue, None).await.unwrap()),
    ]
    .into();
    for command in [
        &["mail", "list", "--limit", "1000"][..],
        &["jobs", "list"],
        &["audit", "export"],
        &["certificate", "list"],
        &["doctor"],
    ] {
        let ran = office.council.run(command);
        said.insert(command[0], ran.out + &ran.err);
    }
    said
}

fn assert_names_nobody(what: &str, text: &str) {
    let found = names_somebody(text);
    let at = found.and_then(|seeded| text.to_lowercase().find(seeded)).unwrap_or(0);
    let around: String = text.chars().skip(at.saturating_sub(300)).take(600).collect();
    assert_eq!(found, None, "{what} names somebody: {around}");
}

async fn council_audited(office: &Office, action: &str) -> usize {
    office.council.audited(action).await
}

/// How the mail server does.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Server {
    Up,
    Down,
    HangsUp,
}

/// A batch from its proposal to its certificate, and what was left each time.
async fn course(how: Server) -> (Office, Casework, MailServer, Vec<(BatchState, usize)>) {
    let mut server = MailServer::start();
    let (office, casework) = council(Database::Sqlite, &server, Has::ToDestroy).await;
    match how {
        Server::Up => {}
        Server::Down => server.down(),
        Server::HangsUp => server.hang_up(true),
    }
    let daemon = Running::start(&office.council).await;
    let mut numbers = Vec::new();
    for made in office.propose().await {
        numbers.push(made.number);
    }
    let number = &numbers[0];
    let mut course = Vec::new();
    for (day, signs) in [
        ("2026-10-30", None),
        ("2026-11-02", Some("nadia")),
        ("2026-11-03", Some("mary")),
        ("2026-11-06", None),
        ("2026-11-10", None),
        ("2026-11-17", None),
        ("2026-12-10", None),
        ("2026-12-11", None),
    ] {
        office.at(&format!("{day}T08:30:00Z")).await;
        if let Some(user) = signs {
            for number in &numbers {
                office.approve(user, number).await;
            }
        }
        for store in ["share", "casework"] {
            office.council.scan(store).await;
        }
        for at in ["09:30", "12:00"] {
            assert_eq!(daemon.at(&format!("{day}T{at}:00Z")).await, [""; 0], "on {day}");
        }
        let left = std::fs::read_dir(office.share.root().join("planning"));
        course.push((office.batch(number).await.state.0, left.unwrap().count()));
    }
    (office, casework, server, course)
}

#[tokio::test]
async fn i26_a_mail_server_that_fails_neither_holds_disposal_up_nor_sets_it_off() {
    let (.., as_it_goes) = course(Server::Up).await;
    let states: Vec<BatchState> = as_it_goes.iter().map(|(state, _)| *state).collect();
    assert_eq!(states.last(), Some(&BatchState::Certified), "{as_it_goes:?}");
    assert_eq!(as_it_goes[3].1, 7, "nothing goes before its time: {as_it_goes:?}");
    let (.., hung_up) = course(Server::HangsUp).await;
    assert_eq!(hung_up, as_it_goes);

    let (office, _casework, mut server, down) = course(Server::Down).await;
    assert_eq!(down, as_it_goes);
    assert_eq!(server.mails().len(), 0);
    let batches = || batch::Entity::find().all(office.open.catalogue.read());
    let before = batches().await.unwrap();
    server.up();
    office.at("2026-12-14T09:00:00Z").await;
    // Two daemons at once: each mail goes out from one of them.
    let open = office.council.open().await;
    let clock = office.clock();
    let post = Post { config: &open.config, catalogue: &open.catalogue, keys: &open.keys, clock };
    let also = office.council.open().await;
    let other = Post { config: &also.config, catalogue: &also.catalogue, keys: &also.keys, clock };
    notices::compose_digests(&post).await.unwrap();
    let (one, two) = tokio::join!(notices::send_due(&post), notices::send_due(&other));
    let (one, two) = (one.unwrap(), two.unwrap());
    let mails = server.mails();
    assert_eq!(one.sent + two.sent, mails.len() as u64);
    let ids: BTreeSet<String> =
        mails.iter().map(|mail| mail["headers"]["Message-ID"].to_string()).collect();
    assert_eq!(ids.len(), mails.len(), "none twice");
    let said = format!("{mails:?}");
    assert!(said.contains("certificate") && !said.contains("waits for your answer"), "{said}");

    let notices = || notice::Entity::find().all(office.open.catalogue.read());
    let told = notices().await.unwrap();
    let over = [NoticeState::Sent, NoticeState::Superseded];
    assert!(told.iter().all(|one| over.contains(&one.state)), "{told:?}");
    let once: BTreeSet<_> =
        told.iter().map(|one| (one.kind, &one.recipient, &one.period_key)).collect();
    assert_eq!(once.len(), told.len(), "one for each kind, recipient and period");
    for _ in 0..2 {
        notices::alarms(&post).await.unwrap();
        notices::chase(&post).await.unwrap();
        sent(&post).await;
    }
    assert_eq!(server.mails().len(), mails.len());
    assert_eq!(notices().await.unwrap().len(), told.len());
    assert_eq!(batches().await.unwrap(), before, "a mail that goes out moves no batch");
}
