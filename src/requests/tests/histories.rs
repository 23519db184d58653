//! Random orders of acts, of the functions and of somebody who writes to the
//! tables, never reach a state that breaks invariant I18.

use jiff::civil::date;
use sea_orm::{ConnectionTrait as _, EntityTrait as _};
use uuid::Uuid;

use super::*;
use crate::catalogue::entity::{rights_recipient, rights_request};
use crate::catalogue::values::{CivilDate, Micros};
use crate::disposal::execution::tests::histories::dice::Dice;
use crate::requests::{RecipientState, RequestDecision, RequestKind};

/// A request of which nothing is said.
pub(super) fn blank() -> rights_request::Model {
    let day = CivilDate(date(2026, 11, 9));
    rights_request::Model {
        id: Uuid::from_u128(0xabc),
        reference: String::new(),
        kind: RequestKind::Erasure,
        grounds: None,
        received_on: day,
        clock_starts_on: day,
        due_on: day,
        extended_to: None,
        extended_why: None,
        extended_told_on: None,
        service_area_id: None,
        hold_id: None,
        opened_by: Uuid::nil(),
        opened_at: Micros(0),
        decision: None,
        decided_by: None,
        decided_at: None,
        exceptions: None,
        compelling: None,
        consequence: None,
        explanation: None,
        explained_on: None,
        explained_by: None,
        closed_by: None,
        closed_at: None,
    }
}

/// What the law of I18 says of one request; nothing where it holds.
fn broken(
    request: &rights_request::Model,
    recipients: &[rights_recipient::Model],
) -> Option<&'static str> {
    request.closed_at?;
    let said = |text: &Option<String>| text.as_ref().is_some_and(|text| !text.trim().is_empty());
    let outstanding = recipients
        .iter()
        .any(|one| one.request_id == request.id && one.state == RecipientState::Outstanding);
    let unreasoned = recipients.iter().any(|one| {
        let needs =
            matches!(one.state, RecipientState::Impossible | RecipientState::Disproportionate);
        one.request_id == request.id && needs && !said(&one.reason)
    });
    let overridden = request.kind == RequestKind::Objection && !said(&request.compelling);
    match request.decision {
        None => Some("closed and not decided"),
        Some(RequestDecision::Refused | RequestDecision::Partly) if !said(&request.exceptions) => {
            Some("refused without an exception")
        }
        Some(RequestDecision::Refused | RequestDecision::Partly)
            if !said(&request.explanation) || request.explained_on.is_none() =>
        {
            Some("refused and not explained")
        }
        Some(RequestDecision::Refused | RequestDecision::Partly) if overridden => {
            Some("an objection overridden without grounds")
        }
        Some(RequestDecision::Granted | RequestDecision::Partly) if outstanding => {
            Some("complete with an outstanding recipient")
        }
        _ if unreasoned => Some("a recipient who need not be told, and no reason"),
        _ => None,
    }
}

/// What somebody who may write to the database tries.
const EDITS: &[&str] = &[
    "update rights_request set closed_at = 1, closed_by = opened_by where ref = '{}'",
    "update rights_request set decision = 'granted', decided_by = opened_by, decided_at = 1, \
     grounds = 'art17-1-a', closed_at = 1, closed_by = opened_by where ref = '{}'",
    "update rights_request set decision = 'refused', decided_by = opened_by, decided_at = 1, \
     grounds = 'x', exceptions = ' ', explanation = ' ', explained_on = received_on, \
     explained_by = opened_by, closed_at = 1, closed_by = opened_by where ref = '{}'",
    "update rights_request set exceptions = null where ref = '{}'",
    "update rights_request set explanation = null, explained_on = null, explained_by = null \
     where ref = '{}'",
    "update rights_request set compelling = null where ref = '{}'",
    "update rights_recipient set state = 'impossible', settled_at = 1, settled_by = \
     (select opened_by from rights_request where ref = '{}'), settled_on = '2026-11-20'",
    "update rights_recipient set state = 'outstanding', settled_at = null, settled_by = null, \
     settled_on = null, reason = null",
    "delete from rights_recipient",
    "delete from rights_request where ref = '{}'",
];

/// An outstanding recipient, for a request that may be closed.
fn planted(database: Database, id: u64, reference: &str) -> String {
    let id = Uuid::from_u128(u128::from(id) + 1);
    let id = match database {
        Database::Sqlite => format!("x'{}'", id.simple()),
        Database::Postgres => format!("'{id}'::uuid"),
    };
    format!(
        "insert into rights_recipient (id, request_id, name, raised_at, state) \
         select {id}, id, 'planted', 1, 'outstanding' from rights_request where ref = '{reference}'"
    )
}

struct World<'a> {
    database: Database,
    fresh: &'a Fresh,
    seed: &'a Seed,
    references: Vec<String>,
}

