//! A records office small enough to be made again and again: five people, a
//! catalogue, and stores whose mappings are approved and whose assets may be
//! destroyed from. What change control asks of people is its own test's matter
//! and is written straight into the catalogue here.
//!
//! The tests of execution share it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::audit::{self, Action, By, Entry, Subject};
use crate::catalogue::entity::{asset, audit_entry};
use crate::catalogue::words::Enforcement;
use crate::catalogue::{Catalogue, CatalogueUrl};
use crate::clock::Clock;
use crate::config::Config;
use crate::disposal::Desk;
use crate::disposal::approve::{Approving, approve};
use crate::disposal::execution::shift::by_number;
use crate::disposal::propose::{Proposer, Run, Wanted, propose};
use crate::keys::Keys;
use crate::people::{self, Actor};
use crate::register::{self, ImportProfile, RegisterFile};
use crate::scan::run::Scanner;
use retaind_schedules::calendar::Calendar;
use retaind_schedules::ids::ImportId;
use sea_orm::{ConnectionTrait as _, EntityTrait as _, QueryOrder as _};
use serde_json::json;
use tokio_util::sync::CancellationToken;

/// Owns every asset.
pub(crate) const OWNER: &str = "nadia";
/// The records manager who signs.
pub(crate) const MANAGER: &str = "rowan";
/// Places holds.
pub(crate) const LAWYER: &str = "harriet";
/// The senior information risk owner.
pub(crate) const SIRO: &str = "sam";
/// Imports the register, and signs nothing.
pub(crate) const CLERK: &str = "ines";

const PEOPLE: &str = "name,email,os_user,roles\n\
    Nadia Shah,nadia@trentside.example,nadia,iao\n\
    Rowan Hale,rowan@trentside.example,rowan,records-manager\n\
    Harriet Stone,harriet@trentside.example,harriet,legal dpo\n\
    Sam Lowe,sam@trentside.example,sam,siro\n\
    Ines Duarte,ines@trentside.example,ines,records-manager\n";

