//! `retaind serve`: the daemon.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use crate::cli::context::Unattended;
use crate::cli::{Context, Failure, Outcome};
use crate::clock::SystemClock;
use crate::daemon;
use crate::jobs::run::Runner;
use crate::logging::LogFormat;

/// Run the jobs at their times, until it is stopped
///
/// What systemd runs. SIGHUP reads the configuration again and keeps the old
/// one where the new one is wrong; SIGTERM stops it within ten seconds.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// How the log is written
    #[arg(long, value_name = "FORMAT", default_value = "auto")]
    pub(super) log_format: LogFormat,
}

pub(super) async fn run(context: &Context, _: Args) -> Result<Outcome, Failure> {
    daemon::serve(runner(context, CancellationToken::new()).await?).await?;
    Ok(Outcome::Done)
}

/// What runs the jobs of this instance.
pub(super) async fn runner(
    context: &Context,
    cancel: CancellationToken,
) -> Result<Runner, Failure> {
    let Unattended { config, catalogue, keys } = context.unattended().await?;
    Ok(Runner::new(Arc::new(config), catalogue, keys, Arc::new(SystemClock), cancel))
}
