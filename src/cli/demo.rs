//! `retaind demo`: a small council in a folder, and everything retaind says of it.

mod casework;
mod letter;
mod register;
mod settings;
mod share;

use std::fs;
use std::path::{Path, PathBuf};

use jiff::ToSpan;
use jiff::civil::Date;
use retaind_schedules::hold::HoldKind;
use tokio_util::sync::CancellationToken;

use crate::catalogue::words::Ground;
use crate::cli::context::Instance;
use crate::cli::register::import_and_accept;
use crate::cli::scan::Scanned;
use crate::cli::who::os_user;
use crate::cli::{Context, Failure, Outcome, due, scan, serve};
use crate::clock::{Clock, SystemClock};
use crate::config::StoreFile;
use crate::daemon;
use crate::holds::{self, NewHold, NewScope, Which};

/// Build a small council in a folder and show what is due in it
///
/// A register with banner rows and several service areas, a file share with
/// aged files and case folders, a case database, a legal hold and a
/// restriction. Run again, it uses the council that is there.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The folder to make
    #[arg(default_value = "retaind-demo")]
    folder: PathBuf,

    /// The port its daemon answers on; 0: any that is free now
    ///
    /// A council that is there already keeps the one it was made with.
    #[arg(long, default_value_t = 8480)]
    port: u16,

    /// Afterwards run the daemon on it, until Ctrl-C
    #[arg(long)]
    serve: bool,
}

impl Args {
    pub(super) fn is_served(&self) -> bool {
        self.serve
    }
}

/// In a folder that this command made.
const MARK: &str = ".retaind-demo";

pub(super) async fn run(context: &Context, args: Args) -> Result<Outcome, Failure> {
    let clock = SystemClock;
    let folder = build(context, &args, clock.today()).await?;
    let council = Context::new(folder.join("retaind.toml"), context.printer);
    let instance = council.instance().await?;
    let register = folder.join("register");
    import_and_accept(
        &council,
        &instance,
        &register.join("IAR-2026.xlsx"),
        &register.join("profile.toml"),
    )
    .await?;
    let stores: Vec<&StoreFile> = instance.config.stores.iter().collect();
    let scanned = scan::scan_stores(&council, &instance, &stores).await?;
    place_holds(&instance).await?;
    let list = due::list(&instance, clock.today()).await?;
    context.printer.print(&list)?;
    let mails = letter::write(&instance).await?;
    context.printer.note(what_next(&args.folder));
    if let Some(mails) = mails {
        context.printer.note(letters(&mails));
    }
    let ended = outcome(&scanned)?;
    if args.serve {
        context.printer.note("\nThe daemon runs on this council. Ctrl-C stops it.\n");
        daemon::serve(serve::runner(&council, CancellationToken::new()).await?).await?;
    }
    Ok(ended)
}

fn outcome(scanned: &[Scanned]) -> Result<Outcome, Failure> {
    Ok(match scan::ended(scanned) {
        Outcome::Done => Outcome::Done,
        Outcome::Attention => {
            for scan in scanned {
                scan.say(&mut std::io::stderr())?;
            }
            Outcome::Attention
        }
    })
}

/// Makes the council, unless it is there.
async fn build(context: &Context, args: &Args, today: Date) -> Result<PathBuf, Failure> {
    let folder = &args.folder;
    let named = |fault: &dyn std::fmt::Display| {
        Failure::new(format!(
            "{}: {fault}. Name another folder: `retaind demo FOLDER`.",
            folder.display()
        ))
    };
    if folder.exists() && !folder.join(MARK).exists() {
        return Err(named(&"is there already, and is not a demo council"));
    }
    let is_there = folder.join(MARK).exists();
    fs::create_dir_all(folder.join("register")).map_err(|fault| named(&fault))?;
    let folder = fs::canonicalize(folder).map_err(|fault| named(&fault))?;
    if is_there {
        context
            .printer
            .note(format_args!("The council in {} is used as it is.\n", folder.display()));
        return Ok(folder);
    }
    context.printer.note(format_args!("Building a small council in {}\n", folder.display()));
    settings::write(&folder, &os_user(), args.port).map_err(|fault| named(&fault))?;
    share::build(&folder.join("share"), today).map_err(|fault| named(&fault))?;
    casework::build(&folder.join("casework.db"), today).await?;
    register::write(&folder.join("register/IAR-2026.xlsx"))?;
    fs::write(folder.join(MARK), "").map_err(|fault| named(&fault))?;
    Ok(folder)
}

/// A claim over one year of enforcement cases, and a tenant who disputes what
/// is written of them.
async fn place_holds(instance: &Instance) -> Result<(), Failure> {
    let Instance { catalogue, keys, actor, clock, .. } = instance;
    let today = clock.today();
    let placed = holds::list(catalogue, Which::All).await?;
    for hold in [claim(today), restriction(today)] {
        if placed.iter().all(|there| there.hold.reference != hold.reference) {
            holds::place(catalogue, keys, actor, &hold, clock.now(), today).await?;
        }
    }
    Ok(())
}

fn claim(today: Date) -> NewHold {
    let year = today.year() - 14;
    NewHold {
        reference: "LEGAL-2026-007".to_owned(),
        title: "Judicial review of enforcement on Mill Lane".to_owned(),
        kind: HoldKind::LegalHold,
        ground: None,
        authority: "Head of Legal, memorandum of 3 March".to_owned(),
        scopes: vec![NewScope::Location {
            store: "share".to_owned(),
            prefix: format!("planning/enforcement/{year}"),
        }],
        review_on: today.saturating_add(11.months()),
        reason: "Pre-action letter received".to_owned(),
    }
}

fn restriction(today: Date) -> NewHold {
    NewHold {
        reference: "RESTRICT-2026-002".to_owned(),
        title: "Tenant disputes the recorded arrears".to_owned(),
        kind: HoldKind::Restriction18,
        ground: Some(Ground::Accuracy),
        authority: "Data Protection Officer, case 2026/118".to_owned(),
        scopes: vec![NewScope::Subject(casework::DISPUTING_TENANT.to_owned())],
        review_on: today.saturating_add(6.months()),
        reason: "Accuracy contested; to be kept and not used".to_owned(),
    }
}

fn letters(folder: &Path) -> String {
    format!(
        "\nWhat it wrote to people is in {}: one of the mails asks Marian Cole whether \
         leavers' files may go.\nRun `retaind demo --serve`, open the link in that mail, and \
         answer it: `retaind mail answers` shows what she said.",
        folder.display()
    )
}

fn what_next(folder: &Path) -> String {
    let config = folder.join("retaind.toml");
    let run = "cargo run -q --";
    format!(
        "\nTry next, with  export RETAIND_CONFIG={}\n\n  \
         {run} register show                what was imported, and the cells nobody can act on\n  \
         {run} schedule list                the rules in force, and the words they come from\n  \
         {run} schedule parse \"6 years after the tenancy agreement ends\"\n  \
         {run} explain casework tenancy/1   why a tenancy file that is past its time is kept\n  \
         {run} hold list\n  \
         {run} report coverage\n  \
         {run} audit verify",
        config.display()
    )
}