/// A line of the register: code, period, what it counts from, and what then.
pub(crate) type Line = (&'static str, String, &'static str, &'static str);

/// The office, open.
pub(crate) struct Office {
    pub(crate) config: Arc<Config>,
    pub(crate) catalogue: Catalogue,
    pub(crate) keys: Keys,
}

/// Writes the configuration and store files of an office into a folder.
pub(crate) fn furnish(folder: &Path, catalogue: &str, stores: &[(&str, String)]) -> PathBuf {
    let text = format!(
        "state_directory = 'state'\npeople = 'people.csv'\n\
         [organisation]\nname = 'Trentside County Council'\n\
         [catalogue]\nurl = '{catalogue}'\n\
         [execution]\nwindow = 'Mon-Sun 00:00-00:00'\non_bank_holidays = 'execute'\n"
    );
    std::fs::create_dir_all(folder.join("stores.d")).expect("a folder");
    std::fs::create_dir_all(folder.join("state")).expect("a folder");
    std::fs::write(folder.join("people.csv"), PEOPLE).expect("a file");
    for (name, text) in stores {
        std::fs::write(folder.join(format!("stores.d/{name}.toml")), text).expect("a file");
    }
    let path = folder.join("retaind.toml");
    std::fs::write(&path, text).expect("a file");
    path
}

/// A clock that can be handed on.
pub(crate) trait OwnClock: Clock + Clone + 'static {}

impl<C: Clock + Clone + 'static> OwnClock for C {}

impl Office {
    /// Opens a new catalogue, with the people in it.
    pub(crate) async fn found(config: &Path, url: &CatalogueUrl, clock: &impl OwnClock) -> Self {
        let config = Arc::new(Config::read(config).expect("a configuration"));
        let catalogue = Catalogue::create(url).await.expect("a new catalogue");
        let keys = Keys::load(&config.state_directory, &catalogue).await.expect("keys");
        let tx = catalogue.write_tx().await.expect("a transaction");
        people::sync(&tx, &config.people, clock.now(), clock.today()).await.expect("people");
        tx.commit().await.expect("people");
        Self { config, catalogue, keys }
    }

    /// What scanning and executing need.
    pub(crate) fn scanner(&self, clock: &impl OwnClock) -> Scanner {
        Scanner {
            config: Arc::clone(&self.config),
            catalogue: self.catalogue.clone(),
            keys: self.keys.clone(),
            clock: Arc::new(clock.clone()),
        }
    }

    /// What proposing and approving need.
    pub(crate) fn desk<'a>(&'a self, clock: &'a impl OwnClock) -> Desk<'a> {
        Desk { config: &self.config, catalogue: &self.catalogue, clock }
    }

    /// One of the people.
    pub(crate) async fn person(&self, user: &str) -> Actor {
        people::acting(&self.catalogue, user).await.expect("a person")
    }

    /// Imports a register of these codes, all kept six years from their last
    /// change, and accepts it.
    pub(crate) async fn register(
        &self,
        folder: &Path,
        codes: &[&'static str],
        clock: &impl OwnClock,
    ) {
        let line = |code: &&'static str| (*code, "6 years".to_owned(), "Last modified", "Destroy");
        let lines: Vec<Line> = codes.iter().map(line).collect();
        self.register_lines(folder, &lines, clock).await;
    }

    /// Imports a register of these lines, and accepts it.
    pub(crate) async fn register_lines(
        &self,
        folder: &Path,
        lines: &[Line],
        clock: &impl OwnClock,
    ) {
        let import = self.import_lines(folder, lines, clock).await;
        let clerk = self.person(CLERK).await;
        register::accept(&self.catalogue, &clerk, import, &Calendar::default(), clock.now())
            .await
            .expect("accepted");
    }

    /// Imports a register of these lines.
    pub(crate) async fn import_lines(
        &self,
        folder: &Path,
        lines: &[Line],
        clock: &impl OwnClock,
    ) -> ImportId {
        let headings = "Ref,Record,Service,IAO,Keep for,Keep from,Disposal action,Legislation\n";
        let rows = lines.iter().map(|(code, period, from, action)| {
            // What counts from an event is kept by a law, the rest for claims alone.
            let basis = match *from {
                "Case closed" => "Local Government Finance Act 1992 s.1",
                _ => "Limitation Act 1980",
            };
            format!("{code},Records {code},Housing,Nadia Shah,{period},{from},{action},{basis}\n")
        });
        let path = folder.join("register.csv");
        std::fs::write(&path, headings.to_owned() + &rows.collect::<String>()).expect("a file");
        let clerk = self.person(CLERK).await;
        let known = register::known_people(&self.catalogue).await.expect("people");
        let profile = ImportProfile::default();
        let file = RegisterFile::read(&path, &profile, "built-in", &known).expect("a register");
        let imported = register::import(&self.catalogue, &clerk, &file, clock.now()).await;
        imported.expect("an import").import
    }

    /// Scans a store to its end.
    pub(crate) async fn scan(&self, store: &str, clock: &impl OwnClock) {
        let file = self.config.store(store).expect("a store file");
        let scan = self.scanner(clock).scan(file, CancellationToken::new(), &|_| ()).await;
        scan.expect("a scan");
    }

    /// Approves every mapping, lets every asset be destroyed from, by its owner
    /// Nadia, and sets the ceilings aside: these stores are all due.
    pub(crate) async fn allow(&self) {
        let owner = self.person(OWNER).await.person.0;
        self.write(&format!(
            "update mapping set approved_at = 1, approved_by = {owner};
             update asset set enforcement = 'destroy', iao = {owner};
             insert into setting (key, value) values ('ceiling.max-share-percent', '100');
             insert into setting (key, value) values ('ceiling.error-rate-percent', '100');",
            owner = self.id(owner),
        ))
        .await;
        let assets = asset::Entity::find().all(self.catalogue.read()).await.expect("assets");
        let of_assets = assets.iter().map(|asset| {
            let subject = Subject::new("asset", asset.id);
            (Action::EnforcementLowered, subject, json!(Enforcement::Destroy))
        });
        let of_ceilings = ["max-share-percent", "error-rate-percent"]
            .map(|ceiling| (Action::CeilingLowered, Subject::new("ceiling", ceiling), json!(100)));
        let tx = self.catalogue.write_tx().await.expect("a transaction");
        let last = audit_entry::Entity::find().order_by_desc(audit_entry::Column::Seq);
        let last = last.one(&*tx).await.expect("entries").expect("an entry");
        for (action, subject, now) in of_assets.chain(of_ceilings) {
            let entry = Entry::new(By::Service, action, subject);
            let entry = entry.after(audit::digest::of_json(&now));
            audit::append(&tx, last.at.timestamp(), &entry).await.expect("an entry");
        }
        tx.commit().await.expect("the entries");
    }

    /// An id as this catalogue writes it.
    pub(crate) fn id(&self, id: uuid::Uuid) -> String {
        match self.catalogue.read().get_database_backend() {
            sea_orm::DbBackend::Sqlite => format!("x'{}'", id.simple()),
            _ => format!("'{id}'"),
        }
    }

    /// Writes to the catalogue behind the program's back.
    pub(crate) async fn write(&self, statements: &str) {
        let tx = self.catalogue.write_tx().await.expect("a transaction");
        tx.execute_unprepared(statements).await.expect("the statements");
        tx.commit().await.expect("the statements");
    }

    /// Proposes all that is due; the numbers of the batches, in order.
    pub(crate) async fn propose(&self, clock: &impl OwnClock) -> Vec<String> {
        let desk = self.desk(clock);
        let made = propose(&desk, Proposer::Program, &Wanted::default(), Run::Real).await;
        let lists = made.expect("proposals").into_iter().filter_map(|made| made.lists.ok());
        let batches = lists.flat_map(|made| made.batches);
        batches.map(|batch| batch.number).collect()
    }

    /// Proposes all that is due, in batches of so many lines, which two people sign.
    pub(crate) async fn propose_signed(&self, lines: u64, clock: &impl OwnClock) {
        for number in self.propose(clock).await {
            let row = by_number(self.catalogue.read(), &number).await.expect("a batch");
            self.sign(&number, row.digest.as_deref().expect("a digest"), lines, clock).await;
        }
    }

    /// The owner and the records manager sign a batch.
    pub(crate) async fn sign(&self, number: &str, digest: &str, lines: u64, clock: &impl OwnClock) {
        let confirmation = format!("{number} {lines}");
        for user in [OWNER, MANAGER] {
            let actor = self.person(user).await;
            let asked = Approving { number, digest, confirmation: &confirmation, comment: None };
            approve(&self.desk(clock), &actor, asked).await.expect("a signature");
        }
    }
}
