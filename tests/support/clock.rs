//! The one place of the tests that looks at the clock.

use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use jiff::Timestamp;

/// Wall time now.
#[expect(clippy::disallowed_methods, reason = "the tests hold the program against real time")]
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}

/// Runs until it is too late.
pub(crate) struct Deadline {
    at: Instant,
}

impl Deadline {
    #[expect(clippy::disallowed_methods, reason = "the tests hold the program against real time")]
    pub(crate) fn after(wait: Duration) -> Self {
        Self { at: Instant::now() + wait }
    }

    #[expect(clippy::disallowed_methods, reason = "the tests hold the program against real time")]
    pub(crate) fn left(&self) -> Duration {
        self.at.saturating_duration_since(Instant::now())
    }

    pub(crate) fn is_over(&self) -> bool {
        self.left().is_zero()
    }
}

/// Asks again and again until there is an answer; names what was awaited if none comes.
pub(crate) fn wait_for<T>(what: &str, wait: Duration, mut ask: impl FnMut() -> Result<Option<T>>) -> Result<T> {
    let deadline = Deadline::after(wait);
    loop {
        if let Some(answer) = ask()? {
            return Ok(answer);
        }
        if deadline.is_over() {
            bail!("{what}: not within {wait:?}");
        }
        sleep(Duration::from_millis(20));
    }
}
