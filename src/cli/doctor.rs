//! `retaind doctor`: what is wrong, how bad it is, and what to do.

use std::io::Write;

use crate::cli::context::catalogue_url;
use crate::cli::who::own_state;
use crate::cli::{Context, Failure, Outcome};
use crate::clock::{Clock as _, SystemClock};
use crate::upkeep::doctor::{Finding, Level, examine};

/// Say what is wrong with this installation, and what to do
///
/// Looks at the configuration and what it names, the catalogue, keys, clock, stores, scans, holds,
/// what batches left out of reach, and backups, and changes nothing. Exit code 0: all is well; 3: something is not.
#[derive(Debug, clap::Args)]
pub(super) struct Args {}

pub(super) async fn run(context: &Context, _: Args) -> Result<Outcome, Failure> {
    let config = context.config()?;
    own_state(&config)?;
    let findings = examine(&config, &catalogue_url(&config)?, SystemClock.now()).await;
    context.printer.print_lines(&findings, |to| say(&findings, to))?;
    let is_well = findings.iter().all(|finding| finding.level == Level::Well);
    Ok(if is_well { Outcome::Done } else { Outcome::Attention })
}

/// The worst first; what is well, a line each.
fn say(findings: &[Finding], to: &mut dyn Write) -> std::io::Result<()> {
    for (level, word) in [(Level::Wrong, "WRONG"), (Level::Warning, "look"), (Level::Well, "well")]
    {
        for finding in findings.iter().filter(|finding| finding.level == level) {
            writeln!(to, "{word:<6}{:<15}{}", finding.area, finding.what)?;
            if let Some(remedy) = &finding.remedy {
                writeln!(to, "{:<21}> {remedy}", "")?;
            }
        }
    }
    let unwell = findings.iter().filter(|finding| finding.level != Level::Well).count();
    match unwell {
        0 => writeln!(to, "\nAll is well."),
        1 => writeln!(to, "\nOne thing wants a person."),
        unwell => writeln!(to, "\n{unwell} things want a person."),
    }
}
