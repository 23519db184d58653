//! The people list brought into the catalogue, and who acts.

use jiff::civil::date;

use super::*;
use crate::catalogue::testing::Database;

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
