//! One line of an export.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::privacy::{Hold, Receipt};
use crate::record::{CallRecord, LinkGap};
use crate::telephony::{Time, rfc3339};

/// A line.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Line {
    /// The first one.
    StrowgerSpool(Head),
    Hold(Hold),
    Receipt(Receipt),
    Sink(Sink),
    /// A call that was stored before a sink that shall have it, or any call.
    Call(Box<CallRecord>),
    Entry(Box<Entry>),
    Quarantined(Box<Quarantined>),
    /// Numbers that could not be read.
    Missing(Missing),
    Checkpoint(State),
    Event(State),
    Alive(Alive),
    /// The last one.
    End(End),
}

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Head {
    pub(super) format: u32,
    pub(super) version: String,
    #[serde(with = "rfc3339")]
    pub(super) exported_at: Time,
    /// Absent: it could not be read.
    pub(super) source: Option<String>,
    pub(super) newest: u64,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Sink {
    pub(super) name: String,
    pub(super) configured: bool,
    #[serde(with = "rfc3339")]
    pub(super) registered_at: Time,
    /// It has everything up to here.
    pub(super) cursor: u64,
    /// Calls from before it was registered that it lacks, about.
    pub(super) history: u64,
    /// Why nothing is delivered to it until somebody enables it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) disabled: Option<String>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Entry {
    pub(super) seq: u64,
    #[serde(with = "rfc3339")]
    pub(super) at: Time,
    pub(super) message_id: String,
    #[serde(flatten)]
    pub(super) body: Body,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Body {
    Record(Box<CallRecord>),
    Gap(LinkGap),
}

impl Body {
    pub(super) fn json(&self) -> serde_json::Result<String> {
        match self {
            Self::Record(record) => serde_json::to_string(record),
            Self::Gap(gap) => serde_json::to_string(gap),
        }
    }
}

#[derive(Serialize, Deserialize)]
pub(super) struct Quarantined {
    pub(super) sink: String,
    pub(super) reason: String,
    #[serde(with = "rfc3339")]
    pub(super) refused_at: Time,
    #[serde(flatten)]
    pub(super) entry: Entry,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Missing {
    pub(super) from: u64,
    pub(super) to: u64,
    pub(super) why: String,
}

/// What the journal holds: as JSON, or in base64 where it is none.
#[derive(Serialize, Deserialize)]
pub(super) struct State {
    pub(super) pbx: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    json: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    base64: Option<String>,
}

impl State {
    pub(super) fn of(pbx: &str, bytes: &[u8]) -> Self {
        let json = serde_json::from_slice(bytes).ok();
        let base64 = json.is_none().then(|| BASE64.encode(bytes));
        Self { pbx: pbx.to_owned(), json, base64 }
    }

    pub(super) fn bytes(&self) -> Result<Vec<u8>, String> {
        match (&self.json, &self.base64) {
            (Some(json), None) => serde_json::to_vec(json).map_err(|error| error.to_string()),
            (None, Some(text)) => BASE64.decode(text).map_err(|error| error.to_string()),
            // A state that is `null`.
            (None, None) => Ok(b"null".to_vec()),
            (Some(_), Some(_)) => Err("both json and base64".to_owned()),
        }
    }
}

#[derive(Serialize, Deserialize)]
pub(super) struct Alive {
    pub(super) pbx: String,
    #[serde(with = "rfc3339")]
    pub(super) at: Time,
}

#[derive(Serialize, Deserialize)]
pub(super) struct End {
    /// Before this one.
    pub(super) lines: u64,
}
