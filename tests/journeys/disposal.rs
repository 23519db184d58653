//! Disposal from the due list to the certificate.

mod anonymise;
mod archive;
mod ceiling;
mod guards;
mod holds;
mod kills;
mod standing;
mod stories;
mod torn;
mod units;
mod withdrawn;
