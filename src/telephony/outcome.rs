//! How calls and the devices in them fare.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// By who began the call.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// From outside.
    Inbound,
    /// An extension dialled outside.
    Outbound,
    /// All others.
    Internal,
}

/// How the call went.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CallOutcome {
    /// A person on the called side answered.
    Answered,
    /// Nobody did, until the PBX gave up.
    NoAnswer,
    /// The caller gave up.
    Abandoned,
    /// Engaged.
    Busy,
    /// Declined.
    Rejected,
    /// It could not be put through.
    Failed,
    /// The end was not seen, and nobody had answered before.
    LinkLost,
}

/// How a device came into the call.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// It began the call.
    Caller,
    /// It was called.
    Called,
    /// The call waited there, or the device was offered the call by a queue.
    Queue,
    /// It called in order to ask before a transfer.
    Consultation,
    /// The call was transferred to it.
    TransferTarget,
    /// The call was forwarded to it.
    ForwardTarget,
    /// It took a call that rang or was parked elsewhere.
    Pickup,
    /// It joined a conference.
    Conference,
    /// It listens in.
    Monitor,
}

/// How it went for one device.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SegmentOutcome {
    /// It answered.
    Answered,
    /// It did not.
    NoAnswer,
    /// Another device answered first.
    AnsweredElsewhere,
    /// The caller gave up while it rang or queued.
    Abandoned,
    /// Engaged.
    Busy,
    /// Declined.
    Rejected,
    /// The call was sent on from here.
    Diverted,
    /// It could not be reached.
    Failed,
    /// What became of it was not seen.
    LinkLost,
}

/// How a device left the call.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LeftBy {
    /// Its own party hung up or declined.
    Hangup,
    /// Another party or the PBX ended it.
    RemoteHangup,
    /// It handed the call over, or the call was taken on from here by a transfer.
    Transfer,
    /// Its parties went into a conference.
    Conference,
    /// Another device picked the call up.
    Pickup,
    /// The call was parked.
    Park,
    /// Put through: from a queue to who answered, from a park slot to who retrieved.
    PutThrough,
    /// Another device of the same offer answered.
    AnsweredElsewhere,
    /// The call was sent on.
    Diversion,
    /// The time for answering or waiting ran out.
    Timeout,
    /// It could not be reached.
    Failure,
    /// Out of sight when it ended.
    LinkLost,
}

/// With or without asking first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TransferKind {
    /// Without (ECMA-269 Single Step Transfer).
    Blind,
    /// After a consultation, also one whose target still rang.
    Attended,
}

/// The rules of attribution, in order of precedence.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// An agent was logged on at the device, and the agent ID belongs to a user.
    Agent,
    /// The device is a user's primary extension.
    PrimaryExtension,
    /// The device is one of a user's secondary extensions.
    SecondaryExtension,
    /// The device is a DEE member of a main that is a user's primary extension.
    Dee,
    /// Nobody.
    None,
}
