//! The keys of `[retention]`: how long what is kept.

use super::{Key, Kind, Preset, key};

pub(super) const RETENTION: &[Key] = &[
    key(
        "anonymise_after_days",
        Kind::Integer { min: 1, max: 36_500 },
        Preset::Absent("never"),
        "So many days after a call has ended its numbers and names go; see [privacy.md](privacy.md).",
    ),
    key(
        "delete_after_days",
        Kind::Integer { min: 2, max: 36_500 },
        Preset::Absent("never"),
        "So many days after a call has ended it goes as a whole. More than `anonymise_after_days`.",
    ),
    key(
        "numbers",
        Kind::Choice(&["truncate", "pseudonym"]),
        Preset::Value("\"truncate\""),
        "`truncate`: numbers lose their last four digits, and nobody is credited any more. `pseudonym`: each number, agent ID and person becomes a word that is the same for the same key, so that calls can still be counted by them.",
    ),
    key(
        "pseudonym_key_file",
        Kind::Path,
        Preset::Absent("see the next one"),
        "File with the key of the pseudonyms, one line of 16 bytes or more (`openssl rand -hex 32`). Who has it can find out whose a pseudonym is; with another key all later ones differ.",
    ),
    key(
        "pseudonym_key_credential",
        Kind::Text,
        Preset::Absent("see above"),
        "Name of a systemd credential with that key (`LoadCredential=`).",
    ),
    key("at", Kind::Text, Preset::Value("\"03:15\""), "When the daemon does it each day, by this machine's time zone."),
    key(
        "batch_calls",
        Kind::Integer { min: 1, max: 10_000 },
        Preset::Value("200"),
        "Calls in one transaction: while it lasts nothing else is written.",
    ),
    key("pause_ms", Kind::Integer { min: 0, max: 60_000 }, Preset::Value("100"), "Pause between two transactions."),
];
