//! `retaind request list`, `show`, `letter` and `codes`.

use std::io::Write;

use serde::Serialize;

use crate::cli::context::Instance;
use crate::cli::output::{counted, table};
use crate::cli::{Answer, Context, Failure, Outcome};
use crate::clock::Clock as _;
use crate::requests::codes::{Code, EXCEPTIONS, GROUNDS, fitting};
use crate::requests::letter::letter as drafted;
use crate::requests::{self, Fate, RequestKind, Shown};

/// List the open requests
///
/// With --all it is the register of requests that an auditor asks for: clock,
/// decision, exceptions, when it was explained, whom it was passed on to; how long
/// they took, and how many were late.
#[derive(Debug, clap::Args)]
pub(super) struct ListArgs {
    /// The closed ones too
    #[arg(long)]
    all: bool,
}

/// Show a request: its clock, places, steps, decision and recipients
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The request: its reference, or its number as a mail gives it
    reference: String,
}

/// Draft what the person is told: what is kept, until when and why
///
/// It is sent by a person, and entered with `retaind request explain`.
#[derive(Debug, clap::Args)]
pub(super) struct LetterArgs {
    /// The request
    reference: String,
}

/// List the grounds and exceptions of a kind of request
#[derive(Debug, clap::Args)]
pub(super) struct CodesArgs {
    /// The kind
    kind: RequestKind,
}

#[derive(Debug, Serialize)]
struct CodeLine {
    what: &'static str,
    code: &'static str,
    words: &'static str,
    source: &'static str,
}

pub(super) fn codes(context: &Context, args: &CodesArgs) -> Result<Outcome, Failure> {
    let line = |what| {
        move |code: &'static Code| CodeLine {
            what,
            code: code.code,
            words: code.words,
            source: code.source,
        }
    };
    let grounds = fitting(GROUNDS, args.kind).map(line("ground"));
    let lines: Vec<CodeLine> =
        grounds.chain(fitting(EXCEPTIONS, args.kind).map(line("exception"))).collect();
    context.printer.print_lines(&lines, |to| {
        let rows = lines.iter().map(|one| [one.what, one.code, one.source, one.words]);
        table(to, ["What", "Code", "Provision", "Because"], rows.map(|row| row.map(str::to_owned)))
    })?;
    Ok(Outcome::Done)
}

pub(super) async fn list(
    context: &Context,
    instance: &Instance,
    args: &ListArgs,
) -> Result<Outcome, Failure> {
    let mut all = requests::shown(&instance.catalogue, instance.clock.today()).await?;
    if !args.all {
        all.retain(|one| !one.is_closed());
    }
    context.printer.print_lines(&all, |to| {
        let rows = all.iter().map(|one| {
            let late = if one.late { " (late)" } else { "" };
            [
                one.request.clone(),
                one.kind.words().to_owned(),
                one.state(),
                one.received.to_string(),
                format!("{}{late}", one.due),
                one.exceptions.iter().map(|code| code.code).collect::<Vec<_>>().join(" "),
                one.explained.map(|day| day.to_string()).unwrap_or_default(),
                told(one),
            ]
        });
        let headings =
            ["Request", "Kind", "State", "Received", "Due", "Exceptions", "Explained", "Told"];
        table(to, headings, rows)?;
        sums(to, &all)
    })?;
    Ok(Outcome::Done)
}

/// How many of those who are to be told are settled.
fn told(request: &Shown) -> String {
    let settled = request.recipients.iter().filter(|one| one.settled.is_some()).count();
    match request.recipients.len() {
        0 => String::new(),
        all => format!("{settled} of {all}"),
    }
}

fn sums(to: &mut dyn Write, all: &[Shown]) -> std::io::Result<()> {
    let closed: Vec<&Shown> = all.iter().filter(|one| one.is_closed()).collect();
    let late = counted(all.iter().filter(|one| one.late).count() as u64, "request", "requests");
    if let Ok(count @ 1..) = i64::try_from(closed.len()) {
        let days: i64 = closed.iter().map(|one| one.days).sum();
        let closed = counted(count.unsigned_abs(), "request", "requests");
        let days = counted((days / count).unsigned_abs(), "day", "days");
        writeln!(to, "\n{closed} closed, after {days} on average; {late} late.")?;
    } else if all.iter().any(|one| one.late) {
        writeln!(to, "\n{late} late.")?;
    }
    Ok(())
}

pub(super) async fn run(
    context: &Context,
    instance: &Instance,
    args: &Args,
) -> Result<Outcome, Failure> {
    let today = instance.clock.today();
    let shown = requests::show(&instance.catalogue, &args.reference, today).await?;
    let stores = instance.config.stores.iter().map(|store| store.name.clone());
    let never: Vec<String> = stores.filter(|store| !shown.searched.contains(store)).collect();
    context.printer.print(&Page { shown, never_searched: never })?;
    Ok(Outcome::Done)
}

#[derive(Debug, Serialize)]
struct Letter {
    request: String,
    text: String,
}

impl Answer for Letter {
    fn say(&self, to: &mut dyn Write) -> std::io::Result<()> {
        write!(to, "{}", self.text)
    }
}

pub(super) async fn letter(
    context: &Context,
    instance: &Instance,
    args: &LetterArgs,
) -> Result<Outcome, Failure> {
    let today = instance.clock.today();
    let shown = requests::show(&instance.catalogue, &args.reference, today).await?;
    let text = drafted(&instance.config.organisation.name, &shown);
    context.printer.print(&Letter { request: shown.request, text })?;
    Ok(Outcome::Done)
}

