//! What the service manager is told, by the protocol of `sd_notify(3)`. Where
//! nobody listens, nothing is said.

use std::time::Duration;

use sd_notify::NotifyState;

/// What is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Tell {
    /// Everything is there, and this is what runs.
    Ready(String),
    /// What runs.
    Status(String),
    /// The configuration is being read again; [`Tell::Ready`] follows.
    Reloading,
    /// It is alive.
    Watchdog,
    /// It ends.
    Stopping,
}

pub(super) fn tell(what: &Tell) {
    let told = match what {
        Tell::Ready(status) => {
            sd_notify::notify(&[NotifyState::Ready, NotifyState::Status(status)])
        }
        Tell::Status(status) => sd_notify::notify(&[NotifyState::Status(status)]),
        Tell::Reloading => NotifyState::monotonic_usec_now()
            .and_then(|now| sd_notify::notify(&[NotifyState::Reloading, now])),
        Tell::Watchdog => sd_notify::notify(&[NotifyState::Watchdog]),
        Tell::Stopping => sd_notify::notify(&[NotifyState::Stopping]),
    };
    if let Err(fault) = told {
        tracing::warn!(%fault, "the service manager cannot be told: {fault}");
    }
}

/// How often a sign of life is due, where one is: thrice in the time after
/// which the service manager would end us.
pub(super) fn watchdog_pace() -> Option<Duration> {
    sd_notify::watchdog_enabled().map(|limit| limit / 3)
}
