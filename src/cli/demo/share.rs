//! The demo council's file share: aged files, case folders, and a corner that
//! nobody has mapped.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use retaind_schedules::calendar::london_midnight;

/// A small generator of its own, so that every demo council is the same.
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `limit`.
    pub(super) fn below(&mut self, limit: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    /// A day between `youngest` and `oldest` days before `today`.
    pub(super) fn day_before(&mut self, today: Date, youngest: u64, oldest: u64) -> Date {
        let days = youngest + self.below(oldest - youngest);
        today.saturating_sub(i64::try_from(days).unwrap_or(i64::MAX).days())
    }
}

/// Builds the share below `root`.
pub(super) fn build(root: &Path, today: Date) -> io::Result<()> {
    let mut dice = Dice::new(2026);
    fs::create_dir_all(root)?;
    fs::write(root.join(".retaind-store"), "Trentside corporate share\n")?;
    enforcement(root, today, &mut dice)?;
    loose(root, "finance/invoices", "invoice", "pdf", 900, 15, today, &mut dice)?;
    loose(root, "housing/repairs", "job", "pdf", 1200, 12, today, &mut dice)?;
    loose(root, "democratic/minutes", "minutes", "docx", 60, 30, today, &mut dice)?;
    loose(root, "old-scans", "scan", "tif", 140, 20, today, &mut dice)?;
    recordings(root, today, &mut dice)?;
    leavers(root, today, &mut dice)
}

/// Case folders `ENF-2012-0003/`, with a sidecar that says when each was closed.
/// Every ninth case is still open.
fn enforcement(root: &Path, today: Date, dice: &mut Dice) -> io::Result<()> {
    let base = root.join("planning/enforcement");
    let mut closed = String::from("case,closed\n");
    for number in 0_u64..180 {
        let opened = dice.day_before(today, 400, 18 * 365);
        let case = format!("ENF-{}-{number:04}", opened.year());
        let folder = base.join(opened.year().to_string()).join(&case);
        for document in 0..3 + dice.below(9) {
            write(&folder.join(format!("document-{document:02}.pdf")), opened, dice)?;
        }
        if !number.is_multiple_of(9) {
            closed.push_str(&format!("{case},{}\n", opened.saturating_add(200.days())));
        }
    }
    fs::write(root.join("planning/closed-cases.csv"), closed)
}

/// Single files by year.
#[expect(clippy::too_many_arguments, reason = "a row of a table of places, read as one")]
fn loose(
    root: &Path,
    place: &str,
    what: &str,
    extension: &str,
    number: u64,
    years: u64,
    today: Date,
    dice: &mut Dice,
) -> io::Result<()> {
    for serial in 0..number {
        let day = dice.day_before(today, 5, years * 365);
        let name = format!("{place}/{}/{what}-{serial:05}.{extension}", day.year());
        write(&root.join(name), day, dice)?;
    }
    Ok(())
}

/// Camera recordings with the day in the name; one camera's clock was never set.
fn recordings(root: &Path, today: Date, dice: &mut Dice) -> io::Result<()> {
    for age in 0..75 {
        let day = today.saturating_sub(age.days());
        for camera in ["bridge-street", "market-square", "riverside"] {
            write(&root.join(format!("cctv/{camera}/{camera}-{day}.mp4")), day, dice)?;
        }
    }
    let unset = Date::constant(1970, 1, 1);
    (0..4).try_for_each(|clip| {
        write(&root.join(format!("cctv/depot/depot-{unset}-{clip}.mp4")), today, dice)
    })
}

/// Personnel folders named by number and leaving date.
fn leavers(root: &Path, today: Date, dice: &mut Dice) -> io::Result<()> {
    for number in 0..70 {
        let left = dice.day_before(today, 30, 14 * 365);
        let folder = root.join(format!("hr/leavers/{:05}_left-{left}", 10_000 + number * 7));
        for document in ["contract", "payroll", "absence"] {
            write(&folder.join(format!("{document}.pdf")), left, dice)?;
        }
    }
    Ok(())
}

/// A file of some size, last changed on this day at half past ten.
fn write(path: &Path, day: Date, dice: &mut Dice) -> io::Result<()> {
    fs::create_dir_all(path.parent().unwrap_or(path))?;
    let file = File::create(path)?;
    file.set_len(20_000 + dice.below(400_000))?;
    let changed = london_midnight(day).unwrap_or(Timestamp::UNIX_EPOCH) + (10.hours().minutes(30));
    file.set_modified(changed.into())
}
