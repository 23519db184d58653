//! Rows have no content that could be compared with an archive's copy: nobody signs
//! for a transfer that can never be offered.

use retaind::catalogue::words::ItemDecision;
use retaind::disposal::propose::{Proposer, Run, Wanted, propose};
use retaind::disposal::review::{self, Ruling};

use crate::casework::Casework;
use crate::catalogue::Database;
use crate::office::Office;

const ROWS: &str = "create table plan (id integer primary key, ended date); \
    insert into plan values (1, '2015-06-01'), (2, '2015-06-01')";

const MAPPING: &str = "[[mapping]]\nrecord_type = 'PLAN-14'\nlocation = 'plan'\n\
    [mapping.dates]\nlast-modified = { from = 'column', name = 'ended' }\n";

const REFUSED: &str = "store homes is of the kind `sql`, which cannot read the content of items: an \
    archive could not show that it has them whole, so nothing of `PLAN-14` there goes to one. Let \
    its rule say review or destroy, decide to destroy or to keep with `retaind review decide`, or \
    hand the records over by hand in the system itself";

async fn office(database: Database, action: &str) -> (Office, Casework) {
    let casework = Casework::make(database, ROWS).await;
    let mut office = Office::found(database, "2026-10-30T09:00:00Z").await;
    let file = format!("unleashed = true\n{}{MAPPING}", casework.settings());
    office.council.store("homes", &file);
    office.ready(&[("PLAN-14", "6 years after last modified", action)], &["homes"]).await;
    (office, casework)
}

#[tokio::test]
async fn a_transfer_of_rows_is_refused_before_anybody_signs() {
    for database in Database::BOTH {
        let (office, _casework) = office(database, "Transfer").await;
        let mary = office.actor("mary").await;
        for run in [Run::Dry, Run::Real] {
            let all = Wanted::default();
            let asked = propose(&office.desk(), Proposer::Person(&mary), &all, run).await.unwrap();
            let said: Vec<String> =
                asked.into_iter().map(|one| one.lists.unwrap_err().to_string()).collect();
            assert_eq!(said, [REFUSED]);
        }
        assert!(office.batches().await.is_empty());
    }
}

#[tokio::test]
async fn nobody_decides_that_rows_go_to_an_archive() {
    for database in Database::BOTH {
        let (office, _casework) = office(database, "Review").await;
        let ruling = |decision| Ruling {
            store: "homes".to_owned(),
            locator: "plan/1".to_owned(),
            decision,
            until: None,
            reason: "looked at".to_owned(),
            seen: None,
        };
        let (desk, nadia) = (office.desk(), office.actor("nadia").await);
        let refused = review::decide(&desk, &nadia, &[ruling(ItemDecision::Transfer)]).await;
        assert_eq!(refused.unwrap_err().to_string(), REFUSED);
        review::decide(&desk, &nadia, &[ruling(ItemDecision::Destroy)]).await.unwrap();
    }
}
