//! `retaind statement`: what an owner of assets signs once a year.

use std::io::Write;

use clap::Subcommand;
use jiff::civil::Date;
use serde::Serialize;

use crate::cli::context::Instance;
use crate::cli::output::count;
use crate::cli::{Answer, Context, Failure, Outcome};
use crate::clock::Clock as _;
use crate::notices::payload::AnnualStatement;
use crate::notices::yearly::{self, StatementError, confirmation};

/// Your yearly statement as an information asset owner
///
/// In the last month of the financial year every owner is written what the
/// register and the last scans say of their assets, and signs it: on the page that
/// the mail leads to, or here. `retaind mail statements` lists what was signed.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Show(ShowArgs),
    Sign(SignArgs),
}

/// Show what you are asked to sign
///
/// Exit code 3 where it waits for your signature.
#[derive(Debug, clap::Args)]
struct ShowArgs {
    /// The last day of the year, such as 2027-03-31
    year_end: Date,
}

/// Sign it, once
///
/// The senior information risk owner is told that you did.
#[derive(Debug, clap::Args)]
struct SignArgs {
    /// The last day of the year, such as 2027-03-31
    year_end: Date,

    /// What `retaind statement show` says to type: the last day of the year and how
    /// many assets it is
    #[arg(long)]
    confirm: String,

    /// What you know beside the figures. It is kept with your signature
    #[arg(long, default_value = "")]
    words: String,
}

#[derive(Debug, Serialize)]
struct Shown {
    name: String,
    figures: AnnualStatement,
    to_confirm: String,
    signed_at: Option<String>,
}

#[derive(Debug, Serialize)]
struct Signed {
    year_end: Date,
}

pub(super) async fn run(context: &Context, args: Args) -> Result<Outcome, Failure> {
    let instance = context.instance().await?;
    match args.command {
        Command::Show(args) => show(context, &instance, &args).await,
        Command::Sign(args) => sign(context, &instance, &args).await,
    }
}

async fn asked(instance: &Instance, year_end: Date) -> Result<AnnualStatement, Failure> {
    let Instance { catalogue, actor, .. } = instance;
    let asked = yearly::asked(catalogue.read(), actor.person.0, year_end).await?;
    let name = || actor.name.clone();
    Ok(asked.ok_or_else(|| StatementError::NotAsked { name: name(), year_end })?)
}

async fn show(context: &Context, instance: &Instance, args: &ShowArgs) -> Result<Outcome, Failure> {
    let Instance { catalogue, actor, .. } = instance;
    let figures = asked(instance, args.year_end).await?;
    let signed = yearly::signed(catalogue.read(), actor.person.0, args.year_end).await?;
    let to_confirm = confirmation(&figures);
    let signed_at = signed.map(|signed| signed.signed_at.to_string());
    let waits = signed_at.is_none();
    context.printer.print(&Shown { name: actor.name.clone(), figures, to_confirm, signed_at })?;
    Ok(if waits { Outcome::Attention } else { Outcome::Done })
}

async fn sign(context: &Context, instance: &Instance, args: &SignArgs) -> Result<Outcome, Failure> {
    let Instance { catalogue, actor, clock, .. } = instance;
    let typed = confirmation(&asked(instance, args.year_end).await?);
    if !args.confirm.split_whitespace().eq(typed.split_whitespace()) {
        return Err(Failure::new(format!(
            "to sign, confirm what you have read: --confirm \"{typed}\". `retaind statement show \
             {}` shows it.",
            args.year_end
        )));
    }
    let tx = catalogue.write_tx().await?;
    yearly::sign_statement(&tx, actor, args.year_end, &args.words, clock.now()).await?;
    tx.commit().await?;
    context.printer.print(&Signed { year_end: args.year_end })?;
    Ok(Outcome::Done)
}

impl Answer for Shown {
    fn say(&self, to: &mut dyn Write) -> std::io::Result<()> {
        let AnnualStatement { year_end, assets, of, overdue, held, disposed, kept, .. } =
            &self.figures;
        writeln!(to, "{}, for the year to {year_end}:", self.name)?;
        for (what, figure) in [
            ("Assets you own", assets),
            ("Records disposed of in the year, with a certificate", disposed),
            ("Records beyond their maximum", overdue),
            ("Of those held", held),
            ("Records you kept in the year though they were due", kept),
        ] {
            writeln!(to, "  {what}: {}", count(*figure))?;
        }
        for asset in of {
            writeln!(to, "  {} {}", asset.reference, asset.name)?;
            for kept in &asset.kept {
                writeln!(to, "    {kept}")?;
            }
        }
        match &self.signed_at {
            Some(at) => writeln!(to, "You signed it at {at}."),
            None => writeln!(
                to,
                "To sign it: `retaind statement sign {year_end} --confirm \"{}\"`",
                self.to_confirm
            ),
        }
    }
}

impl Answer for Signed {
    fn say(&self, to: &mut dyn Write) -> std::io::Result<()> {
        let year_end = self.year_end;
        writeln!(
            to,
            "Your statement for the year to {year_end} is signed. The senior information risk \
             owner is told."
        )
    }
}
