//! Event_Cause: why something happened (OAI reference §6.2).

use super::super::wire::{Wire, Writer};
use super::numbers;

numbers! {
    /// Why something happened; two digits on the wire, sometimes one.
    Cause(u8) {
        ACTIVE_MONITOR = 1, "active monitor";
        ALTERNATE = 2, "alternate";
        BUSY = 3, "busy";
        CALLBACK = 4, "callback";
        CALL_CANCELLED = 5, "call cancelled";
        FORWARD_ALWAYS = 6, "forward always";
        FORWARD_BUSY = 7, "forward busy";
        FORWARD_NO_ANSWER = 8, "forward no answer";
        CALL_FORWARD = 9, "call forward";
        CALL_NOT_ANSWERED = 10, "call not answered";
        CALL_PICKUP = 11, "call pickup";
        CAMP_ON = 12, "camp on";
        DESTINATION_NOT_AVAILABLE = 13, "destination not available";
        DO_NOT_DISTURB = 14, "do-not-disturb";
        INCOMPATIBLE_DESTINATION = 15, "incompatible destination";
        INVALID_ACCOUNT_CODE = 16, "invalid account code";
        KEY_CONFERENCE = 17, "key conference";
        LOCKOUT = 18, "lockout";
        MAINTENANCE = 19, "maintenance";
        NETWORK_CONGESTION = 20, "network congestion";
        NETWORK_NOT_OBTAINABLE = 21, "network not obtainable";
        NEW_CALL = 22, "new call";
        NO_AVAILABLE_AGENTS = 23, "no available agents";
        OVERRIDE = 24, "override";
        PARK = 25, "park";
        OVERFLOW = 26, "overflow";
        RECALL = 27, "recall";
        REDIRECTED = 28, "redirected";
        REORDER_TONE = 29, "reorder tone";
        RESOURCES_NOT_AVAILABLE = 30, "resources not available";
        SILENT_MONITOR = 31, "silent monitor";
        TRANSFER = 32, "transfer";
        TRUNKS_BUSY = 33, "trunks busy";
        VOICE_UNIT_INITIATOR = 34, "voice unit initiator";
        ANSWERED = 35, "answered";
        NORMAL_CLEAR = 36, "normal clear";
        SYSTEM_HOLD = 37, "hold, system";
        HOLD_FOR_TRANSFER = 38, "hold for transfer";
        HOLD_FOR_CONFERENCE = 39, "hold for conference";
        TRANSFER_ANNOUNCEMENT = 40, "transfer announcement";
        CONFERENCE = 41, "conference";
        INDIVIDUAL_HOLD = 42, "hold, individual";
        RECORD_A_CALL = 43, "record-a-call";
        CALL_STOLEN = 44, "call stolen";
    }
}

impl Cause {
    /// The cause of the same meaning in CSTA (ECMA-269 §12.2.15). `None`: CSTA has none, or the number is not known.
    pub const fn csta_name(self) -> Option<&'static str> {
        Some(match self {
            Self::ACTIVE_MONITOR => "activeParticipation",
            Self::ALTERNATE => "alternate",
            Self::BUSY => "busy",
            Self::CALLBACK => "callBack",
            Self::CALL_CANCELLED => "callCancelled",
            Self::FORWARD_ALWAYS => "callForwardImmediate",
            Self::FORWARD_BUSY => "callForwardBusy",
            Self::FORWARD_NO_ANSWER => "callForwardNoAnswer",
            Self::CALL_FORWARD => "callForward",
            Self::CALL_NOT_ANSWERED => "callNotAnswered",
            Self::CALL_PICKUP => "callPickup",
            Self::CAMP_ON => "campOn",
            Self::DESTINATION_NOT_AVAILABLE => "destNotObtainable",
            Self::DO_NOT_DISTURB => "doNotDisturb",
            Self::INCOMPATIBLE_DESTINATION => "incompatibleDestination",
            Self::INVALID_ACCOUNT_CODE => "invalidAccountCode",
            Self::KEY_CONFERENCE => "keyOperation",
            Self::LOCKOUT => "lockout",
            Self::MAINTENANCE => "maintenance",
            Self::NETWORK_CONGESTION => "networkCongestion",
            Self::NETWORK_NOT_OBTAINABLE => "networkNotObtainable",
            Self::NEW_CALL => "newCall",
            Self::NO_AVAILABLE_AGENTS => "noAvailableAgents",
            Self::OVERRIDE => "override",
            Self::PARK => "park",
            Self::OVERFLOW => "overflow",
            Self::RECALL => "recall",
            Self::REDIRECTED => "redirected",
            Self::REORDER_TONE => "reorderTone",
            Self::RESOURCES_NOT_AVAILABLE => "resourcesNotAvailable",
            Self::SILENT_MONITOR => "silentParticipation",
            Self::TRANSFER | Self::TRANSFER_ANNOUNCEMENT => "transfer",
            Self::TRUNKS_BUSY => "trunksBusy",
            Self::NORMAL_CLEAR => "normalClearing",
            Self::CONFERENCE => "conference",
            _ => return None,
        })
    }

    /// True for the causes of HE: why a call is held.
    pub const fn is_hold(self) -> bool {
        matches!(self, Self::SYSTEM_HOLD | Self::HOLD_FOR_TRANSFER | Self::HOLD_FOR_CONFERENCE | Self::INDIVIDUAL_HOLD)
    }
}

impl Wire for Cause {
    fn read(field: &str) -> Option<Self> {
        Wire::read(field).map(Self)
    }

    fn write(&self, out: &mut Writer<'_>) {
        out.number(self.0.into(), out.style().cause_digits);
    }
}
