//! `retaind register`: spreadsheets in, and what came of them.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Subcommand;
use retaind_schedules::ids::ImportId;
use serde::Serialize;

use crate::catalogue::entity::import;
use crate::catalogue::words::{ImportState, Severity};
use crate::change;
use crate::cli::change::Sheet;
use crate::cli::context::Instance;
use crate::cli::output::{counted, table};
use crate::cli::{Answer, Context, Failure, Outcome};
use crate::clock::Clock;
use crate::register::check::Discard;
use crate::register::import::Novelty;
use crate::register::row::People;
use crate::register::{self, Changes, Checked, Finding, ImportProfile, RegisterFile};

/// The information asset register and its retention schedule
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Import(ImportArgs),
    Accept(AcceptArgs),
    /// List the imports, newest first
    List,
    Show(ShowArgs),
}

/// Read a register from a spreadsheet (.xlsx, .xls, .ods or .csv)
///
/// Every row becomes a line with a rule, or is rejected with its sheet, row,
/// column, value, the reason, and what to do. Nothing is live until it is
/// accepted with `retaind register accept`.
#[derive(Debug, clap::Args)]
struct ImportArgs {
    /// The spreadsheet
    file: PathBuf,

    /// What this organisation's headings, codes and bare numbers mean
    #[arg(long, value_name = "FILE")]
    profile: Option<PathBuf>,

    /// Only say what the file comes to; no catalogue is needed or touched
    #[arg(long)]
    dry_run: bool,
}

/// Make an import live: its rules are in force from then on
///
/// Where something in it lets records go sooner than now, it waits for the
/// signatures of those who answer for them, and shows what would be newly due
/// (`retaind change`). Until then the schedule in force is as it was.
#[derive(Debug, clap::Args)]
struct AcceptArgs {
    /// The import; the newest that waits, where none is named
    import: Option<ImportId>,
}

/// Show an import: its counts, and every cell that nobody can act on
#[derive(Debug, clap::Args)]
struct ShowArgs {
    /// The import; the newest, where none is named
    import: Option<ImportId>,
}

pub(super) async fn run(context: &Context, args: Args) -> Result<Outcome, Failure> {
    match args.command {
        Command::Import(args) if args.dry_run => dry_run(context, &args),
        Command::Import(args) => {
            let instance = context.instance().await?;
            let imported = import(&instance, &args.file, args.profile.as_deref()).await?;
            context.printer.print(&imported)?;
            Ok(attention(imported.checked.rejected > 0))
        }
        Command::Accept(args) => accept(context, args.import).await,
        Command::List => list(context).await,
        Command::Show(args) => show(context, args.import).await,
    }
}

fn attention(needed: bool) -> Outcome {
    if needed { Outcome::Attention } else { Outcome::Done }
}

fn profile(file: Option<&Path>) -> Result<ImportProfile, Failure> {
    Ok(file.map(ImportProfile::load).transpose()?.unwrap_or_default())
}

fn dry_run(context: &Context, args: &ImportArgs) -> Result<Outcome, Failure> {
    let profile = profile(args.profile.as_deref())?;
    let checked = register::check_file(&args.file, &profile, &People::NotAsked, &mut Discard)?;
    context.printer.print(&checked)?;
    Ok(attention(checked.rejected > 0))
}

/// What an import came to.
#[derive(Debug, Serialize)]
struct Imported {
    import: ImportId,
    already_imported: bool,
    state: ImportState,
    changes: Changes,
    warnings: Vec<String>,
    #[serde(flatten)]
    checked: Checked,
}

async fn import(
    instance: &Instance,
    file: &Path,
    profile_file: Option<&Path>,
) -> Result<Imported, Failure> {
    let Instance { catalogue, actor, clock, .. } = instance;
    let name = profile_file.map_or_else(String::new, |file| file.display().to_string());
    let people = register::known_people(catalogue).await?;
    let read = RegisterFile::read(file, &profile(profile_file)?, &name, &people)?;
    let imported = register::import(catalogue, actor, &read, clock.now()).await?;
    let (already_imported, state) = match imported.novelty {
        Novelty::New => (false, ImportState::Checked),
        Novelty::AlreadyImported(state) => (true, state),
    };
    Ok(Imported {
        import: imported.import,
        already_imported,
        state,
        changes: imported.changes,
        warnings: imported.warnings,
        checked: read.checked,
    })
}

#[derive(Debug, Serialize)]
struct Accepted {
    import: ImportId,
    schedule_version: i64,
    rules: usize,
    set_aside: usize,
}

