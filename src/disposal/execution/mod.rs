//! Carrying out what two people approved: intent, act, look, outcome.
//!
//! | file | what it holds |
//! |---|---|
//! | [`mod@run`] | a batch, phase by phase and chunk by chunk |
//! | `rehearse` | the dry run |
//! | `guards`, [`stop`] | what must all be so, and the sentence where it is not |
//! | `asked` | whether what people asked for until today is held |
//! | `shift` | one batch at hand |
//! | `chunk`, `judge`, `act` | lines intended in one transaction, acted on, recorded in another |
//! | `open` | which lines are in open chunks |
//! | [`executor`], [`settle`] | who is at work, and what one left open that is gone |
//! | [`restore`] | putting back |
//! | [`halt`] | stopping because somebody who was told asks for it |
//! | `left` | what could be neither destroyed nor put back |
//! | `certify`, `method` | the certificate |
//! | [`since_backup`] | what a restored catalogue takes over from certificates that it lost |
//! | [`transfer`] | handing over to an archive, before any local copy goes |
//! | [`anonymise`] | what people make anonymous, and attest |
//! | `by_hand` | what both of these need |
//! | [`clock`] | whether the time can be relied on |
//! | [`under`] | what a hold meets that is under way |
//!
//! **A hold in force covers whatever no chunk has open.** Opening a chunk and
//! placing a hold are ordered by one row ([`under::close_gate`]), and a chunk
//! is closed by its process, or by one that holds the lock of that process and
//! so knows it gone; never because time has passed.

mod act;
pub mod anonymise;
pub mod asked;
mod by_hand;
mod certify;
mod chunk;
pub mod clock;
pub mod executor;
pub mod gone;
mod guards;
pub mod halt;
mod judge;
pub(crate) mod left;
pub mod lost;
mod method;
pub(crate) mod open;
mod record;
mod rehearse;
pub mod restore;
mod reviewed;
pub mod run;
pub mod settle;
mod shift;
pub mod since_backup;
pub mod stop;
mod together;
pub mod transfer;
pub mod under;

#[cfg(test)]
pub(crate) mod tests;

pub use chunk::Came;
pub use rehearse::{DryRun, dry_run};
pub use run::{ChunkSize, Ran, resume, run};
pub use shift::{by_number, set_state};
pub use stop::{DisposalError, Stop};
