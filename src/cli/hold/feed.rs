//! `retaind hold feed`: holds from the council's own list of open requests.

use std::io::Write;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::cli::context::Instance;
use crate::cli::output::{counted, table};
use crate::cli::{Answer, Context, Failure, Outcome};
use crate::clock::Clock;
use crate::disposal::execution::under::Met;
use crate::holds::feed::{FeedFile, Feeding, Plan, meet, plan, read};

/// Hold what a list of open FOI, EIR and subject access requests asks for
///
/// Any spreadsheet with a column for the reference and one for the kind. Each
/// open case is one hold, and the same list twice changes nothing. A closed case
/// is only proposed for release, once its tail is over; one that is no longer
/// listed stays held.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  retaind hold feed requests.csv --dry-run")]
pub(super) struct Args {
    /// The list
    file: PathBuf,

    /// Show what it would do, and do nothing
    #[arg(long)]
    dry_run: bool,
}

#[derive(Debug, Serialize)]
struct Fed {
    file: String,
    done: bool,
    rows: u64,
    #[serde(flatten)]
    plan: Plan,
    #[serde(flatten)]
    met: Met,
}

pub(super) async fn run(
    context: &Context,
    instance: &Instance,
    args: &Args,
) -> Result<Outcome, Failure> {
    let Instance { config, catalogue, keys, actor, clock } = instance;
    let (now, today) = (clock.now(), clock.today());
    let file =
        FeedFile::read(&args.file, today).map_err(|error| Failure::new(error.to_string()))?;
    let tail = config.holds.foi_tail;
    let feeding = Feeding { catalogue, keys, actor, tail, now, today };
    let plan = plan(&feeding, &file).await?;
    let met = if args.dry_run {
        Met::default()
    } else {
        let covered = feeding.carry_out(&plan).await?;
        if let Some(feed) =
            config.holds.feed.as_ref().filter(|feed| is_same(&feed.file, &args.file))
        {
            read::note(catalogue, &feed.file, &plan, now).await?;
        }
        meet(&instance.scanner(), &covered).await?
    };
    let clean = plan.findings.is_empty() && met.open.is_empty() && met.by_people.is_empty();
    let (named, done) = (args.file.display().to_string(), !args.dry_run);
    context.printer.print(&Fed { file: named, done, rows: file.rows, plan, met })?;
    Ok(if clean { Outcome::Done } else { Outcome::Attention })
}

/// Whether two paths lead to one file.
fn is_same(one: &Path, other: &Path) -> bool {
    let real = |path: &Path| std::fs::canonicalize(path).ok();
    real(one).is_some() && real(one) == real(other)
}

impl Answer for Fed {
    fn say(&self, to: &mut dyn Write) -> std::io::Result<()> {
        let Self { file, done, rows, plan, met } = self;
        let (rows, cases) = (counted(*rows, "row", "rows"), counted(plan.cases, "case", "cases"));
        writeln!(to, "{file}: {rows}, {cases}")?;
        if !done {
            writeln!(to, "A dry run: nothing was done. It would come to this.")?;
        }
        for (what, which) in [
            ("Held anew", &plan.placed),
            ("Covers more", &plan.widened),
            ("Written about again", &plan.corresponded),
            ("More is known of how they stand", &plan.progressed),
            (
                "Over; another person now releases it with `retaind hold release`",
                &plan.release_asked,
            ),
            ("No longer on the list, and still held", &plan.missing),
        ] {
            if !which.is_empty() {
                writeln!(to, "{what}: {}", which.join(", "))?;
            }
        }
        for (hold, until) in &plan.waiting {
            match until {
                Some(day) => writeln!(to, "Over, and held until {day}: {hold}")?,
                None => writeln!(to, "Over, and held until a complaint is decided: {hold}")?,
            }
        }
        met.say(to)?;
        findings(to, plan)
    }
}

impl Met {
    /// What new holds met, for people.
    pub(in crate::cli) fn say(&self, to: &mut dyn Write) -> std::io::Result<()> {
        for open in &self.open {
            let lines = counted(open.lines, "line", "lines");
            writeln!(
                to,
                "Not held yet: {lines} of an open chunk of batch {}; `retaind dispose settle` \
                 settles it",
                open.batch
            )?;
        }
        self.say_what_is_settled(to)
    }
}

fn findings(to: &mut dyn Write, plan: &Plan) -> std::io::Result<()> {
    if plan.findings.is_empty() {
        return Ok(());
    }
    writeln!(to)?;
    let rows = plan.findings.iter().map(|finding| {
        [
            finding.row.to_string(),
            finding.column.clone(),
            finding.value.clone(),
            finding.reason.clone(),
            finding.remedy.clone(),
        ]
    });
    table(to, ["Row", "Column", "Says", "Look at this, because", "What to do"], rows)
}
