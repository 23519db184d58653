//! Disposal from the due list to the certificate.

mod anonymise;
mod archive;
mod guards;
mod holds;
mod standing;
mod stories;
mod withdrawn;
