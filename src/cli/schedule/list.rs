//! `retaind schedule list` and `show`: the rules in force, and their words.

use std::io::Write;

use retaind_schedules::readback;
use retaind_schedules::rule::RetentionRule;
use serde::Serialize;

use crate::cli::output::table;
use crate::cli::{Answer, Context, Failure, Outcome};
use crate::stores::{RegisterLine, schedule_in_force};

/// List the rules in force
#[derive(Debug, clap::Args)]
pub(super) struct Args {}

/// Show one rule in force: its words, where they stand, and what they mean
#[derive(Debug, clap::Args)]
pub(super) struct ShowArgs {
    /// The code of the record type
    code: String,
}

#[derive(Debug, Serialize)]
struct Line {
    code: String,
    title: String,
    asset: String,
    period: String,
    trigger: String,
    basis: String,
    rule: String,
    action: String,
    source: String,
}

#[derive(Debug, Serialize)]
struct Shown {
    #[serde(flatten)]
    line: Line,
    readback: String,
    example: Option<String>,
    retention: RetentionRule,
}

pub(super) async fn run(context: &Context, _: Args) -> Result<Outcome, Failure> {
    let catalogue = context.catalogue().await?;
    let mut lines: Vec<Line> =
        schedule_in_force(&catalogue).await?.lines.values().map(Line::from).collect();
    lines.sort_by(|a, b| a.code.cmp(&b.code));
    context.printer.print_lines(&lines, |to| {
        let rows = lines.iter().map(|line| {
            [
                line.code.clone(),
                line.title.clone(),
                [line.period.as_str(), &line.trigger].join(" ").trim().to_owned(),
                line.rule.clone(),
                line.action.clone(),
            ]
        });
        table(to, ["Code", "Record type", "Words", "Rule", "Then"], rows)
    })?;
    Ok(Outcome::Done)
}

pub(super) async fn show(context: &Context, args: ShowArgs) -> Result<Outcome, Failure> {
    let catalogue = context.catalogue().await?;
    let schedule = schedule_in_force(&catalogue).await?;
    let line = schedule.lines.get(&args.code).ok_or_else(|| {
        Failure::new(format!(
            "no rule is in force for `{}`. See `retaind schedule list` for the codes that have one, \
             and `retaind register show` for the lines that were rejected.",
            args.code
        ))
    })?;
    let retention = line.rule()?.rule;
    context.printer.print(&Shown {
        line: Line::from(line),
        readback: readback::in_words(&retention.minimum),
        example: readback::worked_example(&retention.minimum, &schedule.calendar),
        retention,
    })?;
    Ok(Outcome::Done)
}

impl From<&RegisterLine> for Line {
    fn from(line: &RegisterLine) -> Self {
        let row = &line.line;
        Self {
            code: line.record_type.code.clone(),
            title: line.record_type.title.clone(),
            asset: line.asset.name.clone(),
            period: row.period_text.clone(),
            trigger: row.trigger_text.clone(),
            basis: row.basis_text.clone(),
            rule: row.minimum.clone(),
            action: row.action.0.to_string(),
            source: line.source(),
        }
    }
}

impl Answer for Shown {
    fn say(&self, to: &mut dyn Write) -> std::io::Result<()> {
        let Line { code, title, asset, period, trigger, basis, rule, action, source } = &self.line;
        writeln!(to, "{code} {title}")?;
        let fields = [
            ("asset", asset),
            ("from", source),
            ("says", period),
            ("counted", trigger),
            ("basis", basis),
            ("rule", rule),
            ("then", action),
            ("means", &self.readback),
        ];
        for (name, value) in fields.into_iter().filter(|(_, value)| !value.is_empty()) {
            writeln!(to, "  {name:<9}{value}")?;
        }
        match &self.example {
            Some(example) => writeln!(to, "  {:<9}{example}", "example"),
            None => Ok(()),
        }
    }
}
