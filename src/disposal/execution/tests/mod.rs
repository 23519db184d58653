//! The protocol between executors and those who place holds, tried in every
//! order of steps.

mod callers;
mod office;
mod protocol;
mod rewind;
