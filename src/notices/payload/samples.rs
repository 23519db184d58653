//! One example of every notice, to try templates on: an organisation's own
//! before they are used, and all of them in tests.

use jiff::civil::date;
use retaind_schedules::hold::HoldKind;

use super::*;
use crate::notices::words;

/// One of each kind, and of each way to say it.
pub(crate) fn all() -> Vec<Payload> {
    let mut all: Vec<Payload> = Vec::new();
    let asks = [
        Ask::Proposed,
        Ask::Copied,
        Ask::Reminder,
        Ask::Escalation,
        Ask::Expired,
        Ask::NotTheirs,
        Ask::Named,
    ];
    let Amount { class: of, units, bytes } = amount();
    let oldest = Some(date(2021, 1, 4));
    let lines = vec![Coming { class: of, units, bytes, oldest }];
    all.push(
        ComingDue { area: Some("Planning".to_owned()), month: date(2027, 2, 1), lines }.into(),
    );
    all.extend(asks.map(proposed));
    all.extend(decided());
    all.extend(of_holds());
    all.push(ReviewDue { of: amount(), due_on: date(2026, 11, 1) }.into());
    let (first, last) = (Some(date(2014, 4, 1)), Some(date(2015, 3, 31)));
    let format = "files on the corporate share".to_owned();
    all.push(
        TransferOffer { batch: Some("B-2026-0017".to_owned()), of: amount(), first, last, format }
            .into(),
    );
    all.extend(over_retention());
    all.extend(of_the_register().map(|news| Register { news }.into()));
    all.extend(alarms());
    let stages = [
        RequestStage::Opened,
        RequestStage::DueSoon,
        RequestStage::Overdue,
        RequestStage::RefusedUnexplained,
        RequestStage::RecipientOutstanding,
    ];
    let request = |stage, hold: Option<&str>| RightsRequest {
        reference: "SAR-2026-044".to_owned(),
        stage,
        due_on: date(2026, 12, 9),
        hold: hold.map(str::to_owned),
        asked: Some("Subject access request".to_owned()),
    };
    all.extend(stages.map(|stage| request(stage, None).into()));
    all.extend(stages.map(|stage| request(stage, Some("H-00000007")).into()));
    let year_end = date(2027, 3, 31);
    let (assets, overdue, held, disposed, kept) = (4, 9, 3, 1240, 35);
    let statement = |told| AnnualStatement {
        year_end,
        assets,
        of: of_owner(),
        overdue,
        held,
        disposed,
        kept,
        told,
    };
    all.extend(statements().map(|told| statement(told).into()));
    let head = format!("1240:{}", "0f".repeat(32));
    all.push(AuditHead { on: date(2026, 11, 22), entries: 1240, head }.into());
    all.extend(changes().map(|lines| ChangesWait { lines }.into()));
    let (area, record_type) = ("Planning".to_owned(), "PLAN-14".to_owned());
    let (month, matter) = (Some(date(2027, 2, 1)), "a claim".to_owned());
    all.push(HoldAsked { area, record_type, month, matter }.into());
    all
}

fn statements() -> [StatementTold; 5] {
    let of = vec!["PLAN-14".to_owned()];
    let signed = |adds| StatementTold::Signed { on: date(2027, 3, 8), of: of.clone(), adds };
    [
        StatementTold::Asked,
        StatementTold::Copied,
        StatementTold::Awaited { owners: 3 },
        signed(Adds::Nothing),
        signed(Adds::Words),
    ]
}

fn of_owner() -> Vec<AssetTold> {
    let kept = vec!["PLAN-14: 6 years after the case is closed".to_owned()];
    let (reference, name) = ("PLAN-14".to_owned(), "Planning enforcement".to_owned());
    vec![AssetTold { reference, name, kept }]
}

