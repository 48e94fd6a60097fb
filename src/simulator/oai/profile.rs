//! What the simulated system is, and in which of its possible forms it speaks.
//!
//! The reference leaves shapes open ("UNKNOWN"). Each is a setting here. A default that no source confirms is marked *synthetic*:
//! it says what this simulator does unless told otherwise, not what a PBX does.

use std::time::Duration;

use serde::{Deserialize, Deserializer};
use strowger_protocol::oai::{self, Style, Version};

use super::form::Forms;
use crate::telephony::Time;

/// The simulated system as its OAI clients meet it.
#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Profile {
    /// What answers at the port.
    pub role: Role,
    /// Protocol version as RS tells it (OAI reference §2.2, field 5), by example `V10.20`.
    #[serde(deserialize_with = "version")]
    pub protocol: Version,
    /// Software version as RS tells it; opaque.
    pub software: String,
    /// What is licensed.
    pub licence: Licence,
    /// Whether networking is licensed (RS field 9).
    pub networking: bool,
    /// Country code as RS tells it: 1 North America, 2 Japan, 3 United Kingdom, 4 Indonesia, 5 Mexico.
    pub country: u8,
    /// What a client must send at login.
    pub password: String,
    /// How many clients may be logged in at once; 0: any number.
    pub ports: u16,
    /// How far the PBX's wall clock is ahead of UTC, in minutes.
    pub utc_offset_minutes: i32,
    /// After so many milliseconds without a valid command a connection is reset (OAI reference §1.5: 4.5 minutes).
    pub idle_ms: u64,
    /// A client that has not sent its login frame within so many milliseconds is cut off (synthetic: 30 s).
    pub login_ms: u64,
    /// A global resync is honoured at most once in so many milliseconds for each connection (OAI reference §3: 3 minutes).
    pub resync_every_ms: u64,
    /// How long a resync takes from its first line to RD; live events and commands wait meanwhile.
    pub resync_ms: u64,
    /// How many monitors a connection may have at once.
    pub monitors: u32,
    /// How the lines are put into bytes.
    pub wire: Wire,
    /// The shapes that the reference leaves open.
    pub forms: Forms,
    /// How many bytes may wait for a client that does not read; beyond, it is cut off.
    pub output_limit: usize,
    /// The largest frame taken from a client, in bytes (OAI reference §1.2); beyond, it is cut off.
    pub frame_limit: usize,
}

impl Default for Profile {
    fn default() -> Self {
        Self {
            role: Role::Direct { node: 1 },
            protocol: Version { major: 10, minor: 20 },
            software: "V6.0.11.113".into(),
            licence: Licence::Both,
            networking: true,
            country: 1,
            password: String::new(),
            ports: 30,
            utc_offset_minutes: 0,
            idle_ms: 270_000,
            login_ms: 30_000,
            resync_every_ms: 180_000,
            resync_ms: 0,
            monitors: 9_999,
            wire: Wire::default(),
            forms: Forms::default(),
            output_limit: 8 << 20,
            frame_limit: 64 << 10,
        }
    }
}

impl Profile {
    /// A CT Gateway in front of several nodes.
    pub fn gateway() -> Self {
        Self { role: Role::Gateway, monitors: 999_999, ..Self::default() }
    }

    /// True for a CT Gateway.
    pub fn is_gateway(&self) -> bool {
        self.role == Role::Gateway
    }

    pub(super) fn idle(&self) -> Duration {
        Duration::from_millis(self.idle_ms)
    }

    pub(super) fn login(&self) -> Duration {
        Duration::from_millis(self.login_ms)
    }

    /// The node of devices whose id has none, and of this server itself; 0 for a gateway's own lines.
    pub(super) fn home(&self) -> u16 {
        match self.role {
            Role::Gateway => 1,
            Role::Direct { node } => node,
        }
    }

    /// The PBX's wall clock.
    pub(super) fn local(&self, at: Time) -> jiff::civil::DateTime {
        let offset = jiff::tz::Offset::from_seconds(self.utc_offset_minutes.saturating_mul(60)).unwrap_or(jiff::tz::Offset::UTC);
        offset.to_datetime(at.timestamp())
    }

    /// How lines are written.
    pub(super) fn style(&self) -> Style {
        Style {
            line_end: oai::LineEnd::None,
            monitor_digits: self.wire.monitor_digits.unwrap_or(if self.is_gateway() { 6 } else { 3 }),
            count_digits: self.wire.count_digits,
            mask_digits: self.wire.mask_digits,
            cause_digits: self.wire.cause_digits,
            long_queued: self.forms.long_queued,
        }
    }

    /// True from protocol version `major.minor` on.
    pub(super) fn since(&self, major: u16, minor: u16) -> bool {
        self.protocol >= Version { major, minor }
    }
}

fn version<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Version, D::Error> {
    let text = String::deserialize(deserializer)?;
    Version::parse(&text).ok_or_else(|| serde::de::Error::custom(format!("{text:?} is no protocol version such as \"V10.20\"")))
}

/// What answers at the port (OAI reference §2.4).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// A CT Gateway: every node of the exchange behind one port.
    Gateway,
    /// One node itself; devices of other nodes are out of its sight.
    Direct {
        /// Its number.
        node: u16,
    },
}

/// What is licensed, as RS tells it (OAI reference §2.2, field 7).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Licence {
    /// Nothing in common.
    None,
    /// System OAI Events only.
    Events,
    /// Third-Party Call Control only.
    CallControl,
    /// Both.
    Both,
}

impl Licence {
    /// The number on the wire.
    pub fn number(self) -> u8 {
        match self {
            Self::None => 0,
            Self::Events => 1,
            Self::CallControl => 2,
            Self::Both => 3,
        }
    }

    /// True if commands marked `T` are licensed.
    pub fn call_control(self) -> bool {
        matches!(self, Self::CallControl | Self::Both)
    }
}

/// How lines are put into bytes (OAI reference §1.6).
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Wire {
    /// What a line ends with.
    pub line_end: LineEnd,
    /// Up to how many lines one frame holds, where that many are due at the same moment (1 by the reference; whether more occur is unknown).
    pub lines_per_frame: usize,
    /// Writes are cut into pieces of so many bytes; `None`: as large as may be.
    pub split: Option<usize>,
    /// What follows sequence number 999: 0 or 1 (the reference does not know).
    pub wrap_to: u16,
    /// Least digits of a cross-reference id; `None`: 6 from a gateway, 3 from a node (OAI reference §2.4).
    pub monitor_digits: Option<u8>,
    /// Least digits of counts (OAI reference §7.2: padded at will).
    pub count_digits: u8,
    /// Least digits of the masks of lists.
    pub mask_digits: u8,
    /// Least digits of causes, 1 or 2.
    pub cause_digits: u8,
}

impl Default for Wire {
    fn default() -> Self {
        Self {
            line_end: LineEnd::CrLf,
            lines_per_frame: 1,
            split: None,
            wrap_to: 0,
            monitor_digits: None,
            count_digits: 4,
            mask_digits: 1,
            cause_digits: 2,
        }
    }
}

/// What a line from the PBX ends with.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineEnd {
    /// CR LF, as the specification says.
    CrLf,
    /// CR alone.
    Cr,
    /// CR LF and a NUL.
    CrLfNul,
    /// Nothing, where a frame holds one line; CR between several.
    None,
}

impl LineEnd {
    pub(super) fn bytes(self) -> &'static [u8] {
        match self {
            Self::CrLf => b"\r\n",
            Self::Cr => b"\r",
            Self::CrLfNul => b"\r\n\0",
            Self::None => b"",
        }
    }
}
