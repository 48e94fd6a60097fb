//! How messages look on the wire: subjects, headers, body.

use async_nats::HeaderMap;
use async_nats::jetstream::message::PublishMessage;

use crate::record::site_token;
use crate::spool::outbox::{Body, Entry, Sources};

/// The version of this description of the wire.
const VERSION: &str = "1";

/// Subjects and headers of one site.
#[derive(Clone, Debug)]
pub(super) struct Wire {
    calls: String,
    gaps: String,
    sources: Sources,
}

impl Wire {
    pub(super) fn new(prefix: &str, site: &str, sources: &Sources) -> Self {
        let site = site_token(site);
        Self { calls: format!("{prefix}.{site}.calls"), gaps: format!("{prefix}.{site}.gaps"), sources: sources.clone() }
    }

    pub(super) fn subject(&self, entry: &Entry) -> String {
        match entry.body {
            Body::Record(_) => self.calls.clone(),
            Body::Gap(_) => self.gaps.clone(),
        }
    }

    /// Both, for messages.
    pub(super) fn subjects(&self) -> String {
        format!("{} and {}", self.calls, self.gaps)
    }

    /// The record or gap as it was stored, with the message's id, by which the stream tells duplicates, and its place at its source.
    pub(super) fn message(&self, entry: &Entry) -> PublishMessage {
        let mut headers = HeaderMap::new();
        headers.insert("Strowger-Version", VERSION);
        if let Some(seq) = entry.seq() {
            headers.insert("Strowger-Source", self.sources.of(entry.place));
            headers.insert("Strowger-Seq", seq.to_string());
        }
        PublishMessage::build().payload(entry.json.clone().into()).headers(headers).message_id(&entry.message_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sink::message::tests::call;

    #[test]
    fn a_site_is_one_token() {
        assert_eq!(Wire::new("strowger", "a.b", &Sources::one("s")).subject(&call(1, "{}")), "strowger.a%2Eb.calls");
    }
}
