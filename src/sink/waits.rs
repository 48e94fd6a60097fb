//! How long to wait before a destination is tried again, and until when: by the monotonic clock, since a wall clock may be set back.

use std::time::Duration;

/// The retry schedule of Standard Webhooks 1.0: what comes after the attempt at once. About three days in all.
pub const STANDARD_LADDER: [Duration; 9] = [
    Duration::from_secs(5),
    Duration::from_mins(5),
    Duration::from_mins(30),
    Duration::from_hours(2),
    Duration::from_hours(5),
    Duration::from_hours(10),
    Duration::from_hours(14),
    Duration::from_hours(20),
    Duration::from_hours(24),
];

/// From one second, doubled each time: for destinations of one's own.
const DOUBLING_MIN: Duration = Duration::from_secs(1);

/// Share of each wait that is left to chance, so that many sites do not come back in the same instant.
const JITTER: f64 = 0.2;

/// Which waits follow each other.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Steps {
    /// 1 s, 2 s, 4 s …
    Doubling,
    /// [`STANDARD_LADDER`]; its last step again and again.
    Standard,
}

/// The waits of one sink. Pure: the random source is handed in.
#[derive(Clone, Debug)]
pub struct Waits {
    steps: Steps,
    max: Duration,
    failures: u32,
    /// When the destination is tried next, on the monotonic clock; `None`: at once.
    due: Option<Duration>,
    rng: fastrand::Rng,
}

impl Waits {
    /// No wait is longer than `max`.
    pub fn new(steps: Steps, max: Duration, rng: fastrand::Rng) -> Self {
        Self { steps, max, failures: 0, due: None, rng }
    }

    /// After one more failure in a row. Each wait is spread over a fifth of its length, downwards.
    pub fn after_failure(&mut self) -> Duration {
        let index = self.failures as usize;
        let step = match self.steps {
            Steps::Doubling => DOUBLING_MIN.saturating_mul(1_u32.checked_shl(self.failures).unwrap_or(u32::MAX)),
            Steps::Standard => STANDARD_LADDER[index.min(STANDARD_LADDER.len() - 1)],
        };
        self.failures = self.failures.saturating_add(1);
        step.min(self.max).mul_f64(1.0 - JITTER * self.rng.f64())
    }

    /// Failures in a row.
    pub fn failures(&self) -> u32 {
        self.failures
    }

    /// Nothing is tried before that moment of the monotonic clock.
    pub fn hold_until(&mut self, due: Duration) {
        self.due = Some(due);
    }

    /// The destination may be tried now; how often it failed is remembered.
    pub fn at_once(&mut self) {
        self.due = None;
    }

    /// How long it still is until the destination may be tried; `None`: nothing is waited for.
    pub fn left(&self, now: Duration) -> Option<Duration> {
        self.due.map(|due| due.saturating_sub(now))
    }

    /// Something was delivered.
    pub fn reset(&mut self) {
        (self.failures, self.due) = (0, None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waits(steps: Steps, max: Duration) -> Vec<f64> {
        let mut waits = Waits::new(steps, max, fastrand::Rng::with_seed(1));
        (0..40).map(|_| waits.after_failure().as_secs_f64()).collect()
    }

    #[test]
    fn the_ladder_of_the_standard_with_jitter() {
        let waits = waits(Steps::Standard, Duration::from_hours(24));
        for (wait, step) in waits.iter().zip([5.0, 300.0, 1800.0, 7200.0, 18_000.0, 36_000.0, 50_400.0, 72_000.0, 86_400.0, 86_400.0]) {
            assert!((step * 0.8..=step).contains(wait), "{wait} for {step}");
        }
    }

    #[test]
    fn doubling_up_to_the_bound_and_again_after_a_success() {
        let max = Duration::from_mins(1);
        let all = waits(Steps::Doubling, max);
        assert!((0.8..=1.0).contains(&all[0]) && (1.6..=2.0).contains(&all[1]));
        assert!(all.iter().all(|wait| *wait <= 60.0) && all[39] >= 48.0);
        let mut waits = Waits::new(Steps::Doubling, max, fastrand::Rng::with_seed(1));
        for _ in 0..9 {
            waits.after_failure();
        }
        waits.reset();
        assert!(waits.after_failure() <= Duration::from_secs(1));
    }
}
