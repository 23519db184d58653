//! The `retaind` binary: sets up logging and TLS, and hands over to the command line.

use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use retaind::cli::Cli;

/// How long what blocks a thread may go on after the command has ended.
const LEAVE: Duration = Duration::from_secs(1);

fn main() -> ExitCode {
    let cli = Cli::parse();
    let (format, level) = cli.logging();
    retaind::logging::start(format, level);
    if rustls::crypto::ring::default_provider().install_default().is_err() {
        tracing::warn!("a TLS provider was there already");
    }
    match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => {
            let ended = runtime.block_on(cli.run());
            runtime.shutdown_timeout(LEAVE);
            ended
        }
        Err(fault) => {
            eprintln!("retaind: no threads can be started: {fault}.");
            ExitCode::FAILURE
        }
    }
}
