//! No text makes the notation panic, and what it reads it prints and reads back.
#![no_main]

use libfuzzer_sys::fuzz_target;
use retaind_schedules::rule::Rule;

fuzz_target!(|text: &str| {
    if let Ok(rule) = text.parse::<Rule>() {
        assert_eq!(rule.to_string().parse::<Rule>(), Ok(rule));
    }
});
