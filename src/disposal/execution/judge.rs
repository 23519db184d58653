//! What stands for and against each line of a chunk today: the one place that
//! weighs rules, events and holds before a permit is asked for. A dry run and a
//! real one ask here alike.

use jiff::civil::Date;
use retaind_connectors::contract::{Found, InQuarantine, Look};
use retaind_schedules::action::DisposalAction;
use retaind_schedules::batch::{BatchDigest, LineState};
use retaind_schedules::erasure::Protected;
use retaind_schedules::evaluation::events::Event;
use retaind_schedules::evaluation::{Bearing, Evaluation, Facts, HoldOn, evaluate};
use retaind_schedules::hold::{Hold, Life, Place, SubjectKey};
use retaind_schedules::ids::StoreId;
use retaind_schedules::permit::{self, Act, Grounds, Permit, Signed, Withheld};

use crate::catalogue::CatalogueError;
use crate::catalogue::entity::batch_line;
use crate::catalogue::values::JsonText;
use crate::disposal::execution::reviewed::Decided;
use crate::disposal::list::approved;
use crate::keys::Keys;
use crate::requests::erasure::Under;
use crate::scan::plan::{Line, MappingPlan};
use crate::scan::sift::{self, holds_on};

/// What every line of a chunk is weighed against.
pub(super) struct Scales<'a> {
    pub(super) action: DisposalAction,
    pub(super) digest: &'a BatchDigest,
    pub(super) signed: &'a Signed,
    /// What the list stands under today.
    pub(super) under: &'a Under,
    pub(super) keys: &'a Keys,
    pub(super) store: StoreId,
    pub(super) plan: &'a MappingPlan,
    pub(super) holds: &'a [Hold],
    pub(super) calendar: &'a retaind_schedules::calendar::Calendar,
    pub(super) today: Date,
    pub(super) irreplaceable: bool,
}

/// What a line's item looked like just now.
#[derive(Debug, Clone)]
pub(super) enum Seen {
    /// In its place.
    InPlace(Box<Found>),
    /// Out of reach, as this.
    OutOfReach(String),
    /// A unit whose destruction was begun and cut short: this is left of it, and
    /// all of that was of it when it began.
    Begun(String),
    /// Out of reach, and something came to it since, there or where it was.
    Joined,
    /// Not there.
    Gone,
    /// Not to be told.
    Unknown(&'static str),
}

impl From<Look> for Seen {
    fn from(look: Look) -> Self {
        match look {
            Look::Present(found) => Self::InPlace(Box::new(found)),
            Look::Absent => Self::Gone,
            Look::Unmapped => Self::Unknown("unmapped"),
            Look::Unknown(why) => Self::Unknown(why.name()),
        }
    }
}

impl From<InQuarantine> for Seen {
    fn from(look: InQuarantine) -> Self {
        match look {
            InQuarantine::There(fingerprint) => Self::OutOfReach(fingerprint.to_string()),
            InQuarantine::Begun { left, all_seen: true } => Self::Begun(left.to_string()),
            InQuarantine::Begun { all_seen: false, .. } => Self::Joined,
            InQuarantine::Absent => Self::Gone,
            InQuarantine::Unknown(why) => Self::Unknown(why.name()),
        }
    }
}

/// What is to become of a line.
#[derive(Debug)]
pub(super) enum Judgement<A: Act> {
    /// There is leave to act on it; and what the store says of it, where that is
    /// not what the line says already.
    Granted(Permit<A>, Option<JsonText>),
    /// There is none, and why.
    Withheld(Against),
    /// It is not there.
    Gone,
}

/// How the word begins for a line that could not be looked at.
pub(super) const UNKNOWN: &str = "unknown:";

/// Why there is no leave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Against {
    /// The permit was refused.
    Refused(Withheld),
    /// Its loss could not be made good, and no person confirms it any more.
    Unconfirmed,
    /// More came to the unit while it was out of reach: it is open again (I12).
    Joined,
    /// It was to be put back before, for this.
    ToBePutBack(String),
    /// The store cannot say what is there.
    Unknown(&'static str),
}

/// What is done with a line for which there is no leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Then {
    /// It is put back where it is out of reach, and left where it is not.
    BackWhereItBelongs,
    /// It is left as it is, and a person must look, or the store be asked again.
    LeftAsItIs,
}

