//! What destinations are told an entry is.

use crate::spool::outbox::{Body, Entry};

/// `call.ended` for a record; `link.gap` for a gap that began or ended.
pub(super) fn kind(entry: &Entry) -> &'static str {
    match entry.body {
        Body::Record(_) => "call.ended",
        Body::Gap(_) => "link.gap",
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::spool::outbox::Place;
    use crate::telephony::Time;

    /// A call as the outbox hands it over.
    pub(in crate::sink) fn call(seq: u64, json: &str) -> Entry {
        let id = uuid::Uuid::from_u128(u128::from(seq));
        let at = Time::parse("2026-11-22T05:00:00Z").expect("a moment");
        Entry { place: Place::Sequence(seq), message_id: id.to_string(), at, json: json.to_owned(), body: Body::Record(id) }
    }

    #[test]
    fn calls_are_told_from_gaps() {
        assert_eq!(kind(&call(1, "{}")), "call.ended");
    }
}
