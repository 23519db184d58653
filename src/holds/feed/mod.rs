//! Holds from a council's own list of open requests: the spreadsheet in which
//! its information officers log freedom of information, environmental
//! information and subject access requests.
//!
//! Each open case is one hold, by the same function as any other; the same
//! list twice changes nothing. A list never frees anything: for a closed case
//! whose tail is over the release is *asked for*, and another person releases
//! it; a case that is no longer on the list is reported, and stays held.
//!
//! | module | what it holds |
//! |---|---|
//! | [`mod@file`] | the list as people write it, and what cannot be read of it |
//! | [`mod@plan`] | what the list means for the holds there are |
//! | [`read`] | when it was last read to its end |

pub mod file;
pub mod plan;
pub mod read;

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use retaind_schedules::hold::Hold;

use super::{
    HoldError, Source, Tail, correspondence, place_from, progress, request_release, widen,
};
use crate::catalogue::Catalogue;
use crate::disposal::execution::DisposalError;
use crate::disposal::execution::under::{self, Met};
use crate::keys::Keys;
use crate::people::Actor;
use crate::scan::run::Scanner;

pub use file::{FeedError, FeedFile, Finding};
pub use plan::{Plan, Step, plan};
pub use read::Freshness;

/// How long to wait for chunks that are open beneath each new hold.
const PATIENCE: Duration = Duration::from_secs(30);

/// Waits for what is under way beneath these holds, and says what they met.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn meet(scanner: &Scanner, holds: &[Hold]) -> Result<Met, DisposalError> {
    under::meet_all(scanner, holds, PATIENCE).await
}

/// What a feed is carried out with.
#[derive(Clone, Copy)]
pub struct Feeding<'a> {
    /// Where the holds are.
    pub catalogue: &'a Catalogue,
    /// What hashes a person's reference.
    pub keys: &'a Keys,
    /// In whose name.
    pub actor: &'a Actor,
    /// How long holds stay after the last correspondence.
    pub tail: Tail,
    /// When.
    pub now: Timestamp,
    /// On which day.
    pub today: Date,
}

impl Feeding<'_> {
    /// Carries out a plan, step by step, and gives what came under hold by it:
    /// the caller waits for what is under way beneath. A step that fails leaves
    /// the others done; the next run does the rest.
    ///
    /// # Errors
    ///
    /// The first step that failed.
    pub async fn carry_out(&self, plan: &Plan) -> Result<Vec<Hold>, HoldError> {
        let mut covered = Vec::new();
        for step in &plan.steps {
            covered.extend(self.take(step).await?);
        }
        Ok(covered)
    }

    async fn take(&self, step: &Step) -> Result<Option<Hold>, HoldError> {
        let Self { catalogue, keys, actor, now, today, .. } = *self;
        match step {
            Step::Place { new, request } => {
                let source = Source::Request(request.clone());
                let placed = place_from(catalogue, keys, actor, new, &source, now, today).await?;
                Ok(Some(Hold { id: placed.id, kind: new.kind, scopes: placed.scopes }))
            }
            Step::Widen { reference, scopes } => {
                let why = "the list of open cases names more";
                Ok(Some(widen(catalogue, keys, actor, reference, scopes, why, now).await?))
            }
            Step::Correspondence { reference, on } => {
                correspondence(catalogue, actor, reference, *on, now).await?;
                Ok(None)
            }
            Step::Progress { reference, stands } => {
                progress(catalogue, actor, reference, |_| *stands, now).await?;
                Ok(None)
            }
            Step::AskRelease { reference } => {
                let (why, whose) = ("the case is closed and its tail is over", "the list of cases");
                request_release(catalogue, actor, reference, why, whose, now).await?;
                Ok(None)
            }
        }
    }
}
