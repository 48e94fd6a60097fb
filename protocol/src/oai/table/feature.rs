//! Features of stations: their logical numbers, the mask of a resync, and the codes that are dialled (OAI reference §6.7, §6.8).

use super::super::wire::{Wire, Writer, hex};
use super::{decimal, numbers};

numbers! {
    /// Logical number of a feature: the same on every PBX, whatever code is dialled for it.
    FeatureNumber(u16) {
        DIAGNOSTICS = 1, "diagnostics";
        SPEAKERPHONE = 34, "speakerphone";
        BACKGROUND_MUSIC = 35, "background music";
        MUTE = 36, "mute";
        HEADSET = 39, "headset";
        HANDSFREE = 40, "handsfree";
        HUNT_GROUP_REMOVE_REPLACE = 43, "hunt group remove/replace";
        PAGE = 44, "page";
        SYSTEM_FORWARD = 55, "system forward";
        FORWARD_ALL = 56, "forward all calls";
        FORWARD_NO_ANSWER = 57, "forward if no answer";
        FORWARD_BUSY = 58, "forward if busy";
        FORWARD_NO_ANSWER_OR_BUSY = 59, "forward if no answer or busy";
        AUTO_CO_ACCESS = 60, "automatic trunk access";
        AUTO_IC_ACCESS = 61, "automatic intercom access";
        MESSAGE = 62, "message";
        DO_NOT_DISTURB = 68, "do-not-disturb";
        RING_INTERCOM_ALWAYS = 70, "ring intercom always";
        ACD_TOGGLE = 96, "ACD log in/out";
        STATION_MONITOR = 101, "station monitor";
        SWITCH_KEYMAP = 102, "switch keymap";
        AGENT_HELP = 103, "agent help";
        RECORD_A_CALL = 105, "record-a-call";
        GROUP_LISTEN = 106, "group listen";
        OUTSIDE_PARTY_NAME = 119, "show outside party's name";
        BARGE_IN = 136, "barge-in";
    }
}

decimal! { FeatureNumber }

/// The feature of each bit of a [`FeatureMask`], from bit 0. Dynamic Extension Express has no known bit.
const BITS: [FeatureNumber; 26] = [
    FeatureNumber::SPEAKERPHONE,
    FeatureNumber::BACKGROUND_MUSIC,
    FeatureNumber::DO_NOT_DISTURB,
    FeatureNumber::HANDSFREE,
    FeatureNumber::HEADSET,
    FeatureNumber::HUNT_GROUP_REMOVE_REPLACE,
    FeatureNumber::FORWARD_BUSY,
    FeatureNumber::FORWARD_NO_ANSWER,
    FeatureNumber::FORWARD_NO_ANSWER_OR_BUSY,
    FeatureNumber::FORWARD_ALL,
    FeatureNumber::MUTE,
    FeatureNumber::PAGE,
    FeatureNumber::RING_INTERCOM_ALWAYS,
    FeatureNumber::MESSAGE,
    FeatureNumber::SYSTEM_FORWARD,
    FeatureNumber::AUTO_CO_ACCESS,
    FeatureNumber::AUTO_IC_ACCESS,
    FeatureNumber::DIAGNOSTICS,
    FeatureNumber::ACD_TOGGLE,
    FeatureNumber::STATION_MONITOR,
    FeatureNumber::SWITCH_KEYMAP,
    FeatureNumber::AGENT_HELP,
    FeatureNumber::RECORD_A_CALL,
    FeatureNumber::GROUP_LISTEN,
    FeatureNumber::OUTSIDE_PARTY_NAME,
    FeatureNumber::BARGE_IN,
];

/// The features that are on at a station, as FE tells them during a resync: 7 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
pub struct FeatureMask(pub u32);

impl FeatureMask {
    /// Whether that feature is on. `None`: the mask does not tell it.
    pub fn get(self, feature: FeatureNumber) -> Option<bool> {
        BITS.iter().position(|&known| known == feature).map(|bit| self.0 >> bit & 1 == 1)
    }

    /// With that feature on or off; unchanged if the mask does not tell it.
    #[must_use]
    pub fn with(self, feature: FeatureNumber, on: bool) -> Self {
        match BITS.iter().position(|&known| known == feature) {
            Some(bit) if on => Self(self.0 | 1 << bit),
            Some(bit) => Self(self.0 & !(1 << bit)),
            None => self,
        }
    }

