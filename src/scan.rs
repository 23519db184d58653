//! Scanning: from a store's sightings to what is due, held, waiting or unexplained.
//!
//! One pass streams through a store in bounded memory. What is neither due nor
//! unexplained leaves only counts and a forecast behind; the catalogue stays
//! flat as a store grows. Nothing is concluded from a scan that did not finish.
//!
//! | module | what it does |
//! |---|---|
//! | [`leaving`] | what earlier scans listed and this one did not |
//! | `judgement` | what an evaluation comes to, as a row says it |
//! | [`lock`] | one scan of a store at a time |
//! | [`plan`] | ties a store's mappings to the schedule in force, and makes the order |
//! | [`sidecar`] | reads dates that lie beside a store |
//! | [`sift`] | decides of one sighting what the scan keeps of it |
//! | [`tally`] | counts, sizes, oldest dates and the forecast by month |
//! | `anonymised` | what was made anonymous and is still there |
//! | [`rejudge`] | what is listed, judged anew without a scan |
//! | [`resurrected`] | what was destroyed and is there again |
//! | [`run`] | one scan from identity check to the last row |
//! | [`trial`] | a store under two schedules, and nothing kept of it |
//! | [`record`] | what a scan writes into the catalogue |

mod anonymised;
mod judgement;
pub mod leaving;
pub mod lock;
pub mod plan;
pub mod record;
pub mod rejudge;
pub mod resurrected;
pub mod run;
pub mod sidecar;
pub mod sift;
pub mod tally;
pub mod trial;
