//! The keys of `[pbx.oai]`. Their defaults are those of the session (a test holds them together).

use super::{Key, Kind, Preset, key, section};

pub(super) const OAI: &[Key] = &[
    key("application", Kind::Text, Preset::Value("\"Strowger\""), "Name by which the PBX lists this program."),
    key(
        "networked",
        Kind::Choice(&["auto", "yes", "no"]),
        Preset::Value("\"auto\""),
        "Whether extensions are known by node and number (`2:1001`, also in the people file). `auto`: where a CT Gateway has several nodes.",
    ),
    key(
        "node_aware",
        Kind::Boolean,
        Preset::Value("true"),
        "Ask a CT Gateway to keep the connection when one node fails (`_NA`). A node of its own may refuse it, which does no harm.",
    ),
    key(
        "expanded_extensions",
        Kind::Choice(&["auto", "yes", "no"]),
        Preset::Value("\"auto\""),
        "Whether extensions are asked for with their node (`_XE`). `auto`: where `networked` has them known by node.",
    ),
    key(
        "charset",
        Kind::Choice(&["windows-1252", "iso-8859-1", "utf-8"]),
        Preset::Value("\"windows-1252\""),
        "How the PBX writes names. No public source tells; a wrong one shows in names with accents.",
    ),
    key(
        "replay",
        Kind::Choice(&["with_monitor", "asked"]),
        Preset::Value("\"with_monitor\""),
        "How calls that are up already are learnt. `with_monitor`: with the monitor of all stations; where the PBX does not do that, as by `asked`: by a resync, which it grants once in three minutes.",
    ),
    key(
        "monitor_trunks",
        Kind::Boolean,
        Preset::Value("true"),
        "Monitor all trunks. Without it a call is not seen before it reaches a station.",
    ),
    key(
        "monitor_hunt_groups",
        Kind::Boolean,
        Preset::Value("true"),
        "Monitor each hunt group. Without it waiting and giving up in a queue are not seen.",
    ),
    key(
        "list_mode",
        Kind::Choice(&["auto", "chunks", "whole"]),
        Preset::Value("\"auto\""),
        "How lists are asked for. `chunks`: by `list_chunk` entries; `whole`: as the PBX likes; `auto`: in chunks, whole where the PBX refuses that.",
    ),
    key("list_chunk", Kind::Integer { min: 1, max: 500 }, Preset::Value("50"), "Entries of a list in one answer."),
    key("voice_mail", Kind::List, Preset::Value("[]"), "Extensions that are voice mail whatever the PBX's lists say."),
    key(
        "copies_ms",
        Kind::Integer { min: 1, max: 10_000 },
        Preset::Value("100"),
        "How long the lines about one moment take to arrive, at most. What a line alone cannot say is decided then.",
    ),
    key(
        "frame_bytes_max",
        Kind::Integer { min: 4096, max: 67_108_864 },
        Preset::Value("1048576"),
        "Longest frame. A PBX that announces more is disconnected.",
    ),
    section("timers", TIMERS, "How long things may take."),
    section(
        "dee",
        DEE,
        "Dynamic Extension Express: what the PBX is asked about it. How it tells the destinations of a user is not public.",
    ),
];

const TIMERS: &[Key] = &[
    key("ready_s", seconds(600), Preset::Value("60"), "From the login until the PBX takes commands."),
    key("reply_s", seconds(600), Preset::Value("10"), "For the answer to a command."),
    key(
        "optional_reply_s",
        seconds(600),
        Preset::Value("5"),
        "For the answer to a command that the program can do without, because not every PBX knows it.",
    ),
    key(
        "keep_alive_s",
        seconds(240),
        Preset::Value("30"),
        "Pause after which a sign of life is asked for. The PBX forgets what it was asked to report after 4.5 minutes without any.",
    ),
    key(
        "keep_alive_misses",
        Kind::Integer { min: 1, max: 10 },
        Preset::Value("2"),
        "Signs of life that may be missed before the connection is given up.",
    ),
    key("resync_start_s", seconds(600), Preset::Value("5"), "A resync of which nothing comes for so long is not waited for."),
    key(
        "resync_s",
        seconds(260),
        Preset::Value("90"),
        "For a whole resync. Nothing else is sent meanwhile, so it must be well below 4.5 minutes.",
    ),
    key(
        "resync_interval_s",
        seconds(3600),
        Preset::Value("180"),
        "Pause between two resyncs of everything. A PBX ignores those that come sooner; a CT Gateway may be set otherwise.",
    ),
    key(
        "refresh_pause_s",
        seconds(600),
        Preset::Value("2"),
        "From a change in the PBX's programming until what it concerns is read again.",
    ),
    key("monitor_retry_s", seconds(3600), Preset::Value("2"), "From the end of a monitor until it is placed again; it doubles."),
    key("monitor_retry_max_s", seconds(86_400), Preset::Value("300"), "Longest pause before a monitor is placed again."),
    key(
        "call_silence_s",
        seconds(86_400),
        Preset::Value("900"),
        "Silence of a call after which the PBX is asked whether it is still there.",
    ),
    key("audit_pause_s", seconds(3600), Preset::Value("10"), "Pause between two such questions."),
    key("capture_quiet_s", seconds(60), Preset::Value("2"), "In a capture a resync is over after so much silence about it."),
];

const DEE: &[Key] = &[
    key("users_query", Kind::Boolean, Preset::Value("true"), "Read the list of users (list 21)."),
    key("users_mask", Kind::Text, Preset::Value("\"1F\""), "Fields to ask for in that list: hexadecimal, bits 0 to 5."),
    key(
        "destination_query",
        Kind::Text,
        Preset::Absent("not asked"),
        "Command for the destinations of one main extension, such as `_QUD,{invoke},{main}`. Its form is not public: take it from a capture of your PBX.",
    ),
    key("interval_s", Kind::Integer { min: 60, max: 604_800 }, Preset::Value("3600"), "Pause after which everything is asked again."),
    key(
        "prd_extension",
        Kind::Text,
        Preset::Absent("not monitored"),
        "Extension of the Personal Router Device, where it was given one that can be dialled. What it reports is noted as it is.",
    ),
    section(
        "fields",
        FIELDS,
        "Where the answer to `destination_query` has what. Fields count from 0, which is the sequence number; an answer's own begin at 5.",
    ),
];

const FIELDS: &[Key] = &[
    key("start", Kind::Integer { min: 5, max: 1000 }, Preset::Value("6"), "First field of the first destination."),
    key("stride", Kind::Integer { min: 1, max: 100 }, Preset::Value("3"), "Fields of one destination."),
    key("kind", COLUMN, Preset::Value("0"), "Which of these is its type; -1: none."),
    key("extension", COLUMN, Preset::Value("1"), "Which of these is its extension; -1: none."),
    key("number", COLUMN, Preset::Value("2"), "Which of these is its outside number, taken where the extension is blank; -1: none."),
    key("skipped_kinds", Kind::List, Preset::Value("[]"), "Types that do not ring, such as voice mail."),
];

/// A field of one destination.
const COLUMN: Kind = Kind::Integer { min: -1, max: 99 };

const fn seconds(max: i64) -> Kind {
    Kind::Integer { min: 1, max }
}
