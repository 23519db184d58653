//! One row of a register: to a line, or to the reasons why it is not taken.
//!
//! | module | what it holds |
//! |---|---|
//! | [`line`](self) | the line, and the row with its header beside it |
//! | `rule` | period, start and action cells to a retention rule |
//! | `basis` | the law or reason for it |
//! | `duties` | what the law asks of a line that holds personal data |
//! | [`people`] | who the owner is |

mod basis;
mod duties;
mod line;
pub mod people;
mod rule;
mod seen;

pub use line::{NewLine, Place, Words, key_of};
pub use people::{KnownPerson, People};
pub use seen::Seen;

pub(crate) use seen::{ActionFrom, Context, RowOutcome, read};
