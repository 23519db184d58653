//! Story 15: the share that was not mounted. An empty folder where a share
//! was is no share without files: nothing is concluded from it, and one alarm
//! is raised however often it is scanned.

use std::path::PathBuf;
use std::process::Command;

use sea_orm::EntityTrait as _;

use retaind::catalogue::entity::{item, store};
use retaind::catalogue::words::StoreState;

use crate::catalogue::Database;
use crate::council::Council;
use crate::mail_server::MailServer;
use crate::notices::{mail_settings, subject};
use crate::running::Running;
use crate::share::Share;

/// A share that can be taken from its place and put back: by mounting where
/// this user may, else by renaming.
struct Mounted {
    share: Share,
    place: PathBuf,
    how: How,
}

#[derive(Clone, Copy, PartialEq)]
enum How {
    Mount,
    Rename,
}

impl Mounted {
    fn make(council: &Council) -> Self {
        let share = Share::make(council.path("server/social-care"));
        let place = council.path("mnt");
        std::fs::create_dir(&place).expect("a folder");
        let mut mounted = Self { share, place, how: How::Mount };
        if !mounted.mount() {
            eprintln!("may not mount here: the share is renamed instead");
            mounted.how = How::Rename;
            mounted.put_back();
        }
        mounted
    }

    fn mount(&self) -> bool {
        let mut mount = Command::new("mount");
        let run = mount.arg("--bind").arg(self.share.root()).arg(&self.place).output();
        run.is_ok_and(|output| output.status.success())
    }

    fn take_away(&self) {
        match self.how {
            How::Mount => self.unmount(),
            How::Rename => {
                std::fs::rename(&self.place, self.share.root()).expect("a folder moved");
                std::fs::create_dir(&self.place).expect("an empty folder");
            }
        }
    }

    fn put_back(&self) {
        match self.how {
            How::Mount => assert!(self.mount()),
            How::Rename => {
                std::fs::remove_dir(&self.place).expect("an empty folder");
                std::fs::rename(self.share.root(), &self.place).expect("a folder moved");
            }
        }
    }

    fn unmount(&self) {
        let output = Command::new("umount").arg(&self.place).output().expect("umount");
        assert!(output.status.success(), "{output:?}");
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        if self.how == How::Mount {
            let _ = Command::new("umount").args(["-l", "-q"]).arg(&self.place).output();
        }
    }
}

const STORE: &str = "kind = 'filesystem'\n[settings]\nroot = '{folder}/mnt'\n";
const MAPPING: &str = "[[mapping]]\nrecord_type = 'SC-06'\nlocation = '.'\n\
    [mapping.dates]\nlast-modified = { from = 'modified' }\n";

async fn social_care(database: Database, sentinel: &str) -> (Council, Mounted) {
    let council = Council::found(database).await;
    let mounted = Mounted::make(&council);
    council.store("social-care", &format!("{STORE}{sentinel}{MAPPING}"));
    council.accept(&[("SC-06", "Social care", "6 years after last modified", "")]).await;
    (council, mounted)
}

fn fill(mounted: &Mounted, council: &Council) {
    let share = match mounted.how {
        How::Mount => Share::make(mounted.share.root().to_owned()),
        How::Rename => Share::make(council.path("mnt")),
    };
    share.file(".retaind-store", "2026-01-01T00:00:00Z");
    share.files("cases", 40, "2015-06-01T10:00:00Z");
    share.files("open", 20, "2026-06-01T10:00:00Z");
}

/// Every item as the catalogue has it, and the state of the store.
async fn known(council: &Council) -> (Vec<item::Model>, StoreState) {
    let catalogue = council.open().await.catalogue;
    let items = item::Entity::find().all(catalogue.read()).await.unwrap();
    let store = store::Entity::find().one(catalogue.read()).await.unwrap().expect("the store");
    (items, store.state)
}

#[tokio::test]
async fn story_15_an_unmounted_share_is_one_alarm_and_no_change() {
    let cases = [
        ("sentinel = '.retaind-store'\n", StoreState::Unavailable, "the sentinel .retaind-store"),
        ("", StoreState::Changed, "is not the one that was scanned before"),
    ];
    for (database, (sentinel, state, words)) in
        Database::BOTH.into_iter().flat_map(|database| cases.map(|case| (database, case)))
    {
        let (council, mounted) = social_care(database, sentinel).await;
        fill(&mounted, &council);
        let first = council.run(&["scan", "social-care"]);
        assert_eq!(first.code, 0, "{first:?}");
        let (items, was) = known(&council).await;
        assert_eq!((items.len(), was), (40, StoreState::Ok));
        let alarms = council.audited("store.changed").await;
        let scans = council.audited("scan.finished").await;

        mounted.take_away();
        for _ in 0..3 {
            let scan = council.run(&["scan", "social-care"]);
            assert_eq!(scan.code, 3, "{scan:?}");
            assert!(scan.out.starts_with("store social-care: not scanned. store "), "{scan:?}");
            assert!(scan.out.contains(words), "{scan:?}");
        }
        assert_eq!(known(&council).await, (items, state), "no item is touched");
        assert_eq!(council.audited("store.changed").await, alarms + 1);
        assert_eq!(council.audited("item.missing").await, 0);
        assert_eq!(council.audited("scan.finished").await, scans);
        assert_eq!(council.due().await.len(), 40, "what was due is still listed");

        mounted.put_back();
        let again = council.run(&["scan", "social-care"]);
        assert_eq!((again.code, &again.out), (0, &first.out));
        let (items, state) = known(&council).await;
        assert_eq!((items.len(), state), (40, StoreState::Ok));
        assert!(items.iter().all(|item| item.missed == 0));
        assert_eq!(council.audited("store.changed").await, alarms + 2);
    }
}

