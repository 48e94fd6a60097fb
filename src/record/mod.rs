//! The call record: what is stored, forwarded and shown of one finished call.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

mod build;
mod link_gap;
mod schema;
mod site_token;

pub use build::{CallIdentity, Naming, build};
pub use link_gap::LinkGap;
pub use schema::json_schema;
pub use site_token::site_token;

pub use crate::telephony::{CallOutcome, Direction, LeftBy, Role, Rule, SegmentOutcome, TransferKind};
use crate::telephony::{DeviceKind, Time, rfc3339};

/// One call: all switch calls that transfer, conference, consultation, park or pickup tie together.
///
/// Times are RFC 3339 in UTC with milliseconds, durations integer milliseconds.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct CallRecord {
    /// Deterministic from site, PBX and the switch's identity of the first switch call.
    pub id: Uuid,
    /// Name of the site.
    pub site: String,
    /// Name of the PBX at that site.
    pub pbx: String,
    /// What the PBX numbered these calls, in order of appearance; of two calls that became one the older call's first.
    pub switch_calls: Vec<String>,
    /// By who began the call.
    pub direction: Direction,
    /// The party that began the call.
    pub caller: PartyInfo,
    /// What that party dialled.
    pub dialled: PartyInfo,
    /// The trunk that the call came in or went out by first.
    pub trunk: Option<String>,
    /// When the call began.
    #[serde(with = "rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    pub started_at: Time,
    /// When the first person on the called side answered.
    #[serde(with = "rfc3339::option")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub answered_at: Option<Time>,
    /// When the last party was gone.
    #[serde(with = "rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    pub ended_at: Time,
    /// How it went.
    pub outcome: CallOutcome,
    /// The call was there already when this program began to watch: it began at `started_at` or earlier.
    pub start_uncertain: bool,
    /// The call ended unseen, at `ended_at` (the last sign of life) or later.
    pub end_uncertain: bool,
    /// While these the PBX was out of sight.
    pub gaps: Vec<Gap>,
    /// One device's stay each, in order of appearance.
    pub segments: Vec<Segment>,
    /// Since when numbers and names are gone from it, because it was kept long enough; absent: they are there.
    #[serde(default, with = "rfc3339::option", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub anonymised_at: Option<Time>,
}

/// A time when the PBX was out of sight.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Gap {
    /// Last sign of life before.
    #[serde(with = "rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    pub from: Time,
    /// Back in step.
    #[serde(with = "rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    pub until: Time,
}

/// A number and a name as presented.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize, ToSchema)]
pub struct PartyInfo {
    /// The number as presented or dialled.
    pub number: Option<String>,
    /// The same in E.164, where the site's country is configured and the number is a public one.
    pub e164: Option<String>,
    /// The name as presented.
    pub name: Option<String>,
}

/// One device's stay in the call, from its first state to its last.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Segment {
    /// 1 for the first of the call.
    pub seq: u32,
    /// The device.
    pub device: String,
    /// What the device is.
    pub device_kind: DeviceKind,
    /// The agent logged on there at the instant that counts.
    pub agent: Option<String>,
    /// How the device came into the call.
    pub role: Role,
    /// First state: offered, alerting, queued or originated.
    #[serde(with = "rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    pub started_at: Time,
    /// When the device answered; for the calling side, when it was put through or the PBX answered it.
    #[serde(with = "rfc3339::option")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub answered_at: Option<Time>,
    /// Last state.
    #[serde(with = "rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    pub ended_at: Time,
    /// Milliseconds of ringing.
    pub ring_ms: u64,
    /// Milliseconds answered, without holding.
    pub talk_ms: u64,
    /// Milliseconds during which this device held the others.
    pub hold_ms: u64,
    /// Milliseconds of waiting in a queue or park slot.
    pub queue_ms: u64,
    /// When this device held the others.
    #[serde(with = "rfc3339::spans")]
    #[schema(value_type = Vec<Vec<String>>)]
    pub holds: Vec<(Time, Time)>,
    /// How it went for this device.
    pub outcome: SegmentOutcome,
    /// How it left.
    pub left_by: LeftBy,
    /// CSTA event cause (ECMA-269 §12.2.15) of its end.
    pub cause: String,
    /// The hand-over, where this device gave the call away.
    pub transfer: Option<Transfer>,
    /// Who is credited.
    pub user: Option<UserRef>,
    /// That user's primary group at the same instant.
    pub group: Option<GroupRef>,
    /// Why.
    pub attribution: Attribution,
}

/// A hand-over.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Transfer {
    /// With or without asking first.
    pub kind: TransferKind,
    /// The segment that the call was handed to; `null` where it reached no device.
    pub to_seq: Option<u32>,
}

/// A user as known when the record was made.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct UserRef {
    /// Stable.
    pub id: Uuid,
    /// Display name at that time.
    pub name: String,
}

/// A group as known when the record was made.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct GroupRef {
    /// Stable.
    pub id: Uuid,
    /// Name at that time.
    pub name: String,
}

/// Why a segment is credited as it is.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Attribution {
    /// The rule that decided.
    pub rule: Rule,
    /// The instant that counts: answer; else first alerting or queueing; for the calling side origination.
    #[serde(with = "rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    pub at: Time,
    /// What is associated with the user: `extension 1001`, `agent 2001`, `dee 1001 > 1011`.
    pub association: Option<String>,
    /// Since when that association holds; `null`: since before anything was recorded.
    #[serde(with = "rfc3339::option")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub since: Option<Time>,
    /// In a word: `agent_logged_on`, `associated`, `dee_member`, or for rule `none` why nobody: `not_a_person`, `external`, `unassigned`, `dee_conflict`, `dee_main_unassigned`.
    pub reason: String,
    /// What was known at that instant may be stale: a gap covers it.
    pub uncertain: bool,
    /// What else was looked at, in the order of the rules, each as a sentence.
    pub considered: Vec<String>,
}
