//! How long a cell takes to read: common wordings, and the worst cells of a
//! thousand characters. A worst cell must stay under a millisecond.

use divan::{Bencher, black_box};
use retaind_schedules::wording::{Cells, Profile, read};

const CELL: usize = 1000;

fn main() {
    divan::main();
}

/// Wordings as they come.
const COMMON: [&str; 5] = [
    "CY+6",
    "6 years after the end of the financial year in which the last payment was made",
    "75 years from date of birth or 15 years from date of death if under 18",
    "As long as necessary",
    "ACTION+100: Destroy 75 years after last action",
];

#[divan::bench(args = COMMON)]
fn common(bencher: Bencher<'_, '_>, text: &str) {
    measure(bencher, text);
}

/// What is repeated to a thousand characters: words that fit many rows, open
/// brackets, words nobody knows, numbers, choices, titles that never end.
const WORST: [&str; 10] = [
    "record file case ",
    "( ",
    "(6 years after ",
    "finacail yeasr closrue ",
    "6 years after closure or ",
    "6 ",
    "or ",
    "The Last Payment Of ",
    "until the end of the financial year in which the ",
    "1.",
];

#[divan::bench(args = WORST)]
fn worst(bencher: Bencher<'_, '_>, part: &str) {
    let cell: String = part.chars().cycle().take(CELL).collect();
    measure(bencher, &cell);
}

fn measure(bencher: Bencher<'_, '_>, period: &str) {
    let profile = Profile::default();
    bencher.bench(|| read(&Cells { period: black_box(period), ..Cells::default() }, &profile));
}
