//! What systemd is told, where `NOTIFY_SOCKET` says that it listens. Elsewhere all of this does nothing.

use std::time::Duration;

use sd_notify::NotifyState;
use tracing::warn;

/// Everything is up.
pub(crate) fn ready(status: &str) {
    send(&[NotifyState::Ready, NotifyState::Status(status)]);
}

/// A reload began; [`ready`] ends it. The moment lets systemd tell this reload from an earlier one.
pub(crate) fn reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(moment) => send(&[NotifyState::Reloading, moment]),
        Err(_) => send(&[NotifyState::Reloading]),
    }
}

/// The end began.
pub(crate) fn stopping(status: &str) {
    send(&[NotifyState::Stopping, NotifyState::Status(status)]);
}

/// One line that `systemctl status` shows.
pub(crate) fn status(status: &str) {
    send(&[NotifyState::Status(status)]);
}

/// All loops go round.
pub(crate) fn watchdog() {
    send(&[NotifyState::Watchdog]);
}

/// How long systemd waits for a sign of life, where it does.
pub(crate) fn watchdog_interval() -> Option<Duration> {
    sd_notify::watchdog_enabled().filter(|interval| !interval.is_zero())
}

fn send(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        warn!(%error, "systemd cannot be told");
    }
}
