//! One line of an export.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

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
    Call(Box<Call>),
    Entry(Box<Entry>),
    Quarantined(Box<Quarantined>),
    /// A call that somebody asked for once more, and that is not delivered again yet.
    Replay(Replay),
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
    /// By what other names numbers went before, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) earlier: Vec<Earlier>,
    /// The greatest number of a call of which somebody may know. Absent: it could not be read, or the program did not write any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) calls_upto: Option<u64>,
}

/// A name by which numbers went, of the outbox and of calls up to these.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Earlier {
    pub(super) source: String,
    pub(super) newest: u64,
    pub(super) calls_upto: u64,
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
    /// Exactly: of the calls from before it was registered it has those up to here …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) history_cursor: Option<u64>,
    /// … and is given those up to here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) history_until: Option<u64>,
    /// Why nothing is delivered to it until somebody enables it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) disabled: Option<String>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Call {
    /// By which number it is stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) call_seq: Option<u64>,
    #[serde(flatten)]
    pub(super) record: CallRecord,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Entry {
    pub(super) seq: u64,
    #[serde(with = "rfc3339")]
    pub(super) at: Time,
    pub(super) message_id: String,
    /// By which number the record is stored; absent for a gap, and for a call that is not stored any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) call_seq: Option<u64>,
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
    /// It is a call from before the sink was there, or one that was asked for once more: its number is that of a call.
    #[serde(default, skip_serializing_if = "is_not")]
    pub(super) history: bool,
    #[serde(flatten)]
    pub(super) entry: Entry,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands it over so")]
fn is_not(flag: &bool) -> bool {
    !flag
}

#[derive(Serialize, Deserialize)]
pub(super) struct Replay {
    pub(super) sink: String,
    /// The call's id.
    pub(super) call: Uuid,
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
