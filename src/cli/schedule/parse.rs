//! `retaind schedule parse`: what the words of one cell mean, or of a whole file.

use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};

use retaind_schedules::calendar::Calendar;
use retaind_schedules::readback;
use retaind_schedules::wording::{self, Cells, Profile, Reading};
use serde::Serialize;

use crate::cli::{Answer, Context, Failure, Outcome};
use crate::register::profile::ImportProfile;

/// Say what a retention period means, or why nobody can say
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  retaind schedule parse \"6 years from the end of the financial year\"
  retaind schedule parse \"6 years\" --trigger \"End of contract\"
  retaind schedule parse --tsv periods.tsv")]
#[command(group(clap::ArgGroup::new("what").required(true).args(["text", "tsv"])))]
pub(super) struct Args {
    /// The words of the period cell
    text: Option<String>,

    /// The words of the trigger cell
    #[arg(long, default_value = "", requires = "text")]
    trigger: String,

    /// The words of the action cell
    #[arg(long, default_value = "", requires = "text")]
    action: String,

    /// Read every line of this file, with the columns `period_text` and `trigger_text`
    /// (and `action_text`, if it has one), and print one JSON line for each
    #[arg(long, value_name = "FILE")]
    tsv: Option<PathBuf>,

    /// The import profile: what the organisation's own codes and bare numbers mean
    #[arg(long, value_name = "FILE")]
    profile: Option<PathBuf>,
}

/// What the words mean.
#[derive(Debug, Serialize)]
struct Parsed {
    outcome: &'static str,
    rule: Option<String>,
    action: Option<String>,
    readback: Option<String>,
    example: Option<String>,
    question: Option<String>,
    candidates: Vec<String>,
    why: Option<String>,
}

pub(super) fn run(context: &Context, args: Args) -> Result<Outcome, Failure> {
    let profile = wording_profile(args.profile.as_deref())?;
    if let Some(file) = args.tsv {
        return parse_file(&file, &profile);
    }
    let period = args.text.unwrap_or_default();
    let cells = Cells { period: &period, trigger: &args.trigger, action: &args.action };
    let parsed = Parsed::of(&wording::read(&cells, &profile), &context.calendar_if_any());
    context.printer.print(&parsed)?;
    Ok(if parsed.rule.is_some() { Outcome::Done } else { Outcome::Attention })
}

fn wording_profile(file: Option<&Path>) -> Result<Profile, Failure> {
    match file {
        Some(file) => Ok(ImportProfile::load(file)?.wording),
        None => Ok(Profile::default()),
    }
}

/// One JSON line for each line of the file, whatever the printer was asked for.
fn parse_file(file: &Path, profile: &Profile) -> Result<Outcome, Failure> {
    let named = |fault: &dyn std::fmt::Display| {
        Failure::new(format!(
            "{}: {fault}. It must be a tab-separated UTF-8 text file with a heading line.",
            file.display()
        ))
    };
    let reader = std::io::BufReader::new(std::fs::File::open(file).map_err(|fault| named(&fault))?);
    let mut lines = reader.lines();
    let headings = lines.next().transpose().map_err(|fault| named(&fault))?.unwrap_or_default();
    let headings: Vec<&str> =
        headings.trim_start_matches('\u{feff}').split('\t').map(str::trim).collect();
    let column = |name: &str| headings.iter().position(|heading| *heading == name);
    let period = column("period_text").ok_or_else(|| named(&"it has no column period_text"))?;
    let (trigger, action) = (column("trigger_text"), column("action_text"));
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for line in lines {
        let line = line.map_err(|fault| named(&fault))?;
        let cells: Vec<&str> = line.split('\t').collect();
        let cell = |column: Option<usize>| {
            column.and_then(|at| cells.get(at)).copied().unwrap_or_default()
        };
        let cells =
            Cells { period: cell(Some(period)), trigger: cell(trigger), action: cell(action) };
        serde_json::to_writer(
            &mut out,
            &Parsed::of(&wording::read(&cells, profile), &Calendar::default()),
        )?;
        writeln!(out)?;
    }
    out.flush()?;
    Ok(Outcome::Done)
}

impl Parsed {
    fn of(reading: &Reading, calendar: &Calendar) -> Self {
        let blank = Self {
            outcome: "",
            rule: None,
            action: None,
            readback: None,
            example: None,
            question: None,
            candidates: Vec::new(),
            why: None,
        };
        match reading {
            Reading::Rule(read) => Self {
                outcome: "rule",
                rule: Some(read.rule.to_string()),
                action: read.action.map(|action| action.to_string()),
                readback: Some(readback::in_words(&read.rule)),
                example: readback::worked_example(&read.rule, calendar),
                ..blank
            },
            Reading::Ambiguous { question, candidates } => Self {
                outcome: "ambiguous",
                question: Some(question.clone()),
                candidates: candidates.iter().map(ToString::to_string).collect(),
                ..blank
            },
            Reading::NotExecutable { why } => {
                Self { outcome: "not_executable", why: Some(why.clone()), ..blank }
            }
        }
    }
}

impl Answer for Parsed {
    fn say(&self, to: &mut dyn Write) -> std::io::Result<()> {
        let fields = [
            ("rule", &self.rule),
            ("means", &self.readback),
            ("example", &self.example),
            ("then", &self.action),
            ("ambiguous", &self.question),
            ("not a rule", &self.why),
        ];
        for (name, value) in fields {
            if let Some(value) = value {
                writeln!(to, "{name:<12}{value}")?;
            }
        }
        for candidate in &self.candidates {
            writeln!(to, "{:<12}{candidate}", "perhaps")?;
        }
        Ok(())
    }
}
