//! Disposal from the due list to the certificate.

mod anonymise;
mod archive;
mod ceiling;
mod committing;
mod dated;
mod decided;
mod early;
mod feed;
mod forgotten;
mod guards;
mod holds;
mod in_quarantine;
mod kills;
mod late;
mod left;
mod lost;
mod renamed;
mod replayed;
mod restored;
mod shared;
mod standing;
mod stories;
mod told;
mod torn;
mod units;
mod withdrawn;
