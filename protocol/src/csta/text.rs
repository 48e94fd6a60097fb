//! Secrets and octets.

use std::fmt;

use smol_str::SmolStr;

use super::error::XmlError;
use super::xml::{Cursor, Start, Value, Writer};

/// A password or a code: not shown by `Debug`, and masked where [`Style::masked`](super::Style::masked) says so.
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct Secret(SmolStr);

impl Secret {
    /// The secret itself.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(SmolStr::new(text))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("***")
    }
}

impl Value for Secret {
    fn read(_start: &Start<'_>, xml: &mut Cursor<'_>) -> Result<Option<Self>, XmlError> {
        Ok(Some(Self(SmolStr::new(xml.text()?))))
    }

    fn write(&self, name: &str, out: &mut Writer<'_>) {
        let shown = if out.style().masked { "***" } else { &self.0 };
        out.leaf(name, shown);
    }
}

/// Octets as hexadecimal digits (XML Schema hexBinary), kept as digits: not all that stands there is even.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Hex(SmolStr);

impl Hex {
    /// Of these octets.
    pub fn of(octets: &[u8]) -> Self {
        Self(
            octets
                .iter()
                .flat_map(|octet| [octet >> 4, octet & 15])
                .filter_map(|digit| char::from_digit(digit.into(), 16))
                .map(|digit| digit.to_ascii_uppercase())
                .collect(),
        )
    }

    /// The digits, without white space between them.
    pub fn digits(&self) -> &str {
        &self.0
    }

    /// The octets. `None`: what stands there is no pairs of hexadecimal digits.
    pub fn octets(&self) -> Option<Vec<u8>> {
        let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        let (pairs, rest) = self.0.as_bytes().as_chunks::<2>();
        rest.is_empty().then(|| pairs.iter().map(|&[high, low]| Some(digit(high)? << 4 | digit(low)?)).collect())?
    }
}

impl Value for Hex {
    fn read(_start: &Start<'_>, xml: &mut Cursor<'_>) -> Result<Option<Self>, XmlError> {
        Ok(Some(Self(xml.text()?.chars().filter(|character| !character.is_whitespace()).collect())))
    }

    fn write(&self, name: &str, out: &mut Writer<'_>) {
        out.leaf(name, &self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn octets_and_their_digits() {
        let hex = Hex::of(b"urn:\xff");
        assert_eq!((hex.digits(), hex.octets().unwrap()), ("75726E3AFF", b"urn:\xff".to_vec()));
        assert_eq!(Hex("123".into()).octets(), None);
        assert_eq!(Hex("1g".into()).octets(), None);
        assert_eq!(format!("{:?}", Secret::from("hush")), "***");
    }
}
