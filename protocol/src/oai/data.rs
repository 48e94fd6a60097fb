//! Fields whose length an earlier field counts: they may hold any byte, line ends, commas and pipes included
//! (OAI reference §5.5 GDA, §7.4).

use memchr::{memchr, memchr2};

/// Where counted data stands in a line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Counted {
    /// Where it begins.
    pub(super) start: usize,
    /// Its bytes as counted; the line may hold fewer.
    pub(super) count: usize,
}

/// The counted data of the line that begins here. `None`: it has none.
///
/// On the characters of a line the same with the count in characters, for each byte is one.
pub(super) fn counted(line: &[u8]) -> Option<Counted> {
    let mut fields = Fields { rest: line, at: 0 };
    let count_at = match fields.next()? {
        b"_GSD" => 3,
        b"_GAD" | b"_GMD" => 4,
        [b'_', ..] => return None,
        _ => match fields.next()? {
            b"GDA" => 7 - 1,
            b"CF" if fields.next()? == b"_GRD" => 9 - 2,
            _ => return None,
        },
    };
    let count = std::str::from_utf8(fields.nth(count_at - 1)?).ok()?.trim().parse().ok()?;
    (!fields.rest.is_empty()).then_some(Counted { start: fields.at, count })
}

/// Where the line ends that begins here: at CR or LF behind its counted data, or with the payload.
pub(super) fn line_end(payload: &[u8]) -> usize {
    let from = protected(payload);
    memchr2(b'\r', b'\n', payload.get(from..).unwrap_or_default()).map_or(payload.len(), |end| from + end)
}

/// So many bytes of the line stay as they are, whatever they hold.
pub(super) fn protected(line: &[u8]) -> usize {
    counted(line).map_or(0, |data| data.start.saturating_add(data.count).min(line.len()))
}

/// Fields up to the first line end, with commas between pipes taken as text.
struct Fields<'a> {
    rest: &'a [u8],
    /// Where `rest` begins.
    at: usize,
}

impl<'a> Iterator for Fields<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let mut within = false;
        for (end, byte) in self.rest.iter().enumerate() {
            match byte {
                b'|' => within = !within,
                b'\r' | b'\n' => return None,
                b',' if !within => {
                    let (field, rest) = self.rest.split_at(end);
                    self.rest = rest.get(1..).unwrap_or_default();
                    self.at += end + 1;
                    return Some(field);
                }
                _ => {}
            }
        }
        None
    }
}

/// Whether the pipes of a line, apart from its counted data, come in pairs.
pub(super) fn pipes_pair(line: &str) -> bool {
    let bytes = line.as_bytes();
    if memchr(b'|', bytes).is_none() {
        return true;
    }
    let head = counted(bytes).and_then(|data| bytes.get(..data.start)).unwrap_or(bytes);
    memchr::memchr_iter(b'|', head).count().is_multiple_of(2)
}
