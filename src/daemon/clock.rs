//! The only place that reads clocks.

#![allow(clippy::disallowed_methods, reason = "somewhere the time has to come from")]

use std::time::{Duration, Instant};

use crate::telephony::{Now, Time};

/// Both clocks of this machine; the monotonic one counts from its making.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock {
    began: Instant,
}

impl SystemClock {
    /// The monotonic clock begins here.
    pub fn start() -> Self {
        Self { began: Instant::now() }
    }

    /// Both clocks.
    pub fn now(&self) -> Now {
        Now { wall: wall(), monotonic: self.monotonic() }
    }

    /// Since the beginning.
    pub fn monotonic(&self) -> Duration {
        self.began.elapsed()
    }
}

/// The wall clock alone, for commands.
pub fn wall() -> Time {
    Time::from_micros(jiff::Timestamp::now().as_microsecond())
}
