//! The fields of a line, read one after the other: `fields = field *( "," field )`, where commas between pipes are text
//! (OAI reference §1.4).

use smol_str::SmolStr;

use super::data;
use super::text;
use super::wire::Wire;

/// A field whose meaning is not known here, kept as it came.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Field {
    /// Without pipes; empty if blank.
    Bare(SmolStr),
    /// Between pipes.
    Text(SmolStr),
}

impl Field {
    /// A field as it stands in a line: between pipes it is a text.
    pub fn of(field: &str) -> Self {
        match field.strip_prefix('|').and_then(|field| field.strip_suffix('|')) {
            Some(text) => Self::Text(SmolStr::new(text)),
            None => Self::Bare(SmolStr::new(field)),
        }
    }

    /// What it holds, without the pipes.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Bare(text) | Self::Text(text) => text,
        }
    }
}

/// One leading and one trailing pipe taken off.
pub(super) fn unwrapped(field: &str) -> &str {
    let field = field.strip_prefix('|').unwrap_or(field);
    field.strip_suffix('|').unwrap_or(field)
}

/// The fields of a line, one after the other.
#[derive(Clone)]
pub(super) struct Reader<'a> {
    /// What is left; `None` behind the last field.
    rest: Option<&'a str>,
    /// Pipes do not protect commas: there is an odd number of them.
    plain: bool,
    pub(super) unreadable: u32,
}

impl<'a> Reader<'a> {
    pub(super) fn new(line: &'a str) -> Self {
        Self { rest: Some(line), plain: !data::pipes_pair(line), unreadable: 0 }
    }

    pub(super) fn odd_pipes(&self) -> bool {
        self.plain
    }

    /// The next field as it stands there; `None` behind the last.
    pub(super) fn next(&mut self) -> Option<&'a str> {
        let rest = self.rest?;
        let end = if self.plain { memchr::memchr(b',', rest.as_bytes()) } else { field_end(rest.as_bytes()) };
        let Some((field, comma_and_rest)) = end.and_then(|end| rest.split_at_checked(end)) else {
            self.rest = None;
            return Some(rest);
        };
        self.rest = comma_and_rest.get(1..);
        Some(field)
    }

    pub(super) fn peek(&self) -> Option<&'a str> {
        self.clone().next()
    }

    /// The next value; behind the last field all are blank. `None`: a value that must be there is blank or unreadable.
    pub(super) fn take<T: Wire>(&mut self) -> Option<T> {
        T::take(self.next().unwrap_or_default(), &mut self.unreadable)
    }

    /// How many fields are left.
    pub(super) fn remaining(&self) -> usize {
        let mut ahead = self.clone();
        std::iter::from_fn(|| ahead.next()).count()
    }

    pub(super) fn skip(&mut self, fields: usize) {
        for _ in 0..fields {
            self.next();
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rest.is_none()
    }

    /// Whatever is left, as it came.
    pub(super) fn fields(&mut self) -> Vec<Field> {
        std::iter::from_fn(|| self.next()).map(Field::of).collect()
    }

    /// What is left of the line, commas and all.
    pub(super) fn tail(&mut self) -> &'a str {
        self.rest.take().unwrap_or_default()
    }

    /// So many bytes, whatever they are; fewer if the line ends before. A comma behind them is taken too.
    pub(super) fn counted(&mut self, count: usize) -> Vec<u8> {
        let rest = self.rest.take().unwrap_or_default();
        let end = rest.char_indices().nth(count).map_or(rest.len(), |(end, _)| end);
        let (data, behind) = rest.split_at_checked(end).unwrap_or((rest, ""));
        self.rest = behind.strip_prefix(',').or((!behind.is_empty()).then_some(behind));
        text::encode(data)
    }
}

/// Where the first comma outside of pipes is.
fn field_end(line: &[u8]) -> Option<usize> {
    let mut within = false;
    for (at, byte) in line.iter().enumerate() {
        match byte {
            b'|' => within = !within,
            b',' if !within => return Some(at),
            _ => {}
        }
    }
    None
}
