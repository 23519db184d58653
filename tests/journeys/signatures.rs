//! What waits for signatures is told to those who can give them, chased, and
//! over in the end; nobody is told twice, or of what is signed.

use jiff::SignedDuration;
use retaind::catalogue::entity::{change_request, notice};
use retaind::catalogue::words::NoticeState;
use retaind::change::{self, Asked, Ceiling, Shown, Signed};
use retaind::clock::Clock as _;
use retaind::config::PersonEntry;
use retaind::notices::payload::{Asking, ChangeTold};
use retaind::notices::{self, Kind, Payload, Post};
use retaind::people::Role;
use sea_orm::EntityTrait as _;

use crate::catalogue::Database;
use crate::council::present_user;
use crate::office::{Office, everyone};

const MAIL: &str = "[mail]\nsink = 'folder'\nfrom = 'records@trentside.example'\n";

fn with_sade() -> Vec<PersonEntry> {
    let sade = PersonEntry {
        name: "Sade Okoro".to_owned(),
        email: "sade.okoro@trentside.example".to_owned(),
        os_user: Some("sade".to_owned()),
        left_on: None,
        roles: [Role::Siro].into(),
    };
    everyone().into_iter().chain([sade]).collect()
}

struct Signing {
    office: Office,
}

impl Signing {
    async fn begin(database: Database) -> Self {
        let mut office = Office::found(database, "2026-11-23T09:00:00Z").await;
        office.council.write("retaind.toml", &(office.council.configuration() + MAIL));
        office.open = office.council.open().await;
        Self { office }
    }

    async fn days(&self, days: i64) {
        let now = self.office.clock().now() + SignedDuration::from_hours(24 * days);
        self.office.clock().set(now);
    }

    fn post(&self) -> Post<'_> {
        let open = &self.office.open;
        let (config, catalogue, keys) = (&open.config, &open.catalogue, &open.keys);
        Post { config, catalogue, keys, clock: self.office.clock() }
    }

    /// What each is told of changes now, by who they are, and whether it was sent.
    async fn told(&self, sent: NoticeState) -> Vec<(String, Vec<ChangeTold>)> {
        notices::chase(&self.post()).await.unwrap();
        let rows = notice::Entity::find().all(self.office.open.catalogue.read()).await.unwrap();
        let mut told = Vec::new();
        for row in rows.into_iter().filter(|row| row.kind == Kind::ChangesWait && row.state == sent)
        {
            let Payload::ChangesWait(said) = serde_json::from_value(row.payload).unwrap() else {
                unreachable!("{}", row.kind)
            };
            told.push((self.who(&row.recipient).await, said.lines));
        }
        told.sort_by(|one, other| one.0.cmp(&other.0));
        told
    }

    async fn who(&self, recipient: &str) -> String {
        for user in [&present_user(), "nadia", "mary", "sade"] {
            let actor = self.office.actor(user).await;
            if recipient == format!("person:{}", actor.person.0) {
                return actor.name;
            }
        }
        panic!("{recipient}")
    }

    async fn raise(&self, ceiling: Ceiling, value: u64) -> Box<Shown> {
        let (catalogue, now) = (&self.office.open.catalogue, self.office.clock().now());
        let mary = self.office.actor("mary").await;
        let asked = change::set_ceiling(catalogue, &mary, ceiling, value, "a big year", now).await;
        match asked.unwrap() {
            Asked::Waits(shown) => shown,
            Asked::Done => panic!("it waits"),
        }
    }

    async fn sign(&self, user: &str, row: &change_request::Model) -> Signed {
        let (catalogue, now) = (&self.office.open.catalogue, self.office.clock().now());
        let actor = self.office.actor(user).await;
        let id = retaind_schedules::ids::ChangeId(row.id);
        change::sign(catalogue, &actor, id, &row.digest, now).await.unwrap()
    }

    async fn changes(&self) -> Vec<change_request::Model> {
        change::list(self.office.open.catalogue.read(), None).await.unwrap()
    }

    fn texts(&self) -> Vec<String> {
        let folder = self.office.open.config.state_directory.join("mail");
        let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
        let files = files.filter(|file| file.extension().is_some_and(|it| it == "txt"));
        files.map(|file| std::fs::read_to_string(file).unwrap()).collect()
    }
}

fn names(told: &[(String, Vec<ChangeTold>)]) -> Vec<&str> {
    told.iter().map(|(who, _)| who.as_str()).collect()
}

const MANAGERS: [&str; 3] = ["Mary Beck", "Nadia Shah", "Rowan Hale"];
const ALL: [&str; 4] = ["Mary Beck", "Nadia Shah", "Rowan Hale", "Sade Okoro"];

