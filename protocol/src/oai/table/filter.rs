//! Which events a monitor sends (OAI reference §4.2).

use nom::bytes::complete::take_while;
use nom::character::complete::{char, satisfy};
use nom::combinator::all_consuming;
use nom::sequence::separated_pair;
use nom::{IResult, Parser};

use super::super::wire::{Reader, Record, Writer, hex};

/// The four event filters as bit masks; `None`: not given, the default or what was set before holds.
///
/// The meaning of most bits is not documented: ask for [`Filters::everything`] and read what is granted.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
pub struct Filters {
    /// `A:` agent events.
    pub agent: Option<u32>,
    /// `C:` call events.
    pub call: Option<u32>,
    /// `F:` feature events.
    pub feature: Option<u32>,
    /// `S:` system events; only for monitors of type 11.
    pub system: Option<u32>,
}

impl Filters {
    /// Every agent, call and feature event: for monitors of all types but 11.
    pub const fn everything() -> Self {
        Self { agent: Some(0xffff), call: Some(0xffff), feature: Some(0xffff), system: None }
    }

    /// Every system event: for monitors of type 11.
    pub const fn every_system_event() -> Self {
        Self { agent: None, call: None, feature: None, system: Some(0xffff) }
    }
}

/// `filter = ALPHA ":" *HEXDIG`
///
/// `None`: no filter. The mask is `None` where it is blank or unreadable.
pub(in super::super) fn filter(field: &str) -> Option<(char, Option<u32>)> {
    let parsed: IResult<&str, _> = all_consuming(separated_pair(
        satisfy(|letter| letter.is_ascii_alphabetic()),
        char(':'),
        take_while(|digit: char| digit.is_ascii_hexdigit()),
    ))
    .parse(field.trim());
    parsed.ok().map(|(_, (letter, mask))| (letter.to_ascii_uppercase(), hex(mask)))
}

/// Reads as many filters, and blank fields before filters, as there are; writes those given, and blank fields before them.
impl Record for Filters {
    fn read(fields: &mut Reader<'_>) -> Option<Self> {
        let mut filters = Self::default();
        let mut ahead = fields.clone();
        while let Some(field) = ahead.next() {
            let class = match filter(field) {
                Some(('A', mask)) => Some((&mut filters.agent, mask)),
                Some(('C', mask)) => Some((&mut filters.call, mask)),
                Some(('F', mask)) => Some((&mut filters.feature, mask)),
                Some(('S', mask)) => Some((&mut filters.system, mask)),
                _ if field.is_empty() => None,
                _ => break,
            };
            if let Some((class, mask)) = class {
                *class = mask;
                ahead.unreadable += u32::from(mask.is_none());
                *fields = ahead.clone();
            }
        }
        Some(filters)
    }

    fn write(&self, out: &mut Writer<'_>) {
        let class = [('A', self.agent), ('C', self.call), ('F', self.feature)];
        let given = class.iter().rposition(|(_, mask)| mask.is_some()).map_or(0, |last| last + 1);
        let system = [('S', self.system)];
        for (letter, mask) in class.iter().take(given).chain(system.iter().filter(|(_, mask)| mask.is_some())) {
            match mask {
                Some(mask) => out.bare(&smol_str::format_smolstr!("{letter}:{mask:04X}")),
                None => out.bare(""),
            }
        }
    }
}
