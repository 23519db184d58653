//! `retaind authority`: leave for short-lived classes, such as camera footage.

use std::io::Write;

use clap::Subcommand;
use jiff::civil::Date;
use serde::Serialize;

use crate::catalogue::words::AuthorityState;
use crate::cli::context::Instance;
use crate::cli::output::{counted, table};
use crate::cli::{Answer, Context, Failure, Outcome};
use crate::disposal::Desk;
use crate::disposal::standing::{self, NewAuthority, Shown};

/// Standing authorities: leave, signed by two people, to destroy a short-lived
/// class day by day
///
/// For what is made every day and kept for weeks, such as camera footage and web logs.
/// What falls due each day becomes a batch that cites the authority, up to its cap; above
/// it, and for anything else, two people approve each batch. An authority ends on its last
/// day, when it is taken back, and when the rule, the schedule or a mapping changes. It is
/// never for records that cannot be replaced, nor for special category or criminal offence
/// data.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Propose(ProposeArgs),
    Sign(SignArgs),
    /// List them, and why any is no leave today
    List,
    /// Show one, with its digest and what was made under it
    Show {
        /// Its number
        number: String,
    },
    Revoke(RevokeArgs),
}

/// Put one before the two who must sign it
#[derive(Debug, clap::Args)]
struct ProposeArgs {
    /// The record type's code
    record_type: String,

    /// The store
    store: String,

    /// Lines a day at most
    #[arg(long, value_name = "LINES")]
    cap: u32,

    /// Its last day, at most twelve months ahead
    #[arg(long, value_name = "DATE")]
    expires: Date,

    /// Days out of reach before destruction
    #[arg(long, value_name = "DAYS", default_value_t = 0)]
    grace_days: u16,

    /// Why. It is kept for good: name nobody whose records these are
    #[arg(long)]
    reason: String,
}

/// Sign one, as the owner of the asset or as a records manager
///
/// With the second signature, another person's, it is in force.
#[derive(Debug, clap::Args)]
struct SignArgs {
    /// Its number
    number: String,

    /// The digest that `retaind authority show` shows, or its first 12 digits
    #[arg(long)]
    digest: String,
}

/// Take one back, at once
#[derive(Debug, clap::Args)]
struct RevokeArgs {
    /// Its number
    number: String,

    /// Why. It is kept for good: name nobody whose records these are
    #[arg(long)]
    reason: String,
}

pub(super) async fn run(context: &Context, args: Args) -> Result<Outcome, Failure> {
    let instance = context.instance().await?;
    let Instance { config, catalogue, clock, actor, .. } = &instance;
    let desk = Desk { config, catalogue, clock };
    match args.command {
        Command::List => return list(context, &desk).await,
        Command::Show { number } => {
            context.printer.print(&standing::show(&desk, &number).await?)?;
        }
        Command::Propose(args) => {
            let new = NewAuthority {
                record_type: args.record_type,
                store: args.store,
                daily_cap: args.cap,
                grace_days: args.grace_days,
                expires_on: args.expires,
                reason: args.reason,
            };
            let made = standing::propose(&desk, actor, &new).await?;
            context.printer.print(&standing::show(&desk, &made.number).await?)?;
        }
        Command::Sign(SignArgs { number, digest }) => {
            let state = standing::sign(&desk, actor, &number, &digest).await?;
            said(
                context,
                number,
                match state {
                    AuthorityState::InForce => "signed by two people, and in force",
                    _ => "signed; another person signs next",
                },
            )?;
        }
        Command::Revoke(RevokeArgs { number, reason }) => {
            standing::revoke(&desk, actor, &number, &reason).await?;
            said(context, number, "taken back: nothing more goes under it")?;
        }
    }
    Ok(Outcome::Done)
}

async fn list(context: &Context, desk: &Desk<'_>) -> Result<Outcome, Failure> {
    let listed = standing::list(desk).await?;
    context.printer.print_lines(&listed, |to| {
        let rows = listed.iter().map(|one| {
            [
                one.authority.clone(),
                one.record_type.clone(),
                one.store.clone(),
                one.daily_cap.to_string(),
                one.expires_on.to_string(),
                one.not_today.clone().unwrap_or_else(|| one.state.to_string()),
            ]
        });
        table(to, ["Authority", "Record type", "Store", "A day", "Last day", "Is"], rows)
    })?;
    Ok(Outcome::Done)
}

impl Answer for Shown {
    fn say(&self, to: &mut dyn Write) -> std::io::Result<()> {
        let listed = &self.listed;
        writeln!(
            to,
            "{}: {}, `{}` in store {}",
            listed.authority, listed.state, listed.record_type, listed.store
        )?;
        writeln!(
            to,
            "  {} a day at most, {} out of reach before destruction, to {}",
            counted(listed.daily_cap, "line", "lines"),
            counted(listed.grace_days, "day", "days"),
            listed.expires_on
        )?;
        writeln!(to, "  rule: {}", self.rule)?;
        writeln!(to, "  proposed by {}: {}", self.proposed_by, self.reason)?;
        for signed in &self.signed {
            writeln!(to, "  signed by {} as {} on {}", signed.who, signed.stage, signed.at)?;
        }
        if let Some(revoked) = &self.revoked {
            writeln!(to, "  taken back by {revoked}")?;
        } else if let Some(why) = &listed.not_today {
            writeln!(to, "  no leave today: {why}")?;
        }
        for (batch, lines, state) in &self.latest {
            let lines = counted(*lines, "line", "lines");
            writeln!(to, "  {batch}: {lines}, {state}")?;
        }
        writeln!(to, "  digest: {}", self.digest)
    }
}

#[derive(Debug, Serialize)]
struct Said {
    authority: String,
    said: &'static str,
}

impl Answer for Said {
    fn say(&self, to: &mut dyn Write) -> std::io::Result<()> {
        writeln!(to, "{}: {}", self.authority, self.said)
    }
}

fn said(context: &Context, authority: String, said: &'static str) -> Result<(), Failure> {
    context.printer.print(&Said { authority, said })
}