impl Against {
    /// The word for it in the catalogue and on the certificate.
    pub(super) fn word(&self) -> String {
        match self {
            Self::Refused(Withheld::Held(holds)) => match &holds[..] {
                [only] => format!("held:{}", only.kind.name()),
                _ => "held:several".to_owned(),
            },
            Self::Refused(Withheld::NotThisList) => "not-this-list".to_owned(),
            Self::Refused(Withheld::NotApproved) => "not-approved".to_owned(),
            Self::Refused(Withheld::KeptByOwner) => "kept-by-owner".to_owned(),
            Self::Refused(Withheld::NotDue) => "not-due".to_owned(),
            Self::Refused(Withheld::OtherAction) => "other-action".to_owned(),
            Self::Refused(Withheld::Changed) => "changed".to_owned(),
            Self::Refused(Withheld::Protected(why)) => format!("erasure:{}", why.name()),
            Self::Unconfirmed => "unconfirmed".to_owned(),
            Self::Joined => "late-member".to_owned(),
            Self::ToBePutBack(why) => why.clone(),
            Self::Unknown(why) => format!("{UNKNOWN}{why}"),
        }
    }

    /// What follows from it: what the rules or the people keep belongs where
    /// they find it; of what nobody can say what it is, nothing follows.
    pub(super) fn then(&self) -> Then {
        match self {
            Self::Refused(Withheld::NotThisList | Withheld::NotApproved) => Then::LeftAsItIs,
            // It is not what the mapping takes.
            Self::Unknown("unmapped") => Then::BackWhereItBelongs,
            Self::Unknown(_) => Then::LeftAsItIs,
            Self::Refused(_) | Self::Unconfirmed | Self::Joined | Self::ToBePutBack(_) => {
                Then::BackWhereItBelongs
            }
        }
    }
}

/// One line with what was found out about it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) line: &'a batch_line::Model,
    pub(super) seen: &'a Seen,
    pub(super) events: &'a [Event],
    pub(super) reviewed: Decided,
}

