//! The `retaind` binary: sets up logging and TLS, and hands over to the command line.

use std::process::ExitCode;

use clap::Parser;
use retaind::cli::Cli;
use tracing_subscriber::EnvFilter;

#[tokio::main]
async fn main() -> ExitCode {
    let filter = EnvFilter::try_from_env("RETAIND_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    if rustls::crypto::ring::default_provider().install_default().is_err() {
        tracing::warn!("a TLS provider was there already");
    }
    Cli::parse().run().await
}
