//! The program: reads registers, keeps the catalogue, scans stores, honours
//! holds and says why.
//!
//! | module | what it holds |
//! |---|---|
//! | [`audit`] | the chain of who did what, and its verification |
//! | [`catalogue`] | the database of everything the program remembers, and its rows |
//! | [`clock`] | the time, and ids made from it: the only place that asks for it |
//! | [`events`] | recorded facts with a date, from which retention is counted |
//! | [`holds`] | what interrupts disposal: placed, listed, reviewed, released by two |
//! | [`keys`] | the key behind every digest of a locator or a person's reference |
//! | [`people`] | who may act, and as whom a command acts |
//! | [`register`] | spreadsheets to assets, record types and a version of the schedule |

pub mod audit;
pub mod catalogue;
pub mod clock;
pub mod events;
pub mod holds;
pub mod keys;
pub mod people;
pub mod register;

#[cfg(test)]
extern crate self as retaind;
