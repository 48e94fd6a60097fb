//! Why something happened, in CSTA's words.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

/// A CSTA event cause (ECMA-269 §12.2.15): an open set, known names as constants, others as they came.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cause(SmolStr);

macro_rules! causes {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {
        impl Cause {
            $($(#[$doc])* pub const $name: Self = Self(SmolStr::new_static($text));)*
        }
    };
}

causes! {
    /// Ended as calls end.
    NORMAL_CLEARING = "normalClearing";
    /// The called device is engaged.
    BUSY = "busy";
    /// Nobody answered in time.
    NO_ANSWER = "callNotAnswered";
    /// The call was declined.
    REJECTED = "callRejected";
    /// The caller gave up.
    CALL_CANCELLED = "callCancelled";
    /// Another device answered.
    ANSWERED_ELSEWHERE = "answeredElsewhere";
    /// The call was redirected.
    REDIRECTED = "redirected";
    /// The device cannot be reached.
    DEST_OUT_OF_ORDER = "destOutOfOrder";
    /// The number leads nowhere.
    DEST_NOT_OBTAINABLE = "destNotObtainable";
    /// The network cannot carry the call.
    NETWORK_CONGESTION = "networkCongestion";
    /// Every trunk that leads there is engaged.
    TRUNKS_BUSY = "trunksBusy";
    /// Handed over without asking first.
    SINGLE_STEP_TRANSFER = "singleStepTransfer";
    /// Handed over.
    TRANSFER = "transfer";
    /// Parked.
    PARK = "park";
    /// Picked up elsewhere.
    CALL_PICKUP = "callPickup";
    /// A time ran out.
    TIMEOUT = "timeout";
    /// Not told.
    UNKNOWN = "unknown";
}

impl Cause {
    /// A cause outside the known ones.
    pub fn other(text: impl AsRef<str>) -> Self {
        Self(SmolStr::new(text))
    }

    /// The cause's name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// From a cause value of Q.850 §2.2.7, as most PBXs report them.
    pub fn from_q850(value: u32) -> Self {
        match value {
            16 | 31 => Self::NORMAL_CLEARING,
            17 => Self::BUSY,
            18 | 19 => Self::NO_ANSWER,
            21 => Self::REJECTED,
            1..=3 | 28 => Self::DEST_NOT_OBTAINABLE,
            20 | 27 => Self::DEST_OUT_OF_ORDER,
            22 | 23 => Self::REDIRECTED,
            26 => Self::ANSWERED_ELSEWHERE,
            34 | 38 | 41 | 42 | 44 => Self::NETWORK_CONGESTION,
            0 => Self::UNKNOWN,
            other => Self(SmolStr::from(Cow::from(format!("q850:{other}")))),
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
