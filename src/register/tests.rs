//! Registers imported, compared, accepted and superseded, on both databases.

use retaind_schedules::calendar::Calendar;
use std::path::PathBuf;

use jiff::Timestamp;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _};

use super::import::Novelty;
use super::list::{list, show};
use super::*;
use crate::audit::{self, Filter};
use crate::catalogue::Catalogue;
use crate::catalogue::entity::{asset, record_type, schedule_line, schedule_version, service_area};
use crate::catalogue::testing::Database;
use crate::catalogue::words::{AssetStatus, Enforcement, ImportState};
use crate::people::{Actor, PersonEntry, Role, acting, sync};

fn now() -> Timestamp {
    "2026-11-23T09:00:00Z".parse().expect("an instant")
}

async fn actor(catalogue: &Catalogue, user: &str, roles: &[Role]) -> Actor {
    let people: Vec<PersonEntry> =
        [("rm", Role::RecordsManager), ("iao", Role::Iao), ("aud", Role::Auditor)]
            .into_iter()
            .map(|(user, role)| PersonEntry {
                name: user.to_uppercase(),
                email: format!("{user}@trentside.example"),
                os_user: Some(user.to_owned()),
                left_on: None,
                roles: std::iter::once(role).collect(),
            })
            .collect();
    let tx = catalogue.write_tx().await.expect("a transaction");
    sync(&tx, &people, now(), jiff::civil::date(2026, 11, 23)).await.expect("people");
    tx.commit().await.expect("a commit");
    let actor = acting(catalogue, user).await.expect("an actor");
    assert_eq!(actor.roles.iter().copied().collect::<Vec<_>>(), roles);
    actor
}

async fn records_manager(catalogue: &Catalogue) -> Actor {
    actor(catalogue, "rm", &[Role::RecordsManager]).await
}

const HEADER: &str = "Ref,Record,Service,Keep for,Disposal action,Legislation\n";

fn line(reference: &str, period: &str) -> String {
    format!("{reference},Records {reference},Housing,{period},Destroy,Limitation Act 1980\n")
}

fn register(lines: &[(&str, &str)]) -> String {
    lines
        .iter()
        .fold(HEADER.to_owned(), |text, (reference, period)| text + &line(reference, period))
}

fn read(folder: &tempfile::TempDir, text: &str) -> RegisterFile {
    let path: PathBuf = folder.path().join("register.csv");
    std::fs::write(&path, text).expect("a file");
    RegisterFile::read(&path, &ImportProfile::default(), "built-in", &row::People::NotAsked)
        .expect("a register")
}

const SIX: &str = "6 years after closure";

#[tokio::test]
async fn nothing_is_live_until_a_records_manager_accepts_it() {
    for database in Database::BOTH {
        let fresh = database.fresh().await;
        let rm = records_manager(&fresh).await;
        let file = read(
            &fresh.place.folder,
            &register(&[("A", SIX), ("B", "25 years after date of birth"), ("C", "??")]),
        );
        let imported = import(&fresh, &rm, &file, now()).await.unwrap();
        assert_eq!(imported.novelty, Novelty::New);
        assert_eq!(imported.changes, Changes { added: 2, ..Changes::default() });
        assert_eq!(imported.warnings, Vec::<String>::new());
        assert_eq!(asset::Entity::find().all(fresh.read()).await.unwrap(), []);
        assert_eq!(schedule_version::Entity::find().all(fresh.read()).await.unwrap(), []);

        let iao = actor(&fresh, "iao", &[Role::Iao]).await;
        let refused =
            accept(&fresh, &iao, imported.import, &Calendar::default(), now()).await.unwrap_err();
        assert_eq!(
            refused.to_string(),
            "IAO may not accept a register: it needs the role records-manager"
        );
        let accepted =
            accept(&fresh, &rm, imported.import, &Calendar::default(), now()).await.unwrap();
        assert_eq!((accepted.number, accepted.rules, accepted.set_aside), (1, 2, 0));

        let assets = asset::Entity::find().order_by_asc(asset::Column::Reference);
        let assets = assets.all(fresh.read()).await.unwrap();
        let brief: Vec<(&str, &str, i64)> = assets
            .iter()
            .map(|a| (a.reference.as_str(), a.source_sheet.as_str(), a.source_row))
            .collect();
        assert_eq!(brief, [("A", "register.csv", 2), ("B", "register.csv", 3)]);
        assert!(assets.iter().all(|a| a.enforcement == Enforcement::Flag));
        let rules = schedule_line::Entity::find().all(fresh.read()).await.unwrap();
        let minimum: Vec<&str> = rules.iter().map(|rule| rule.minimum.as_str()).collect();
        assert_eq!(minimum, ["P6Y after case-closed", "P25Y after date-of-birth"]);
        assert_eq!(rules[0].source_column.as_deref(), Some("D Keep for"));
        let areas = service_area::Entity::find().all(fresh.read()).await.unwrap();
        assert_eq!(areas.len(), 1);
        let shown = show(&fresh, imported.import).await.unwrap();
        assert_eq!(shown.import.state, ImportState::Live);
        assert_eq!(shown.findings.len(), 1);
        let acts = audit::list(&fresh, &Filter::default(), 9).await.unwrap();
        assert!(acts.iter().any(|act| act.action == "import.accepted"));
        assert!(acts.iter().any(|act| act.action == "schedule.accepted"));
    }
}

