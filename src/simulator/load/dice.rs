//! Chance, from a seed: the same seed gives the same draws in the same order.

use std::time::Duration;

/// The dice of one load.
#[derive(Debug)]
pub(super) struct Dice {
    rng: fastrand::Rng,
    /// Every length of time is multiplied by this.
    pace: f64,
}

impl Dice {
    pub(super) fn new(seed: u64, pace: f64) -> Self {
        Self { rng: fastrand::Rng::with_seed(seed), pace }
    }

    /// True in so many of a hundred cases.
    pub(super) fn chance(&mut self, percent: u32) -> bool {
        self.rng.u32(0..100) < percent
    }

    /// One of them; `None`: there are none.
    pub(super) fn one<'t, T>(&mut self, of: &'t [T]) -> Option<&'t T> {
        if of.is_empty() { None } else { of.get(self.rng.usize(0..of.len())) }
    }

    /// One of them, each as likely as its weight says; the first where all weights are 0.
    pub(super) fn weighted<T: Copy>(&mut self, of: &[(T, u32)]) -> Option<T> {
        let sum: u32 = of.iter().map(|(_, weight)| weight).sum();
        let mut left = if sum == 0 { 0 } else { self.rng.u32(0..sum) };
        for (value, weight) in of {
            if left < *weight {
                return Some(*value);
            }
            left -= weight;
        }
        of.first().map(|(value, _)| *value)
    }

    /// A whole number from `from` up to, not including, `to`.
    pub(super) fn number(&mut self, from: u32, to: u32) -> u32 {
        self.rng.u32(from..to)
    }

    /// A length of time around so many milliseconds at real pace: between three tenths and seventeen tenths of it.
    pub(super) fn around(&mut self, milliseconds: u32) -> Duration {
        let share = f64::from(self.rng.u32(300..1700)) / 1000.0;
        paced(share * f64::from(milliseconds), self.pace)
    }

    /// The time to the next of things that come at random, so many in a second. Not paced.
    pub(super) fn gap(&mut self, per_second: f64) -> Duration {
        let chance = 1.0 - self.rng.f64();
        // The longest gap is some forty times the mean: the chance is at least 2⁻⁵³.
        Duration::try_from_secs_f64(-chance.ln() / per_second).unwrap_or(Duration::MAX)
    }
}

/// So many milliseconds at that pace; not less than one.
pub(super) fn paced(milliseconds: f64, pace: f64) -> Duration {
    let micros = (milliseconds * pace * 1000.0).max(1000.0).round();
    Duration::try_from_secs_f64(micros / 1e6).unwrap_or(Duration::MAX)
}
