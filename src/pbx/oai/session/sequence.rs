//! The sequence numbers of one connection's lines (OAI §1.4): what was lost, what came twice.

use std::collections::VecDeque;

use strowger_protocol::oai::Sequence;

/// So many lines are remembered in order to know one that comes again.
const REMEMBERED: usize = 32;

/// What the number of a line says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Place {
    /// The next one, or the first.
    InOrder,
    /// A line that was taken already, byte for byte.
    Again,
    /// Lines are missing before it.
    Gap {
        /// The number that was due.
        due: Sequence,
    },
}

/// The numbers of one connection.
#[derive(Default, Debug)]
pub(super) struct Numbers {
    last: Option<Sequence>,
    recent: VecDeque<u64>,
}

impl Numbers {
    /// A new connection: any number may come first.
    pub(super) fn reset(&mut self) {
        *self = Self::default();
    }

    /// Takes the next line. `restarts`: it is an RS, which begins the count anew.
    pub(super) fn take(&mut self, number: Sequence, line: &[u8], restarts: bool) -> Place {
        let print = fingerprint(line);
        if !restarts && self.recent.contains(&print) {
            return Place::Again;
        }
        if self.recent.len() >= REMEMBERED {
            self.recent.pop_front();
        }
        if restarts {
            self.recent.clear();
        }
        self.recent.push_back(print);
        let last = self.last.replace(number);
        match last {
            Some(last) if !restarts && !number.follows(last) => Place::Gap { due: last.next(Sequence(0)) },
            _ => Place::InOrder,
        }
    }
}

/// FNV-1a: the same for the same bytes in every run.
fn fingerprint(line: &[u8]) -> u64 {
    line.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The places of lines that are told apart by their numbers.
    fn places(numbers: &[u16]) -> Vec<Place> {
        let mut taken = Numbers::default();
        numbers.iter().map(|number| taken.take(Sequence(*number), format!("{number:03},NO").as_bytes(), false)).collect()
    }

    #[test]
    fn one_more_each_time_and_after_999_either_0_or_1() {
        use Place::{Gap, InOrder};
        assert_eq!(places(&[7, 8, 9]), [InOrder; 3]);
        assert_eq!(places(&[998, 999, 0, 1]), [InOrder; 4]);
        assert_eq!(places(&[998, 999, 1, 2]), [InOrder; 4]);
        assert_eq!(places(&[7, 9, 10]), [InOrder, Gap { due: Sequence(8) }, InOrder]);
        assert_eq!(places(&[998, 0]), [InOrder, Gap { due: Sequence(999) }]);
        assert_eq!(places(&[999, 2]), [InOrder, Gap { due: Sequence(0) }]);
    }

    #[test]
    fn a_line_that_comes_again_is_known_and_moves_nothing() {
        use Place::{Again, Gap, InOrder};
        assert_eq!(places(&[1, 2, 3, 2, 3, 4]), [InOrder, InOrder, InOrder, Again, Again, InOrder]);
        let mut numbers = Numbers::default();
        numbers.take(Sequence(5), b"005,RD,0,", false);
        assert_eq!(numbers.take(Sequence(5), b"005,NM,,1,1,0", false), Gap { due: Sequence(6) });
    }

    #[test]
    fn an_rs_begins_anew() {
        let mut numbers = Numbers::default();
        numbers.take(Sequence(512), b"512,XC", false);
        assert_eq!(numbers.take(Sequence(0), b"000,RS,0", true), Place::InOrder);
        assert_eq!(numbers.take(Sequence(1), b"001,RD,0,", false), Place::InOrder);
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut numbers = Numbers::default();
        for number in 0..=999_u16 {
            numbers.take(Sequence(number), &number.to_le_bytes(), false);
        }
        assert_eq!(numbers.recent.len(), REMEMBERED);
    }
}
