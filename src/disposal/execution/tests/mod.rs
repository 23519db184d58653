//! The protocol between executors and those who place holds, tried in every
//! order of steps.

mod callers;
mod histories;
mod levers;
mod office;
mod protocol;
mod rewind;
mod settled;
