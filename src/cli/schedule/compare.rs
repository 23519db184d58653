//! `retaind schedule compare`: one's own schedule beside the model schedules.

use std::collections::BTreeMap;
use std::io::Write;

use clap::ValueEnum;
use retaind_schedules::citation;
use retaind_schedules::library::{self, Fits};
use retaind_schedules::library::{Difference, Finding, OwnLine, compare};

use crate::cli::output::table;
use crate::cli::{Context, Failure, Outcome};
use crate::config::Jurisdiction;
use crate::stores::{RegisterLine, schedule_in_force};

/// Compare the schedule in force with the model schedules
///
/// The model schedules are suggestions that cite their authority; each line of
/// them must be looked up and approved before anyone relies on it. A line has
/// a counterpart only where their titles are surely about the same records.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The model schedules of which kind of organisation
    #[arg(long, value_enum, default_value_t = For::Council)]
    r#for: For,

    /// Only the lines that differ
    #[arg(long)]
    differing: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum For {
    Council,
    School,
}

pub(super) async fn run(context: &Context, args: Args) -> Result<Outcome, Failure> {
    let catalogue = context.catalogue().await?;
    let lines: BTreeMap<_, _> = schedule_in_force(&catalogue).await?.lines.into_iter().collect();
    let mut rules = Vec::new();
    for line in lines.values() {
        rules.push((line, line.rule()?.rule));
    }
    let own: Vec<OwnLine<'_>> = rules
        .iter()
        .map(|(line, rule)| OwnLine {
            reference: &line.record_type.code,
            record_type: &line.record_type.title,
            rule: &rule.minimum,
            action: rule.action,
        })
        .collect();
    let fits = match args.r#for {
        For::Council => Fits::Council,
        For::School => Fits::School,
    };
    let place = place(context.config()?.organisation.jurisdiction);
    let mut differences = compare(&own, library::fitting(fits, place));
    if args.differing {
        differences.retain(|difference| matches!(difference.finding, Finding::Differs { .. }));
    }
    context.printer.print_lines(&differences, |to| say(to, &differences, &lines))?;
    Ok(Outcome::Done)
}

fn place(jurisdiction: Jurisdiction) -> citation::Jurisdiction {
    match jurisdiction {
        Jurisdiction::EnglandAndWales => citation::Jurisdiction::England,
        Jurisdiction::Wales => citation::Jurisdiction::Wales,
        Jurisdiction::Scotland => citation::Jurisdiction::Scotland,
        Jurisdiction::NorthernIreland => citation::Jurisdiction::NorthernIreland,
    }
}

fn say(
    to: &mut dyn Write,
    differences: &[Difference],
    lines: &BTreeMap<String, RegisterLine>,
) -> std::io::Result<()> {
    let rows = differences.iter().map(|difference| {
        let title = lines.get(&difference.reference).map(|line| line.record_type.title.clone());
        let (model, says) = finding(&difference.finding);
        [difference.reference.clone(), title.unwrap_or_default(), model, says]
    });
    table(to, ["Code", "Record type", "Model line", "Beside it, ours is"], rows)?;
    writeln!(
        to,
        "\nThe model lines are suggestions. Look up their authorities before approving any."
    )
}

fn finding(finding: &Finding) -> (String, String) {
    match finding {
        Finding::NoCounterpart { nearest } if nearest.is_empty() => {
            (String::new(), "without a counterpart".to_owned())
        }
        Finding::NoCounterpart { nearest } => {
            (String::new(), format!("without a counterpart; nearest are {}", nearest.join(", ")))
        }
        Finding::Same { code, checking } => (code.clone(), format!("the same ({checking})")),
        Finding::Differs { code, checking, changes } => {
            let changes: Vec<_> = changes.iter().map(ToString::to_string).collect();
            (code.clone(), format!("{} ({checking})", changes.join("; ")))
        }
    }
}