async fn accept(context: &Context, import: Option<ImportId>) -> Result<Outcome, Failure> {
    let instance = context.instance().await?;
    let Instance { catalogue, actor, .. } = &instance;
    let id = match import {
        Some(id) => id,
        None => newest(&instance, |import| import.state == ImportState::Checked)
            .await?
            .map(|import| ImportId(import.id))
            .ok_or_else(|| {
                Failure::new("no import waits to be accepted. See `retaind register list`.")
            })?,
    };
    let accepted = match change::accept_import(&instance.scanner(), actor, id).await? {
        change::Answer::Live(accepted) => accepted,
        change::Answer::Waits(shown) => {
            context.printer.print(&Sheet::of(catalogue, *shown).await?)?;
            return Ok(Outcome::Attention);
        }
    };
    context.printer.print(&Accepted {
        import: id,
        schedule_version: accepted.number,
        rules: accepted.rules,
        set_aside: accepted.set_aside,
    })?;
    Ok(Outcome::Done)
}

async fn newest(
    instance: &Instance,
    wanted: impl Fn(&import::Model) -> bool,
) -> Result<Option<import::Model>, Failure> {
    Ok(register::list::list(&instance.catalogue).await?.into_iter().find(wanted))
}

/// As the demo does it: the register is read, and accepted if it is new.
pub(super) async fn import_and_accept(
    context: &Context,
    instance: &Instance,
    file: &Path,
    profile: &Path,
) -> Result<(), Failure> {
    let imported = import(instance, file, Some(profile)).await?;
    context.printer.note(Text(&imported));
    if imported.state == ImportState::Checked {
        let Instance { config, catalogue, actor, clock, .. } = instance;
        let (id, calendar) = (imported.import, &config.calendar);
        let accepted = register::accept(catalogue, actor, id, calendar, clock.now()).await?;
        let rules = counted(accepted.rules as u64, "rule", "rules");
        context.printer.note(format_args!(
            "Accepted: version {} of the schedule is in force, with {rules}.\n",
            accepted.number
        ));
    }
    Ok(())
}

/// An answer as it is said to people.
struct Text<'a, A>(&'a A);

impl<A: Answer> std::fmt::Display for Text<'_, A> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut said = Vec::new();
        self.0.say(&mut said).map_err(|_| std::fmt::Error)?;
        f.write_str(&String::from_utf8_lossy(&said))
    }
}

#[derive(Debug, Serialize)]
struct Line {
    import: ImportId,
    file: String,
    state: ImportState,
    imported_at: String,
    rows_read: i64,
    accepted: i64,
    rejected: i64,
}

async fn list(context: &Context) -> Result<Outcome, Failure> {
    let instance = context.instance().await?;
    let imports = register::list::list(&instance.catalogue).await?;
    let lines: Vec<Line> = imports.into_iter().map(Line::from).collect();
    context.printer.print_lines(&lines, |to| {
        let rows = lines.iter().map(|line| {
            [
                line.import.to_string(),
                line.file.clone(),
                line.state.to_string(),
                line.imported_at.clone(),
                line.rows_read.to_string(),
                line.accepted.to_string(),
                line.rejected.to_string(),
            ]
        });
        let headings = ["Import", "File", "State", "At", "Rows", "Accepted", "Rejected"];
        table(to, headings, rows)
    })?;
    Ok(Outcome::Done)
}

impl From<import::Model> for Line {
    fn from(import: import::Model) -> Self {
        Self {
            import: ImportId(import.id),
            file: import.file_name,
            state: import.state,
            imported_at: import.imported_at.timestamp().strftime("%Y-%m-%d %H:%M UTC").to_string(),
            rows_read: import.rows_read,
            accepted: import.accepted,
            rejected: import.rejected,
        }
    }
}

/// An import with its findings.
#[derive(Debug, Serialize)]
struct Shown {
    #[serde(flatten)]
    line: Line,
    findings: Vec<ShownFinding>,
}

#[derive(Debug, Serialize)]
struct ShownFinding {
    sheet: String,
    row: i64,
    column: Option<String>,
    value: Option<String>,
    severity: Severity,
    reason: String,
    remedy: String,
}

