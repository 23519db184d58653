//! Scans a store to the end and says how fast, and in how much memory.
//!
//! ```text
//! scan_stats KIND SETTINGS LOCATION [DATE] [--before SECONDS]
//!
//! scan_stats filesystem 'root = "/srv/share"' .
//! scan_stats sql 'url = "sqlite:///srv/cases.db"' cases closed
//! ```
//!
//! SETTINGS are a store file's, in TOML. DATE is the column a table's date
//! stands in; of files it is when they were last modified. With `--before` it
//! prints size, date and place of each item up to that second since 1970 to the
//! standard output, as `find ! -newermt ... -printf '%s %Ts %P\n'` would.

use std::error::Error;
use std::io::Write;
use std::path::Path;
use std::time::Instant;

use retaind_connectors::contract::{Leash, ScanEvent, ScanTotals};
use retaind_connectors::order::{DateOrder, DateSource, MappingOrder, ScanOrder, Unit};
use retaind_connectors::sighting::{Seen, SightingBatch};
use retaind_connectors::store;
use retaind_schedules::ids::MappingId;
use retaind_schedules::trigger::Trigger;
use tokio_util::sync::CancellationToken;

const USAGE: &str = "usage: scan_stats KIND SETTINGS LOCATION [DATE] [--before SECONDS]";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut words: Vec<String> = std::env::args().skip(1).collect();
    let before = match words.iter().position(|word| word == "--before") {
        Some(at) if at + 1 < words.len() => {
            let second = words.remove(at + 1).parse::<i64>()?;
            words.remove(at);
            Some(second)
        }
        _ => None,
    };
    let (kind, settings, location, column) = match &words[..] {
        [kind, settings, location] => (kind, settings, location, None),
        [kind, settings, location, column] => (kind, settings, location, Some(column.clone())),
        _ => return Err(USAGE.into()),
    };
    let connector = store::open(kind, settings.parse()?, Path::new("."), Leash::Leashed)?;
    let source = column.map_or(DateSource::Modified, |name| DateSource::Column { name });
    let order = ScanOrder { mappings: vec![mapping(location, source)?] };
    let started = Instant::now();
    let mut stream = connector.scan(order, CancellationToken::new());
    let mut seen = Counts::default();
    let mut output = std::io::BufWriter::with_capacity(1 << 16, std::io::stdout().lock());
    while let Some(event) = stream.recv().await {
        match event? {
            ScanEvent::Batch(batch) => seen.batch(&batch, before, &mut output)?,
            ScanEvent::Problem(_) => seen.problems += 1,
            ScanEvent::Unmapped(unmapped) => seen.unmapped += unmapped.items,
            ScanEvent::Finished(totals) => seen.totals = Some(totals),
        }
    }
    output.flush()?;
    let totals = seen.totals.ok_or("the scan did not finish")?;
    seen.report(&totals, started.elapsed().as_secs_f64());
    Ok(())
}

fn mapping(location: &str, source: DateSource) -> Result<MappingOrder, Box<dyn Error>> {
    Ok(MappingOrder {
        id: MappingId("00000000-0000-0000-0000-000000000000".parse()?),
        location: location.to_owned(),
        pattern: None,
        unit: Unit::Item,
        dates: vec![DateOrder { trigger: Trigger::LastModified, source }],
        reference: None,
        subject: None,
    })
}

#[derive(Default)]
struct Counts {
    sighted: u64,
    selected: u64,
    problems: u64,
    unmapped: u64,
    totals: Option<ScanTotals>,
}

impl Counts {
    fn batch(
        &mut self,
        batch: &SightingBatch,
        before: Option<i64>,
        output: &mut impl Write,
    ) -> std::io::Result<()> {
        self.sighted += batch.len() as u64;
        let Some(before) = before else { return Ok(()) };
        for sighting in batch.iter() {
            if let Seen::At(second) = sighting.dates[0]
                && second <= before
            {
                self.selected += 1;
                writeln!(output, "{} {second} {}", sighting.fingerprint.size, sighting.locator)?;
            }
        }
        Ok(())
    }

    fn report(&self, totals: &ScanTotals, seconds: f64) {
        let rate = totals.items as f64 / seconds;
        eprintln!(
            "{} items ({} sighted, {} selected, {} unmapped), {} bytes, {} containers, \
             {} problems in {seconds:.3} s: {rate:.0} items/s, at most {} MiB in memory",
            totals.items,
            self.sighted,
            self.selected,
            self.unmapped,
            totals.bytes,
            totals.containers,
            self.problems,
            peak_memory_mib().unwrap_or_default(),
        );
    }
}

fn peak_memory_mib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse::<u64>().ok().map(|kib| kib / 1024)
}
