//! `retaind check`: is the configuration right, and can everything be reached?

use std::io::Write;

use serde::Serialize;

use crate::check::{self, Checked, Finding, Reached, Weight};
use crate::cli::output::counted;
use crate::cli::who::{is_root, own_state};
use crate::cli::{Answer, Context, Failure, Outcome};
use crate::clock::{Clock as _, SystemClock};
use crate::config::Config;

/// Check the configuration, the people list, the catalogue and every store
///
/// Everything that is wrong is told at once, with file, line and what to do.
/// Nothing is written. Exit code 0: all is well, but for warnings; 3: there
/// are faults to mend.
#[derive(Debug, clap::Args)]
pub(super) struct Args {}

#[derive(Serialize)]
struct Report {
    configuration: String,
    #[serde(flatten)]
    checked: Checked,
}

pub(super) async fn run(context: &Context, _: Args) -> Result<Outcome, Failure> {
    // Even looking at a catalogue leaves files beside it; others may leave none.
    if let (true, (Some(config), _)) = (is_root(), Config::gather(&context.config_path)) {
        own_state(&config)?;
    }
    let checked = check::check(&context.config_path, SystemClock.today()).await;
    let outcome = if checked.has_faults() { Outcome::Attention } else { Outcome::Done };
    let configuration = context.config_path.display().to_string();
    context.printer.print(&Report { configuration, checked })?;
    Ok(outcome)
}

impl Answer for Report {
    fn say(&self, to: &mut dyn Write) -> std::io::Result<()> {
        let Checked { people, catalogue, stores, findings } = &self.checked;
        let people = counted(*people as u64, "person", "people");
        writeln!(to, "{}: {people}", self.configuration)?;
        if let Some(catalogue) = catalogue {
            writeln!(to, "catalogue {catalogue}")?;
        }
        for store in stores {
            let verdict = match store.reached {
                Reached::Well => "reached",
                Reached::NeedsAttention => "needs attention",
            };
            let mappings = counted(store.mappings as u64, "mapping", "mappings");
            let (name, kind, leash) = (&store.store, &store.kind, store.leash.name());
            writeln!(to, "store {name} ({kind}, {mappings}, {leash}): {verdict}")?;
        }
        for Finding { weight, told } in findings {
            match weight {
                Weight::Fault => writeln!(to, "{told}")?,
                Weight::Warning => writeln!(to, "{told} (a warning)")?,
            }
        }
        let faults = findings.iter().filter(|finding| finding.weight == Weight::Fault).count();
        match (faults, findings.len() - faults) {
            (0, 0) => writeln!(to, "All is well."),
            (faults, warnings) => writeln!(
                to,
                "{} and {}.",
                counted(faults as u64, "fault", "faults"),
                counted(warnings as u64, "warning", "warnings")
            ),
        }
    }
}
