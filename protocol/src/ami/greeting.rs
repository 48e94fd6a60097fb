//! The first line of a connection.

use bytes::Bytes;
use nom::bytes::complete::{tag, take_till1};
use nom::character::complete::{char, u16};
use nom::combinator::{all_consuming, opt, recognize};
use nom::sequence::preceded;
use nom::{IResult, Parser};

/// Product name of every AMI; a proxy may add to it.
pub(super) const PRODUCT: &[u8] = b"Asterisk Call Manager";

/// The greeting.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Greeting {
    /// `Asterisk Call Manager`.
    pub product: String,
    /// The version of the interface, not of Asterisk: 5 for Asterisk 16 up to 11 for 22.
    pub version: Version,
    /// The line as received, without its end.
    pub raw: Bytes,
}

/// A version of the interface.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Version {
    /// Changes with each major release of Asterisk.
    pub major: u16,
    /// Additions.
    pub minor: u16,
    /// Corrections; 0 where the greeting has none.
    pub patch: u16,
}

impl std::fmt::Display for Version {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

/// `greeting = product "/" version`
///
/// Also says whether the version was given in full. `None`: no greeting.
pub(super) fn greeting(line: &Bytes) -> Option<(Greeting, bool)> {
    let (_, (product, _, (version, full))) = all_consuming((product, char('/'), version)).parse(line.as_ref()).ok()?;
    let product = String::from_utf8_lossy(product).into_owned();
    Some((Greeting { product, version, raw: line.clone() }, full))
}

/// `product = "Asterisk Call Manager" *OCTET-except-"/"`
fn product(input: &[u8]) -> IResult<&[u8], &[u8]> {
    recognize((tag(PRODUCT), opt(take_till1(|byte| byte == b'/')))).parse(input)
}

/// `version = number "." number [ "." number ]`
fn version(input: &[u8]) -> IResult<&[u8], (Version, bool)> {
    let (rest, (major, minor, patch)) = (u16, preceded(char('.'), u16), opt(preceded(char('.'), u16))).parse(input)?;
    Ok((rest, (Version { major, minor, patch: patch.unwrap_or(0) }, patch.is_some())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version_of(line: &'static [u8]) -> Option<(String, bool)> {
        greeting(&Bytes::from_static(line)).map(|(greeting, full)| (greeting.version.to_string(), full))
    }

    #[test]
    fn known_greetings() {
        type Case = (&'static [u8], Option<(&'static str, bool)>);
        let table: [Case; 10] = [
            (b"Asterisk Call Manager/11.0.0", Some(("11.0.0", true))),
            (b"Asterisk Call Manager/5.0.2", Some(("5.0.2", true))),
            (b"Asterisk Call Manager/1.1", Some(("1.1.0", false))),
            (b"Asterisk Call Manager Proxy/1.21", Some(("1.21.0", false))),
            (b"Asterisk Call Manager/11", None),
            (b"Asterisk Call Manager/11.0.0 ", None),
            (b"Asterisk Call Manager/99999.0.0", None),
            (b"HTTP/1.1 400 Bad Request", None),
            (b"SSH-2.0-OpenSSH_9.2", None),
            (b"", None),
        ];
        for (line, expected) in table {
            let expected = expected.map(|(version, full)| (version.to_owned(), full));
            assert_eq!(version_of(line), expected, "{}", String::from_utf8_lossy(line));
        }
    }
}
