//! `retaind request sign` and `retract`: that items go before their time, and that
//! they do not after all.

use super::{handling, say};
use crate::cli::context::Instance;
use crate::cli::output::counted;
use crate::cli::{Context, Failure, Outcome};
use crate::requests::{Seat, erasure};

/// Sign that items which a granted request for erasure names go early
///
/// The data protection officer and the owner of the asset sign, two people, and the
/// archivist too where historical value keeps an item. Only items that
/// `may-go-early` go: a law, a contract, a code or a hold is never set aside. They
/// go by a list that is proposed with `retaind batch propose --request`, approved
/// and carried out like any other.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  retaind request sign ERA-2026-7 --digest 3f9a0c81d2e4")]
pub(super) struct SignArgs {
    /// The request
    reference: String,

    /// The digest that `retaind request show` shows, or its first twelve digits
    #[arg(long)]
    digest: String,

    /// In whose place, where the same person could sign in several
    #[arg(long = "as", value_name = "SEAT")]
    seat: Option<Seat>,
}

/// Take back what was signed: nothing more goes early under a request
///
/// What is out of reach is put back. To go on, it takes new signatures and a new list.
#[derive(Debug, clap::Args)]
pub(super) struct RetractArgs {
    /// The request
    reference: String,

    /// Why. It is kept for good: name nobody whose records these are
    #[arg(long)]
    reason: String,
}

pub(super) async fn sign(
    context: &Context,
    instance: &Instance,
    args: &SignArgs,
) -> Result<Outcome, Failure> {
    let SignArgs { reference, digest, seat } = args;
    let signed = erasure::sign(&handling(instance), reference, digest, *seat).await?;
    let items = counted(signed.items as u64, "item", "items");
    let then = match signed.stands {
        true => format!(
            "the officer and the owner have both signed: propose the list with `retaind batch propose \
             --request {reference}`"
        ),
        false => "another person is still to sign".to_owned(),
    };
    let (seat, asset) = (signed.seat.words(), signed.asset);
    say(context, reference, format!("signed for {seat}: {items} of asset {asset} go early; {then}"))
}

pub(super) async fn retract(
    context: &Context,
    instance: &Instance,
    args: &RetractArgs,
) -> Result<Outcome, Failure> {
    let request = erasure::retract(&handling(instance), &args.reference, &args.reason).await?;
    say(context, &request.reference, "taken back: nothing more goes early under it")
}
