//! `retaind due`: what is past its time, what of it is held, and what nobody can say.

use std::collections::BTreeMap;
use std::io::Write;

use jiff::civil::Date;

use crate::cli::context::Instance;
use crate::cli::output::{bytes, count, counted, table};
use crate::cli::{Answer, Context, Failure, Outcome};
use crate::clock::Clock;
use crate::reports::due::{self, Lookup, Summary};
use crate::reports::standing::{Standing, standing};
use crate::reports::unexplained::{self, Doubtful, Share, UnmappedPart};
use crate::scan::tally::Amount;

/// Places under no mapping that the list shows; the report has them all.
const SHOWN: usize = 8;

/// List what is past its retention, by service area
///
/// The list is as the last scan found it. With --json, one object for each
/// item or unit, held ones included. For a day to come, the months that the
/// last scan foresees are shown beside it.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// As on this day (YYYY-MM-DD); today where none is given
    #[arg(long, value_name = "DATE")]
    on: Option<Date>,

    /// Instead, each item that waits for an event or cannot be evaluated, and
    /// each place under no mapping: what people must work through
    #[arg(long, conflicts_with = "on")]
    unexplained: bool,
}

/// The whole list, as people are shown it.
#[derive(Debug, serde::Serialize)]
pub(super) struct DueList {
    on: Date,
    summary: Summary,
    foreseen: BTreeMap<Date, Amount>,
    #[serde(skip)]
    hold_words: BTreeMap<String, String>,
    #[serde(skip)]
    doubtful: BTreeMap<Doubtful, Share>,
    unmapped: Vec<UnmappedPart>,
    stores: Vec<Standing>,
}

pub(super) async fn run(context: &Context, args: Args) -> Result<Outcome, Failure> {
    let instance = context.instance().await?;
    if args.unexplained {
        return print_unexplained(context, &instance).await;
    }
    let on = args.on.unwrap_or_else(|| instance.clock.today());
    if context.printer.is_json() {
        return print_items(context, &instance, on).await;
    }
    context.printer.print(&list(&instance, on).await?)?;
    Ok(Outcome::Done)
}

/// One line an item, as the catalogue gives them.
async fn print_items(context: &Context, instance: &Instance, on: Date) -> Result<Outcome, Failure> {
    let lookup = Lookup::read(&instance.catalogue, &instance.config).await?;
    let printer = context.printer;
    due::each(&instance.catalogue, &lookup, on, |item| printer.print_lines(&[item], |_| Ok(())))
        .await?;
    Ok(Outcome::Done)
}

/// What people must work through, one line each.
async fn print_unexplained(context: &Context, instance: &Instance) -> Result<Outcome, Failure> {
    let Instance { catalogue, config, .. } = instance;
    let lookup = Lookup::read(catalogue, config).await?;
    let printer = context.printer;
    unexplained::each(catalogue, &lookup, |item| {
        printer.print_lines(std::slice::from_ref(&item), |to| {
            let Doubtful { store, record_type, why, .. } = &item.group;
            writeln!(to, "{store}\t{record_type}\t{why}\t{}", shown(&item.locator))
        })
    })
    .await?;
    let places = unexplained::unmapped(catalogue, &lookup).await?;
    printer.print_lines(&places, |to| {
        places.iter().try_for_each(|place| {
            let UnmappedPart { store, location, items, .. } = place;
            writeln!(
                to,
                "{store}\t\tunder no mapping: {}\t{}",
                counted(*items, "item", "items"),
                shown(location)
            )
        })
    })?;
    Ok(Outcome::Done)
}

/// A place as a line of text: control characters are escaped.
fn shown(place: &str) -> String {
    place
        .chars()
        .flat_map(|c| if c.is_control() { c.escape_default().collect() } else { vec![c] })
        .collect()
}

/// The list for people.
pub(super) async fn list(instance: &Instance, on: Date) -> Result<DueList, Failure> {
    let catalogue = &instance.catalogue;
    let lookup = Lookup::read(catalogue, &instance.config).await?;
    let mut summary = Summary::default();
    due::each(catalogue, &lookup, on, |item| {
        summary.add(&item);
        Ok::<(), Failure>(())
    })
    .await?;
    let words = |reference: &String| {
        Some((reference.clone(), lookup.hold_kind(reference)?.words().to_owned()))
    };
    let is_to_come = on > instance.clock.today();
    Ok(DueList {
        on,
        hold_words: summary.held.keys().filter_map(words).collect(),
        foreseen: if is_to_come { due::foreseen(catalogue, on).await? } else { BTreeMap::new() },
        doubtful: unexplained::doubtful(catalogue, &lookup).await?,
        unmapped: unexplained::unmapped(catalogue, &lookup).await?,
        stores: standing(catalogue, &instance.config).await?,
        summary,
    })
}