async fn show(context: &Context, import: Option<ImportId>) -> Result<Outcome, Failure> {
    let instance = context.instance().await?;
    let id = match import {
        Some(id) => id,
        None => newest(&instance, |_| true).await?.map(|import| ImportId(import.id)).ok_or_else(
            || {
                Failure::new(
                    "nothing has been imported. Begin with `retaind register import FILE`.",
                )
            },
        )?,
    };
    let shown = register::list::show(&instance.catalogue, id).await?;
    let findings = shown.findings.into_iter().map(|finding| ShownFinding {
        sheet: finding.sheet,
        row: finding.row,
        column: finding.column,
        value: finding.value,
        severity: finding.severity,
        reason: finding.reason,
        remedy: finding.remedy,
    });
    context.printer.print(&Shown { line: shown.import.into(), findings: findings.collect() })?;
    Ok(Outcome::Done)
}

impl Answer for Checked {
    fn say(&self, to: &mut dyn Write) -> std::io::Result<()> {
        writeln!(
            to,
            "{}: {} accepted, {} rejected, {} blank, {} of sections",
            counted(self.rows_read, "row", "rows"),
            self.accepted,
            self.rejected,
            self.blank,
            self.section
        )?;
        self.findings.iter().try_for_each(|finding| say_finding(to, finding))
    }
}

fn say_finding(to: &mut dyn Write, finding: &Finding) -> std::io::Result<()> {
    let row = finding.row.map(|row| format!("row {row}"));
    let parts = [finding.sheet.as_deref(), row.as_deref(), finding.column.as_deref()];
    let place: Vec<&str> = parts.into_iter().flatten().collect();
    let words = Words {
        place: place.join(", "),
        value: finding.value.as_deref(),
        severity: finding.severity,
        reason: &finding.reason,
        remedy: &finding.remedy,
    };
    words.say(to)
}

/// A finding in two lines.
struct Words<'a> {
    place: String,
    value: Option<&'a str>,
    severity: Severity,
    reason: &'a str,
    remedy: &'a str,
}

impl Words<'_> {
    fn say(&self, to: &mut dyn Write) -> std::io::Result<()> {
        let verdict = match self.severity {
            Severity::Error => "rejected",
            Severity::Warning => "look at",
        };
        let value = self.value.map(|value| format!(" “{value}”")).unwrap_or_default();
        writeln!(to, "  {verdict}  {}{value}", self.place)?;
        let stop = if self.reason.ends_with(['.', '?', '!']) { "" } else { "." };
        writeln!(to, "            {}{stop} {}", self.reason, self.remedy)
    }
}

impl Answer for Imported {
    fn say(&self, to: &mut dyn Write) -> std::io::Result<()> {
        self.checked.say(to)?;
        let Changes { added, changed, unchanged, removed } = self.changes;
        writeln!(
            to,
            "against the register in force: {added} added, {changed} changed, {unchanged} unchanged, {removed} removed"
        )?;
        self.warnings.iter().try_for_each(|warning| writeln!(to, "  look at  {warning}"))?;
        match (self.already_imported, self.state) {
            (true, state) => {
                writeln!(to, "This file was imported before, and is {state}. Nothing changed.")
            }
            (false, _) => writeln!(
                to,
                "Nothing is live yet: accept it with `retaind register accept {}`",
                self.import
            ),
        }
    }
}

impl Answer for Accepted {
    fn say(&self, to: &mut dyn Write) -> std::io::Result<()> {
        let rules = counted(self.rules as u64, "rule", "rules");
        writeln!(
            to,
            "Version {} of the schedule is in force, with {rules}.",
            self.schedule_version
        )?;
        match self.set_aside {
            0 => Ok(()),
            waiting => {
                let imports = counted(waiting as u64, "other import", "other imports");
                writeln!(
                    to,
                    "{imports} that waited were set aside; import them again if they are still wanted."
                )
            }
        }
    }
}

impl Answer for Shown {
    fn say(&self, to: &mut dyn Write) -> std::io::Result<()> {
        let Line { import, file, state, rows_read, accepted, rejected, .. } = &self.line;
        writeln!(to, "import {import} of {file}: {state}")?;
        let rows = counted(u64::try_from(*rows_read).unwrap_or_default(), "row", "rows");
        writeln!(to, "{rows}, {accepted} accepted, {rejected} rejected")?;
        for finding in &self.findings {
            let column = finding.column.as_ref().map(|column| format!(", {column}"));
            let place = format!("{}, row {}", finding.sheet, finding.row);
            let words = Words {
                place: place + column.as_deref().unwrap_or_default(),
                value: finding.value.as_deref(),
                severity: finding.severity,
                reason: &finding.reason,
                remedy: &finding.remedy,
            };
            words.say(to)?;
        }
        Ok(())
    }
}