/// Weighs one line.
pub(super) fn judge<A: Act>(
    scales: &Scales<'_>,
    asked: Asked<'_>,
) -> Result<Judgement<A>, CatalogueError> {
    let Asked { line, seen, events, reviewed } = asked;
    if let Some(why) = to_be_put_back(line) {
        return Ok(Judgement::Withheld(Against::ToBePutBack(why)));
    }
    let reviewed = match reviewed {
        Decided::Kept => return Ok(Judgement::Withheld(Against::Refused(Withheld::KeptByOwner))),
        Decided::To(action) => Some(action),
        Decided::Nothing if scales.irreplaceable && scales.action == DisposalAction::Destroy => {
            return Ok(Judgement::Withheld(Against::Unconfirmed));
        }
        Decided::Nothing => None,
    };
    let (mark, expected, store_facts, fresh) = match seen {
        Seen::Gone => return Ok(Judgement::Gone),
        Seen::Unknown(why) => return Ok(Judgement::Withheld(Against::Unknown(why))),
        Seen::Joined => return Ok(Judgement::Withheld(Against::Joined)),
        Seen::InPlace(found) => {
            let store_facts = sift::store_facts(scales.plan, &found.sighting());
            let is_known = line.store_facts.is_none()
                && line.facts.read().is_ok_and(|known: Facts| known == store_facts);
            let fault = |fault| CatalogueError::impossible("facts of an item", fault);
            let fresh = (!is_known).then(|| JsonText::of(&store_facts)).transpose();
            let fresh = fresh.map_err(fault)?;
            (found.fingerprint.to_string(), line.fingerprint.clone(), store_facts, fresh)
        }
        Seen::OutOfReach(mark) => {
            let expected = line.kept_fingerprint.as_ref().unwrap_or(&line.fingerprint);
            (mark.clone(), expected.clone(), known(line)?, None)
        }
        // The store says that it is of what went under a permit before.
        Seen::Begun(left) => (left.clone(), left.clone(), known(line)?, None),
    };
    let facts = with_beside(scales.plan, line, store_facts, events);
    let bearing: Vec<_> = scales.plan.line.iter().map(Line::bearing).collect();
    let (evaluation, holds) = weigh(scales, line, &facts, &bearing);
    let approved = approved(line);
    // Another place than the request names, or a decision that does not stand.
    let protected = |why| Ok(Judgement::Withheld(Against::Refused(Withheld::Protected(why))));
    let Some(cause) = scales.under.cause(&bearing) else {
        return protected(Protected::NoDecision);
    };
    if scales.under.named(scales.keys, scales.store, line) != approved.erasure {
        return protected(Protected::NotNamed);
    }
    let grounds = Grounds {
        action: scales.action,
        digest: scales.digest,
        signed: scales.signed,
        line: &approved,
        expected: &expected,
        seen: &mark,
        evaluation: &evaluation,
        cause,
        holds: &holds,
        reviewed,
        today: scales.today,
    };
    Ok(match permit::grant::<A>(&grounds) {
        Ok(permit) => Judgement::Granted(permit, fresh),
        Err(why) => Judgement::Withheld(Against::Refused(why)),
    })
}

/// What was known of an item when it was taken out of reach.
fn known(line: &batch_line::Model) -> Result<Facts, CatalogueError> {
    let kept = line.store_facts.as_ref().unwrap_or(&line.facts);
    let fault = |fault| CatalogueError::impossible(&format!("facts of line {}", line.id), fault);
    kept.read().map_err(fault)
}

fn with_beside(
    plan: &MappingPlan,
    line: &batch_line::Model,
    store_facts: Facts,
    events: &[Event],
) -> Facts {
    let key = line.reference.as_deref().unwrap_or(&line.locator);
    sift::with_beside(plan, store_facts, key, events)
}

/// Where the item of a line that is out of reach stands, as it is weighed before it
/// is destroyed.
pub(super) fn out_of_reach<'a>(
    plan: &MappingPlan,
    line: &'a batch_line::Model,
    events: &[Event],
) -> Result<Place<'a>, CatalogueError> {
    let facts = with_beside(plan, line, known(line)?, events);
    Ok(place(plan, line, facts.life()))
}

/// A line that is out of reach says why only where it was to be put back: then
/// it is, though what stood against it is over.
fn to_be_put_back(line: &batch_line::Model) -> Option<String> {
    line.why.clone().filter(|_| line.state.0 == LineState::Quarantined)
}

fn weigh(
    scales: &Scales<'_>,
    line: &batch_line::Model,
    facts: &Facts,
    bearing: &[Bearing<'_>],
) -> (Evaluation, Vec<HoldOn>) {
    let place = place(scales.plan, line, facts.life());
    let holds = scales.under.against(holds_on(scales.holds, &place));
    let evaluation = evaluate(facts, bearing, &holds, scales.calendar, scales.today);
    (evaluation, holds)
}

/// Where a line's item stands, in its store and in the register.
pub(super) fn place<'a>(plan: &MappingPlan, line: &'a batch_line::Model, life: Life) -> Place<'a> {
    Place {
        locator: &line.locator,
        is_unit: line.is_unit,
        references: line.reference.as_deref().into_iter().collect(),
        subjects: line.subject_key.clone().map(SubjectKey).into_iter().collect(),
        life,
        ..plan.place.clone()
    }
}
