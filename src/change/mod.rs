//! Change control: what makes destruction reach further waits for the people
//! who answer for it, and takes effect only on what they signed.
//!
//! | module | what it holds |
//! |---|---|
//! | [`ceilings`](mod@ceilings) | how much may go at once, before a run stops and asks |

pub mod ceilings;

pub use ceilings::{Ceiling, Ceilings, ceilings};
