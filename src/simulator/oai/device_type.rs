//! What devices are, by their numbers (OAI reference §6.3).

use strowger_protocol::oai::{DeviceType, HuntGroupType, PhysicalType};

use crate::simulator::exchange::{HuntGroupKind, StationKind, TrunkKind};

/// The type of a station. A phantom is told as a keyset, as the specification has it.
pub(super) fn station_type(kind: StationKind) -> DeviceType {
    match kind {
        StationKind::Keyset | StationKind::Phantom => DeviceType::KEYSET,
        StationKind::SingleLine => DeviceType::SINGLE_LINE,
        StationKind::Sip => DeviceType::SIP_PHONE,
        StationKind::Softphone => DeviceType::UC_SOFTPHONE,
        StationKind::Attendant => DeviceType::OPERATOR,
    }
}

/// What telephone a station is; the numbers of later ones are not published, so a keyset is an 8560 here.
pub(super) fn physical_type(kind: StationKind, online: bool) -> PhysicalType {
    match kind {
        _ if !online => PhysicalType::UNKNOWN,
        StationKind::Keyset | StationKind::Attendant => PhysicalType::KEYSET_8560,
        StationKind::SingleLine => PhysicalType::SINGLE_LINE,
        StationKind::Sip | StationKind::Softphone => PhysicalType::OTHER_SIP,
        StationKind::Phantom => PhysicalType::UNKNOWN,
    }
}

/// The type of a trunk.
pub(super) fn trunk_type(kind: TrunkKind) -> DeviceType {
    match kind {
        TrunkKind::LoopStart => DeviceType::LOOP_START_TRUNK,
        TrunkKind::LoopStartCli => DeviceType::LOOP_START_CLI_TRUNK,
        TrunkKind::Did => DeviceType::DID_TRUNK,
        TrunkKind::Isdn => DeviceType::ISDN_TRUNK,
        TrunkKind::Sip => DeviceType::SIP_TRUNK,
    }
}

/// The type of a hunt group (OAI reference §6.6).
pub(super) fn group_type(kind: HuntGroupKind) -> HuntGroupType {
    match kind {
        HuntGroupKind::Ucd => HuntGroupType::UCD,
        HuntGroupKind::Acd => HuntGroupType::ACD_WITHOUT_AGENT_IDS,
        HuntGroupKind::AcdWithAgents => HuntGroupType::ACD_WITH_AGENT_IDS,
    }
}

/// As EC tells it: 0 covers 11, 3 covers 4, 5 covers 6 (OAI reference §5.4).
pub(super) fn coarse(kind: DeviceType) -> DeviceType {
    match kind {
        DeviceType::OPERATOR => DeviceType::KEYSET,
        DeviceType::LOOP_START_CLI_TRUNK => DeviceType::LOOP_START_TRUNK,
        DeviceType::GROUND_START_CLI_TRUNK => DeviceType::GROUND_START_TRUNK,
        other => other,
    }
}
