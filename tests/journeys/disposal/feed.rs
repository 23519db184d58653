//! What people asked for until today is held before anything goes: nothing is
//! carried out on a day on which the list of open requests was not read.

use retaind::catalogue::words::{RunCause, RunResult};
use retaind::clock::{Clock as _, SystemClock};
use retaind::disposal::execution::dry_run;
use retaind::jobs;
use retaind::jobs::run::{Ran, Runner};
use retaind_schedules::batch::{BatchState, LineState};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

use crate::catalogue::Database;
use crate::office::Office;

const FEED: &str = "[execution]\nwindow = 'Mon-Sun 00:00-00:00'\non_bank_holidays = 'execute'\n\
    [holds.feed]\nfile = 'requests.csv'\nperson = 'mary.beck@trentside.example'\n";
const HEADINGS: &str = "FOI Ref,Type of request,Date Received,System,Folder,Status\n";

/// What a job says, and whether it ended well.
async fn job(office: &Office, name: &str) -> (RunResult, String) {
    let open = &office.open;
    let clock = Arc::new(office.clock().clone());
    let (config, catalogue, keys) =
        (open.config.clone(), open.catalogue.clone(), open.keys.clone());
    let runner = Runner::new(config, catalogue, keys, clock, CancellationToken::new());
    runner.sync().await.unwrap();
    let ran = runner.run(jobs::find(name).unwrap(), RunCause::Asked).await.unwrap();
    let Ran::Ended { result, message } = ran else { panic!("{name}: {ran:?}") };
    (result, message)
}

async fn with_a_feed(database: Database) -> (Office, String) {
    let mut office = Office::with_files(database, "2026-10-30T09:00:00Z", 25).await;
    office.council.write("retaind.toml", &(office.council.configuration() + FEED));
    office.open = office.council.open().await;
    let number = office.authorised().await;
    office.at("2026-11-06T12:00:00Z").await;
    (office, number)
}

#[tokio::test]
async fn nothing_goes_on_a_day_on_which_the_open_requests_were_not_read_to_their_end() {
    for database in Database::BOTH {
        let (office, number) = with_a_feed(database).await;
        let list = office.council.path("requests.csv");
        let says = format!(
            "the list of open requests {} was not read to its end today (it never was), and a \
             request in it may ask for what would go. `retaind jobs run hold-feed` reads it",
            list.display()
        );
        let waits = || async {
            let (result, said) = job(&office, "execute").await;
            assert_eq!(result, RunResult::Failed, "{said}");
            assert_eq!(office.batch(&number).await.state.0, BatchState::Authorised, "{said}");
            said
        };
        // There is no list, and then one with a case that nobody can read.
        assert_eq!(job(&office, "hold-feed").await.0, RunResult::Failed);
        let said = waits().await;
        assert!(said.contains("0 batches went on, 1 waits, 0 were stopped"), "{said}");
        assert!(said.contains(&says), "{said}");
        let scanner = office.open.scanner(office.clock());
        let dry = dry_run(&scanner, &number).await.unwrap();
        assert!(dry.stops.iter().any(|stop| stop.contains(&says)), "{:?}", dry.stops);
        office.council.write("requests.csv", &format!("{HEADINGS}FOI-1,Complaint,,,,Open\n"));
        assert_eq!(job(&office, "hold-feed").await.0, RunResult::Failed);
        waits().await;

        // It was read to its end, but yesterday.
        office.council.write("requests.csv", HEADINGS);
        let (result, said) = job(&office, "hold-feed").await;
        assert_eq!(result, RunResult::Ok, "{said}");
        office.at("2026-11-07T00:05:00Z").await;
        let said = waits().await;
        assert!(said.contains("(the last time was 2026-11-06T12:00:00Z)"), "{said}");

        // A request that came in the night is held before anything goes.
        let asked = "FOI-2,FOI,06/11/2026,share,planning/record-00001,Open\n";
        office.council.write("requests.csv", &format!("{HEADINGS}{asked}"));
        let (result, said) = job(&office, "hold-feed").await;
        assert_eq!(result, RunResult::Ok, "{said}");
        let (result, said) = job(&office, "execute").await;
        assert_eq!(
            (result, said.as_str()),
            (RunResult::Ok, "1 batch went on, 0 wait, 0 were stopped")
        );
        let withheld = office.count(&number, LineState::Withheld).await;
        assert!(withheld >= 1, "what it asks for stays");
        let gone = office.count(&number, LineState::Quarantined).await;
        assert_eq!(gone + withheld, 25);
    }
}

#[tokio::test]
async fn a_list_that_a_person_read_by_command_counts_and_another_list_does_not() {
    let (office, number) = with_a_feed(Database::Sqlite).await;
    office.council.write("other.csv", HEADINGS);
    office.council.write("requests.csv", HEADINGS);
    let read = |name: &str| {
        let ran =
            office.council.run(&["hold", "feed", office.council.path(name).to_str().unwrap()]);
        assert_eq!(ran.code, 0, "{ran:?}");
    };
    // The commands go by the time that is, so the clock of the test follows.
    office.at_time(SystemClock.now()).await;
    let is_unread = async || {
        let scanner = office.open.scanner(office.clock());
        let dry = dry_run(&scanner, &number).await.unwrap();
        dry.stops.iter().any(|stop| stop.contains("was not read to its end today"))
    };
    read("other.csv");
    assert!(is_unread().await);
    read("requests.csv");
    assert!(!is_unread().await);
}
