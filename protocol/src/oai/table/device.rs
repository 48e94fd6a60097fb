//! What a device is (OAI reference §6.3).

use super::{decimal, numbers};

numbers! {
    /// Device_Type.
    DeviceType(u16) {
        KEYSET = 0, "keyset station";
        SINGLE_LINE = 1, "single-line station";
        HUNT_GROUP = 2, "hunt group";
        LOOP_START_TRUNK = 3, "loop-start trunk";
        LOOP_START_CLI_TRUNK = 4, "loop-start trunk with caller id";
        GROUND_START_TRUNK = 5, "ground-start trunk";
        GROUND_START_CLI_TRUNK = 6, "ground-start trunk with caller id";
        DID_TRUNK = 7, "DID trunk";
        E_AND_M_TRUNK = 8, "E&M trunk";
        ISDN_TRUNK = 9, "ISDN trunk";
        TRUNK_GROUP = 10, "trunk group";
        OPERATOR = 11, "operator";
        VOICE_MAIL = 12, "voice mail";
        OTHER = 13, "other";
        FEATURE_CODE = 14, "feature code";
        PAGE_ZONE = 15, "page zone";
        PAGE_PORT = 16, "page port";
        OFF_NODE_KEYSET = 17, "off-node keyset";
        OFF_NODE_SINGLE_LINE = 18, "off-node single-line station";
        OFF_NODE_HUNT_GROUP = 19, "off-node hunt group";
        OFF_NODE_PAGE_PORT = 20, "off-node page port";
        OFF_NODE_PAGE_ZONE = 21, "off-node page zone";
        OFF_NODE_VOICE_MAIL = 22, "off-node voice mail";
        ACD_AGENT = 23, "ACD agent";
        UNASSOCIATED_MAILBOX = 24, "unassociated mailbox";
        OFF_NODE_UNASSOCIATED_MAILBOX = 25, "off-node unassociated mailbox";
        BRI_STATION = 26, "BRI station";
        OFF_NODE_BRI_STATION = 27, "off-node BRI station";
        MFC_R2_TRUNK = 28, "MFC/R2 trunk";
        MODEM = 29, "modem";
        OFF_NODE_MODEM = 30, "off-node modem";
        MGCP_PHONE = 31, "MGCP phone";
        MGCP_GATEWAY_AND_PHONE = 32, "MGCP gateway and phone";
        SIP_TRUNK = 33, "SIP trunk";
        PHANTOM = 34, "phantom";
        SIP_TRANSLATOR = 35, "SIP translator";
        UC_SOFTPHONE = 36, "UC Advanced softphone";
        CONFIGURATION_ASSISTANT = 37, "configuration assistant";
        SIP_PHONE = 38, "SIP phone";
        OFFICELINK_ASSISTANT = 39, "OfficeLink assistant";
        MEET_ME_ASSISTANT = 40, "Meet-Me conference assistant";
    }

    /// Physical_Device_Type (P ≥ 8.10). Later telephones have numbers that are not published.
    PhysicalType(u16) {
        UNKNOWN = 0, "unknown or offline";
        SINGLE_LINE = 23, "single-line";
        MODEM = 38, "modem";
        KEYSET_8500 = 40, "8500";
        KEYSET_8520 = 41, "8520";
        KEYSET_8560 = 42, "8560";
        IP_8660 = 43, "8660";
        SIP_8601 = 46, "8601";
        OTHER_SIP = 48, "other SIP endpoint";
        BRI = 49, "BRI";
        IP_8600 = 52, "8600";
        IP_8620 = 53, "8620";
        IP_8662 = 54, "8662";
        IP_8690 = 55, "8690";
        IP_8664 = 56, "8664";
        KEYSET_8665 = 57, "8665";
    }
}

decimal! { DeviceType PhysicalType }

impl DeviceType {
    /// A trunk: a line to the outside.
    pub const fn is_trunk(self) -> bool {
        matches!(self.0, 3..=9 | 28 | 33)
    }

    /// A telephone or what acts as one: somebody may speak there.
    pub const fn is_station(self) -> bool {
        matches!(self.0, 0 | 1 | 11 | 17 | 18 | 26 | 27 | 31 | 32 | 34 | 36 | 38)
    }

    /// A hunt group, on this node or another.
    pub const fn is_hunt_group(self) -> bool {
        matches!(self.0, 2 | 19)
    }

    /// A voice mail application or mailbox, on this node or another.
    pub const fn is_voice_mail(self) -> bool {
        matches!(self.0, 12 | 22 | 24 | 25)
    }

    /// On another node of the network.
    pub const fn is_off_node(self) -> bool {
        matches!(self.0, 17..=22 | 25 | 27 | 30)
    }
}
