//! The people list brought into the catalogue, and who acts.

use jiff::civil::date;

use super::*;
use crate::catalogue::entity::change_request;
use crate::catalogue::testing::Database;
use crate::catalogue::words::ChangeState;

const TODAY: Date = date(2026, 11, 22);

fn entry(name: &str, os_user: Option<&str>, roles: &[Role]) -> PersonEntry {
    PersonEntry {
        name: name.to_owned(),
        email: format!("{}@council.example", name.to_lowercase()),
        os_user: os_user.map(str::to_owned),
        left_on: None,
        roles: roles.iter().copied().collect(),
    }
}

async fn take(catalogue: &Catalogue, list: &[PersonEntry]) -> Result<Synced, PeopleError> {
    let tx = catalogue.write_tx().await?;
    let synced = sync(&tx, list, Timestamp::UNIX_EPOCH, TODAY).await?;
    tx.commit().await?;
    Ok(synced)
}

async fn name_of(catalogue: &Catalogue, os_user: &str) -> Result<String, String> {
    acting(catalogue, os_user).await.map(|actor| actor.name).map_err(|error| error.to_string())
}

#[tokio::test]
async fn a_command_acts_as_the_person_tied_to_its_user() {
    for database in Database::BOTH {
        let fresh = database.fresh().await;
        let list = [entry("Ada", Some("ada"), &[Role::Dpo, Role::Legal]), entry("Bo", None, &[])];
        assert_eq!(take(&fresh, &list).await.unwrap().added, 2);
        let ada = acting(&fresh, "ada").await.unwrap();
        assert_eq!(
            (ada.name.as_str(), ada.first_of(&[Role::Iao, Role::Legal])),
            ("Ada", Some(Role::Legal))
        );
        assert_eq!(
            name_of(&fresh, "root").await.unwrap_err(),
            "no person on the people list is tied to the operating-system user `root`: add the \
             user to the person's line, or run the command as a user who is on the list"
        );
    }
}

