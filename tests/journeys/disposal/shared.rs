//! Units of rows: what is done with them as one, and what joins them meanwhile.
//!
//! Where they name more than one person, a hold on any of them keeps them, so nobody
//! decides on them.

use retaind_schedules::batch::{BatchState, LineState};

use crate::casework::{Casework, execute};
use crate::catalogue::Database;
use crate::office::Office;

const TENANCIES: &str = "unleashed = true\n{head}[[mapping]]\nrecord_type = 'PLAN-14'\n\
    location = 'tenancy'\nunit = { key = { column = 'file' } }\n\
    subject = { from = 'column', name = 'person' }\n\
    [mapping.dates]\nlast-modified = { from = 'column', name = 'ended' }\n";

/// F3 is of three people, the other two of one.
const ROWS: &str = "create table tenancy (id integer primary key, file text, person text, \
    ended date); insert into tenancy values (1, 'F1', 'P1', '2015-06-01'), \
    (2, 'F1', 'P1', '2015-06-01'), (3, 'F2', 'P2', '2015-06-01'), \
    (4, 'F3', 'P9', '2015-06-01'), (5, 'F3', 'P10', '2015-06-01'), \
    (6, 'F3', 'P11', '2015-06-01')";

async fn office(database: Database) -> (Office, Casework) {
    let casework = Casework::make(database, ROWS).await;
    let mut office = Office::found(database, "2026-10-30T09:00:00Z").await;
    office.council.store("homes", &TENANCIES.replace("{head}", &casework.settings()));
    let rule = ("PLAN-14", "6 years after last modified", "Destroy");
    office.ready(&[rule], &["homes"]).await;
    (office, casework)
}

#[tokio::test]
async fn a_unit_of_several_people_is_not_decided_and_people_are_told_why() {
    for database in Database::BOTH {
        let (office, _casework) = office(database).await;
        let why = "its rows name different people or different cases, and a hold on one of them \
                   would not be seen to cover it: let the mapping's `unit` be a column that tells \
                   them apart, or its `subject` and `reference` columns that are the same in all \
                   rows of a unit";
        let explained = office.council.run(&["explain", "homes", "tenancy/file=F3/"]);
        assert!(explained.out.contains(&format!("kept: {why}")), "{explained:?}");
        let told = office.council.run(&["due", "--unexplained"]);
        assert!(told.out.contains(why), "{told:?}");
        let number = office.authorised().await;
        let listed: Vec<String> =
            office.lines(&number).await.into_iter().map(|line| line.locator).collect();
        assert_eq!(listed, ["tenancy/file=F1/", "tenancy/file=F2/"]);
    }
}

/// A list that was made before anybody looked whose the rows are: the permit is refused.
#[tokio::test]
async fn a_unit_of_several_people_that_was_approved_is_not_taken() {
    for database in Database::BOTH {
        let (office, _casework) = office(database).await;
        let columns = ["outcome", "action", "due_on", "governing", "doubt", "facts"];
        let as_first = columns.map(|column| {
            format!("{column} = (select {column} from item where locator = 'tenancy/file=F1/')")
        });
        let as_first = as_first.join(", ");
        let scanned = format!("update item set {as_first} where locator = 'tenancy/file=F3/'");
        execute(office.council.url(), &scanned).await;
        let number = office.authorised().await;
        assert_eq!(office.lines(&number).await.len(), 3);
        office.at("2026-11-06T09:00:00Z").await;
        office.council.scan("homes").await;
        office.run(&number).await.unwrap();
        let lines = office.lines(&number).await;
        let stands: Vec<_> = lines.iter().map(|line| (line.state.0, line.why.as_deref())).collect();
        let taken = (LineState::Quarantined, None);
        assert_eq!(stands, [taken, taken, (LineState::Withheld, Some("not-due"))]);
    }
}

/// A row that came in the grace: its unit is whole again, and the others go.
#[tokio::test]
async fn a_row_that_joins_a_unit_in_its_grace_keeps_the_unit_and_stays_where_it_is() {
    for database in Database::BOTH {
        let (office, casework) = office(database).await;
        let number = office.authorised().await;
        office.at("2026-11-06T09:00:00Z").await;
        office.council.scan("homes").await;
        assert_eq!(office.run(&number).await.unwrap().quarantined, 2);
        casework.execute("insert into tenancy values (8, 'F1', 'P1', '2026-11-20')").await;
        office.at("2026-12-06T09:00:00Z").await;
        office.council.scan("homes").await;
        let ran = office.run(&number).await.unwrap();
        assert_eq!((ran.state, ran.destroyed), (BatchState::Certified, 1));
        let lines = office.lines(&number).await;
        let stands: Vec<_> = lines.iter().map(|line| (line.state.0, line.why.as_deref())).collect();
        assert_eq!(
            stands,
            [(LineState::Restored, Some("late-member")), (LineState::Destroyed, None)]
        );
        // The unit is as long kept as its youngest row.
        office.council.scan("homes").await;
        assert!(office.propose().await.is_empty());
        let explained = office.council.run(&["explain", "homes", "tenancy/file=F1/"]);
        assert!(explained.out.contains("kept: not yet due"), "{explained:?}");
        let whole = "create table told (rows_of_it integer check (rows_of_it = 3)); \
                     insert into told select count(*) from tenancy where file = 'F1'";
        casework.execute(whole).await;
    }
}