impl World<'_> {
    fn actor(&self, dice: &mut Dice) -> &Actor {
        if dice.once_in(12) { &self.seed.auditor } else { &self.seed.dipa }
    }

    /// One act, done or refused. Only what the program did is in the chain.
    async fn act(&self, dice: &mut Dice, edits: bool) -> (&'static str, bool) {
        let handling = handling(self.fresh, self.actor(dice));
        let reference = dice.one(&self.references).unwrap().clone();
        let on =
            date(2026, 11, 9).saturating_add(jiff::Span::new().days(dice.below(15).cast_signed()));
        match dice.below(if edits { 12 } else { 9 }) {
            0 | 1 => ("decide", decide(&handling, &reference, &some_ruling(dice)).await.is_ok()),
            2 => {
                let exceptions = some_exceptions(dice);
                let text = if dice.once_in(5) { " " } else { "because" };
                let told = Explanation { text: text.to_owned(), sent_on: on, exceptions };
                ("explain", explain(&handling, &reference, &told).await.is_ok())
            }
            3 | 4 => ("close", close(&handling, &reference).await.is_ok()),
            5 | 6 => {
                let number = usize::try_from(dice.below(4)).unwrap();
                let told = some_told(dice, on);
                ("note", recipients::note(&handling, &reference, number, &told).await.is_ok())
            }
            7 => ("add", recipients::add(&handling, &reference, "DWP").await.is_ok()),
            8 => ("step", steps::note(&handling, &reference, "asked the team").await.is_ok()),
            9 => {
                let planted = planted(self.database, dice.below(u64::MAX), &reference);
                ("plant", self.fresh.read().execute_unprepared(&planted).await.is_ok())
            }
            _ => {
                let edit = dice.one(EDITS).unwrap().replace("{}", &reference);
                ("edit", self.fresh.read().execute_unprepared(&edit).await.is_ok())
            }
        }
    }

    async fn assert_law(&self, context: &str) -> usize {
        let requests = rights_request::Entity::find().all(self.fresh.read()).await.unwrap();
        let recipients = rights_recipient::Entity::find().all(self.fresh.read()).await.unwrap();
        for request in &requests {
            let why = broken(request, &recipients);
            assert_eq!(why, None, "{context}: {}", request.reference);
        }
        requests.iter().filter(|one| one.closed_at.is_some()).count()
    }
}

fn some_ruling(dice: &mut Dice) -> Ruling {
    let grounds = if dice.once_in(2) { vec!["art17-1-a".to_owned()] } else { Vec::new() };
    Ruling {
        decision: *dice.one(RequestDecision::ALL).unwrap(),
        grounds,
        exceptions: some_exceptions(dice),
        compelling: dice.once_in(4).then(|| "a child is at risk".to_owned()),
        consequence: None,
    }
}

fn some_exceptions(dice: &mut Dice) -> Vec<String> {
    let some = ["art17-3-b", "art12-5-excessive", "art15-4", ""];
    let one = dice.one(&some).filter(|_| !dice.once_in(2));
    one.into_iter().map(|code| (*code).to_owned()).collect()
}

fn some_told(dice: &mut Dice, on: Date) -> Told {
    let why = if dice.once_in(4) { " " } else { "they closed" }.to_owned();
    match dice.below(4) {
        0 => Told::Sent(on),
        1 => Told::Acknowledged(on),
        2 => Told::Impossible(why),
        _ => Told::Disproportionate(why),
    }
}

const KINDS: [(RequestKind, &str); 4] = [
    (RequestKind::Erasure, "art17-1-b"),
    (RequestKind::Erasure, "art17-1-b"),
    (RequestKind::Rectification, ""),
    (RequestKind::Objection, "art21-1"),
];

/// How many seeds; `RETAIND_HISTORIES` asks for as many as the histories of disposal
/// are, of which these are a tenth.
fn seeds() -> u64 {
    let asked = std::env::var("RETAIND_HISTORIES").ok().and_then(|text| text.parse().ok());
    asked.map_or(8, |all: u64| (all / 10).clamp(1, 200))
}

#[tokio::test]
async fn no_order_of_acts_closes_a_request_that_is_not_explained_or_not_complete() {
    for database in Database::BOTH {
        let (mut closed, mut done, mut refused) = (0, 0, 0);
        for seed_number in 0..seeds() {
            let edits = seed_number % 2 == 1;
            let (fresh, seed) = seeded(database, "Police; NHS Trust").await;
            let mut dice = Dice::of(seed_number);
            let handling = handling(&fresh, &seed.dipa);
            let mut references = Vec::new();
            for (number, (kind, ground)) in KINDS.into_iter().enumerate() {
                let reference = format!("Q-{number}");
                let grounds: Vec<String> =
                    Some(ground.to_owned()).filter(|code| !code.is_empty()).into_iter().collect();
                let new = NewRequest { kind, grounds, ..erasure(&reference) };
                opened(&handling, &new).await.unwrap();
                references.push(reference);
            }
            let world = World { database, fresh: &fresh, seed: &seed, references };
            let mut ended = 0;
            for step in 0..60 {
                let (act, was_done) = world.act(&mut dice, edits).await;
                if was_done {
                    done += 1;
                } else {
                    refused += 1;
                }
                let context = format!("{database:?}, seed {seed_number}, step {step}, {act}");
                ended = world.assert_law(&context).await;
            }
            closed += ended;
            if !edits {
                assert_agrees(&fresh).await;
            }
        }
        eprintln!(
            "{database:?}: {} seeds, {done} acts, {refused} refused, {closed} closed",
            seeds()
        );
        assert!(closed > 0 && refused > 0, "{database:?}: nothing was tried");
    }
}
