//! The protocol between executors and those who place holds, tried in every
//! order of steps.

mod callers;
mod days;
mod gate;
pub(crate) mod histories;
mod levers;
mod offered;
mod office;
mod packed;
mod protocol;
mod restricted;
mod rewind;
mod settled;
mod under_way;
