//! Signs of life of the loops that must not stand still: the watchdog is fed only while all of them beat.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::clock::SystemClock;

/// How often a loop that waits for nothing in particular beats.
pub(crate) const BEAT_EVERY: Duration = Duration::from_secs(1);

/// One loop's heart.
#[derive(Clone, Debug)]
pub(crate) struct Pulse {
    name: Arc<str>,
    clock: SystemClock,
    beaten_ms: Arc<AtomicU64>,
}

impl Pulse {
    pub(crate) fn new(name: impl Into<Arc<str>>, clock: SystemClock) -> Self {
        let pulse = Self { name: name.into(), clock, beaten_ms: Arc::default() };
        pulse.beat();
        pulse
    }

    /// The loop goes round.
    pub(crate) fn beat(&self) {
        self.beaten_ms.store(millis(self.clock.monotonic()), Ordering::Relaxed);
    }

    /// The loop ended as it should: it need not beat any more.
    pub(crate) fn end(&self) {
        self.beaten_ms.store(u64::MAX, Ordering::Relaxed);
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// True if it has not beaten for longer than `limit`.
    pub(crate) fn is_still(&self, limit: Duration) -> bool {
        let beaten = self.beaten_ms.load(Ordering::Relaxed);
        millis(self.clock.monotonic()).saturating_sub(beaten) > millis(limit)
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stands_still_until_it_beats_and_never_after_its_end() {
        let pulse = Pulse::new("loop", SystemClock::start());
        std::thread::sleep(Duration::from_millis(30));
        assert!(pulse.is_still(Duration::from_millis(10)));
        pulse.beat();
        assert!(!pulse.is_still(Duration::from_millis(10)));
        pulse.end();
        std::thread::sleep(Duration::from_millis(30));
        assert!(!pulse.is_still(Duration::from_millis(10)));
    }
}