/// A request, with the connected stores that nobody has searched for it.
#[derive(Debug, Serialize)]
struct Page {
    #[serde(flatten)]
    shown: Shown,
    never_searched: Vec<String>,
}

impl Answer for Page {
    fn say(&self, to: &mut dyn Write) -> std::io::Result<()> {
        let one = &self.shown;
        writeln!(to, "{} ({}): {}", one.request, one.number, one.kind.words())?;
        writeln!(to, "State: {}", one.state())?;
        clock(to, one)?;
        for (what, said) in [
            ("Service", &one.service_area),
            ("Hold", &one.hold),
            ("Compelling grounds", &one.compelling),
            ("Consequence", &one.consequence),
        ] {
            if let Some(said) = said {
                writeln!(to, "{what}: {said}")?;
            }
        }
        for (what, codes) in [("Ground", &one.grounds), ("Exception", &one.exceptions)] {
            for code in codes {
                writeln!(to, "{what}: {} ({}): {}", code.code, code.source, code.words)?;
            }
        }
        if !one.explanation_misses.is_empty() {
            writeln!(to, "It cannot be closed without {}.", one.explanation_misses.join(" and "))?;
        }
        items(to, one)?;
        early(to, one)?;
        recipients(to, one)?;
        steps(to, one, &self.never_searched)
    }
}

fn clock(to: &mut dyn Write, one: &Shown) -> std::io::Result<()> {
    let late = if one.late { " (late)" } else { "" };
    writeln!(to, "Received: {}", one.received)?;
    if one.clock_starts != one.received {
        writeln!(to, "Time counts from: {}", one.clock_starts)?;
    }
    writeln!(to, "Answer due: {}{late}", one.due)?;
    for (what, day) in [
        ("Due before more time was taken", one.extended_from),
        ("Decided", one.decided),
        ("Person told", one.explained),
        ("Closed", one.closed),
    ] {
        if let Some(day) = day {
            writeln!(to, "{what}: {day}")?;
        }
    }
    Ok(())
}

fn items(to: &mut dyn Write, one: &Shown) -> std::io::Result<()> {
    if one.items.is_empty() {
        return Ok(());
    }
    writeln!(to)?;
    let rows = one.items.iter().map(|item| {
        [
            item.store.clone(),
            item.locator.clone().unwrap_or_else(|| "forgotten".to_owned()),
            item.verdict.to_string(),
            item.kept_until.map(|day| day.to_string()).unwrap_or_default(),
            item.early.as_ref().map_or_else(|| item.because.clone(), fate),
            item.basis.clone().unwrap_or_default(),
        ]
    });
    table(to, ["Store", "Item", "Verdict", "Until", "Because", "Basis"], rows)
}

/// Where an item stands that goes early.
fn fate(fate: &Fate) -> String {
    match fate {
        Fate::Agreed => "it goes early, and is on no list yet".to_owned(),
        Fate::Listed { batch, expected: None } => format!("it goes early, by {batch}"),
        Fate::Listed { batch, expected: Some(day) } => {
            format!("it goes early, by {batch}, as expected by {day}")
        }
        Fate::Destroyed { batch, on } => format!("destroyed early on {on}, by {batch}"),
    }
}

fn early(to: &mut dyn Write, one: &Shown) -> std::io::Result<()> {
    for part in &one.early {
        let items = counted(part.items as u64, "item", "items");
        writeln!(to, "\nTo go early: {items} of asset {}", part.asset)?;
        writeln!(to, "  digest: {}", part.digest)?;
        for signed in &part.signed {
            let void = if signed.counts { "" } else { " (void: may no longer act)" };
            let (name, seat, on) = (&signed.name, signed.seat.words(), signed.on);
            writeln!(to, "  signed for {seat} by {name} on {on}{void}")?;
        }
        if !part.wants.is_empty() {
            let wants: Vec<&str> = part.wants.iter().map(|seat| seat.words()).collect();
            writeln!(to, "  still to sign: {}", wants.join(", "))?;
        }
    }
    Ok(())
}

fn recipients(to: &mut dyn Write, one: &Shown) -> std::io::Result<()> {
    if one.recipients.is_empty() {
        return Ok(());
    }
    writeln!(to)?;
    let day = |day: Option<jiff::civil::Date>| day.map(|day| day.to_string()).unwrap_or_default();
    let rows = one.recipients.iter().map(|it| {
        [
            it.number.to_string(),
            it.name.clone(),
            it.state.to_string(),
            day(it.sent),
            day(it.settled),
            it.reason.clone().unwrap_or_default(),
        ]
    });
    table(to, ["No.", "Recipient", "State", "Told", "Settled", "Why not"], rows)
}

fn steps(to: &mut dyn Write, one: &Shown, never: &[String]) -> std::io::Result<()> {
    if !one.steps.is_empty() {
        writeln!(to)?;
        let rows = one.steps.iter().map(|step| {
            [
                step.on.to_string(),
                step.kind.to_string(),
                step.store.clone().unwrap_or_default(),
                step.copies.map(|copies| copies.to_string()).unwrap_or_default(),
                step.backups_until.map(|day| day.to_string()).unwrap_or_default(),
                step.note.clone().unwrap_or_default(),
            ]
        });
        table(to, ["On", "Step", "Store", "Found", "In backups until", "Note"], rows)?;
    }
    if never.is_empty() || one.is_closed() {
        return Ok(());
    }
    writeln!(to, "\nNot searched yet: {}.", never.join(", "))
}
