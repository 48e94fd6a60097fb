//! A call record with the very text that it came as.

use serde_json::error::Error;

use crate::record::CallRecord;

/// A record as it was received: what this program understands of it, and the text, in which a newer program may have said more.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReceivedRecord {
    record: CallRecord,
    json: String,
}

impl ReceivedRecord {
    /// Understands the text.
    pub fn parse(json: impl Into<String>) -> Result<Self, Error> {
        let json = json.into();
        Ok(Self { record: serde_json::from_str(&json)?, json })
    }

    /// A record of our own.
    pub fn of(record: CallRecord) -> Result<Self, Error> {
        let json = serde_json::to_string(&record)?;
        Ok(Self { record, json })
    }

    /// What is understood.
    pub fn record(&self) -> &CallRecord {
        &self.record
    }

    /// The text, unchanged.
    pub fn json(&self) -> &str {
        &self.json
    }
}
