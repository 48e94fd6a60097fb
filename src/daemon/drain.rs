//! The end, in stages, within one deadline: what does not end in time is named and left behind.

use std::future::Future;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

/// All stages together.
pub const DEADLINE: Duration = Duration::from_secs(9);

/// The stages of one end.
#[derive(Debug)]
pub(super) struct Drain {
    began: Instant,
    deadline: Duration,
    late: Vec<String>,
}

impl Drain {
    pub(super) fn begin(deadline: Duration) -> Self {
        Self { began: Instant::now(), deadline, late: Vec::new() }
    }

    /// Waits for `stage`, at most until the deadline of all. `None` and its name kept if that was not enough.
    pub(super) async fn stage<T>(&mut self, name: &str, stage: impl Future<Output = T>) -> Option<T> {
        let result = timeout_at(self.began + self.deadline, stage).await.ok();
        if result.is_none() {
            self.late.push(name.to_owned());
        }
        result
    }

    pub(super) fn took(&self) -> Duration {
        self.began.elapsed()
    }

    /// What did not end in time; empty when all is well.
    pub(super) fn late(&self) -> &[String] {
        &self.late
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn names_what_was_slow_and_goes_on() {
        let mut drain = Drain::begin(Duration::from_millis(20));
        assert_eq!(drain.stage("links", async { 1 }).await, Some(1));
        assert_eq!(drain.stage("spool", std::future::pending::<()>()).await, None);
        assert_eq!(drain.stage("http", async { 2 }).await, Some(2));
        assert_eq!(drain.late(), ["spool"]);
        assert!(drain.took() >= Duration::from_millis(20));
    }
}
