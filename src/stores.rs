//! Stores as the catalogue knows them: whether this is the store it was, what
//! its mappings are, and where they stand in the register.

pub(crate) mod accepted;
#[cfg(test)]
#[path = "stores/tests/calls.rs"]
pub(crate) mod calls;
mod identity;
mod mappings;
mod schedule;
mod twins;

pub use identity::{
    ConnectError, NewIdentity, Reached, connect, failed, id, identify, open, remember, vouched,
    well,
};
pub use mappings::register_mappings;
pub use schedule::{
    RegisterLine, ScheduleInForce, calendar_of, schedule_in_force, schedule_within,
    version_in_force,
};
pub use twins::{Twins, file_of, twins};