#[tokio::test]
async fn the_same_file_twice_changes_nothing() {
    for database in Database::BOTH {
        let fresh = database.fresh().await;
        let rm = records_manager(&fresh).await;
        let file = read(&fresh.place.folder, &register(&[("A", SIX), ("B", SIX)]));
        let first = import(&fresh, &rm, &file, now()).await.unwrap();
        let unchanged = Changes { unchanged: 2, ..Changes::default() };
        for state in [ImportState::Checked, ImportState::Live] {
            let entries = audit::list(&fresh, &Filter::default(), 99).await.unwrap().len();
            let again = import(&fresh, &rm, &file, now()).await.unwrap();
            assert_eq!(again.import, first.import);
            assert_eq!(again.novelty, Novelty::AlreadyImported(state));
            assert_eq!(again.changes, unchanged);
            assert_eq!(list(&fresh).await.unwrap().len(), 1);
            assert_eq!(audit::list(&fresh, &Filter::default(), 99).await.unwrap().len(), entries);
            if state == ImportState::Checked {
                accept(&fresh, &rm, first.import, &Calendar::default(), now()).await.unwrap();
            }
        }
        let again =
            accept(&fresh, &rm, first.import, &Calendar::default(), now()).await.unwrap_err();
        assert_eq!(
            again.to_string(),
            format!(
                "import {} of `register.csv` is live and cannot be accepted: import the file again",
                first.import
            )
        );
    }
}

/// The seven-year slip: "75 years" becomes "7 years" in a later file.
#[tokio::test]
async fn what_lets_records_go_sooner_or_empties_the_register_is_marked() {
    for database in Database::BOTH {
        let fresh = database.fresh().await;
        let rm = records_manager(&fresh).await;
        let old = register(&[("A", "75 years after date of birth"), ("B", SIX), ("C", SIX)]);
        let first = import(&fresh, &rm, &read(&fresh.place.folder, &old), now()).await.unwrap();
        accept(&fresh, &rm, first.import, &Calendar::default(), now()).await.unwrap();
        let new = register(&[
            ("a", "7 years after date of birth"),
            ("B", "7 years after closure"),
            ("D", SIX),
        ]);
        let second = import(&fresh, &rm, &read(&fresh.place.folder, &new), now()).await.unwrap();
        assert_eq!(second.changes, Changes { added: 1, changed: 2, unchanged: 0, removed: 1 });
        assert_eq!(
            second.warnings,
            [
                "1 of 3 lines of the live register are not in this file: what is stored under them \
                 will have no rule and will be kept",
                "1 line would let records go sooner than they do now",
            ]
        );
        let shown = show(&fresh, second.import).await.unwrap();
        let said: Vec<(i64, &str)> =
            shown.findings.iter().map(|f| (f.row, f.reason.as_str())).collect();
        assert_eq!(
            said,
            [(
                2,
                "the rule may let records go sooner: it was “Keep for 75 years after the person was \
                 born” and would be “Keep for 7 years after the person was born”"
            )]
        );
    }
}

