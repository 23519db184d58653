//! The program: reads registers, keeps the catalogue, scans stores, honours
//! holds and says why.
//!
//! | module | what it holds |
//! |---|---|
//! | [`catalogue`] | the database of everything the program remembers, and its rows |
//! | [`clock`] | the time, and ids made from it: the only place that asks for it |

pub mod catalogue;
pub mod clock;

#[cfg(test)]
extern crate self as retaind;
