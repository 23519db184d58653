//! No cell makes the parser panic, and every rule it reads or offers is one
//! that the notation prints and reads back.
#![no_main]

use libfuzzer_sys::fuzz_target;
use retaind_schedules::rule::Rule;
use retaind_schedules::wording::{Cells, Profile, read};

fuzz_target!(|cells: (&str, &str, &str)| {
    let (period, trigger, action) = cells;
    let reading = read(&Cells { period, trigger, action }, &Profile::default());
    for rule in reading.rules() {
        assert_eq!(rule.to_string().parse::<Rule>().as_ref(), Ok(rule));
    }
});
