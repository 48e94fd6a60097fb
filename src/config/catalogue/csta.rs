//! The keys of `[pbx.csta]`. What the dialect decides is absent here: its defaults are those of the session (a test holds them together).

use super::{Key, Kind, Preset, key, section};

/// What decides where nothing is written.
const BY_DIALECT: Preset = Preset::Absent("by the dialect");

pub(super) const CSTA: &[Key] = &[
    key(
        "dialect",
        Kind::Choice(&["generic", "openscape", "mx-one", "dmcc", "zultys"]),
        Preset::Value("\"generic\""),
        "The product, as far as it is known how it differs: `openscape` Unify OpenScape Voice, `mx-one` Mitel MX-ONE, `dmcc` Avaya AES and those that copy it, `zultys` Zultys MX, `generic` whoever follows the standard. It is a set of defaults for what follows; each of them can be set otherwise.",
    ),
    key(
        "edition",
        Kind::Text,
        BY_DIALECT,
        "Edition of ECMA-323 that is written: `ed2` to `ed6`, `none` for no namespace, or a namespace as the PBX spells it. Any is read. `dmcc`: `ed3`; `zultys`: `none`; else `ed4`.",
    ),
    key(
        "application_session",
        Kind::Choice(&["required", "if_offered", "none"]),
        BY_DIALECT,
        "Whether there is an application session (ECMA-354). `required`: a PBX that refuses one is not used; `if_offered`: it is used without; `none`: none is asked for. `dmcc`: `required`; `openscape`, `zultys`: `none`; else `if_offered`.",
    ),
    key("application", Kind::Text, Preset::Value("\"Strowger\""), "Name that this program gives itself in a session."),
    key(
        "protocol_versions",
        Kind::List,
        BY_DIALECT,
        "Protocol versions that a session asks for, the best first: namespaces. `dmcc`: that of edition 3 with `/priv4`; else those of `edition`, and of editions 4 and 3.",
    ),
    key(
        "pbx_speaks_first",
        Kind::Boolean,
        BY_DIALECT,
        "Wait for the PBX's status before it is spoken to, for `greeting_s` at most. `openscape`: true; else false.",
    ),
    key("register", Kind::Boolean, BY_DIALECT, "Ask the PBX to tell its status (SystemRegister). `dmcc`, `zultys`: false; else true."),
    key(
        "keep_alive",
        Kind::Choice(&["status", "session", "element"]),
        BY_DIALECT,
        "How the connection is kept alive while the PBX says nothing. `status`: by asking for its status; `session`: by refreshing the session alone, where there is one; `element`: by `keep_alive_element`, which is not answered. `dmcc`: `session`; `zultys`: `element`; else `status`.",
    ),
    key(
        "keep_alive_element",
        Kind::Text,
        Preset::Absent("for `element` it is `<keepalive/>`"),
        "XML element of the product's own that keeps the connection alive, for `keep_alive = \"element\"`.",
    ),
    key(
        "discover",
        Kind::Boolean,
        BY_DIALECT,
        "Ask the PBX which devices there are. `generic`, `mx-one`: true; else false. Those of the next two keys are monitored anyway.",
    ),
    key(
        "extensions",
        Kind::List,
        Preset::Value("[]"),
        "Extensions to be monitored, where the PBX lists none: numbers, and ranges such as `1001-1099`.",
    ),
    key("hunt_groups", Kind::List, Preset::Value("[]"), "Hunt groups and queues to be monitored, in the same form."),
    key(
        "monitor_own_user",
        Kind::Boolean,
        BY_DIALECT,
        "Place one monitor without a device: all that the logged-in user sees. `zultys`: true; else false.",
    ),
    key("agents", Kind::Boolean, BY_DIALECT, "Ask for the agents of each monitored device (GetAgentState). `zultys`: false; else true."),
    key(
        "unwanted_events",
        Kind::List,
        Preset::Value("[]"),
        "Events that the PBX shall not send, by their names in the schema's filter, such as `displayUpdated`. Without any no filter is sent, and everything comes.",
    ),
    key(
        "filter_true",
        Kind::Choice(&["left_out", "sent"]),
        Preset::Value("\"left_out\""),
        "What `true` means in a filter: `left_out`, as in the standard, or `sent`, as in Avaya's where `monitor_private` asks for it by `invertFilter`.",
    ),
    key("monitor_private", Kind::Text, Preset::Absent("none"), "XML element of the product's own for the private data of MonitorStart."),
    key(
        "internal_digits_max",
        Kind::Integer { min: 1, max: 32 },
        Preset::Value("6"),
        "Numbers with more digits, or with a plus, are outside, unless they are known as devices.",
    ),
    key(
        "in_flight_max",
        Kind::Integer { min: 1, max: 1000 },
        Preset::Value("16"),
        "Requests for monitors, snapshots and agents that may be open at a time.",
    ),
    key(
        "devices_max",
        Kind::Integer { min: 1, max: 20_000 },
        Preset::Value("20000"),
        "Devices that are monitored at most; beyond it the others are told and left out.",
    ),
    key(
        "frame_bytes_max",
        Kind::Integer { min: 1024, max: 65_535 },
        Preset::Value("32766"),
        "Longest frame that is sent; many PBXs read longer lengths as negative. What is received is at most 65535 bytes by the protocol.",
    ),
    section("device", DEVICE, "How devices are named in requests. Events name them as they like: devices are compared by their number."),
    section("login", LOGIN, "Where `username` and secret stand, for products that want them."),
    section("limits", LIMITS, "What the XML of a message may hold at most; a message with more is skipped and counted."),
    section("timers", TIMERS, "How long things may take."),
];