#[tokio::test]
async fn a_change_is_told_to_those_who_can_sign_it_once_and_no_more_once_it_is_signed() {
    use NoticeState::{Sent, Waiting};
    for database in Database::BOTH {
        let signing = Signing::begin(database).await;
        signing.raise(Ceiling::MaxLines, 20_000).await;
        let told = signing.told(Waiting).await;
        assert_eq!(names(&told), MANAGERS, "of who nobody is, those who can name one are told");
        let line = &told[0].1[0];
        assert_eq!(line.unfilled, ["the senior information risk owner"]);
        assert_eq!(line.of, "the ceiling max-lines, from 10000 to 20000");

        // A role that the list adds waits too; it is told without the name.
        signing.office.people(&with_sade()).await;
        let told = signing.told(Waiting).await;
        assert_eq!(names(&told), MANAGERS, "one notice for both: {told:?}");
        let of: Vec<&str> = told[0].1.iter().map(|line| line.of.as_str()).collect();
        assert_eq!(of[1], "a role that approves, for one person: siro");
        let role = signing.changes().await.into_iter().find(|row| row.subject != "max-lines");
        assert_eq!(signing.sign("mary", &role.unwrap()).await, Signed::InForce);

        let told = signing.told(Waiting).await;
        assert_eq!(names(&told), ALL, "nobody is asked for what is signed: {told:?}");
        assert!(told.iter().all(|(_, lines)| lines.len() == 1 && lines[0].unfilled.is_empty()));
        let rows = || notice::Entity::find();
        let before = rows().all(signing.office.open.catalogue.read()).await.unwrap().len();
        assert_eq!(signing.told(Waiting).await, told);
        let after = rows().all(signing.office.open.catalogue.read()).await.unwrap().len();
        assert_eq!(before, after, "looking again writes nothing");

        notices::send_now(&signing.post()).await.unwrap();
        assert_eq!(names(&signing.told(Sent).await), ALL);
        assert_eq!(signing.told(Waiting).await, []);
        let texts = signing.texts();
        assert_eq!(texts.len(), 4);
        let id = signing.changes().await.iter().find(|row| row.subject == "max-lines").unwrap().id;
        for text in texts {
            for words in [
                "1 change waits for signatures",
                "the ceiling max-lines, from 10000 to 20000",
                &format!("retaind change show {id}"),
                "If nobody answers, nothing changes",
            ] {
                assert!(text.contains(words), "{words}: {text}");
            }
            assert!(!text.contains("Sade") && !text.contains("a big year"), "{text}");
        }
    }
}

#[tokio::test]
async fn what_nobody_signs_is_chased_after_one_and_two_weeks_and_three_and_is_over_after_thirty_days()
 {
    use NoticeState::{Sent, Waiting};
    let signing = Signing::begin(Database::Sqlite).await;
    signing.office.people(&with_sade()).await;
    let role = signing.changes().await.remove(0);
    signing.sign("mary", &role).await;
    let first = signing.raise(Ceiling::MaxLines, 20_000).await.request;
    signing.raise(Ceiling::JumpFactor, 20).await;
    signing.sign(&present_user(), &first).await;
    let mut sent = 0;
    // Days go by one by one; what is asked on each, of how many.
    for day in 0..=31_i64 {
        change::expire(&signing.office.open.catalogue, signing.office.clock().now()).await.unwrap();
        let told = signing.told(Waiting).await;
        let expected: (&[&str], Asking) = match day {
            0 => (&ALL, Asking::First),
            7 => (&ALL, Asking::Second),
            14 => (&ALL, Asking::Third),
            21 => (&ALL, Asking::Escalated),
            31 => (&MANAGERS, Asking::Over),
            _ => (&[], Asking::First),
        };
        assert_eq!(names(&told), expected.0, "day {day}");
        for (who, lines) in &told {
            assert!(lines.iter().all(|line| line.asking == expected.1), "day {day}: {lines:?}");
            // What a records manager has signed already waits only for the SIRO.
            let both = who == "Sade Okoro" || matches!(day, 21 | 31);
            assert_eq!(lines.len(), if both { 2 } else { 1 }, "day {day} {who}: {lines:?}");
        }
        notices::send_now(&signing.post()).await.unwrap();
        sent += told.len();
        signing.days(1).await;
    }
    assert_eq!(signing.told(Sent).await.len(), sent);
    assert_eq!(sent, 4 * 4 + 3);
    assert!(signing.texts().iter().any(|text| text.contains("2 changes were not signed in time")));
}

#[tokio::test]
async fn what_waited_too_long_is_proposed_again_and_signed_anew() {
    for database in Database::BOTH {
        let signing = Signing::begin(database).await;
        let first = signing.raise(Ceiling::MaxLines, 20_000).await;
        signing.sign("mary", &first.request).await;
        signing.days(31).await;
        let again = signing.raise(Ceiling::MaxLines, 20_000).await;
        assert_ne!(again.request.id, first.request.id, "it is another change");
        assert_eq!(again.signatures, [], "what was signed before counts no more");
        let Signed::Waits(open) = signing.sign("mary", &again.request).await else {
            panic!("it waits for another")
        };
        assert_eq!(open, [change::Seat::Siro]);
    }
}
