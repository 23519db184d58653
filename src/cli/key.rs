//! `retaind key`: the key the instance signs with.

use std::io::Write;

use clap::Subcommand;
use serde::Serialize;

use crate::audit::By;
use crate::cli::context::Instance;
use crate::cli::output::table;
use crate::cli::{Answer, Context, Failure, Outcome};
use crate::clock::Clock as _;
use crate::keys::signing::{self, PUBLIC_FILE, SigningKey};
use crate::people::Role;

/// Who may exchange the key.
const MAY: &[Role] = &[Role::RecordsManager, Role::Siro, Role::Operator];

/// The key that signs certificates and exports
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Show(ShowArgs),
    Rotate(RotateArgs),
    Replace(ReplaceArgs),
}

/// Show every public key there was; make the first
#[derive(Debug, clap::Args)]
struct ShowArgs {}

/// Exchange the key for a new one, which the old one introduces
///
/// What the old one signed stays verifiable. Publish signing.pub again.
#[derive(Debug, clap::Args)]
struct RotateArgs {
    /// Why
    #[arg(long)]
    reason: String,
}

/// Make a new key in the place of one that is gone for good
#[derive(Debug, clap::Args)]
struct ReplaceArgs {
    /// The old key is lost: it is in no backup
    #[arg(long, required = true)]
    lost: bool,

    /// How it was lost
    #[arg(long)]
    reason: String,
}

pub(super) async fn run(context: &Context, args: Args) -> Result<Outcome, Failure> {
    let instance = context.instance().await?;
    let (state, now) = (&instance.config.state_directory, instance.clock.now());
    let catalogue = &instance.catalogue;
    match args.command {
        Command::Show(_) => {
            SigningKey::load(state, catalogue, now).await?;
        }
        Command::Rotate(args) => {
            signing::rotate(state, catalogue, may(&instance)?, &args.reason, now).await?;
        }
        Command::Replace(args) => {
            signing::replace_lost(state, catalogue, may(&instance)?, &args.reason, now).await?;
        }
    }
    let keys = signing::list(catalogue).await?;
    let keys = keys.into_iter().map(|key| Line {
        key: key.id,
        public_key: key.public_key,
        made_at: key.created_at.to_string(),
        standing: match key.retired_how.zip(key.retired_at) {
            Some((how, at)) => format!("{how} {at}"),
            None => "in use".to_owned(),
        },
    });
    let publish = state.join(PUBLIC_FILE).display().to_string();
    context.printer.print(&Shown { keys: keys.collect(), publish })?;
    Ok(Outcome::Done)
}

fn may(instance: &Instance) -> Result<By, Failure> {
    match instance.actor.first_of(MAY) {
        Some(role) => Ok(By::person(&instance.actor, role)),
        None => Err(Failure::new(format!(
            "{} may not exchange the signing key: it takes one of the roles {}",
            instance.actor.name,
            MAY.iter().map(|role| role.name()).collect::<Vec<_>>().join(", ")
        ))),
    }
}

#[derive(Debug, Serialize)]
struct Shown {
    keys: Vec<Line>,
    publish: String,
}

#[derive(Debug, Serialize)]
struct Line {
    key: String,
    public_key: String,
    made_at: String,
    standing: String,
}

impl Answer for Shown {
    fn say(&self, to: &mut dyn Write) -> std::io::Result<()> {
        let rows = self.keys.iter().map(|line| {
            [&line.key, &line.standing, &line.made_at, &line.public_key].map(Clone::clone)
        });
        table(to, ["Key", "Standing", "Made", "Public key"], rows)?;
        writeln!(to, "Publish {}, so that others can check certificates.", self.publish)
    }
}
