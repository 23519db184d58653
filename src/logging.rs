//! Where the log goes: the journal, with fields, under systemd; else standard
//! error, as text or JSON. What is logged within a job, a scan, a batch and its
//! chunks, a mail or a request says so; as JSON each of these is a line too when it
//! ends, with how long it took. `RETAIND_LOG` sets what is logged. Only who reads at a
//! terminal is shown colours.

use std::io::IsTerminal as _;

use clap::ValueEnum;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// How the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum LogFormat {
    /// To the journal where systemd reads the log, else as text
    #[default]
    Auto,
    /// As text, to standard error
    Text,
    /// As one JSON object a line, to standard error
    Json,
}

/// Starts logging what this filter lets through, such as `warn,retaind=info`.
pub fn start(format: LogFormat, filter: &str) {
    let filter = EnvFilter::try_from_env("RETAIND_LOG").unwrap_or_else(|_| EnvFilter::new(filter));
    let registry = tracing_subscriber::registry().with(filter);
    let refused = std::env::var_os("NO_COLOR").is_some_and(|said| !said.is_empty());
    let colours = !refused && std::io::stderr().is_terminal();
    let text = || tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(colours);
    let under_systemd = std::env::var_os("JOURNAL_STREAM").is_some();
    match format {
        LogFormat::Json => {
            registry.with(text().json().with_span_events(FmtSpan::CLOSE)).init();
        }
        LogFormat::Auto if under_systemd => match tracing_journald::layer() {
            Ok(journal) => {
                registry.with(journal.with_field_prefix(Some("RETAIND".to_owned()))).init();
            }
            Err(_) => registry.with(text()).init(),
        },
        LogFormat::Auto | LogFormat::Text => registry.with(text()).init(),
    }
}
