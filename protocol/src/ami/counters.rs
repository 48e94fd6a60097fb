//! What a decoder has seen.

use crate::quirk::Quirk;

/// What a decoder has seen since it was made; a reset does not clear it.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Counters {
    /// Bytes pushed.
    pub bytes: u64,
    /// Messages given out.
    pub messages: u64,
    /// Lines that were no field and were left out of their message.
    pub malformed_lines: u64,
    /// Messages skipped: over a limit, or without a readable first line.
    pub skipped_messages: u64,
    quirks: [u64; Quirk::ALL.len()],
}

impl Counters {
    /// How often a quirk struck.
    pub fn quirk(&self, quirk: Quirk) -> u64 {
        self.quirks.get(quirk.index()).copied().unwrap_or(0)
    }

    /// All quirks that struck, with how often.
    pub fn quirks(&self) -> impl Iterator<Item = (Quirk, u64)> {
        Quirk::ALL.into_iter().map(|quirk| (quirk, self.quirk(quirk))).filter(|&(_, times)| times > 0)
    }

    pub(super) fn strike(&mut self, quirk: Quirk) {
        if let Some(times) = self.quirks.get_mut(quirk.index()) {
            *times += 1;
        }
    }
}
