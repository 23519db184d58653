//! Answers worked out from the catalogue: what is due, what nobody can say,
//! and what part of the stores the register covers.
//!
//! Holds are asked anew for every list, so a hold placed a second ago shows,
//! and one that was released does not.

pub mod coverage;
pub mod due;
pub mod standing;
pub mod unexplained;
pub mod words;
