//! The two ways of logging in: with the secret itself, or with a digest of it and a challenge.
//!
//! The second spares the secret on the wire and nothing else; TLS protects both.

use md5::{Digest, Md5};

use super::action::{Action, EncodeError};

/// Logs in with the secret itself. `events`: `on`, `off` or a list of classes; `None`: whatever the account may read.
pub fn plain(username: &str, secret: &str, events: Option<&str>) -> Result<Action, EncodeError> {
    with_events(Action::known("Login").field("Username", username)?.field("Secret", secret)?, events)
}

/// Asks for a challenge; the answer has it in `Challenge`.
pub fn challenge() -> Action {
    Action::known("Challenge").known_field("AuthType", "MD5")
}

/// The key that answers a challenge: `md5hex(challenge + secret)`.
pub fn md5_key(challenge: &str, secret: &str) -> String {
    use std::fmt::Write as _;
    let digest = Md5::new().chain_update(challenge).chain_update(secret).finalize();
    digest.iter().fold(String::with_capacity(32), |mut hex, byte| {
        // Writing to a string does not fail.
        write!(hex, "{byte:02x}").ok();
        hex
    })
}

/// Logs in with the key that answers the challenge got before on the same connection.
pub fn md5(username: &str, key: &str, events: Option<&str>) -> Result<Action, EncodeError> {
    let action = Action::known("Login").known_field("AuthType", "MD5");
    with_events(action.field("Username", username)?.field("Key", key)?, events)
}

fn with_events(action: Action, events: Option<&str>) -> Result<Action, EncodeError> {
    match events {
        Some(events) => action.field("Events", events),
        None => Ok(action),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_on_the_wire() {
        let plain = plain("connector", "s:cret", Some("call,agent")).unwrap();
        assert_eq!(&plain.encode()[..], b"Action: Login\r\nUsername: connector\r\nSecret: s:cret\r\nEvents: call,agent\r\n\r\n");
        assert_eq!(&plain.encode_masked()[..], b"Action: Login\r\nUsername: connector\r\nSecret: ***\r\nEvents: call,agent\r\n\r\n");
        assert_eq!(&challenge().encode()[..], b"Action: Challenge\r\nAuthType: MD5\r\n\r\n");
        let md5 = md5("connector", &md5_key("787635682", "connector-secret"), None).unwrap();
        assert!(!format!("{md5:?} {plain:?}").contains("cret:s"), "{md5:?}");
        assert!(md5.encode_masked().ends_with(b"Key: ***\r\n\r\n"));
    }

    #[test]
    fn keys_are_md5_in_lower_case_hexadecimal() {
        assert_eq!(md5_key("", ""), "d41d8cd98f00b204e9800998ecf8427e");
        assert_eq!(md5_key("a", "bc"), "900150983cd24fb0d6963f7d28e17f72");
    }

    #[test]
    fn a_secret_cannot_smuggle_in_an_action() {
        assert!(matches!(plain("a", "b\r\n\r\nAction: Command", None), Err(EncodeError::ControlCharacter { .. })));
        assert!(matches!(plain("a\n", "b", None), Err(EncodeError::ControlCharacter { .. })));
    }
}
