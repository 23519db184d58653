//! The protocol between executors and those who place holds, tried in every
//! order of steps.

mod callers;
mod gate;
mod histories;
mod levers;
mod offered;
mod office;
mod protocol;
mod rewind;
mod settled;
