//! Evaluation: what the rules say of one item on one day, and why.
//!
//! Pure and total: no clock, no guess, an answer for every input. Not knowing
//! is never leave to destroy: a missing date waits, an implausible one cannot
//! be evaluated, and of several rules the longest minimum and the most
//! protective action govern.
//!
//! | file | what it holds |
//! |---|---|
//! | `outcome` | the answer and its parts |
//! | `facts`, [`events`] | what is known of an item, of a unit, and from recorded events |
//! | `plausible` | which dates can be true |
//! | `resolve` | one rule and the facts: a due date, a wait, or a doubt |
//! | `weigh` | several rules and holds: the outcome |

pub mod events;
mod facts;
mod outcome;
mod plausible;
mod resolve;
mod weigh;

pub use facts::{DateNote, Facts, Provenance, Recorded};
pub use outcome::{Doubt, DueDate, Evaluation, Flag, HoldOn, Outcome, Reason};
pub use plausible::{EPOCH, is_plausible, plausible};
pub use resolve::{Resolution, due_date};
pub use weigh::evaluate;

use crate::rule::RetentionRule;

/// One of the rules that bear on an item: its record type's, or that of a type
/// which may only lengthen.
#[derive(Debug, Clone, Copy)]
pub struct Bearing<'rule> {
    /// The record type's code, as shown to people.
    pub code: &'rule str,
    /// The rule.
    pub rule: &'rule RetentionRule,
}