const DEVICE: &[Key] = &[
    key(
        "text",
        Kind::Text,
        BY_DIALECT,
        "The identifier, `{number}` in it stands for the number: `N<{number}>`, `{number}:CM:192.0.2.10:0`. `dmcc`: `{number}:::0`; else `{number}`.",
    ),
    key(
        "type_of_number",
        Kind::Text,
        BY_DIALECT,
        "What kind of number it is said to be, as the schema has it (`dialingNumber`, `deviceNumber`, `other` …); `none`: not said. `dmcc`: `other`; `zultys`: `deviceID`; else `none`.",
    ),
    key("attributes", Kind::Map, BY_DIALECT, "Further attributes. `dmcc`: `mediaClass = \"notKnown\"`; else none."),
];

const LOGIN: &[Key] = &[
    key(
        "namespace",
        Kind::Text,
        BY_DIALECT,
        "Namespace of the login within the application session; empty: the session has none. `dmcc`: `http://www.avaya.com/csta`; else empty.",
    ),
    key(
        "cleanup_delay_s",
        Kind::Integer { min: 1, max: 3600 },
        Preset::Absent("not asked for"),
        "How long monitors outlive a broken connection, for products that are asked so with the login.",
    ),
    key(
        "element",
        Kind::Text,
        Preset::Absent("none"),
        "XML element of the product's own that logs in without a session; `{user}` and `{password}` in it are replaced. `zultys` wants one; how it looks is not public: take it from a capture of a client of your PBX.",
    ),
];

const LIMITS: &[Key] = &[
    key("depth_max", Kind::Integer { min: 8, max: 256 }, Preset::Value("32"), "Elements within elements."),
    key("elements_max", Kind::Integer { min: 64, max: 65_535 }, Preset::Value("8192"), "Elements."),
    key("attributes_max", Kind::Integer { min: 4, max: 1024 }, Preset::Value("32"), "Attributes of an element."),
    key(
        "attribute_bytes_max",
        Kind::Integer { min: 256, max: 65_535 },
        Preset::Value("4096"),
        "Bytes of the attributes of an element together.",
    ),
    key("namespaces_max", Kind::Integer { min: 4, max: 256 }, Preset::Value("32"), "Namespaces declared at a time."),
];

const TIMERS: &[Key] = &[
    key("greeting_s", seconds(300), Preset::Value("5"), "For the PBX's first words, where it speaks first; after that it is spoken to."),
    key("answer_s", seconds(300), Preset::Value("10"), "For the answer to a request."),
    key(
        "session_s",
        Kind::Integer { min: 10, max: 86_400 },
        Preset::Value("180"),
        "How long a session shall hold without a refresh. It is refreshed at half of what the PBX grants, or of this where that is sooner.",
    ),
    key("keep_alive_s", seconds(3600), Preset::Value("30"), "Silence after which a sign of life is asked for."),
    key(
        "keep_alive_misses",
        Kind::Integer { min: 1, max: 10 },
        Preset::Value("2"),
        "Signs of life that may be missed before the connection is given up.",
    ),
    key(
        "retry_s",
        seconds(3600),
        Preset::Value("2"),
        "Until a monitor is placed again that was not answered, doubled each time, or that ended sooner than so long after it was placed.",
    ),
    key("retry_max_s", seconds(86_400), Preset::Value("300"), "Longest pause before a monitor is placed again."),
    key("refused_s", seconds(86_400), Preset::Value("600"), "Until a monitor is placed again that was refused for what the device is."),
    key("capture_quiet_s", seconds(60), Preset::Value("2"), "In a capture the present state is told when no snapshot came for so long."),
];

const fn seconds(max: i64) -> Kind {
    Kind::Integer { min: 1, max }
}
