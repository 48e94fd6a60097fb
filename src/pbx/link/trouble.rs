//! What of a lasting failure is worth a line in the log.

use std::time::Duration;

/// Different failures that are remembered; they may take turns.
const SEEN_MAX: usize = 8;

/// How to say a failure.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Say {
    /// Aloud: it is new.
    First,
    /// Softly: it was said before.
    Again {
        /// How often it happened, this time included.
        times: u64,
    },
    /// Aloud again, after a long time.
    Summary {
        /// All attempts since the trouble began.
        attempts: u64,
        /// How long it lasts.
        lasting: Duration,
    },
}

/// The failures since the PBX was last well.
#[derive(Debug)]
pub(super) struct Trouble {
    summary_every: Duration,
    seen: Vec<(String, u64)>,
    attempts: u64,
    began: Duration,
    said: Duration,
}

impl Trouble {
    pub(super) fn new(summary_every: Duration) -> Self {
        Self { summary_every, seen: Vec::new(), attempts: 0, began: Duration::ZERO, said: Duration::ZERO }
    }

    pub(super) fn failed(&mut self, reason: &str, now: Duration) -> Say {
        if self.attempts == 0 {
            (self.began, self.said) = (now, now);
        }
        self.attempts += 1;
        let Some((_, times)) = self.seen.iter_mut().find(|(seen, _)| seen == reason) else {
            if self.seen.len() >= SEEN_MAX {
                self.seen.remove(0);
            }
            self.seen.push((reason.to_owned(), 1));
            return Say::First;
        };
        *times += 1;
        if now.saturating_sub(self.said) >= self.summary_every {
            self.said = now;
            return Say::Summary { attempts: self.attempts, lasting: now.saturating_sub(self.began) };
        }
        Say::Again { times: *times }
    }

    pub(super) fn is_over(&self) -> bool {
        self.attempts == 0
    }

    pub(super) fn over(&mut self) {
        self.attempts = 0;
        self.seen.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_aloud_the_same_softly_and_a_summary_now_and_then() {
        let s = Duration::from_secs;
        let mut trouble = Trouble::new(s(600));
        assert_eq!(trouble.failed("refused", s(100)), Say::First);
        assert_eq!(trouble.failed("refused", s(110)), Say::Again { times: 2 });
        assert_eq!(trouble.failed("timed out", s(120)), Say::First);
        assert_eq!(trouble.failed("refused", s(130)), Say::Again { times: 3 });
        assert_eq!(trouble.failed("timed out", s(699)), Say::Again { times: 2 });
        assert_eq!(trouble.failed("refused", s(700)), Say::Summary { attempts: 6, lasting: s(600) });
        assert_eq!(trouble.failed("refused", s(701)), Say::Again { times: 5 });
        trouble.over();
        assert!(trouble.is_over());
        assert_eq!(trouble.failed("refused", s(702)), Say::First);
    }

    #[test]
    fn remembers_no_more_than_its_bound() {
        let mut trouble = Trouble::new(Duration::from_mins(10));
        for number in 0..1000 {
            trouble.failed(&number.to_string(), Duration::ZERO);
        }
        assert_eq!(trouble.seen.len(), SEEN_MAX);
    }
}
