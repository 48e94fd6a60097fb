//! Lines: how they are written, and what a file of them says of what is in it.

use std::io::{self, BufRead};

use serde::Deserialize;

use crate::sink::message;
use crate::spool::outbox::{Entry, Place, Sources};

/// Appends one line with its end. A line that somebody asked for by hand says nothing of how far the file has got.
pub(super) fn append(buffer: &mut Vec<u8>, entry: &Entry, sources: &Sources, is_asked_for: bool) {
    // What comes from the outbox has no line end in it: it is JSON as serde writes it. One that had would only be two bad lines.
    let json = entry.json.replace(['\n', '\r'], " ");
    let (number, value) = match entry.place {
        Place::Sequence(number) | Place::History(number) if is_asked_for => ("again", number),
        Place::Sequence(seq) => ("seq", seq),
        Place::History(call) => ("history", call),
    };
    let (kind, id, at, source) = (message::kind(entry), &entry.message_id, entry.at, sources.of(entry.place));
    let line = format!(
        "{{\"{number}\":{value},\"source\":\"{source}\",\"message_id\":\"{id}\",\"type\":\"{kind}\",\"timestamp\":\"{at}\",\"data\":{json}}}\n"
    );
    buffer.extend_from_slice(line.as_bytes());
}

/// What a file has.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) struct Contents {
    /// So many bytes are whole lines.
    pub(super) whole_bytes: u64,
    /// The last number in it that this database has given: they rise, but after an older copy of it was put back.
    pub(super) last_seq: Option<u64>,
    /// The same for calls from before the sink was.
    pub(super) last_history: Option<u64>,
    /// There are numbers that went out under a name of this database before an older copy of it was put back and renumbered.
    pub(super) has_lost: bool,
}

#[derive(Deserialize)]
struct Head<'a> {
    seq: Option<u64>,
    history: Option<u64>,
    #[serde(borrow)]
    source: std::borrow::Cow<'a, str>,
}

/// Reads a file through. A line that is no line of ours counts as whole and says nothing.
pub(super) fn read(mut file: impl BufRead, sources: &Sources) -> io::Result<Contents> {
    let mut contents = Contents::default();
    let mut line = Vec::new();
    loop {
        line.clear();
        file.read_until(b'\n', &mut line)?;
        if line.last() != Some(&b'\n') {
            return Ok(contents);
        }
        contents.whole_bytes += line.len() as u64;
        if let Ok(head) = serde_json::from_slice::<Head<'_>>(&line) {
            let own = |number: &Option<u64>, place: fn(u64) -> Place| number.filter(|number| sources.of(place(*number)) == head.source);
            let (seq, history) = (own(&head.seq, Place::Sequence), own(&head.history, Place::History));
            contents.last_seq = seq.or(contents.last_seq);
            contents.last_history = history.or(contents.last_history);
            contents.has_lost |= head.seq.is_some() && seq.is_none() && sources.was(&head.source);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sink::message::tests::call;

    #[test]
    fn what_was_written_is_read() {
        let one = Sources::one("one");
        let mut bytes = Vec::new();
        for seq in [3, 4, 5] {
            append(&mut bytes, &call(seq, "{\"a\":\n1}"), &one, false);
        }
        append(&mut bytes, &call(90, "{}"), &Sources::one("another"), false);
        append(&mut bytes, &call(91, "{}"), &one, true);
        let whole = bytes.len() as u64;
        bytes.extend_from_slice(b"{\"seq\":6,\"source\":\"one\",");
        let contents = read(&bytes[..], &one).expect("read");
        assert_eq!(contents, Contents { whole_bytes: whole, last_seq: Some(5), last_history: None, has_lost: false });
        for line in bytes[..usize::try_from(whole).expect("small")].split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            serde_json::from_slice::<serde_json::Value>(line).expect("each line is JSON");
        }
    }
}
