//! The first frame of a client: `login = type password NUL application NUL` (OAI reference §1.3).

use std::fmt;

use bytes::Bytes;
use nom::branch::alt;
use nom::bytes::complete::{tag, take_till};
use nom::combinator::{all_consuming, value};
use nom::sequence::terminated;
use nom::{IResult, Parser};

use super::error::EncodeError;
use super::frame;
use super::text::{self, Secret};

/// What a client logs in for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Service {
    /// System OAI: events and commands.
    SystemOai,
    /// SMDR: the stream of call records.
    Smdr,
}

impl Service {
    /// The first byte of the login frame.
    pub const fn byte(self) -> u8 {
        match self {
            Self::SystemOai => 0x87,
            Self::Smdr => 0x84,
        }
    }
}

/// A login. The password is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Login {
    /// What for.
    pub service: Service,
    /// The PBX's OAI password; may be empty.
    pub password: Secret,
    /// How the client calls itself.
    pub application: String,
}

impl Login {
    /// True if a payload that begins with this byte is a login: no line begins so.
    pub(super) const fn begins_with(byte: u8) -> bool {
        byte == Service::SystemOai.byte() || byte == Service::Smdr.byte()
    }

    /// The whole frame.
    pub fn encode(&self) -> Result<Bytes, EncodeError> {
        self.frame(&self.password)
    }

    /// The same with `***` for the password: fit for logs and captures.
    pub fn encode_masked(&self) -> Result<Bytes, EncodeError> {
        self.frame("***")
    }

    fn frame(&self, password: &str) -> Result<Bytes, EncodeError> {
        if self.password.contains('\0') {
            return Err(EncodeError::ControlCharacter { field: "password".to_owned() });
        }
        if self.application.contains('\0') {
            return Err(EncodeError::ControlCharacter { field: self.application.escape_debug().to_string() });
        }
        let payload = [&[self.service.byte()], &text::encode(password)[..], &[0], &text::encode(&self.application)[..], &[0]].concat();
        Ok(frame::encode([&payload[..]]))
    }

    /// The payload of a login frame. `None`: something else.
    pub fn parse(payload: &[u8]) -> Option<Self> {
        let parsed: IResult<&[u8], _> = all_consuming((service, terminated_text, terminated_text)).parse(payload);
        let (_, (service, password, application)) = parsed.ok()?;
        Some(Self { service, password: Secret::new(text::decode(password)), application: text::decode(application).into_owned() })
    }
}

fn service(input: &[u8]) -> IResult<&[u8], Service> {
    alt((value(Service::SystemOai, tag(&[0x87][..])), value(Service::Smdr, tag(&[0x84][..])))).parse(input)
}

fn terminated_text(input: &[u8]) -> IResult<&[u8], &[u8]> {
    terminated(take_till(|byte| byte == 0), tag(&[0][..])).parse(input)
}

impl fmt::Debug for Login {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { service, password, application } = self;
        out.debug_struct("Login").field("service", service).field("password", password).field("application", application).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn login(password: &str, application: &str) -> Login {
        Login { service: Service::SystemOai, password: password.into(), application: application.to_owned() }
    }

    #[test]
    fn the_documented_frames() {
        let frame = login("1234", "Connector").encode().unwrap();
        assert_eq!(frame, &b"\x10\0\0\0\x871234\0Connector\0"[..]);
        assert_eq!(login("", "Sim").encode().unwrap(), &b"\x06\0\0\0\x87\0Sim\0"[..]);
        assert_eq!(Login::parse(&frame[4..]), Some(login("1234", "Connector")));
        assert_eq!(Login::parse(b"\x84\0Sim\0").map(|login| login.service), Some(Service::Smdr));
        for other in [&b""[..], b"\x87", b"\x87a\0b", b"\x87a\0b\0c", b"\x88a\0b\0", b"_NO,1\r"] {
            assert_eq!(Login::parse(other), None, "{other:?}");
        }
    }

    #[test]
    fn the_password_is_not_shown() {
        let login = login("hush", "Connector");
        assert!(!format!("{login:?}").contains("hush"));
        assert_eq!(login.encode_masked().unwrap(), &b"\x0f\0\0\0\x87***\0Connector\0"[..]);
    }

    #[test]
    fn nul_is_refused() {
        assert!(login("a\0b", "Connector").encode().is_err() && login("ab", "C\0").encode().is_err());
    }
}
