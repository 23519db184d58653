//! A council that disposes: its share and its case database are unleashed, its
//! mappings approved and its assets promoted long ago, and two people sign.

use std::path::PathBuf;

use jiff::Timestamp;
use retaind::audit::{self, Action, By, Entry, Subject, digest};
use retaind::catalogue::WriteTx;
use retaind::catalogue::entity::{
    asset, audit_entry, batch, batch_line, intent, item, mapping, setting,
};
use retaind::catalogue::values::{Micros, Text};
use retaind::catalogue::words::Enforcement;
use retaind::clock::{Clock as _, FixedClock};
use retaind::config::PersonEntry;
use retaind::disposal::Desk;
use retaind::disposal::approve::{Approving, approve};
use retaind::disposal::execution::{ChunkSize, DisposalError, Ran, clock, run};
use retaind::disposal::propose::{Proposer, Run, Wanted, propose};
use retaind::disposal::show;
use retaind::holds::{self, NewHold, NewScope, Placed};
use retaind::people::{self, Actor, Role};
use retaind::register;
use retaind_schedules::batch::{BatchState, LineState};
use retaind_schedules::calendar::Calendar;
use retaind_schedules::hold::HoldKind;
use retaind_schedules::ids::ImportId;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    Set,
};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::casework::execute;
use crate::catalogue::Database;
use crate::council::{Council, Open, present_user};
use crate::share::Share;

/// When everything that is due was last changed.
pub(crate) const OLD: &str = "2015-06-01T10:00:00Z";

/// The share: enforcement files, one by one.
pub(crate) const FILES: &str = "kind = 'filesystem'\nunleashed = true\n\
    [settings]\nroot = '{folder}/share'\nthreads = 2\n\
    [[mapping]]\nrecord_type = 'PLAN-14'\nlocation = 'planning'\n\
    [mapping.dates]\nlast-modified = { from = 'modified' }\n";

/// A council and what is open of it.
pub(crate) struct Office {
    pub(crate) council: Council,
    pub(crate) share: Share,
    pub(crate) open: Open,
}

/// Who works there: the present user, the owner, and a second records manager.
pub(crate) fn everyone() -> Vec<PersonEntry> {
    let present = present_user();
    let people: [(&str, &str, &[Role]); 3] = [
        ("Rowan Hale", &present, &[Role::RecordsManager, Role::Operator, Role::Dpo, Role::Legal]),
        ("Nadia Shah", "nadia", &[Role::Iao, Role::RecordsManager]),
        ("Mary Beck", "mary", &[Role::RecordsManager, Role::Legal]),
    ];
    let person = |(name, user, roles): (&str, &str, &[Role])| PersonEntry {
        name: name.to_owned(),
        email: format!("{}@trentside.example", name.to_lowercase().replace(' ', ".")),
        os_user: Some(user.to_owned()),
        left_on: None,
        roles: roles.iter().copied().collect(),
    };
    people.map(person).to_vec()
}

/// The same, as the binary reads them.
fn people_csv() -> String {
    let lines = everyone().into_iter().map(|person| {
        let roles: Vec<&str> = person.roles.iter().map(|role| role.name()).collect();
        let user = person.os_user.unwrap_or_default();
        format!("{},{},{user},{}\n", person.name, person.email, roles.join(" "))
    });
    format!("name,email,os_user,roles\n{}", lines.collect::<String>())
}

