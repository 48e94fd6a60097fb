//! How long to wait before connecting again.
//!
//! Two ladders: a quick one for what passes by itself (restarts, networks) and a slow one for what stays until somebody
//! changes a configuration. Each step doubles up to the ladder's top, and every wait is spread by jitter, so that many sites
//! do not come back to one PBX in the same instant. Pure: the random source is handed in, the same seed gives the same waits.

use std::time::Duration;

/// Which of the two ladders a failure climbs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ladder {
    /// It may work at the next attempt.
    Quick,
    /// It will not work until a configuration changes here or on the PBX.
    Slow,
}

/// The bounds of one ladder. Every wait lies between `min` and `max`, both included.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Steps {
    min: Duration,
    max: Duration,
    jitter: f64,
}

/// Why bounds make no ladder.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
pub enum StepsError {
    /// A wait of nothing would hammer the PBX.
    #[error("the shortest wait before a new connection is zero; give at least 1 ms, 1 s is usual")]
    Zero,
    /// The bounds are the wrong way round.
    #[error("the longest wait before a new connection ({max:?}) is shorter than the shortest ({min:?})")]
    Reversed {
        /// The lower bound.
        min: Duration,
        /// The upper bound.
        max: Duration,
    },
    /// Jitter is a share of the wait.
    #[error("the jitter of the waits is {0}; give a share from 0 to 1, 0.5 is usual")]
    Jitter(f64),
}

impl Steps {
    /// Checked bounds: waits begin at `min`, double up to `max`, and each is spread over `jitter` times its length.
    pub fn new(min: Duration, max: Duration, jitter: f64) -> Result<Self, StepsError> {
        if min < Duration::from_millis(1) {
            return Err(StepsError::Zero);
        }
        if max < min {
            return Err(StepsError::Reversed { min, max });
        }
        if !(0.0..=1.0).contains(&jitter) {
            return Err(StepsError::Jitter(jitter));
        }
        Ok(Self { min, max, jitter })
    }

    /// 1 s to 60 s.
    pub const fn quick() -> Self {
        Self { min: Duration::from_secs(1), max: Duration::from_mins(1), jitter: 0.5 }
    }

    /// 30 s to 5 min.
    pub const fn slow() -> Self {
        Self { min: Duration::from_secs(30), max: Duration::from_mins(5), jitter: 0.5 }
    }

    /// The wait after `failures` failures before this one. The spread ends at `max` rather than being cut there: at the
    /// top, too, no two sites wait equally long.
    fn wait(&self, failures: u32, rng: &mut fastrand::Rng) -> Duration {
        let top = self.max.div_f64(1.0 + self.jitter).max(self.min);
        let factor = 1_u32.checked_shl(failures).unwrap_or(u32::MAX);
        let step = self.min.saturating_mul(factor).min(top);
        (step + step.mul_f64(self.jitter * rng.f64())).min(self.max)
    }
}

/// The waits of one link.
#[derive(Clone, Debug)]
pub struct Backoff {
    quick: Steps,
    slow: Steps,
    rng: fastrand::Rng,
    failures: Option<(Ladder, u32)>,
}

impl Backoff {
    /// At the foot of both ladders.
    pub const fn new(quick: Steps, slow: Steps, rng: fastrand::Rng) -> Self {
        Self { quick, slow, rng, failures: None }
    }

    /// How long to wait after one more failure. Changing the ladder starts the other at its foot.
    pub fn next(&mut self, ladder: Ladder) -> Duration {
        let failures = match self.failures {
            Some((same, failures)) if same == ladder => failures,
            _ => 0,
        };
        self.failures = Some((ladder, failures.saturating_add(1)));
        let steps = match ladder {
            Ladder::Quick => self.quick,
            Ladder::Slow => self.slow,
        };
        steps.wait(failures, &mut self.rng)
    }

    /// Back to the foot: a session was in step for long enough to be called well.
    pub fn reset(&mut self) {
        self.failures = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn backoff(seed: u64) -> Backoff {
        Backoff::new(Steps::quick(), Steps::slow(), fastrand::Rng::with_seed(seed))
    }

    #[test]
    fn waits_double_within_their_spread_and_stay_below_the_top() {
        for seed in 0..200 {
            let mut backoff = backoff(seed);
            for step in [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 40.0, 40.0, 40.0] {
                let wait = backoff.next(Ladder::Quick).as_secs_f64();
                assert!((step..=step * 1.5 + 0.001).contains(&wait), "step {step}: waited {wait}");
                assert!(wait <= 60.0);
            }
        }
    }

    #[test]
    fn the_same_seed_waits_the_same_and_another_does_not() {
        let waits = |seed| {
            let mut backoff = backoff(seed);
            (0..10).map(|_| backoff.next(Ladder::Quick)).collect::<Vec<_>>()
        };
        assert_eq!(waits(7), waits(7));
        assert_ne!(waits(7), waits(8));
    }

    #[test]
    fn configuration_faults_wait_at_least_half_a_minute_and_at_most_five() {
        let mut backoff = backoff(1);
        for _ in 0..100 {
            let wait = backoff.next(Ladder::Slow);
            assert!((Duration::from_secs(30)..=Duration::from_mins(5)).contains(&wait), "{wait:?}");
        }
    }

    #[test]
    fn reset_and_change_of_ladder_start_at_the_foot() {
        let mut backoff = backoff(3);
        for _ in 0..8 {
            backoff.next(Ladder::Quick);
        }
        backoff.next(Ladder::Slow);
        assert!(backoff.next(Ladder::Quick) < Duration::from_secs(2));
        backoff.next(Ladder::Quick);
        backoff.reset();
        assert!(backoff.next(Ladder::Quick) < Duration::from_secs(2));
    }

    #[test]
    fn never_beyond_the_top_even_after_very_many_failures() {
        let steps = Steps::new(Duration::from_secs(1), Duration::from_secs(1), 1.0).expect("valid");
        let mut backoff = Backoff::new(steps, Steps::slow(), fastrand::Rng::with_seed(1));
        for _ in 0..100 {
            assert_eq!(backoff.next(Ladder::Quick), Duration::from_secs(1));
        }
    }

    #[test]
    fn refuses_bounds_that_make_no_ladder() {
        let s = Duration::from_secs;
        assert_eq!(Steps::new(s(0), s(1), 0.5), Err(StepsError::Zero));
        assert_eq!(Steps::new(s(2), s(1), 0.5), Err(StepsError::Reversed { min: s(2), max: s(1) }));
        assert_eq!(Steps::new(s(1), s(2), 1.5), Err(StepsError::Jitter(1.5)));
        assert!(Steps::new(s(1), s(2), f64::NAN).is_err());
    }
}
