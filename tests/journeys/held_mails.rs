//! What waited in a backup may have been sent since: after a restore it goes out
//! when a person says so, and not before.

use jiff::SignedDuration;
use retaind::catalogue::words::NoticeState;
use retaind::clock::Clock as _;
use retaind::disposal::execution::clock;
use retaind::holds::NewScope;
use serde_json::Value;

use crate::catalogue::Database;
use crate::council::Council;
use crate::mail_server::MailServer;
use crate::notices::{mail_settings, place, run_jobs, subject, with_teams, writing, written};

/// A council, backed up while mails wait for their server.
async fn backed_up(database: Database, server: &mut MailServer) -> Council {
    let council = writing(database, &mail_settings(server, "")).await;
    with_teams(&council).await;
    run_jobs(&council).await;
    server.down();
    place(&council, "LEGAL-1", NewScope::Everything).await;
    council.clock.set(council.clock.now() + SignedDuration::from_mins(30));
    // As the daemon notes it: else what the binary enters, whose time is the
    // machine's, would pass for when the clock was last seen.
    let open = council.open().await;
    clock::seen(&open.catalogue, council.clock.now()).await.unwrap();
    let seen = clock::last_seen(open.catalogue.read()).await.unwrap();
    assert_eq!(seen, Some(council.clock.now()));
    assert_eq!(run_jobs(&council).await.sent, 0);
    backup(&council);
    server.up();
    council
}

fn backup(council: &Council) {
    let file = council.path("waiting.backup");
    let made = council.run(&["backup", file.to_str().expect("UTF-8")]);
    assert_eq!(made.code, 0, "{made:?}");
}

fn restored(council: &Council) -> String {
    let file = council.path("waiting.backup");
    let ran = council.run(&["restore", file.to_str().expect("UTF-8"), "--replace"]);
    assert!([0, 3].contains(&ran.code), "{ran:?}");
    ran.out
}

/// What the jobs do hours later, with the mails that went out.
async fn hours_later(council: &Council, server: &MailServer) -> Vec<Value> {
    let before = server.mails().len();
    council.clock.set(council.clock.now() + SignedDuration::from_hours(5));
    run_jobs(council).await;
    server.mails().split_off(before)
}

async fn waiting(council: &Council) -> usize {
    let all = written(council).await;
    all.iter().filter(|notice| notice.state == NoticeState::Waiting).count()
}

#[tokio::test]
async fn what_waited_in_a_backup_goes_out_no_second_time_until_a_person_says_so() {
    for database in Database::BOTH {
        let mut server = MailServer::start();
        let council = backed_up(database, &mut server).await;
        let waited = waiting(&council).await;
        assert!(waited > 1, "the hold is told to several");
        let sent = hours_later(&council, &server).await;
        assert!(!sent.is_empty(), "they go out after the backup was made");

        let said = restored(&council);
        let told = format!("{waited} notices that waited in the backup are held back");
        assert!(said.contains(&told), "{told}: {said}");
        assert!(said.contains("hold-placed") && said.contains("`retaind mail held`"), "{said}");
        assert_eq!(waiting(&council).await, waited, "it is as it was");
        assert_eq!(hours_later(&council, &server).await, Vec::<Value>::new(), "nothing goes out");
        let doctor = council.run(&["doctor"]);
        assert!(doctor.out.contains("are held back since the restore"), "{doctor:?}");

        let held = council.run(&["--json", "mail", "held"]);
        assert_eq!((held.code, held.json().len()), (3, waited), "{held:?}");
        assert!(held.json().iter().all(|one| one["state"] == "held-back"), "{held:?}");
        let wrong = council.run(&["mail", "held", "--send", "--kind", "alarms"]);
        assert_eq!(wrong.code, 2, "{wrong:?}");
        let none = council.run(&["mail", "held", "--drop", "--kind", "certified"]);
        assert_eq!(none.code, 3, "{none:?}");
        let let_go = council.run(&["mail", "held", "--send", "--kind", "hold-placed"]);
        assert!(let_go.out.contains("hold-placed"), "{let_go:?}");
        let again = hours_later(&council, &server).await;
        let of_hold =
            |mail: &&Value| subject(mail).contains("hold") || subject(mail).contains("Hold");
        assert_eq!(again.iter().filter(of_hold).count(), sent.iter().filter(of_hold).count());
        let dropped = council.run(&["mail", "held", "--drop"]);
        assert!([0, 3].contains(&dropped.code), "{dropped:?}");
        assert_eq!(council.run(&["--json", "mail", "held"]).json().len(), 0);
        assert_eq!(council.run(&["mail", "held"]).code, 0);
        assert_eq!(council.audited("notice.released").await, 1);
        hours_later(&council, &server).await;
        assert_eq!(waiting(&council).await, 0);
    }
}

#[tokio::test]
async fn a_mail_that_a_server_may_have_taken_before_the_backup_goes_out_as_the_very_same() {
    let mut server = MailServer::start();
    let council = backed_up(Database::Sqlite, &mut server).await;
    server.hang_up(true);
    let lost = hours_later(&council, &server).await;
    assert_eq!(lost.len(), 1, "it was taken, and nobody said so");
    server.hang_up(false);
    backup_again(&council);
    hours_later(&council, &server).await;
    restored(&council);
    assert_eq!(hours_later(&council, &server).await, Vec::<Value>::new());
    let ran = council.run(&["mail", "held", "--send"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let again = hours_later(&council, &server).await;
    let id = |mail: &Value| mail["headers"]["Message-ID"].clone();
    let same: Vec<&Value> = again.iter().filter(|mail| id(mail) == id(&lost[0])).collect();
    assert_eq!(same.len(), 1, "{again:?}");
    assert_eq!(same[0]["plain"], lost[0]["plain"], "word for word");
}

fn backup_again(council: &Council) {
    std::fs::rename(council.path("waiting.backup"), council.path("older.backup")).unwrap();
    backup(council);
}
