//! A small council in a temporary folder: configuration, people, register,
//! stores, and a catalogue on either database. It is used as a person uses it:
//! by the program's own scanner with a clock that stands still, where a date
//! matters, and by the real binary, where words and exit codes do.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use jiff::civil::Date;
use retaind::audit::{self, Filter};
use retaind::catalogue::entity::audit_entry;
use retaind::catalogue::{Catalogue, CatalogueError, CatalogueUrl};
use retaind::clock::{Clock as _, FixedClock, SystemClock};
use retaind::config::Config;
use retaind::explain::{Explanation, explain};
use retaind::keys::Keys;
use retaind::people::{self, Actor};
use retaind::register::{self, ImportProfile, RegisterFile};
use retaind::reports::due::{self, DueItem, Lookup};
use retaind::scan::run::{ScanError, Scanner, Summary};
use serde_json::Value;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use crate::casework::address;
use crate::catalogue::{Database, Place};

/// The day of the stories, a Monday.
pub(crate) const TODAY: Date = jiff::civil::date(2026, 11, 23);

/// Who may use the council's computer; the first is who does, until another is named.
pub(crate) const PEOPLE: [(&str, &str); 3] = [
    ("Rowan Hale", "records-manager dpo operator"),
    ("Harriet Stone", "legal"),
    ("Nadia Shah", "iao"),
];

/// A line of the register: code, service area, period, what it counts from.
pub(crate) type Line<'a> = (&'a str, &'a str, &'a str, &'a str);

/// A council with its catalogue.
pub(crate) struct Council {
    /// The time of everything but the binary.
    pub(crate) clock: FixedClock,
    folder: TempDir,
    place: Place,
}

/// The council's configuration, catalogue and keys, read as they are now.
pub(crate) struct Open {
    pub(crate) config: Arc<Config>,
    pub(crate) catalogue: Catalogue,
    pub(crate) keys: Keys,
}

/// What the binary answered.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    /// The answers, where they were asked for as JSON.
    pub(crate) fn json(&self) -> Vec<Value> {
        self.out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    }
}

impl Council {
    /// Configuration and people, and no store or register yet.
    pub(crate) async fn found(database: Database) -> Self {
        let place = database.place().await;
        let folder = tempfile::tempdir().expect("a temporary folder");
        let now = "2026-11-23T09:00:00Z".parse().expect("an instant");
        let council = Self { clock: FixedClock::at(now), folder, place };
        council.write("retaind.toml", &council.configuration());
        council.act_as(PEOPLE[0].0);
        std::fs::create_dir(council.path("stores.d")).expect("a folder");
        council
    }

    /// What `retaind.toml` says.
    pub(crate) fn configuration(&self) -> String {
        let url = address(&self.place.url);
        format!(
            "state_directory = 'state'\npeople = 'people.csv'\n\
             [organisation]\nname = 'Trentside County Council'\n\
             [calendar]\nfinancial_year_end = '03-31'\nacademic_year_end = '08-31'\n\
             [catalogue]\nurl = '{url}'\n"
        )
    }

    /// Where the catalogue is.
    pub(crate) fn url(&self) -> &CatalogueUrl {
        &self.place.url
    }

