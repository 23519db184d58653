//! Permits, granted as the product grants them: on a line that two people
//! approved, that is due today, that nothing holds.

use jiff::civil::date;
use retaind_connectors::sighting::Fingerprint;
use retaind_schedules::action::DisposalAction;
use retaind_schedules::batch::{ApprovedLine, BatchDigest, Signature, Verdict};
use retaind_schedules::evaluation::{DueDate, Evaluation, Outcome};
use retaind_schedules::ids::BatchLineId;
use retaind_schedules::permit::{Act, Cause, Grounds, Permit, Signed, grant};

/// The line with this number.
pub(crate) fn line(number: u64) -> BatchLineId {
    format!("00000000-0000-4000-8000-{number:012x}").parse().unwrap()
}

/// Leave to act on the item at a place while it looks like this.
pub(crate) fn permit<A: Act>(number: u64, locator: &str, looks: Fingerprint) -> Permit<A> {
    let digest = BatchDigest("d".repeat(64));
    let signature = |person: u8| Signature {
        person: format!("00000000-0000-4000-9000-{person:012x}").parse().unwrap(),
        digest: digest.clone(),
        may_act: true,
    };
    let due = date(2026, 3, 31);
    let mark = looks.to_string();
    grant(&Grounds {
        action: DisposalAction::Destroy,
        digest: &digest,
        signed: &Signed::ByTwo(signature(1), signature(2)),
        line: &ApprovedLine {
            id: line(number),
            locator,
            mark: &mark,
            due_on: Some(due),
            members: 1,
            bytes: 1,
            reference: None,
            subject: None,
            erasure: None,
            verdict: Verdict::Include,
        },
        expected: &mark,
        seen: &mark,
        evaluation: &Evaluation {
            outcome: Outcome::Due { action: DisposalAction::Destroy },
            due: DueDate::On(due),
            not_beyond: DueDate::Never,
            governing: None,
            flags: Vec::new(),
            reasons: Vec::new(),
        },
        cause: Cause::PastMinimum,
        holds: &[],
        reviewed: None,
        today: date(2026, 4, 1),
    })
    .unwrap()
}