    /// The features that are on.
    pub fn features(self) -> impl Iterator<Item = FeatureNumber> {
        BITS.into_iter().enumerate().filter(move |(bit, _)| self.0 >> bit & 1 == 1).map(|(_, feature)| feature)
    }
}

impl Wire for FeatureMask {
    fn read(field: &str) -> Option<Self> {
        hex(field).map(Self)
    }

    fn write(&self, out: &mut Writer<'_>) {
        out.hex(self.0, 7);
    }
}

/// The codes that are dialled for features where nobody has changed them (US defaults). Read list 8 for those in force.
pub mod feature_code {
    macro_rules! codes {
        ($($name:ident = $code:literal, $text:literal;)*) => {
            $(#[doc = concat!($text, ".")] pub const $name: &str = $code;)*

            /// All of them with what they do.
            pub const ALL: &[(&str, &str)] = &[$(($code, $text)),*];
        };
    }

    codes! {
        REVERSE_TRANSFER = "4", "Reverse transfer: pick up a call that rings elsewhere";
        CONFERENCE = "5", "Conference";
        QUEUE = "6", "Queue: call back when free";
        ROUTING_OFF = "304", "Routing off: ends offering control";
        STATION_MONITOR = "321", "Station monitor";
        HUNT_GROUP_REMOVE = "322", "Hunt group remove";
        HUNT_GROUP_REPLACE = "323", "Hunt group replace";
        HUNT_GROUP_TOGGLE = "324", "Hunt group remove/replace toggle";
        ACD_LOG_IN = "326", "ACD agent log in";
        ACD_LOG_OUT = "327", "ACD agent log out";
        ACD_TOGGLE = "328", "ACD agent log in/out toggle";
        ACD_END_WRAP_UP = "329", "ACD agent wrap-up terminate";
        REDIRECT = "331", "Redirect call";
        SYSTEM_HOLD = "335", "Hold, system";
        INDIVIDUAL_HOLD = "336", "Hold, individual";
        TRANSFER_TO_RING = "345", "Transfer to ring";
        TRANSFER_TO_HOLD = "346", "Transfer to hold";
        HOT_DESK = "348", "Hot desk log on/off";
        ANSWER = "351", "Answer";
        SYSTEM_FORWARD_ON = "352", "System forward on";
        SYSTEM_FORWARD_OFF = "353", "System forward off";
        SYSTEM_FORWARD_TOGGLE = "354", "System forward toggle";
        FORWARD_ALL = "355", "Forward all calls";
        FORWARD_NO_ANSWER = "356", "Forward if no answer";
        FORWARD_BUSY = "357", "Forward if busy";
        FORWARD_NO_ANSWER_OR_BUSY = "358", "Forward if no answer or busy";
        REMOTE_PROGRAMMING = "359", "Remote programming";
        DEE_OFF = "362", "Dynamic Extension Express off";
        DEE_ON = "363", "Dynamic Extension Express on";
        DEE_TOGGLE = "364", "Dynamic Extension Express toggle";
        MESSAGE_LEAVE = "365", "Leave a message";
        MESSAGE_CANCEL = "366", "Cancel a message that was left";
        MESSAGE_SILENT = "367", "Leave a message without ringing";
        MESSAGE_CANCEL_CURRENT = "368", "Cancel the current message";
        DND_ON = "370", "Do-not-disturb on";
        DND_OFF = "371", "Do-not-disturb off";
        DND_TOGGLE = "372", "Do-not-disturb toggle";
        DND_OVERRIDE = "373", "Do-not-disturb override";
        AGENT_HELP = "375", "Agent help";
        AGENT_HELP_REJECT = "376", "Agent help reject";
        SHOW_OUTSIDE_PARTY = "379", "Show outside party's name";
        SYSTEM_SPEED_DIAL = "381", "System speed dial";
        STATION_SPEED_DIAL = "382", "Station speed dial";
        RECORD_A_CALL = "385", "Record-a-call";
        BARGE_IN = "386", "Barge-in";
        STEAL = "387", "Steal a call";
        DEE_HANDOFF = "388", "Dynamic Extension Express handoff";
        ACCOUNT_CODE = "390", "Account code";
        ACCOUNT_CODE_2 = "391", "Account code, second form";
        PROGRAM_KEYS = "397", "Program keys";
        SWITCH_KEYMAP = "399", "Switch keymap";
    }
}