#[tokio::test]
async fn ids_stay_versions_follow_and_removed_lines_lose_their_rule() {
    for database in Database::BOTH {
        let fresh = database.fresh().await;
        let rm = records_manager(&fresh).await;
        let rest = ["D", "E", "F", "G", "H", "I", "J", "K"].map(|code| (code, SIX));
        let with = |lines: &[_]| register(&[lines, &rest].concat());
        let first = with(&[("A", SIX), ("B", SIX)]);
        let first = import(&fresh, &rm, &read(&fresh.place.folder, &first), now()).await.unwrap();
        accept(&fresh, &rm, first.import, &Calendar::default(), now()).await.unwrap();
        let code = |code: &'static str| {
            let found = record_type::Entity::find().filter(record_type::Column::Code.eq(code));
            async { found.one(fresh.read()).await.unwrap() }
        };
        let before = code("A").await.unwrap();

        let waiting = with(&[("A", SIX), ("B", SIX), ("Z", SIX)]);
        import(&fresh, &rm, &read(&fresh.place.folder, &waiting), now()).await.unwrap();
        let second = with(&[("a", "7 years after closure"), ("C", SIX)]);
        let second = import(&fresh, &rm, &read(&fresh.place.folder, &second), now()).await.unwrap();
        let accepted =
            accept(&fresh, &rm, second.import, &Calendar::default(), now()).await.unwrap();
        assert_eq!((accepted.number, accepted.rules, accepted.set_aside), (2, 10, 1));

        assert_eq!(code("a").await.unwrap().id, before.id);
        assert_eq!(code("A").await, None);
        let gone = code("B").await.unwrap();
        let assets = asset::Entity::find().filter(asset::Column::Reference.eq("B"));
        let closed = assets.one(fresh.read()).await.unwrap().unwrap();
        assert_eq!(closed.status, AssetStatus::Closed);
        let of_gone =
            schedule_line::Entity::find().filter(schedule_line::Column::RecordTypeId.eq(gone.id));
        let versions: Vec<_> = of_gone.all(fresh.read()).await.unwrap();
        assert_eq!(versions.len(), 1, "only the first version rules it");
        assert_ne!(versions[0].schedule_version_id, accepted.version.0);
        let mut states: Vec<ImportState> =
            list(&fresh).await.unwrap().into_iter().map(|import| import.state).collect();
        states.sort_unstable();
        assert_eq!(states, [ImportState::Live, ImportState::Superseded, ImportState::Superseded]);
    }
}

#[tokio::test]
async fn owners_are_looked_up_among_the_people_of_the_catalogue() {
    for database in Database::BOTH {
        let fresh = database.fresh().await;
        let rm = records_manager(&fresh).await;
        let people = known_people(&fresh).await.unwrap();
        let text = "Record,Owner,Keep for,Legislation\n\
                    X,iao@trentside.example,6 years after closure,Limitation Act 1980\n\
                    Y,Nobody,6 years after closure,Limitation Act 1980\n";
        let path = fresh.place.folder.path().join("owners.csv");
        std::fs::write(&path, text).unwrap();
        let file =
            RegisterFile::read(&path, &ImportProfile::default(), "built-in", &people).unwrap();
        assert_eq!((file.checked.accepted, file.checked.rejected), (1, 1));
        let imported = import(&fresh, &rm, &file, now()).await.unwrap();
        accept(&fresh, &rm, imported.import, &Calendar::default(), now()).await.unwrap();
        let asset = asset::Entity::find().one(fresh.read()).await.unwrap().unwrap();
        let iao = actor(&fresh, "iao", &[Role::Iao]).await;
        assert_eq!(asset.iao, Some(iao.person.0));
    }
}

#[tokio::test]
async fn who_may_only_read_imports_nothing_and_an_empty_register_is_not_accepted() {
    let fresh = Database::Sqlite.fresh().await;
    let auditor = actor(&fresh, "aud", &[Role::Auditor]).await;
    let rm = records_manager(&fresh).await;
    let file = read(&fresh.place.folder, &register(&[("A", "As long as necessary")]));
    assert_eq!(
        import(&fresh, &auditor, &file, now()).await.unwrap_err().to_string(),
        "AUD may not import a register: it needs the role records-manager or operator or iao or iaa"
    );
    let imported = import(&fresh, &rm, &file, now()).await.unwrap();
    assert_eq!(
        accept(&fresh, &rm, imported.import, &Calendar::default(), now())
            .await
            .unwrap_err()
            .to_string(),
        format!(
            "import {} of `register.csv` has no accepted line: accepting it would empty the register",
            imported.import
        )
    );
    let missing = ImportId(uuid::Uuid::nil());
    assert_eq!(
        accept(&fresh, &rm, missing, &Calendar::default(), now()).await.unwrap_err().to_string(),
        format!("there is no import {missing}: `retaind register list` shows them")
    );
}
