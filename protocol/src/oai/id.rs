//! Numbers and names that lines carry: devices, monitors, sequence and invoke numbers, protocol versions.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use nom::bytes::complete::{tag, tag_no_case};
use nom::character::complete::{char, u16 as number};
use nom::combinator::{all_consuming, opt, rest};
use nom::sequence::{preceded, terminated};
use nom::{IResult, Parser};
use smol_str::{SmolStr, format_smolstr};

/// A device as lines name it: `1001`, in the expanded form `2:1001`; `2:` alone names a node (OAI reference §1.4).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Extension {
    /// The network node before the colon, where one is given.
    pub node: Option<u16>,
    /// The extension: up to seven digits, or a name that cannot be dialled such as `PP065`. Empty where a node is meant.
    pub number: SmolStr,
}

impl Extension {
    /// An extension without a node.
    pub fn new(number: impl AsRef<str>) -> Self {
        Self { node: None, number: SmolStr::new(number) }
    }

    /// An extension on that node.
    pub fn on_node(node: u16, number: impl AsRef<str>) -> Self {
        Self { node: Some(node), number: SmolStr::new(number) }
    }

    /// A whole node: `2:`.
    pub fn node(node: u16) -> Self {
        Self { node: Some(node), number: SmolStr::default() }
    }

    /// True if this names a node and no device on it.
    pub fn is_node(&self) -> bool {
        self.node.is_some() && self.number.is_empty()
    }

    /// True if this names nothing.
    pub fn is_empty(&self) -> bool {
        self.node.is_none() && self.number.is_empty()
    }

    /// As on the wire, owned.
    pub fn to_smolstr(&self) -> SmolStr {
        match self.node {
            Some(node) => format_smolstr!("{node}:{}", self.number),
            None => self.number.clone(),
        }
    }
}

/// `extension = [ node ":" ] *CHAR`; what is before the colon belongs to the extension if it is no number.
impl From<&str> for Extension {
    fn from(text: &str) -> Self {
        let parsed: IResult<&str, _> = (opt(terminated(number, char(':'))), rest).parse(text);
        match parsed {
            Ok((_, (node, number))) => Self { node, number: SmolStr::new(number) },
            Err(_) => Self::new(text),
        }
    }
}

impl FromStr for Extension {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self::from(text))
    }
}

impl fmt::Display for Extension {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(node) = self.node {
            write!(out, "{node}:")?;
        }
        out.write_str(&self.number)
    }
}

impl fmt::Debug for Extension {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "\"{self}\"")
    }
}

/// A monitor's cross-reference id. Zero padding does not count: `000015` is the same as `15`; commands write it as it came.
#[derive(Clone, Default, Debug)]
pub struct MonitorId(SmolStr);

impl MonitorId {
    /// Its characters without padding.
    pub fn as_str(&self) -> &str {
        let significant = self.0.trim_start_matches('0');
        if significant.is_empty() && !self.0.is_empty() { "0" } else { significant }
    }

    /// Its characters as they came.
    pub(super) fn as_received(&self) -> &str {
        &self.0
    }
}

impl PartialEq for MonitorId {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for MonitorId {}

impl PartialOrd for MonitorId {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for MonitorId {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl Hash for MonitorId {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl From<&str> for MonitorId {
    fn from(text: &str) -> Self {
        Self(SmolStr::new(text))
    }
}

impl From<u32> for MonitorId {
    fn from(id: u32) -> Self {
        Self(format_smolstr!("{id}"))
    }
}

impl fmt::Display for MonitorId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// Number of a line within its connection, 0 to 999 as documented. An RS that starts anew has 0.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub struct Sequence(pub u16);

impl Sequence {
    /// The highest number documented; whether 0 or 1 follows is not.
    pub const MAX: Self = Self(999);

    /// True if this line is the one after the line numbered `previous`: one more, or after 999 also 0 or 1.
    pub const fn follows(self, previous: Self) -> bool {
        self.0 == previous.0.saturating_add(1) || (previous.0 >= Self::MAX.0 && self.0 <= 1)
    }

    /// The number after this one, where 999 is followed by `wrap_to`.
    #[must_use]
    pub const fn next(self, wrap_to: Self) -> Self {
        if self.0 >= Self::MAX.0 { wrap_to } else { Self(self.0 + 1) }
    }
}

impl fmt::Display for Sequence {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:03}", self.0)
    }
}

/// Number by which a client recognises the answer to a command, 1 to 65535.
pub type InvokeId = u16;

/// A version of the protocol, as in `V10.20`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Version {
    /// Before the point.
    pub major: u16,
    /// After the point, by its two digits: 20 in `V10.20`, 0 in `V09.00`.
    pub minor: u16,
}

impl Version {
    /// `version = [ "V" ] number [ "." number ]`. `None`: something else.
    pub fn parse(text: &str) -> Option<Self> {
        let version: IResult<&str, _> = all_consuming((opt(tag_no_case("V")), number, opt(preceded(tag("."), number)))).parse(text.trim());
        version.ok().map(|(_, (_, major, minor))| Self { major, minor: minor.unwrap_or(0) })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "V{:02}.{:02}", self.major, self.minor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extensions_in_both_forms() {
        assert_eq!(Extension::from("2:1001"), Extension::on_node(2, "1001"));
        assert_eq!(Extension::from("0099"), Extension::new("0099"));
        assert_eq!(Extension::from("PP065"), Extension::new("PP065"));
        assert!(Extension::from("2:").is_node() && Extension::from("").is_empty());
        assert_eq!(Extension::from("x:1"), Extension { node: None, number: "x:1".into() });
        assert_eq!(Extension::from("2:1001").to_smolstr(), "2:1001");
    }

    #[test]
    fn monitors_are_the_same_with_and_without_padding() {
        assert_eq!(MonitorId::from("000015"), MonitorId::from(15));
        assert_eq!(MonitorId::from("000").as_str(), "0");
        assert_eq!(MonitorId::from("M100").as_str(), "M100");
    }

    #[test]
    fn after_999_comes_0_or_1() {
        assert!(Sequence(5).follows(Sequence(4)) && !Sequence(6).follows(Sequence(4)) && !Sequence(4).follows(Sequence(4)));
        assert!(Sequence(0).follows(Sequence(999)) && Sequence(1).follows(Sequence(999)) && !Sequence(2).follows(Sequence(999)));
        assert!(!Sequence(0).follows(Sequence(998)));
        assert_eq!(Sequence(999).next(Sequence(1)), Sequence(1));
    }

    #[test]
    fn versions_are_ordered() {
        assert_eq!(Version::parse("V10.20"), Some(Version { major: 10, minor: 20 }));
        assert!(Version::parse("V09.00") < Version::parse("V10.10"));
        assert_eq!(Version::parse("V08.00").map(|version| version.to_string()).as_deref(), Some("V08.00"));
        assert_eq!(Version::parse("10.x"), None);
    }
}