fn over_retention() -> [Payload; 2] {
    let overdue = |units, held, kept, days| Overdue { class: class(), units, held, kept, days };
    let month = date(2026, 11, 1);
    let (many, one) = (vec![overdue(12, 5, 2, 400)], vec![overdue(1, 1, 0, 1)]);
    let (unmapped, unmapped_items, awaiting, waiting) = (3, 412, 2, 5);
    let said = OverRetention { month, lines: many, unmapped, unmapped_items, awaiting, waiting };
    let (unmapped, unmapped_items, awaiting, waiting) = (1, 1, 0, 1);
    let least = OverRetention { month, lines: one, unmapped, unmapped_items, awaiting, waiting };
    [said.into(), least.into()]
}

fn class() -> Class {
    Class {
        code: "PLAN-14".to_owned(),
        title: "Planning enforcement".to_owned(),
        rule: "6 years after the case is closed".to_owned(),
        basis: "Limitation Act 1980".to_owned(),
    }
}

fn amount() -> Amount {
    Amount { class: class(), units: 1240, bytes: 3_400_000 }
}

/// A batch, of this number.
pub(crate) fn batch(number: &str) -> Batch {
    Batch {
        id: Uuid::from_u128(17),
        number: number.to_owned(),
        action: "destroy".to_owned(),
        of: amount(),
        share: 425,
        first: Some(date(2014, 4, 1)),
        last: Some(date(2015, 3, 31)),
        samples: vec!["a1b2c3".to_owned(), "d4e5f6".to_owned()],
        holds_checked: 7,
    }
}

fn proposed(ask: Ask) -> Payload {
    BatchProposed {
        batch: batch("B-2026-0017"),
        ask,
        proposed_on: date(2026, 10, 1),
        expires_on: date(2026, 10, 31),
        since_last: None,
    }
    .into()
}

fn decided() -> [Payload; 3] {
    let authorise = Authorise {
        batch: batch("B-2026-0017"),
        approved_on: date(2026, 10, 20),
        readings: vec!["the store was scanned whole yesterday".to_owned()],
        expires_on: date(2026, 10, 31),
    };
    let cooling = CoolingOff {
        batch: batch("B-2026-0017"),
        acts_on: date(2026, 11, 6),
        destroyed_from: Some(date(2026, 12, 6)),
    };
    let certified = Certified {
        batch: batch("B-2026-0017"),
        certificate: "C-2026-0011".to_owned(),
        done: 1028,
        withheld: vec![Counted { why: "held for a request".to_owned(), count: 212 }],
        missing: 2,
        in_part: 1,
        failed: 0,
        backups_until: Some(date(2027, 1, 10)),
    };
    [authorise.into(), cooling.into(), certified.into()]
}

fn hold() -> HoldFacts {
    HoldFacts {
        id: Uuid::from_u128(7),
        reference: "H-00000007".to_owned(),
        known_as: Some("LEGAL-2026-7".to_owned()),
        kind: "Legal hold".to_owned(),
        authority: "the legal team".to_owned(),
        law: words::law(HoldKind::LegalHold).to_owned(),
        order: Some("Head of Legal".to_owned()),
        scope: vec!["the record type PLAN-14".to_owned()],
    }
}

fn of_holds() -> [Payload; 7] {
    let placed = |hold, covers| HoldPlaced { hold, covers, due_now: 1, batches: 1 }.into();
    let bare = HoldFacts { known_as: None, order: None, ..hold() };
    let asked_on = date(2026, 12, 3);
    let lifting = |informed_on| RestrictionLifting { hold: hold(), asked_on, informed_on };
    let review = HoldReview {
        hold: hold(),
        placed_on: date(2026, 1, 5),
        review_on: date(2026, 12, 20),
        held: 23_411,
        past_maximum: 1_917,
        is_late: false,
    };
    let late = HoldReview { is_late: true, ..review.clone() };
    [
        placed(hold(), Covered::Counted { records: 18_240 }),
        placed(bare, Covered::AtLeast { records: 1 }),
        review.into(),
        late.into(),
        HoldReleased { hold: hold(), due_now: 1_917, still_held: 604 }.into(),
        lifting(None).into(),
        lifting(Some(date(2026, 12, 4))).into(),
    ]
}

