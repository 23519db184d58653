//! The audit chain through the binary: what someone changed behind the
//! program's back is found.

use crate::casework::execute;
use crate::catalogue::Database;
use crate::council::Council;
use crate::share::Share;

/// A council with a history of some entries.
async fn with_history(database: Database) -> Council {
    let council = Council::found(database).await;
    let share = Share::make(council.path("share"));
    share.files("jobs", 3, "2015-06-01T10:00:00Z");
    council.store(
        "share",
        "kind = 'filesystem'\n[settings]\nroot = '{folder}/share'\n[[mapping]]\n\
         record_type = 'HOU-03'\nlocation = 'jobs'\n\
         [mapping.dates]\nlast-modified = { from = 'modified' }\n",
    );
    council.accept(&[("HOU-03", "Housing", "6 years after last modified", "")]).await;
    council.scan("share").await;
    council.scan("share").await;
    council
}

/// What someone would do first who is determined to change the chain.
pub(crate) fn without_triggers(database: Database) -> String {
    let triggers = [
        ("audit_entry_refuses_update", "audit_entry"),
        ("audit_entry_refuses_delete", "audit_entry"),
        ("audit_head_refuses_update", "audit_head"),
    ];
    let drop = triggers.map(|(trigger, table)| match database {
        Database::Sqlite => format!("drop trigger {trigger};"),
        Database::Postgres => format!("drop trigger {trigger} on {table};"),
    });
    drop.concat()
}

#[tokio::test]
async fn audit_verify_finds_what_was_edited_removed_or_cut_off() {
    let cut_off = "delete from audit_entry where seq > (select max(seq) - 2 from audit_entry);
        update audit_head set seq = (select max(seq) from audit_entry),
            hash = (select hash from audit_entry order by seq desc limit 1);";
    for database in Database::BOTH {
        let changes = [
            ("update audit_entry set reason = 'nothing to see' where seq = 4;", "entry 4"),
            ("delete from audit_entry where seq = 4;", "entry"),
            ("delete from audit_entry where seq = (select max(seq) from audit_entry);", "entr"),
            (cut_off, "entr"),
        ];
        for (change, words) in changes {
            let council = with_history(database).await;
            let verified = council.run(&["--json", "audit", "verify"]);
            assert_eq!(verified.code, 0, "{verified:?}");
            let head = verified.json()[0]["head"].as_str().expect("a head").to_owned();
            assert_eq!(council.run(&["audit", "verify", "--from", &head]).code, 0);

            execute(council.url(), &(without_triggers(database) + change)).await;
            let args = ["audit", "verify", "--from", &head];
            let found = council.run(if change == cut_off { &args } else { &args[..2] });
            assert_eq!((found.code, found.out.as_str()), (1, ""), "{change}: {found:?}");
            assert!(found.err.contains(words), "{change}: {}", found.err);
        }
    }
}

#[tokio::test]
async fn the_chain_can_be_read_page_by_page_and_refuses_a_change() {
    for database in Database::BOTH {
        let council = with_history(database).await;
        let all = council.run(&["--json", "audit", "list"]).json();
        let newest = council.run(&["--json", "audit", "list", "--limit", "2"]).json();
        assert_eq!(newest, all[..2]);
        let before = newest[1]["seq"].to_string();
        let next = ["--json", "audit", "list", "--limit", "2", "--before", &before];
        assert_eq!(council.run(&next).json(), all[2..4]);
        assert_eq!(all[0]["action"], "scan.finished");
        assert_eq!(all.last().expect("the first")["seq"], 1);
        let told = council.run(&["audit", "list"]).out;
        assert!(told.contains("scan.finished"), "{told}");
    }
}
