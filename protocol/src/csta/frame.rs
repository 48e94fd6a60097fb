//! Frames: eight bytes of header, and the XML (ECMA-323, the annex on TCP; CSTA reference §1).

use std::fmt;

use bytes::{BufMut, Bytes, BytesMut};
use nom::combinator::map;
use nom::number::complete::be_u16;
use nom::{IResult, Parser, bytes::complete::take};

use super::error::{EncodeError, XmlError};
use super::message::{Message, Received};
use super::xml::XmlLimits;

/// Bytes of the header.
pub const HEADER: usize = 8;

/// The longest frame that is sent, header included: peers that read the length as a signed number take it too.
pub const SENT_BYTES_MAX: usize = 32_766;

/// The four characters that connect a request and its answer. The PBX and the client number their requests apart.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InvokeId([u8; 4]);

impl InvokeId {
    /// What events carry. No request has it.
    pub const EVENT: Self = Self(*b"9999");

    /// Of a number from 0 to 9998. `None`: it is larger.
    pub fn new(number: u16) -> Option<Self> {
        let digit = |unit: u16| u8::try_from(number / unit % 10).unwrap_or(0) + b'0';
        (number < 9999).then(|| Self([digit(1000), digit(100), digit(10), digit(1)]))
    }

    /// As it stands in the header, digits or not: what came is sent back.
    pub const fn from_bytes(bytes: [u8; 4]) -> Self {
        Self(bytes)
    }

    /// As it stands in the header.
    pub const fn bytes(self) -> [u8; 4] {
        self.0
    }

    /// The number, 0 to 9999. `None`: these are not four digits.
    pub fn number(self) -> Option<u16> {
        self.0.iter().try_fold(0, |number, byte| byte.is_ascii_digit().then(|| number * 10 + u16::from(byte - b'0')))
    }
}

impl fmt::Display for InvokeId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.0.escape_ascii())
    }
}

impl fmt::Debug for InvokeId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "InvokeId({self})")
    }
}

/// A header as it stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Header {
    /// 0 for XML as it is; 0x01xx for a SOAP envelope.
    pub indicator: u16,
    /// Bytes of the frame, these eight included.
    pub length: u16,
    /// The invoke id.
    pub invoke: InvokeId,
}

impl Header {
    /// `header = indicator(u16) length(u16) invoke(4 bytes)`, big-endian. `None`: fewer than eight bytes.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let parsed: IResult<&[u8], Self> = map((be_u16, be_u16, take(4_usize)), |(indicator, length, invoke): (u16, u16, &[u8])| {
            let mut id = [0; 4];
            id.copy_from_slice(invoke);
            Self { indicator, length, invoke: InvokeId(id) }
        })
        .parse(bytes);
        parsed.ok().map(|(_, header)| header)
    }

    /// The eight bytes.
    pub fn bytes(self) -> [u8; HEADER] {
        let mut bytes = [0; HEADER];
        bytes[..2].copy_from_slice(&self.indicator.to_be_bytes());
        bytes[2..4].copy_from_slice(&self.length.to_be_bytes());
        bytes[4..].copy_from_slice(&self.invoke.0);
        bytes
    }
}

/// One frame of XML.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Frame {
    /// Its invoke id.
    pub invoke: InvokeId,
    /// The XML as it came, in its own encoding.
    pub body: Bytes,
}

impl Frame {
    /// What it says.
    pub fn parse(&self, limits: &XmlLimits) -> Result<Received, XmlError> {
        Message::parse(&self.body, limits)
    }
}

/// The frame of a body. An error: it has more than `limit` bytes, or more than fit into the length.
pub fn encode(invoke: InvokeId, body: &[u8], limit: usize) -> Result<Bytes, EncodeError> {
    let bytes = HEADER + body.len();
    let limit = limit.min(usize::from(u16::MAX));
    let length = u16::try_from(bytes).ok().filter(|_| bytes <= limit).ok_or(EncodeError::TooLarge { bytes, limit })?;
    let mut out = BytesMut::with_capacity(bytes);
    out.put_slice(&Header { indicator: 0, length, invoke }.bytes());
    out.put_slice(body);
    Ok(out.freeze())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_counts_the_header() {
        let frame = encode(InvokeId::new(7).unwrap(), b"<keepalive/>", SENT_BYTES_MAX).unwrap();
        assert_eq!(&frame[..], b"\x00\x00\x00\x140007<keepalive/>");
        assert_eq!(Header::parse(&frame), Some(Header { indicator: 0, length: 20, invoke: InvokeId(*b"0007") }));
        assert_eq!(Header::parse(&frame[..7]), None);
    }

    #[test]
    fn no_frame_reads_as_negative() {
        let event = |bytes: usize, limit| encode(InvokeId::EVENT, &vec![b' '; bytes], limit).map(|frame| frame[2..4].to_vec());
        assert_eq!(event(SENT_BYTES_MAX - HEADER, SENT_BYTES_MAX).unwrap(), [0x7f, 0xfe]);
        let error = EncodeError::TooLarge { bytes: 32_767, limit: 32_766 };
        assert_eq!(event(SENT_BYTES_MAX - HEADER + 1, SENT_BYTES_MAX), Err(error));
        assert_eq!(event(65_527, usize::MAX).unwrap(), [0xff, 0xff]);
        assert!(event(65_528, usize::MAX).is_err());
    }

    #[test]
    fn invoke_ids() {
        let shown = |number| InvokeId::new(number).map(|id| id.to_string());
        assert_eq!((shown(0).unwrap(), shown(42).unwrap(), shown(9998).unwrap()), ("0000".into(), "0042".into(), "9998".into()));
        assert_eq!(shown(9999), None);
        assert_eq!(InvokeId::EVENT.number(), Some(9999));
        assert_eq!(InvokeId::from_bytes([0, 0, 0, 5]).number(), None);
    }
}
