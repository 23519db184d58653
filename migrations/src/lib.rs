//! Remembering: the catalogue's tables, one file for each change.
//!
//! A change that has been released is never edited; the next one gets the next
//! number. Each runs once, on SQLite and on PostgreSQL, from the same code.
//! There is no way back: a catalogue is restored from its backup instead.
//!
//! What a reader of these files may rely on:
//!
//! - a civil date is a `date`, an instant an integer of microseconds since
//!   1970 in UTC (its column ends in `_at`), an id a UUID made by the program;
//! - a column that takes one of a few words has a CHECK that lists them, and
//!   rules between columns are CHECKs too, so that no other program can write
//!   what this one would refuse;
//! - what must never be edited (the audit chain, events, versions of the
//!   schedule, what was signed) refuses UPDATE and DELETE by trigger, and on
//!   SQLite a row in its place.
//!
//! **This package knows no entity.** A table changes here first.

mod append_only;
mod columns;

use sea_orm_migration::{MigrationTrait, MigratorTrait};

/// The changes, in order.
pub struct Migrator;

macro_rules! changes {
    ($($name:ident)*) => {
        $(mod $name;)*

        #[async_trait::async_trait]
        impl MigratorTrait for Migrator {
            fn migrations() -> Vec<Box<dyn MigrationTrait>> {
                vec![$(Box::new($name::Migration)),*]
            }
        }

        /// The name of every change this version knows, in order.
        pub const KNOWN: &[&str] = &[$(stringify!($name)),*];
    };
}

changes! {
    m0001_people
    m0002_imports
    m0003_register
    m0004_schedule
    m0005_stores
    m0006_scans
    m0007_items
    m0008_events
    m0009_holds
    m0010_audit
    m0011_settings
    m0012_disposal
    m0013_hold_packs
    m0014_proof
    m0015_change_control
    m0016_jobs
    m0017_notices
    m0018_anonymisation
    m0019_audit_head
    m0020_closed_rows
    m0021_stub_traces
    m0022_hold_check
    m0023_open_lines
    m0024_forecast_oldest
    m0025_outcomes
    m0026_forgotten_lists
    m0027_replies
    m0028_year_ends
    m0029_statements
    m0030_request_progress
    m0031_link_uses
    m0032_held_notices
    m0033_what_is_measured
    m0035_requests
    m0038_partly_gone
    m0039_erasure
    m0040_audit_words
    m0041_hold_days
    m0042_line_triggers
    m0044_meant_for
    m0045_line_ends
    m0046_stub_places
    m0047_stubs_stand
    m0048_intent_lines
    m0049_row_numbers
    m0050_open_positions
    m0051_no_open_lines
}
