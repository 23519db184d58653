//! Deciding: what a retention rule is, how councils write it, and what it says
//! of one item on one day.
//!
//! **This crate opens no file, knows no clock, awaits nothing, and names no
//! store and no table.** Everything it needs is an argument; the same arguments
//! always give the same answer. That is what lets a destruction be replayed
//! years later and found right.
//!
//! | module | what it holds |
//! |---|---|
//! | [`ids`] | one typed id for each noun |
//! | [`period`], [`calendar`], [`trigger`] | how long, to which year end, counted from what |
//! | [`rule`], [`notation`] | the rule as a type and as text; each prints as the other |
//! | [`action`], [`basis`] | what happens after the period, and on whose authority |
//! | [`wording`] | from a spreadsheet cell to a rule, or to the question a person must answer |
//! | [`readback`] | a rule in plain English, with a worked example |
//! | [`evaluation`] | item + rules + holds + today: an outcome with its reasons |
//! | [`cutoff`] | the rule inverted once, so a scan only compares |
//! | [`hold`] | holds as predicates over an item's place in the register and in a store |
//! | [`batch`], [`permit`] | a list approved by two people, and the only leave to act on one item of it |
//! | [`erasure`] | when a granted request lets an item go before its minimum ends |
//! | [`citation`] | Acts and instruments recognised, and which of them are repealed |
//! | [`library`] | model schedules to compare one's own with |

pub mod action;
pub mod basis;
pub mod batch;
pub mod calendar;
pub mod citation;
pub mod cutoff;
pub mod erasure;
pub mod evaluation;
pub mod hold;
pub mod ids;
pub mod library;
pub mod notation;
pub mod period;
pub mod permit;
pub mod readback;
pub mod rule;
pub mod trigger;
pub mod wording;