impl Answer for DueList {
    fn say(&self, to: &mut dyn Write) -> std::io::Result<()> {
        self.say_due(to)?;
        self.say_held(to)?;
        self.say_foreseen(to)?;
        self.say_doubtful(to)?;
        self.say_unmapped(to)?;
        self.say_standing(to)
    }
}

impl DueList {
    fn say_due(&self, to: &mut dyn Write) -> std::io::Result<()> {
        if self.summary.areas.is_empty() {
            return writeln!(to, "Nothing is due on {}.", self.on);
        }
        writeln!(to, "Due on {}\n", self.on)?;
        let rows = self.summary.areas.iter().flat_map(|(area, lines)| {
            lines.iter().enumerate().map(move |(position, (code, line))| {
                [
                    if position == 0 { area.clone() } else { String::new() },
                    format!("{code} {}", line.title),
                    line.action.clone(),
                    count(line.due.units),
                    count(line.due.members),
                    bytes(line.due.bytes),
                    line.oldest.map(|date| date.to_string()).unwrap_or_default(),
                    if line.held.units == 0 { String::new() } else { count(line.held.units) },
                ]
            })
        });
        let headings =
            ["Service area", "Record type", "Then", "Due", "Items", "Size", "Oldest", "Held"];
        table(to, headings, rows)?;
        let free = &self.summary.free;
        writeln!(
            to,
            "\nDue and not held: {}, {}.",
            counted(free.units, "unit", "units"),
            bytes(free.bytes)
        )
    }

    fn say_held(&self, to: &mut dyn Write) -> std::io::Result<()> {
        let back = &self.summary.resurrected;
        if back.units > 0 {
            writeln!(
                to,
                "There again after they were destroyed: {}, {}. Find out which backup or copy \
                 they came from; `retaind due --json` marks them.",
                counted(back.units, "unit", "units"),
                bytes(back.bytes)
            )?;
        }
        for (hold, amount) in &self.summary.held {
            let kind = self.hold_words.get(hold).map_or("", String::as_str);
            let units = counted(amount.units, "unit", "units");
            writeln!(to, "Held by {hold} ({kind}): {units}, {}.", bytes(amount.bytes))?;
        }
        Ok(())
    }

    fn say_foreseen(&self, to: &mut dyn Write) -> std::io::Result<()> {
        if self.foreseen.is_empty() {
            return Ok(());
        }
        writeln!(to, "\nBecoming due until then, as the last scans foresee it:")?;
        for (month, amount) in &self.foreseen {
            let units = counted(amount.units, "unit", "units");
            writeln!(to, "  {}  {units}, {}", month.strftime("%B %Y"), bytes(amount.bytes))?;
        }
        Ok(())
    }

    fn say_doubtful(&self, to: &mut dyn Write) -> std::io::Result<()> {
        if self.doubtful.is_empty() {
            return Ok(());
        }
        writeln!(to, "\nKept, because nobody can say yet:\n")?;
        let rows = self.doubtful.iter().map(|(group, share)| {
            [
                group.record_type.clone(),
                count(share.units),
                group.why.clone(),
                format!("{} {}", group.store, share.example),
            ]
        });
        table(to, ["Record type", "Units", "Why", "For example"], rows)?;
        let listed: u64 = self.doubtful.values().map(|share| share.units).sum();
        let all: u64 = self.stores.iter().map(|store| store.unexplained).sum();
        if listed < all {
            writeln!(to, "These are the first {} of {}.", count(listed), count(all))?;
        }
        Ok(())
    }

    /// How far the list can be relied on.
    fn say_standing(&self, to: &mut dyn Write) -> std::io::Result<()> {
        let scanned = self
            .stores
            .iter()
            .filter_map(|store| Some(format!("{} on {}", store.store, store.scanned_on?)));
        let scanned: Vec<_> = scanned.collect();
        if !scanned.is_empty() {
            writeln!(to, "\nAs last scanned: {}.", scanned.join(", "))?;
        }
        for warning in self.stores.iter().filter_map(Standing::warning) {
            writeln!(to, "Beware: {warning}. Run `retaind scan`.")?;
        }
        Ok(())
    }

    fn say_unmapped(&self, to: &mut dyn Write) -> std::io::Result<()> {
        if self.unmapped.is_empty() {
            return Ok(());
        }
        writeln!(to, "\nUnder no mapping, and so untouchable:\n")?;
        let rows = self.unmapped.iter().take(SHOWN).map(|part| {
            [part.store.clone(), part.location.clone(), count(part.items), bytes(part.bytes)]
        });
        table(to, ["Store", "Where", "Items", "Size"], rows)?;
        match self.unmapped.len().saturating_sub(SHOWN) {
            0 => Ok(()),
            more => writeln!(to, "and {more} more places: `retaind due --unexplained`"),
        }
    }
}