#[tokio::test]
async fn the_same_list_twice_changes_nothing() {
    for database in Database::BOTH {
        let fresh = database.fresh().await;
        let list = [entry("Ada", Some("ada"), &[Role::Dpo])];
        take(&fresh, &list).await.unwrap();
        assert_eq!(take(&fresh, &list).await.unwrap(), Synced::default());
        assert_eq!(audit::list(&fresh, &audit::Filter::default(), 9).await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn a_user_passes_from_one_person_to_another_and_back() {
    for database in Database::BOTH {
        let fresh = database.fresh().await;
        for (ada, bo) in [("front", "back"), ("back", "front"), ("front", "back")] {
            let list = [entry("Ada", Some(ada), &[]), entry("Bo", Some(bo), &[])];
            take(&fresh, &list).await.unwrap();
            assert_eq!(name_of(&fresh, ada).await.unwrap(), "Ada");
            assert_eq!(name_of(&fresh, bo).await.unwrap(), "Bo");
        }
    }
}

#[tokio::test]
async fn who_leaves_may_not_act_and_is_not_forgotten() {
    for database in Database::BOTH {
        let fresh = database.fresh().await;
        let ada = entry("Ada", Some("ada"), &[Role::Operator]);
        take(&fresh, std::slice::from_ref(&ada)).await.unwrap();
        let leaver = PersonEntry { left_on: Some(date(2026, 10, 31)), ..ada.clone() };
        take(&fresh, &[leaver]).await.unwrap();
        assert_eq!(
            name_of(&fresh, "ada").await.unwrap_err(),
            "Ada may no longer act (since 2026-10-31): the people list says that they have left, \
             or no longer names them"
        );
        take(&fresh, std::slice::from_ref(&ada)).await.unwrap();
        assert_eq!(take(&fresh, &[]).await.unwrap().left, 1);
        assert!(name_of(&fresh, "ada").await.unwrap_err().starts_with("no person"));
        let kept = person::Entity::find().one(fresh.read()).await.unwrap().unwrap();
        assert_eq!((kept.active, kept.left_on), (false, Some(CivilDate(TODAY))));
        let audit = audit::list(&fresh, &audit::Filter::default(), 9).await.unwrap();
        let actions: Vec<_> = audit.iter().rev().map(|entry| entry.action.as_str()).collect();
        assert_eq!(actions, ["person.added", "person.left", "person.changed", "person.left"]);
    }
}

#[tokio::test]
async fn a_list_that_names_someone_twice_is_refused_whole() {
    for database in Database::BOTH {
        let fresh = database.fresh().await;
        let twice = [entry("Ada", None, &[]), entry("ADA", None, &[])];
        let error = take(&fresh, &twice).await.unwrap_err().to_string();
        assert!(error.starts_with("the people list gives the address ada@council.example twice"));
        let one_user = [entry("Ada", Some("x"), &[]), entry("Bo", Some("x"), &[])];
        let error = take(&fresh, &one_user).await.unwrap_err().to_string();
        assert!(error.starts_with("the people list ties the operating-system user `x` to two"));
        assert!(person::Entity::find().one(fresh.read()).await.unwrap().is_none());
    }
}

/// The roles that are waited for, by who is to have them and how far it is.
async fn asked_for(catalogue: &Catalogue) -> Vec<(ChangeState, serde_json::Value)> {
    let rows = change_request::Entity::find().order_by_asc(change_request::Column::Id);
    let rows = rows.all(catalogue.read()).await.unwrap();
    rows.into_iter().map(|row| (row.state, row.proposal)).collect()
}

/// The roles of the person of this address, as the catalogue has them.
async fn roles_in(catalogue: &Catalogue, email: &str) -> BTreeSet<Role> {
    let row = person::Entity::find().filter(person::Column::Email.eq(email));
    roles_of(row.one(catalogue.read()).await.unwrap().unwrap()).unwrap().roles
}

#[tokio::test]
async fn nothing_is_asked_for_who_has_left_however_often_the_list_is_read_and_who_returns_waits() {
    for database in Database::BOTH {
        let fresh = database.fresh().await;
        let records = entry("Rae", Some("rae"), &[Role::RecordsManager]);
        let tom = entry("Tom", Some("tom"), &[Role::Iao, Role::Auditor]);
        let left = PersonEntry { left_on: Some(TODAY), ..tom.clone() };
        let held = BTreeSet::from([Role::Iao, Role::Auditor]);
        take(&fresh, &[records.clone(), tom.clone()]).await.unwrap();
        for reading in 0..3 {
            let synced = take(&fresh, &[records.clone(), left.clone()]).await.unwrap();
            assert_eq!(synced.changed, usize::from(reading == 0), "reading {reading}");
            assert_eq!(asked_for(&fresh).await, []);
            assert_eq!(roles_in(&fresh, &tom.email).await, held);
        }
        // A role that is written to a leaver's line counts for nothing.
        let more = PersonEntry { roles: [Role::Iao, Role::Siro].into(), ..left.clone() };
        take(&fresh, &[records.clone(), more]).await.unwrap();
        assert_eq!(asked_for(&fresh).await, []);
        assert_eq!(roles_in(&fresh, &tom.email).await, [Role::Iao].into());

        // Back again: what approves waits, and is withdrawn when they leave anew.
        for _ in 0..2 {
            take(&fresh, &[records.clone(), tom.clone()]).await.unwrap();
            let waits = (ChangeState::Pending, serde_json::json!(["iao"]));
            assert_eq!(asked_for(&fresh).await, [waits]);
            assert_eq!(acting(&fresh, "tom").await.unwrap().roles, [Role::Auditor].into());
        }
        take(&fresh, &[records.clone(), left]).await.unwrap();
        let states: Vec<_> = asked_for(&fresh).await.into_iter().map(|(state, _)| state).collect();
        assert_eq!(states, [ChangeState::Withdrawn]);
    }
}

#[tokio::test]
async fn who_was_to_leave_and_is_kept_on_after_the_day_waits_though_no_list_was_read_between() {
    for database in Database::BOTH {
        let fresh = database.fresh().await;
        let records = entry("Rae", Some("rae"), &[Role::RecordsManager]);
        let tom = entry("Tom", Some("tom"), &[Role::Iao]);
        let leaving = PersonEntry { left_on: Some(TODAY), ..tom.clone() };
        let tx = fresh.write_tx().await.unwrap();
        let before = TODAY.yesterday().unwrap();
        sync(&tx, &[records.clone(), leaving], Timestamp::UNIX_EPOCH, before).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(acting(&fresh, "tom").await.unwrap().roles, [Role::Iao].into());

        take(&fresh, &[records, tom]).await.unwrap();
        assert_eq!(asked_for(&fresh).await.len(), 1);
        assert_eq!(acting(&fresh, "tom").await.unwrap().roles, BTreeSet::new());
    }
}
