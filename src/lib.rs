//! The program: reads registers, keeps the catalogue, scans stores, honours
//! holds and says why.
//!
//! | module | what it holds |
//! |---|---|
//! | [`audit`] | the chain of who did what, and its verification |
//! | [`catalogue`] | the database of everything the program remembers, and its rows |
//! | [`change`] | change control: what waits for signatures before it takes effect |
//! | [`check`] | everything that is wrong with a configuration and what it names |
//! | [`cli`] | the command line |
//! | [`clock`] | the time, and ids made from it: the only place that asks for it |
//! | [`config`] | `retaind.toml`, the people list and the store files |
//! | [`console`] | the pages people answer on |
//! | [`daemon`] | the process that stays, as systemd runs it |
//! | [`disposal`] | batches: proposed, approved by two, and carried out |
//! | [`events`] | recorded facts with a date, from which retention is counted |
//! | [`explain`] | why one item is kept or due |
//! | [`holds`] | what interrupts disposal: placed, listed, reviewed, released by two |
//! | [`http`] | the daemon's HTTP server, and whether it is alive and ready |
//! | [`jobs`] | what the daemon does by itself, when, and whose turn it is |
//! | [`keys`] | the key behind every digest of a locator or a person's reference |
//! | [`logging`] | where the log goes |
//! | [`metrics`] | what Prometheus is told, read from the catalogue |
//! | [`notices`] | what people are told: the outbox, the mails, and what comes back |
//! | [`people`] | who may act, and as whom a command acts |
//! | [`proof`] | certificates, sealed manifests, and what is left of what is gone |
//! | [`register`] | spreadsheets to assets, record types and a version of the schedule |
//! | [`reports`] | what is due, what nobody can say, what the register covers |
//! | [`requests`] | what people ask under data protection law: decided, explained, closed |
//! | [`scan`] | from a store's sightings to what is due, held, waiting or unexplained |
//! | [`stores`] | the stores as the catalogue knows them |
//! | [`upkeep`] | backups, restores, moves to another database, and what is wrong |
//! | [`watch`] | what wakes the daemon between its hours |
//! | [`working_days`] | bank holidays, change freezes, and when execution may run |

pub mod audit;
pub mod catalogue;
pub mod change;
pub mod check;
pub mod cli;
pub mod clock;
pub mod config;
pub mod console;
pub mod daemon;
pub mod disposal;
pub mod events;
pub mod explain;
pub mod holds;
pub mod http;
pub mod jobs;
pub mod keys;
pub mod logging;
pub mod metrics;
pub mod notices;
pub mod people;
pub mod plural;
pub mod proof;
pub mod register;
pub mod reports;
pub mod requests;
pub mod scan;
pub mod stores;
pub mod upkeep;
pub mod watch;
pub mod working_days;

#[cfg(test)]
mod cut_short;
#[cfg(test)]
extern crate self as retaind;
