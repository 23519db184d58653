//! Every notice beside what the days called for, by what it tells and whom; and
//! every mail beside the notices in it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use retaind::catalogue::entity::{batch, mail, notice};
use retaind::catalogue::words::{MailState, NoticeState};
use retaind::notices::Kind;
use retaind::working_days::WorkingDays;
use retaind_schedules::batch::BatchState;
use retaind_schedules::calendar::london_date;
use sea_orm::EntityTrait as _;

use super::{Life, PROPOSED, START, Soak, days};
use crate::council::present_user;

/// How many notices tell what to whom.
type Told = BTreeMap<(String, &'static str), u64>;

/// The owner, and the mailbox of the service whose records they are.
const OWNER: &[&str] = &["nadia", "mailbox"];
const MANAGERS: &[&str] = &["rowan", "nadia", "mary"];
/// The service's mailbox, the owner and the managers: here also those who know of holds.
const EVERYONE: &[&str] = &["mailbox", "rowan", "nadia", "mary"];

fn add(told: &mut Told, what: &str, whom: &[&'static str], times: u64) {
    for who in whom.iter().filter(|_| times > 0) {
        *told.entry((what.to_owned(), who)).or_default() += times;
    }
}

/// Whole days from one to the other.
fn between(from: Date, to: Date) -> i32 {
    to.since(from).unwrap().get_days()
}

fn of_batch(told: &mut Told, life: Life, row: &batch::Model, last: Date) {
    let since = london_date(row.state_since.timestamp());
    let ended = |state| (row.state.0 == state).then_some(since);
    let expired = ended(BatchState::Expired);
    let asked_until = life.approved.or(expired.map(|day| day.yesterday().unwrap())).unwrap_or(last);
    let asked = between(life.proposed, asked_until);
    let above = &["director", "rowan", "nadia", "mary"][..];
    let all = &["director", "rowan", "nadia", "mary", "mailbox"][..];
    let told_by = |day: Option<Date>| u64::from(day.is_some_and(|day| day < last));
    let steps = [
        ("first", OWNER, 1),
        ("second", OWNER, u64::from(asked >= 7)),
        ("third", OWNER, u64::from(asked >= 14)),
        ("escalated", above, u64::from(asked >= 21)),
        ("expired", all, u64::from(expired.is_some())),
    ];
    for (word, whom, times) in steps {
        add(told, &format!("batch-proposed {word}"), whom, times);
    }
    add(told, "authorise", &["rowan", "mary"], told_by(life.approved));
    add(told, "cooling-off", EVERYONE, told_by(life.authorised));
    add(told, "certified", EVERYONE, told_by(ended(BatchState::Certified)));
}

/// What the calendar calls for.
fn of_days(told: &mut Told, working_days: &WorkingDays, last: Date) {
    let all: Vec<Date> = START.series(days(1)).take_while(|day| *day <= last).collect();
    let some = |is: &dyn Fn(Date) -> bool| u64::from(all.iter().any(|day| is(*day)));
    let months = START.first_of_month().series(jiff::Span::new().months(1));
    for month in months.take_while(|month| *month <= last.saturating_add(days(90))) {
        let left = |day: Date| between(day, month);
        add(told, "coming-due", &["mailbox"], some(&|day| (31..=90).contains(&left(day))));
        add(told, "coming-due", &["mailbox"], some(&|day| (1..=30).contains(&left(day))));
    }
    for year_end in [jiff::civil::date(2026, 3, 31), jiff::civil::date(2027, 3, 31)] {
        let left = |day: Date| between(day, year_end);
        for stage in [31..=60, 1..=30, 0..=0] {
            add(told, "register", OWNER, some(&|day| stage.contains(&left(day))));
        }
        let in_month = |day: Date| day.first_of_month() == year_end.first_of_month();
        add(told, "annual-statement", OWNER, some(&in_month));
        // There is no risk owner: the managers are told which statements to expect.
        add(told, "annual-statement", MANAGERS, some(&in_month));
    }
    // Something is always past its time: of that the owner hears from the first working day.
    let opened = |day: &&Date| {
        let mut of_month = day.first_of_month().series(days(1));
        of_month.find(|day| working_days.is_working_day(*day)) <= Some(**day)
    };
    let months: BTreeSet<Date> =
        all.iter().filter(opened).map(|day| day.first_of_month()).collect();
    add(told, "over-retention", OWNER, months.len() as u64);
    let sundays = all.iter().filter(|day| day.weekday() == jiff::civil::Weekday::Sunday);
    add(told, "audit-head", MANAGERS, sundays.count() as u64);
    // The matter that stays: looked at after half a year, told on working days from a
    // month before, a week and more after it was told last.
    let (mut asked, mut next) =
        (0, START.saturating_add(jiff::Span::new().months(6)).saturating_sub(days(30)));
    for day in all.iter().filter(|day| working_days.is_working_day(**day)) {
        if *day >= next {
            (asked, next) = (asked + 1, day.saturating_add(days(7)));
        }
    }
    add(told, "hold-review", MANAGERS, asked);
}

async fn called_for(soak: &Soak, last: Date) -> Told {
    let mut told = Told::new();
    let batches = soak.office.batches().await;
    for row in &batches {
        of_batch(&mut told, soak.batches[&row.number], row, last);
    }
    of_days(&mut told, &soak.office.open.config.working_days, last);
    // The change that nobody signs: asked four times, from the morning after, and over.
    let asked = [1, 7, 14, 21, 31].map(|after| START.saturating_add(days(PROPOSED + after)));
    let asked = asked.into_iter().filter(|day| *day <= last).count() as u64;
    add(&mut told, "changes-wait", MANAGERS, asked);
    // The register's import, and its acceptance.
    add(&mut told, "register", MANAGERS, 2);
    add(&mut told, "hold-placed", EVERYONE, 1);
    add(&mut told, "hold-placed", EVERYONE, soak.requests);
    add(&mut told, "hold-released", EVERYONE, soak.released);
    told
}

/// What a notice tells; of an unanswered question, how often it was asked.
fn what(row: &notice::Model) -> String {
    match row.kind {
        Kind::BatchProposed => {
            let word = row.period_key.split(':').nth(2).unwrap_or_default();
            format!("{} {word}", row.kind)
        }
        kind => kind.to_string(),
    }
}

pub(super) async fn every_mail_is_justified(soak: &Soak, last: Date) {
    let office = &soak.office;
    let mut names = BTreeMap::from([
        ("mailbox:planning".to_owned(), ("mailbox", "planning@trentside.example".to_owned())),
        ("director:planning".to_owned(), ("director", "director@trentside.example".to_owned())),
    ]);
    let users = [("rowan", present_user()), ("nadia", "nadia".into()), ("mary", "mary".into())];
    for (name, user) in users {
        let actor = office.actor(&user).await;
        let person = crate::office::everyone();
        let person = person.iter().find(|person| person.name == actor.name).unwrap();
        names.insert(format!("person:{}", actor.person.0), (name, person.email.clone()));
    }
    let read = office.open.catalogue.read();
    let notices = notice::Entity::find().all(read).await.unwrap();
    let mut told = Told::new();
    for row in &notices {
        add(&mut told, &what(row), &[names[&row.recipient].0], 1);
    }
    let sum: u64 = told.values().sum();
    let mails = mail::Entity::find().all(read).await.unwrap();
    println!("{sum} notices in {} mails", mails.len());
    for ((what, who), times) in &told {
        println!("  {what} to {who}: {times}");
    }
    assert_eq!(told, called_for(soak, last).await);

    let mut of_mail: BTreeMap<_, u64> = BTreeMap::new();
    for row in &notices {
        assert_eq!(row.state, NoticeState::Sent, "{row:?}");
        *of_mail.entry(row.mail_id.expect("a mail")).or_default() += 1;
    }
    let mut digests = BTreeSet::new();
    for mail in &mails {
        assert_eq!((mail.state, mail.attempts), (MailState::Sent, 1), "{mail:?}");
        assert!(of_mail[&mail.id] >= 1, "a mail that tells nothing: {mail:?}");
        assert_eq!(mail.address.as_deref(), Some(names[&mail.recipient].1.as_str()));
        let day = london_date(mail.sent_at.unwrap().timestamp());
        assert!(!mail.is_digest || digests.insert((&mail.recipient, day)), "{mail:?}");
    }
    assert_eq!(soak.server.mails().len(), mails.len(), "each once");
}