    /// A path in the council's folder.
    pub(crate) fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A text file in the council's folder.
    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).expect("a file");
    }

    /// Ties the present user of the operating system to this person.
    pub(crate) fn act_as(&self, who: &str) {
        let user = present_user();
        let lines = PEOPLE.map(|(name, roles)| {
            let user = if name == who { user.as_str() } else { "" };
            let address = name.to_lowercase().replace(' ', ".");
            format!("{name},{address}@trentside.example,{user},{roles}\n")
        });
        self.write("people.csv", &format!("name,email,os_user,roles\n{}", lines.concat()));
    }

    /// A store file; `{folder}` in it is the council's folder.
    pub(crate) fn store(&self, name: &str, text: &str) {
        let text = text.replace("{folder}", &self.folder.path().display().to_string());
        self.write(&format!("stores.d/{name}.toml"), &text);
    }

    /// Imports a register of these lines, and accepts it.
    pub(crate) async fn accept(&self, lines: &[Line<'_>]) {
        let open = self.open().await;
        let actor = open.actor(&self.clock).await;
        let rows = lines.iter().map(|(code, area, period, from)| {
            let action = if *period == "Permanent" { "" } else { "Destroy" };
            let basis = "Limitation Act 1980";
            format!("{code},Records {code},{area},\"{period}\",{from},{action},{basis}\n")
        });
        let headings = "Ref,Record,Service,Keep for,Keep from,Disposal action,Legislation\n";
        self.write("register.csv", &(headings.to_owned() + &rows.collect::<String>()));
        let known = register::known_people(&open.catalogue).await.expect("people");
        let profile = ImportProfile::default();
        let file =
            RegisterFile::read(&self.path("register.csv"), &profile, "built-in", &known).unwrap();
        assert_eq!(file.checked.accepted, lines.len() as u64, "{:?}", file.checked.findings);
        let now = self.clock.now();
        let imported = register::import(&open.catalogue, &actor, &file, now).await.unwrap();
        register::accept(&open.catalogue, &actor, imported.import, &open.config.calendar, now)
            .await
            .unwrap();
    }

    /// Opens what there is, and makes what is made at first use.
    pub(crate) async fn open(&self) -> Open {
        let config = Arc::new(Config::read(&self.path("retaind.toml")).unwrap());
        std::fs::create_dir_all(&config.state_directory).expect("a folder");
        let catalogue = Catalogue::open_or_create(&self.place.url).await.unwrap();
        let keys = Keys::load(&config.state_directory, &catalogue).await.unwrap();
        Open { config, catalogue, keys }
    }

    /// Scans a store to its end, or says why not.
    pub(crate) async fn try_scan(&self, store: &str) -> Result<Summary, ScanError> {
        self.open().await.scan(store, &self.clock, CancellationToken::new()).await
    }

    /// Scans a store that can be scanned.
    pub(crate) async fn scan(&self, store: &str) -> Summary {
        self.try_scan(store).await.unwrap_or_else(|error| panic!("{error}"))
    }

    /// The due list of this day.
    pub(crate) async fn due_on(&self, on: Date) -> Vec<DueItem> {
        let open = self.open().await;
        let lookup = Lookup::read(&open.catalogue, &open.config).await.unwrap();
        let mut items = Vec::new();
        let mut hear = |item| {
            items.push(item);
            Ok::<(), CatalogueError>(())
        };
        due::each(&open.catalogue, &lookup, on, &mut hear).await.unwrap();
        items
    }

    /// What is due today: where, and since when.
    pub(crate) async fn due(&self) -> Vec<(String, String)> {
        let items = self.due_on(self.clock.today()).await.into_iter();
        let brief = |item: DueItem| {
            (item.locator, item.due_on.map(|date| date.to_string()).unwrap_or_default())
        };
        items.map(brief).collect()
    }

    /// Why an item is kept or due.
    pub(crate) async fn explain(&self, store: &str, locator: &str) -> Explanation {
        let open = self.open().await;
        let file = open.config.store(store).unwrap();
        explain(&open.scanner(&self.clock), file, locator).await.unwrap()
    }

    /// The whole audit chain, oldest first, once it is verified.
    pub(crate) async fn audit(&self) -> Vec<audit_entry::Model> {
        let open = self.open().await;
        audit::verify(&open.catalogue, audit::From::Genesis).await.unwrap();
        let mut entries = audit::list(&open.catalogue, &Filter::default(), 100_000).await.unwrap();
        entries.reverse();
        entries
    }

    /// How many entries of the chain are of this action.
    pub(crate) async fn audited(&self, action: &str) -> usize {
        self.audit().await.iter().filter(|entry| entry.action == action).count()
    }

    /// The binary on this council's configuration.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_retaind"));
        command.arg("--config").arg(self.path("retaind.toml")).args(args);
        command.env_remove("RETAIND_LOG").env("COLUMNS", "200").stdin(Stdio::null());
        command
    }

    /// Runs the binary, and gives its answer with the council's folder taken out.
    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        let output = self.command(args).output().expect("the binary");
        let folder = format!("{}/", self.folder.path().display());
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace(&folder, "");
        Ran {
            code: output.status.code().expect("an exit code"),
            out: text(&output.stdout),
            err: text(&output.stderr),
        }
    }
}

impl Open {
    /// What scanning and explaining need.
    pub(crate) fn scanner(&self, clock: &FixedClock) -> Scanner {
        Scanner {
            config: Arc::clone(&self.config),
            catalogue: self.catalogue.clone(),
            keys: self.keys.clone(),
            clock: Arc::new(clock.clone()),
        }
    }

    /// Scans a store, until it ends or is cancelled.
    pub(crate) async fn scan(
        &self,
        store: &str,
        clock: &FixedClock,
        cancel: CancellationToken,
    ) -> Result<Summary, ScanError> {
        let file = self.config.store(store).unwrap();
        self.scanner(clock).scan(file, cancel, &|_| ()).await
    }

    /// The person who acts.
    pub(crate) async fn actor(&self, clock: &FixedClock) -> Actor {
        let tx = self.catalogue.write_tx().await.unwrap();
        people::sync(&tx, &self.config.people, clock.now(), clock.today()).await.unwrap();
        tx.commit().await.unwrap();
        people::acting(&self.catalogue, &present_user()).await.unwrap()
    }
}

/// The operating-system user of the tests.
pub(crate) fn present_user() -> String {
    let output = Command::new("id").arg("-un").output().expect("id");
    String::from_utf8(output.stdout).expect("a name").trim().to_owned()
}

/// A day so many months from the present one, for what the binary is asked.
pub(crate) fn months_from_now(months: i32) -> Date {
    SystemClock.today().saturating_add(jiff::Span::new().months(months))
}
