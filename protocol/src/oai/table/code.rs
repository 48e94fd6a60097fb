//! The smaller number tables.

use super::{decimal, numbers};

numbers! {
    /// What a monitor follows (OAI reference §4.1); decimal on the wire.
    MonitorType(u8) {
        CALL = 0, "call";
        DEVICE = 1, "device";
        CALLS_VIA_DEVICE = 2, "calls via device";
        ALL_STATIONS = 3, "all stations";
        ALL_TRUNKS = 4, "all trunks";
        DEVICE_RESYNC = 5, "device, with resync";
        ALL_STATIONS_RESYNC = 6, "all stations, with resync";
        AGENT = 7, "agent id";
        CALL_TERMINATION = 8, "call termination";
        ALL_VOICE_MAIL = 9, "all voice mail applications";
        ALL_PRIVATE_TRUNKS = 10, "all private-network trunks";
        SYSTEM = 11, "system";
        ALL_UCD_GROUPS = 12, "all UCD hunt groups";
        ALL_ACD_GROUPS = 13, "all ACD hunt groups";
    }

    /// Type of a hunt group (OAI reference §6.6).
    HuntGroupType(u8) {
        UCD = 0, "UCD";
        ACD_WITHOUT_AGENT_IDS = 1, "ACD without agent ids";
        ACD_WITH_AGENT_IDS = 2, "ACD with agent ids";
        PERSONAL_ROUTER_DEVICE = 3, "Personal Router Device";
    }

    /// State of an agent as `_QH` and `_QA` tell it (OAI reference §6.5).
    AgentMode(u8) {
        NOT_LOGGED_IN = 0, "not logged in";
        READY = 1, "ready";
        NOT_READY = 2, "not ready";
        WORK_NOT_READY = 3, "work not ready";
        UCD_READY = 4, "UCD member, ready";
        UCD_BUSY = 5, "UCD member, busy";
    }

    /// State of an agent as `_SA` takes it; the numbers differ from [`AgentMode`] (OAI reference §6.5).
    AgentStateRequest(u8) {
        LOG_OUT = 0, "log out";
        LOG_IN = 1, "log in";
        READY = 2, "ready";
        NOT_READY = 3, "not ready";
        READY_4 = 4, "ready";
        NOT_READY_5 = 5, "not ready";
    }

    /// Premium_Feature_Status of RS: which licences are common to all nodes (OAI reference §2.2).
    PremiumFeatures(u8) {
        NONE = 0, "no licence";
        EVENTS = 1, "System OAI Events";
        THIRD_PARTY = 2, "Third-Party Call Control";
        BOTH = 3, "System OAI Events and Third-Party Call Control";
    }

    /// Country_Code of RS (OAI reference §2.2).
    Country(u8) {
        NORTH_AMERICA = 1, "North America";
        JAPAN = 2, "Japan";
        UNITED_KINGDOM = 3, "United Kingdom";
        INDONESIA = 4, "Indonesia";
        MEXICO = 5, "Mexico";
    }

    /// Why a link between gateway and node went up or down (LS, OAI reference §5.5).
    LinkReason(u8) {
        UNKNOWN = 0, "unknown";
        SERIAL_FAILED = 1, "RS-232 failed";
        SERIAL_RECONNECTED = 2, "RS-232 reconnected";
        TCP_FAILED = 3, "TCP failed";
        TCP_RECONNECTED = 4, "TCP reconnected";
        ADDED = 5, "added";
        DELETED = 6, "deleted";
        TIMED_OUT = 7, "timed out";
    }

    /// Why offering ended (OE, OAI reference §5.3).
    OfferingEndReason(u8) {
        APPLICATION = 0, "the application ended it";
        MONITOR_STOPPED = 2, "monitor stopped or idle timer expired";
        NETWORK = 3, "network failure";
        FAILURES = 4, "too many failures";
        USER = 5, "the user ended it by feature code";
    }

    /// Who raised an alarm (AG, OAI reference §5.4).
    AlarmSystem(u8) {
        PBX = 1, "PBX";
        GATEWAY = 2, "gateway";
    }

    /// What of the database changed (DC, OAI reference §6.10). Areas for users are not published.
    DatabaseArea(u8) {
        STATION = 0, "station";
        HUNT_GROUP = 1, "hunt group";
        TRUNK_GROUP = 2, "trunk group";
        TRUNK = 3, "trunk";
        VOICE_MAIL = 4, "voice mail application";
        PAGE_ZONE = 5, "page zone";
        PAGE_PORT = 6, "page port";
        OFF_NODE_STATION = 7, "off-node station";
        OFF_NODE_HUNT_GROUP = 8, "off-node hunt group";
        OFF_NODE_PAGE_PORT = 9, "off-node page port";
        OFF_NODE_PAGE_ZONE = 10, "off-node page zone";
        OFF_NODE_VOICE_MAIL = 11, "off-node voice mail application";
        SYSTEM_SPEED_DIAL = 12, "system speed-dial";
        DND_MESSAGE = 13, "do-not-disturb message";
        REMINDER = 14, "reminder";
        COS_FLAG = 15, "class-of-service flag";
        ACD_AGENT = 16, "ACD agent";
        UNASSOCIATED_MAILBOX = 17, "unassociated mailbox";
        OFF_NODE_UNASSOCIATED_MAILBOX = 18, "off-node unassociated mailbox";
        NODE = 19, "node";
    }

    /// What a list of `_QX` is of (OAI reference §7.2).
    ListType(u8) {
        STATIONS = 1, "stations";
        TRUNKS = 2, "trunks";
        HUNT_GROUPS = 3, "hunt groups";
        TRUNK_GROUPS = 4, "trunk groups";
        PAGE_ZONES = 5, "page zones";
        PAGE_PORTS = 6, "page ports";
        UNASSOCIATED_MAILBOXES = 7, "unassociated mailboxes";
        FEATURES = 8, "features";
        SPEED_DIAL_BINS = 9, "speed-dial bins";
        DND_MESSAGES = 10, "do-not-disturb messages";
        REMINDERS = 11, "reminders";
        VOICE_MAIL_APPLICATIONS = 12, "voice mail applications";
        PRIVATE_TRUNKS = 13, "private-network trunks";
        PRIVATE_TRUNK_GROUPS = 14, "private-network trunk groups";
        OFF_NODE_DEVICES = 15, "off-node devices";
        COS_FLAGS = 16, "class-of-service flags";
        ACD_AGENTS = 17, "ACD agents";
        NODES = 18, "nodes";
        NETWORK_INFO = 19, "network information";
        IP_CONNECTIONS = 20, "IP resource cards and connections";
        USERS = 21, "users";
        ASSISTANTS = 22, "assistants";
    }

    /// Which of a user's destinations `_MC` shall call (Dest_Type; OAI reference §8.1 S9).
    DestinationKind(u16) {
        DESK = 1000, "desk phone";
        HOME_IP = 1001, "home IP phone";
        SOFTPHONE = 1002, "softphone";
        DESK_2 = 1003, "second desk phone";
        HOME_IP_2 = 1004, "second home IP phone";
        SOFTPHONE_2 = 1005, "second softphone";
        MOBILE = 2000, "mobile";
        HOME = 2001, "home";
        MOBILE_2 = 2002, "second mobile";
        HOME_2 = 2003, "second home";
    }
}

decimal! {
    MonitorType HuntGroupType AgentMode AgentStateRequest PremiumFeatures Country LinkReason OfferingEndReason AlarmSystem
    DatabaseArea ListType DestinationKind
}

impl AgentMode {
    /// True for every state of who is logged in.
    pub const fn is_logged_in(self) -> bool {
        matches!(self.0, 1..=5)
    }
}

/// Resync_Code: what an event is part of (OAI reference §3).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Resync {
    /// It happens now.
    Live,
    /// 0: power-up or port reset; all monitors and settings are gone.
    PowerUp,
    /// The answer to `_RR` with that invoke id; 1 also the answer to `RR`.
    Answer(u32),
}

impl From<Option<u32>> for Resync {
    fn from(code: Option<u32>) -> Self {
        match code {
            None => Self::Live,
            Some(0) => Self::PowerUp,
            Some(invoke) => Self::Answer(invoke),
        }
    }
}