fn of_the_register() -> [RegisterNews; 5] {
    let import = Uuid::from_u128(3);
    let (accepted, rejected) = (398, 14);
    let period = |effect| PeriodTold {
        code: "PLAN-14".to_owned(),
        before: "6 years after the case is closed".to_owned(),
        after: "3 years after the case is closed".to_owned(),
        effect,
    };
    let periods: Vec<PeriodTold> = [
        PeriodEffect::Counted { newly_due: 1, no_longer_due: 0 },
        PeriodEffect::Longer { due_now: 12 },
        PeriodEffect::NotCounted { due_now: 1 },
    ]
    .map(period)
    .to_vec();
    let (added, changed, removed, more_periods) = (1, 3, 0, 2);
    let asset = of_owner().remove(0);
    [
        RegisterNews::Imported {
            import,
            accepted,
            rejected,
            added,
            changed,
            removed,
            periods: periods.clone(),
            more_periods,
        },
        RegisterNews::Accepted { import, version: 2, rules: 398, periods, more_periods: 0 },
        RegisterNews::Review { by: date(2027, 1, 22), assets: 30, of: vec![asset; 30] },
        RegisterNews::Review { by: date(2027, 1, 22), assets: 1, of: of_owner() },
        RegisterNews::AuthorityEnds {
            authority: "SA-2026-0003".to_owned(),
            record_type: "CCTV-01".to_owned(),
            on: date(2027, 1, 31),
        },
    ]
}

fn changes() -> [Vec<ChangeTold>; 3] {
    let change = |asking| ChangeTold {
        change: Uuid::from_u128(23),
        digest: "0123456789ab".to_owned(),
        asking,
        of: "the retention rule of LAC-01".to_owned(),
        authority: None,
        effect: Some("38,112 records would be newly due".to_owned()),
        waits_for: vec!["a records manager".to_owned(), "the owner of asset LAC-01".to_owned()],
        unfilled: Vec::new(),
        proposed_on: date(2026, 11, 2),
        ends_on: date(2026, 12, 2),
    };
    let unfilled = vec!["the owner of asset LAC-01".to_owned()];
    let later = ChangeTold { unfilled, effect: None, ..change(Asking::Escalated) };
    let authority = ChangeTold {
        of: "a standing authority for CCTV-01 in the store share, 1 item a day at most".to_owned(),
        authority: Some("SA-2026-0003".to_owned()),
        effect: None,
        ..change(Asking::First)
    };
    [
        vec![change(Asking::First), authority],
        vec![change(Asking::Second), later, change(Asking::Over)],
        vec![change(Asking::Over)],
    ]
}

fn alarms() -> Vec<Payload> {
    use AlarmKind::{
        Breaker, ChainBroken, ClockJump, Missing, Resurrected, StoreChanged, StoreUnavailable,
    };
    let since = date(2026, 11, 20);
    let of_store = |what| Alarm {
        what,
        store: Some("share".to_owned()),
        batch: None,
        authority: None,
        since,
        count: Some(1),
        clock: None,
    };
    let of_all = |what| Alarm { store: None, count: None, ..of_store(what) };
    let number = Some("B-2026-0017".to_owned());
    let authority = Some("SA-2026-0003".to_owned());
    let above_cap = Alarm { authority, ..of_all(Breaker) };
    let halted = Alarm { batch: number, count: None, ..of_store(AlarmKind::Halted) };
    let stores = [StoreUnavailable, StoreChanged, Missing, Resurrected, Breaker].map(of_store);
    let clock = ClockTold {
        last: "20 November 2026 at 09:00".to_owned(),
        now: "3 March 2031 at 09:00".to_owned(),
    };
    let jumped = Alarm { clock: Some(clock), ..of_all(ClockJump) };
    let others = [of_all(ChainBroken), of_all(ClockJump), jumped];
    stores.into_iter().chain(others).chain([halted, above_cap]).map(Payload::from).collect()
}
