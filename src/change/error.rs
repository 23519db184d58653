//! Why a change was not proposed, signed or made.

use jiff::civil::Date;
use retaind_schedules::ids::{ChangeId, MappingId};

use super::seat::{Seat, named};
use crate::catalogue::CatalogueError;
use crate::catalogue::words::ChangeState;
use crate::holds::Slips;
use crate::people::Role;
use crate::register::ImportError;

/// Why a change was not proposed, signed or made.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// No such change.
    #[error("there is no change {0}: see `retaind change list`")]
    NoSuchChange(ChangeId),
    /// It has ended.
    #[error("change {id} is {state} already, so nobody signs or rejects it any more")]
    Ended {
        /// Which.
        id: ChangeId,
        /// What it has come to.
        state: ChangeState,
    },
    /// The digest is not that of the change.
    #[error(
        "`{given}` is not the digest of change {id}, which is {digest}. It is that of something \
         else, such as the mapping itself as `retaind mapping list` shows it, or what the change \
         says or does has moved since. Nothing was signed: look again with `retaind change show \
         {id}`"
    )]
    Moved {
        /// Which.
        id: ChangeId,
        /// What was given for it.
        given: String,
        /// Its digest now.
        digest: String,
    },
    /// What it was worked out against is no longer so.
    #[error(
        "change {0} was worked out against something that has changed since, so its impact is no \
         longer true. Propose it again"
    )]
    Outdated(ChangeId),
    /// It has waited too long.
    #[error(
        "change {id} was proposed on {on}, more than 30 days ago, so its impact is no longer \
         true. Propose it again"
    )]
    TooOld {
        /// Which.
        id: ChangeId,
        /// When.
        on: Date,
    },
    /// They may no longer act.
    #[error(
        "{0} may no longer act: the people list says that they have left, or no longer names them"
    )]
    Left(String),
    /// They have signed already.
    #[error("{0} has signed this change already: nobody signs twice")]
    SignedAlready(String),
    /// No seat is theirs.
    #[error("{name} cannot sign this change: it waits for {}{}", named(open), orphaned(orphans))]
    NotTheirs {
        /// Who.
        name: String,
        /// For whom it waits.
        open: Vec<Seat>,
        /// Assets of those without an owner.
        orphans: Vec<String>,
    },
    /// They have none of the roles.
    #[error("{name} may not {act}: it needs the role {}", roles(needs))]
    NotAllowed {
        /// Who.
        name: String,
        /// What.
        act: &'static str,
        /// Which roles may.
        needs: &'static [Role],
    },
    /// No reason was given.
    #[error("a change needs a reason: say in a few words why, with --reason")]
    NoReason,
    /// It is so already.
    #[error("{0} already: nothing to change")]
    SoAlready(String),
    /// Something that is not there.
    #[error("there is no {what} `{name}`: see {list}")]
    Unknown {
        /// What kind of thing.
        what: &'static str,
        /// Which.
        name: String,
        /// The command that lists them.
        list: &'static str,
    },
    /// A mapping that covers more than a part of a store.
    #[error(
        "this mapping covers {share} of store `{store}`. If that is what is meant, say so with \
         --whole-store"
    )]
    WholeStore {
        /// Which store.
        store: String,
        /// How much of it.
        share: String,
    },
    /// A hold would cover less.
    #[error("mapping {mapping} {slips}")]
    Slips {
        /// Which mapping.
        mapping: MappingId,
        /// What would slip from under which hold.
        slips: Slips,
    },
    /// A ceiling beyond what it can be.
    #[error("{name} can be at most {greatest}")]
    TooHigh {
        /// Which ceiling.
        name: &'static str,
        /// The most it can be.
        greatest: u64,
    },
    /// The register refused.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// The catalogue failed.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
}

impl From<sea_orm::DbErr> for ChangeError {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Catalogue(error.into())
    }
}

fn roles(needs: &[Role]) -> String {
    needs.iter().map(|role| role.name()).collect::<Vec<_>>().join(" or ")
}

fn orphaned(assets: &[String]) -> String {
    match assets {
        [] => String::new(),
        assets => {
            format!(". Nobody owns {}: name an owner in the register first", assets.join(", "))
        }
    }
}
