//! What the words of a start mean: the table of starts.
//!
//! A row says which kinds of word must be there, and which may be. **A row fits
//! only where every word of the phrase is of one of its kinds**; the first row
//! that fits decides. So "last payment of the grant" is a payment, and "last
//! payment of the second grant" is nothing the parser knows. A row with two
//! starts is a doubt for a person to settle.

use super::kinds::Kinds;
use super::tokens::Word;
use super::vocabulary::Kind;
use crate::trigger::{EventName, Trigger};

/// What the longest run of words, from the first, stands for that some row
/// fits: one start, or several to choose from, and how many words it takes.
pub(super) fn longest(words: &[Word<'_>]) -> Option<(usize, Vec<Trigger>)> {
    let (taken, row) = ROWS
        .iter()
        .filter_map(|row| row.reach(words).map(|taken| (taken, row)))
        // Of rows that reach as far, the first one of the table.
        .reduce(|best, next| if next.0 > best.0 { next } else { best })?;
    let triggers = match &row.sense {
        One(trigger) => vec![trigger.clone()],
        Either(one, other) => vec![one.clone(), other.clone()],
        OrEvent(one) => vec![one.clone(), event(&words[..taken])?],
        Event => vec![event(&words[..taken])?],
        Dated if words[..taken].iter().any(|word| word.text == "date") => {
            vec![event(&words[..taken])?]
        }
        Dated => return None,
    };
    Some((taken, triggers))
}

/// The event these words name, whatever they are.
pub(super) fn event(phrase: &[Word<'_>]) -> Option<Trigger> {
    let words: Vec<&str> = phrase
        .iter()
        .filter(|word| !word.kinds.meets(Kinds::of(&[Kind::Noise])) || word.text == "of")
        .map(|word| word.text)
        .skip_while(|text| *text == "of")
        .collect();
    EventName::slug(&words.join(" ")).map(Trigger::Event)
}

fn is_noise(word: Word<'_>) -> bool {
    word.kinds.meets(Kinds::of(&[Kind::Noise]))
}

struct Row {
    /// Each of these must be met by a word.
    must: &'static [Kinds],
    /// Every word must be of these kinds, or of one that must be there.
    covers: Kinds,
    sense: Sense,
}

/// Small words that begin what follows a start rather than end the start.
const LEADS_ON: [&str; 5] = ["in", "for", "the", "to", "at"];

impl Row {
    /// How many of the words the row fits, if it fits any.
    fn reach(&self, words: &[Word<'_>]) -> Option<usize> {
        let covered = words
            .iter()
            .take_while(|word| is_noise(**word) || word.kinds.meets(self.covers))
            .count();
        let run = &words[..covered];
        let met =
            |kinds: &Kinds| run.iter().any(|word| !is_noise(*word) && word.kinds.meets(*kinds));
        let tail = run.iter().rev().take_while(|word| LEADS_ON.contains(&word.text)).count();
        self.must.iter().all(met).then_some(covered - tail)
    }
}

enum Sense {
    /// One start.
    One(Trigger),
    /// One of two: the words do not say which.
    Either(Trigger, Trigger),
    /// This, or an event the schedule names itself: schedules differ.
    OrEvent(Trigger),
    /// An event the schedule names itself.
    Event,
    /// The same, where the words speak of its date: "after the appeal" may as
    /// well be the end of it.
    Dated,
}

use Kind as K;
use Sense::{Dated, Either, Event, One, OrEvent};
use Trigger as T;

/// Writes the table: the kinds that must be there, `|` between alternatives;
/// then the kinds that may be.
macro_rules! rows {
    ($([$($($must:ident)|+),+] [$($may:ident),*] => $sense:expr;)*) => {
        &[$(Row {
            must: &[$(Kinds::of(&[$(K::$must),+])),+],
            covers: Kinds::of(&[$($(K::$must,)+)+ $(K::$may),*]),
            sense: $sense,
        },)*]
    };
}

const ROWS: &[Row] = rows! {
    [Birth] [Served, Person, Staff] => One(T::DateOfBirth);
    [Death] [Served, Person, Staff, Pensioner, Member] => One(T::DateOfDeath);
    // The last of something.
    [Last, Pay] [Make, Payable, Contract] => One(T::Paid);
    [Last, Contact] [Known, Served, Relative, Person, Service] => One(T::LastContact);
    [Last, Visit] [Known, Served, Relative, Person, Service] => OrEvent(T::LastContact);
    [Last, Act] [CaseThing, Records, Book, Make, Known, Event] => One(T::LastAction);
    [Last, Change] [CaseThing, Records, Book, Make, Publication] => One(T::LastModified);
    [Last, Reviewed] [Records, Publication, CaseThing] => OrEvent(T::LastReviewed);
    // Employment, office, service.
    [End | Expire, Employment] [Staff, Person, Contract] => One(T::EmploymentEnded);
    [End, Staff] [] => One(T::EmploymentEnded);
    [Leave, Staff | Employment] [Employer, Person] => One(T::EmploymentEnded);
    [Leave, Employer] [] => One(T::EmploymentEnded);
    [Last, Employment] [Staff] => One(T::EmploymentEnded);
    [End | Leave | Complete | Expire, Office] [Term, Member] => One(T::EndOfTerm);
    [Term, Office] [Member] => One(T::EndOfTerm);
    [End | Leave, Holder] [Term, Office, Member] => One(T::EndOfTerm);
    [Leave, Served] [Setting] => OrEvent(T::ServiceEnded);
    [Leave | End, Service] [] => Either(T::EmploymentEnded, T::ServiceEnded);
    [Leave, Setting] [] => OrEvent(T::ServiceEnded);
    [Leave] [Person] => Either(T::EmploymentEnded, T::ServiceEnded);
    [Discharge] [Served, Person, Setting, Treatment, Support, Last] => One(T::ServiceEnded);
    [End, Treatment] [Served, Relative, Person, Service] => One(T::ServiceEnded);
    [End, Support] [Treatment, Served, Relative, Person, Service] => OrEvent(T::ServiceEnded);
    [Complete | Conclude, Treatment | Support] [Served, Relative, Person] => Either(T::ServiceEnded, T::Completed);
    [Termination] [] => Either(T::EmploymentEnded, T::ContractEnded);
    // Contracts and permissions.
    [Expire, Agreement | Tenancy] [ContractOf] => Either(T::ContractEnded, T::Expired);
    [End | Expire, Contract] [ContractOf, Tenancy] => One(T::ContractEnded);
    [End, Tenancy] [ContractOf] => OrEvent(T::ContractEnded);
    [End, Lease] [PermissionOf] => Either(T::Expired, T::ContractEnded);
    [SpanOf, Contract] [Tenancy] => One(T::ContractEnded);
    [Complete | Close | Conclude, Contract] [ContractOf] => Either(T::ContractEnded, T::Completed);
    [Termination, Permission] [PermissionOf] => Either(T::Expired, T::ContractEnded);
    [End, Permission] [PermissionOf] => One(T::Expired);
    [Expire] [Permission, PermissionOf] => One(T::Expired);
    // Cases, projects, decisions.
    [Close] [CaseThing, CaseOf, Account, Served, Relative, Person] => One(T::CaseClosed);
    [Conclude | End, CaseThing] [CaseOf, Served, Relative, Person, Last] => One(T::CaseClosed);
    [Settle, CaseThing] [CaseOf, Served, Relative, Person, Last] => OrEvent(T::CaseClosed);
    [Complete, CaseThing] [] => Either(T::CaseClosed, T::Completed);
    [Close, Project] [] => Either(T::CaseClosed, T::Completed);
    [Complete] [Project, Task] => One(T::Completed);
    [End, Property] [] => OrEvent(T::Disposed);
    [End | Conclude, Project] [] => One(T::Completed);
    [Decide] [Decided, Last, Make] => One(T::Decision);
    [Order, OrderOf] [] => One(T::OrderMade);
    // What happens to a record or an asset.
    [Supersede] [NewOne, Publication, Records] => One(T::Superseded);
    [Consent, Withdraw] [Served, Relative, Person] => One(T::ConsentWithdrawn);
    [Dispose | Ended, Asset] [] => One(T::Disposed);
    [Dispose, Property] [] => One(T::Disposed);
    [Publish] [Publication, Records] => One(T::Published);
    [Pay] [Make, Payable] => One(T::Paid);
    [Create] [Records, Footage, Book] => One(T::Created);
    [Make] [Records, Footage] => One(T::Created);
    [Dated] [] => One(T::Created);
    // The schedule's own events.
    [Event] [Thing, Qualifier, Issued] => Event;
    [Close, Poll] [Qualifier] => Event;
    [Issue] [Issued, PermissionOf] => Event;
    [Award] [Thing, Issued] => Event;
    [End, Ending] [Person, Member, Leave, Pay, SpanOf] => Event;
    [Begin] [Thing, Qualifier, Issued, Employment, Contract, Tenancy, Lease, Service, Project] => Event;
    [Raised] [] => Dated;
};