/// What change control would have entered of it.
pub(crate) async fn put_on_record(
    tx: &WriteTx,
    action: Action,
    (kind, id): (&'static str, String),
    now: &serde_json::Value,
) {
    let entry = Entry::new(By::Service, action, Subject::new(kind, id));
    let last = audit_entry::Entity::find().order_by_desc(audit_entry::Column::Seq);
    let last = last.one(&**tx).await.unwrap();
    let at = last.map_or(Timestamp::UNIX_EPOCH, |last| last.at.timestamp());
    audit::append(tx, at, &entry.after(digest::of_json(now))).await.unwrap();
}

impl Office {
    /// With nothing on the share yet, at this time.
    pub(crate) async fn found(database: Database, now: &str) -> Self {
        let council = Council::found(database).await;
        council.clock.set(now.parse().unwrap());
        let settings =
            "[execution]\nwindow = 'Mon-Sun 00:00-00:00'\non_bank_holidays = 'execute'\n";
        council.write("retaind.toml", &(council.configuration() + settings));
        council.write("people.csv", &people_csv());
        let share = Share::make(council.path("share"));
        let open = council.open().await;
        let office = Self { council, share, open };
        office.people(&everyone()).await;
        office
    }

    /// With these files on the share, and one that is young.
    pub(crate) async fn with_files(database: Database, now: &str, files: usize) -> Self {
        Self::with_action(database, now, files, "Destroy").await
    }

    /// The same, with another word for what becomes of them.
    pub(crate) async fn with_action(
        database: Database,
        now: &str,
        files: usize,
        action: &str,
    ) -> Self {
        let mut office = Self::found(database, now).await;
        office.share.files("planning", files, OLD);
        office.share.file("planning/young.pdf", "2026-06-01T10:00:00Z");
        office.council.store("share", FILES);
        office.ready(&[("PLAN-14", "6 years after last modified", action)], &["share"]).await;
        office
    }

    /// Accepts the register, scans, and lets through what change control would.
    pub(crate) async fn ready(&mut self, register: &[(&str, &str, &str)], stores: &[&str]) {
        self.open = self.council.open().await;
        self.accept(register).await;
        for store in stores {
            self.council.scan(store).await;
        }
        self.promote().await;
        self.set("ceiling.max-share-percent", "100").await;
    }

    pub(crate) async fn people(&self, list: &[PersonEntry]) {
        let tx = self.open.catalogue.write_tx().await.unwrap();
        let clock = &self.council.clock;
        people::sync(&tx, list, clock.now(), clock.today()).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Accepts a register of these lines: code, period, and what then; with an
    /// exclamation mark where what is lost cannot be replaced.
    pub(crate) async fn accept(&self, lines: &[(&str, &str, &str)]) {
        let import = self.import(lines).await;
        let (catalogue, now) = (&self.open.catalogue, self.council.clock.now());
        let rowan = self.actor(&present_user()).await;
        register::accept(catalogue, &rowan, import, &Calendar::default(), now).await.unwrap();
    }

    /// The same, without accepting it.
    pub(crate) async fn import(&self, lines: &[(&str, &str, &str)]) -> ImportId {
        let rows = lines.iter().map(|(code, period, action)| {
            let (action, irreplaceable) = match action.strip_suffix('!') {
                Some(action) => (action, "yes"),
                None => (*action, ""),
            };
            let basis = "Limitation Act 1980";
            format!(
                "{code},Records {code},Planning,\"{period}\",,{action},{basis},{irreplaceable}\n"
            )
        });
        let headings =
            "Ref,Record,Service,Keep for,Keep from,Disposal action,Legislation,Irreplaceable\n";
        self.council.write("own.csv", &(headings.to_owned() + &rows.collect::<String>()));
        let catalogue = &self.open.catalogue;
        let (rowan, now) = (self.actor(&present_user()).await, self.council.clock.now());
        let known = register::known_people(catalogue).await.unwrap();
        let path = self.council.path("own.csv");
        let profile = register::ImportProfile::default();
        let file = register::RegisterFile::read(&path, &profile, "built-in", &known).unwrap();
        register::import(catalogue, &rowan, &file, now).await.unwrap().import
    }

    /// Lets through what change control would.
    pub(crate) async fn promote(&self) {
        let nadia = self.actor("nadia").await.person.0;
        let long_ago: Timestamp = "2026-01-01T09:00:00Z".parse().unwrap();
        let tx = self.open.catalogue.write_tx().await.unwrap();
        for row in asset::Entity::find().all(&*tx).await.unwrap() {
            let mut row: asset::ActiveModel = row.into();
            row.enforcement = Set(Enforcement::Destroy);
            row.iao = Set(Some(nadia));
            let id = row.update(&*tx).await.unwrap().id;
            let now = json!(Enforcement::Destroy);
            put_on_record(&tx, Action::EnforcementLowered, ("asset", id.to_string()), &now).await;
        }
        for row in mapping::Entity::find().all(&*tx).await.unwrap() {
            let mut row: mapping::ActiveModel = row.into();
            row.approved_by = Set(Some(nadia));
            row.approved_at = Set(Some(Micros::from(long_ago)));
            let row = row.update(&*tx).await.unwrap();
            let subject = Subject::new("mapping", row.id);
            let entry = Entry::new(By::Service, Action::MappingApproved, subject);
            audit::append(&tx, self.council.clock.now(), &entry.after(row.digest)).await.unwrap();
        }
        tx.commit().await.unwrap();
    }

    pub(crate) async fn set(&self, key: &str, value: &str) {
        let tx = self.open.catalogue.write_tx().await.unwrap();
        let row = setting::ActiveModel { key: Set(key.to_owned()), value: Set(value.to_owned()) };
        if setting::Entity::find_by_id(key).one(&*tx).await.unwrap().is_some() {
            row.update(&*tx).await.unwrap();
        } else {
            setting::Entity::insert(row).exec_without_returning(&*tx).await.unwrap();
        }
        if let Some(ceiling) = key.strip_prefix("ceiling.") {
            let now = json!(value.parse::<u64>().unwrap());
            let about = ("ceiling", ceiling.to_owned());
            put_on_record(&tx, Action::CeilingLowered, about, &now).await;
        }
        tx.commit().await.unwrap();
    }

    /// An edit of batches that the tables refuse, by one who took that away.
    pub(crate) async fn as_if(&self, edit: &str) {
        let url = self.council.url();
        let on = match url {
            retaind::catalogue::CatalogueUrl::Sqlite(_) => "",
            retaind::catalogue::CatalogueUrl::Postgres(_) => " on batch",
        };
        let free = format!("drop trigger if exists batch_refuses_update{on}; {edit}");
        execute(url, &free).await;
    }

    pub(crate) async fn actor(&self, user: &str) -> Actor {
        people::acting(&self.open.catalogue, user).await.unwrap()
    }

    pub(crate) fn desk(&self) -> Desk<'_> {
        let (config, catalogue) = (&self.open.config, &self.open.catalogue);
        Desk { config, catalogue, clock: &self.council.clock }
    }

    /// The clock goes on to this instant, and a person says that it is right.
    pub(crate) async fn at(&self, instant: &str) {
        self.at_time(instant.parse().unwrap()).await;
    }

    pub(crate) async fn at_time(&self, instant: Timestamp) {
        self.council.clock.set(instant);
        let by = retaind::audit::By::Service;
        clock::confirm(&self.open.catalogue, by, "days have passed", instant).await.unwrap();
    }

    pub(crate) fn clock(&self) -> &FixedClock {
        &self.council.clock
    }

    /// Every list that can be made of what is due.
    pub(crate) async fn propose(&self) -> Vec<batch::Model> {
        let mary = self.actor("mary").await;
        let (desk, all) = (self.desk(), Wanted::default());
        let made = propose(&desk, Proposer::Person(&mary), &all, Run::Real).await.unwrap();
        let made = made.into_iter().map(|made| made.lists.unwrap().batches);
        made.flatten().collect()
    }

    pub(crate) async fn approve(&self, user: &str, number: &str) {
        let shown = show::show(&self.desk(), number).await.unwrap();
        let digest = self.batch(number).await.digest.unwrap();
        let confirmation = format!("{number} {}", shown.going);
        let asked =
            Approving { number, digest: &digest, confirmation: &confirmation, comment: None };
        approve(&self.desk(), &self.actor(user).await, asked).await.unwrap();
    }

    /// The one list of all that is due, which two people approved.
    pub(crate) async fn authorised(&self) -> String {
        let mut made = self.propose().await;
        assert_eq!(made.len(), 1);
        let number = made.remove(0).number;
        self.approve("nadia", &number).await;
        self.approve("mary", &number).await;
        assert_eq!(self.batch(&number).await.state.0, BatchState::Authorised);
        number
    }

    pub(crate) async fn batch(&self, number: &str) -> batch::Model {
        show::by_number(&self.open.catalogue, number).await.unwrap()
    }

    /// Every batch, by number.
    pub(crate) async fn batches(&self) -> Vec<batch::Model> {
        let mut batches = batch::Entity::find().all(self.open.catalogue.read()).await.unwrap();
        batches.sort_by(|one, other| one.number.cmp(&other.number));
        batches
    }

    pub(crate) async fn run(&self, number: &str) -> Result<Ran, DisposalError> {
        self.run_by(number, ChunkSize::ByTime).await
    }

    pub(crate) async fn run_by(&self, number: &str, size: ChunkSize) -> Result<Ran, DisposalError> {
        let scanner = self.open.scanner(&self.council.clock);
        run(&scanner, number, size, &CancellationToken::new()).await
    }

    /// A hold for a request, on this.
    pub(crate) async fn hold(&self, reference: &str, kind: HoldKind, scope: NewScope) -> Placed {
        let clock = &self.council.clock;
        let hold = NewHold {
            reference: reference.to_owned(),
            title: "A matter".to_owned(),
            kind,
            ground: None,
            authority: "a letter".to_owned(),
            scopes: vec![scope],
            review_on: clock.today().saturating_add(jiff::Span::new().months(6)),
            reason: "received".to_owned(),
        };
        let (actor, Open { catalogue, keys, .. }) = (self.actor("mary").await, &self.open);
        holds::place(catalogue, keys, &actor, &hold, clock.now(), clock.today()).await.unwrap()
    }

    /// The lines of a batch, in order; as acted on where an open chunk names them.
    pub(crate) async fn lines(&self, number: &str) -> Vec<batch_line::Model> {
        let batch = self.batch(number).await.id;
        let lines = batch_line::Entity::find().filter(batch_line::Column::BatchId.eq(batch));
        let mut lines = lines.all(self.open.catalogue.read()).await.unwrap();
        lines.sort_by_key(|line| line.position);
        let mut open = self.intents().await;
        open.retain(|intent| intent.batch_id == batch && intent.closed_at.is_none());
        for line in &mut lines {
            if open.iter().any(|open| open.positions.0.has(line.position)) {
                line.state = Text(LineState::Acting);
            }
        }
        lines
    }

    /// How many lines of it stand there.
    pub(crate) async fn count(&self, number: &str, state: LineState) -> usize {
        self.lines(number).await.iter().filter(|line| line.state.0 == state).count()
    }

    pub(crate) async fn intents(&self) -> Vec<intent::Model> {
        intent::Entity::find().all(self.open.catalogue.read()).await.unwrap()
    }

    pub(crate) async fn items(&self) -> Vec<item::Model> {
        item::Entity::find().all(self.open.catalogue.read()).await.unwrap()
    }

    /// Where the certificate of this number is.
    pub(crate) fn certificate(&self, number: &str) -> PathBuf {
        self.open.config.state_directory.join("certificates").join(format!("{number}.json"))
    }
}