#[tokio::test]
async fn story_15_the_alarm_is_mailed_once_after_a_day_and_no_service_team_hears_of_it() {
    for database in Database::BOTH {
        let server = MailServer::start();
        let (council, mounted) = social_care(database, "sentinel = '.retaind-store'\n").await;
        let area = "[[service_area]]\nname = 'Social care'\nmailbox = 'care@trentside.example'\n\
                    [jobs.schedule]\nbackup = 'off'\n";
        let configuration = council.configuration() + &mail_settings(&server, area);
        council.write("retaind.toml", &configuration);
        fill(&mounted, &council);
        let running = Running::start(&council).await;
        let alarmed = |server: &MailServer| -> Vec<String> {
            let mails = server.mails();
            let alarms = mails.iter().filter(|mail| subject(mail).contains("has not answered"));
            alarms.map(|mail| mail["to"].as_str().unwrap().to_owned()).collect()
        };
        running.at("2026-11-24T02:00:00Z").await;
        let (items, was) = known(&council).await;
        assert_eq!((items.len(), was), (40, StoreState::Ok));
        mounted.take_away();
        for at in ["2026-11-25T02:00:00Z", "2026-11-25T14:00:00Z", "2026-11-26T01:50:00Z"] {
            let failed = running.at(at).await.join(" ");
            assert!(failed.is_empty() || failed.starts_with("scan: 0 of 1 stores"), "{failed}");
            assert_eq!(alarmed(&server), [""; 0], "a day has not passed at {at}");
        }
        running.at("2026-11-26T02:30:00Z").await;
        let told = alarmed(&server);
        assert_eq!(told, ["rowan.hale@trentside.example"], "who is all three they tell");
        for at in ["2026-11-27T02:30:00Z", "2026-11-27T09:30:00Z", "2026-11-28T09:30:00Z"] {
            running.at(at).await;
        }
        assert_eq!(alarmed(&server), told, "once");
        assert_eq!(known(&council).await, (items.clone(), StoreState::Unavailable));
        assert_eq!(council.audited("item.missing").await, 0);

        mounted.put_back();
        running.at("2026-11-29T09:30:00Z").await;
        running.at("2026-11-30T09:30:00Z").await;
        let (again, state) = known(&council).await;
        assert_eq!((again.len(), state), (40, StoreState::Ok));
        assert!(again.iter().all(|item| item.missed == 0));
        assert_eq!(alarmed(&server), told);
        let mails = server.mails();
        // What is kept too long is told each month, whatever happened to the store.
        let of_the_month = "Records kept beyond their maximum: November 2026";
        let to_service = mails.iter().filter(|mail| mail["to"] == "care@trentside.example");
        let of_this = to_service.filter(|mail| subject(mail) != of_the_month);
        assert_eq!(of_this.count(), 0, "{mails:?}");
    }
}

#[tokio::test]
async fn a_share_that_is_not_mounted_at_its_first_scan_is_known_when_it_is() {
    for database in Database::BOTH {
        let (council, mounted) = social_care(database, "").await;
        let folder = STORE.to_owned() + &MAPPING.replace("'.'", "'cases'");
        council.store("social-care", &folder);
        fill(&mounted, &council);
        mounted.take_away();
        let scan = council.run(&["scan", "social-care"]);
        assert_eq!(scan.code, 3);
        assert!(scan.out.contains("the mapped folder cases below mnt is not there"), "{scan:?}");
        mounted.put_back();
        let scan = council.run(&["scan", "social-care"]);
        assert_eq!(scan.code, 0, "the empty folder was not taken for the store: {scan:?}");
        assert_eq!(council.due().await.len(), 40);
    }
}

#[tokio::test]
async fn a_store_that_shows_nothing_at_all_after_it_held_items_is_unavailable() {
    for database in Database::BOTH {
        let (council, mounted) = social_care(database, "").await;
        fill(&mounted, &council);
        council.scan("social-care").await;
        let alarms = council.audited("store.changed").await;
        for folder in ["cases", "open", ".retaind-store"] {
            match mounted.how {
                How::Mount => mounted.share.take_away(folder),
                How::Rename => Share::make(council.path("mnt")).take_away(folder),
            }
        }
        for _ in 0..2 {
            let scan = council.run(&["scan", "social-care"]);
            let said = "shows nothing at all, and held 61 items when it was last scanned";
            assert_eq!(scan.code, 3, "{scan:?}");
            assert!(scan.out.contains(said), "{scan:?}");
        }
        let (items, state) = known(&council).await;
        assert_eq!((items.len(), state), (40, StoreState::Unavailable));
        assert!(items.iter().all(|item| item.missed == 0));
        assert_eq!(council.audited("item.missing").await, 0);
        assert_eq!(council.audited("store.changed").await, alarms + 1);
    }
}
