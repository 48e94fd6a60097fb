//! What can be wrong with received bytes, and with what is to be sent.

use smol_str::SmolStr;

use super::frame::HEADER;

/// Why bytes could not be read as frames.
///
/// As the error of [`Decoder::next_item`](super::Decoder::next_item) it is the end of the stream: close the connection, then
/// [`reset`](super::Decoder::reset). Within [`Skipped`](super::Skipped) it says why a frame was left out; the stream goes on.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum DecodeError {
    /// The first bytes of the connection are no header. Fatal.
    #[error("this is no CSTA over TCP: a header begins with 00 00, and here stands {header:02x?} (check host, port and TLS)")]
    NotCsta {
        /// What stands there.
        header: [u8; HEADER],
    },
    /// A frame is announced that is shorter than its own header. Fatal: where the next one begins is not known.
    #[error("a frame of {length} bytes is announced, and its header alone has 8: the stream is damaged")]
    LengthTooShort {
        /// Bytes announced.
        length: u16,
    },
    /// A frame is longer than is taken.
    #[error("a frame of {length} bytes was skipped, and at most {limit} are taken: raise the limit if the PBX means it")]
    FrameTooLarge {
        /// Bytes announced, header included.
        length: u16,
        /// The limit.
        limit: usize,
    },
    /// A frame holds a SOAP envelope.
    #[error("a frame with a SOAP envelope was skipped: set the PBX to CSTA XML without SOAP")]
    Soap,
    /// The two first bytes of a frame are none that is known.
    #[error("a frame of the unknown format {indicator:#06x} was skipped")]
    UnknownFormat {
        /// The two first bytes.
        indicator: u16,
    },
}

impl DecodeError {
    /// True where the stream cannot go on.
    pub const fn is_fatal(&self) -> bool {
        matches!(self, Self::NotCsta { .. } | Self::LengthTooShort { .. })
    }
}

/// Why the body of a frame is no message. The stream goes on behind it.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum XmlError {
    /// The declared encoding, or the byte order mark, is of none that is read: UTF-8, US-ASCII and ISO-8859-1 are.
    #[error("the encoding {0:?} is not read: UTF-8, US-ASCII and ISO-8859-1 are")]
    Encoding(SmolStr),
    /// The bytes are not what the encoding says.
    #[error("byte {at} of the body is no {encoding}: the peer declares another encoding than it writes, or counts characters as bytes")]
    NotEncoded {
        /// Where, from 0.
        at: usize,
        /// What it should be.
        encoding: &'static str,
    },
    /// A document type declaration: no CSTA message has one, and what they define is not expanded.
    #[error("the body has a document type declaration (DTD), which is refused")]
    Doctype,
    /// An entity that is none of the five that XML knows by itself.
    #[error("the entity &{0}; is none of the five that XML knows, and others are refused")]
    Entity(SmolStr),
    /// A reference to a character that is none.
    #[error("&{0}; is no character")]
    Character(SmolStr),
    /// Elements within elements within elements.
    #[error("the elements are nested deeper than {limit}")]
    TooDeep {
        /// The limit.
        limit: usize,
    },
    /// Too many elements.
    #[error("the body has more than {limit} elements")]
    TooManyElements {
        /// The limit.
        limit: usize,
    },
    /// An element with too many attributes.
    #[error("an element has more than {limit} attributes")]
    TooManyAttributes {
        /// The limit.
        limit: usize,
    },
    /// An element whose attributes are too long together.
    #[error("the attributes of an element are longer than {limit} bytes together")]
    AttributesTooLong {
        /// The limit.
        limit: usize,
    },
    /// Too many declarations of namespaces, one within the other.
    #[error("more than {limit} namespaces are declared at a time")]
    TooManyNamespaces {
        /// The limit.
        limit: usize,
    },
    /// Not well-formed.
    #[error("the body is no well-formed XML at byte {at}: {what}")]
    Malformed {
        /// Where, from 0, in the body as UTF-8.
        at: usize,
        /// What is wrong, at most 120 characters.
        what: SmolStr,
    },
    /// There is no element.
    #[error("the body is empty")]
    Empty,
    /// The body ends before its elements do.
    #[error("the body ends within the element {0:?}: the length in the header is wrong, or the peer counts characters as bytes")]
    Unfinished(SmolStr),
    /// There is more behind the root element.
    #[error("there is more behind the root element, from byte {at}: the length in the header is wrong")]
    Trailing {
        /// Where, from 0.
        at: usize,
    },
}

/// Why a message cannot be sent.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum EncodeError {
    /// The frame would be too long.
    #[error("the message has {bytes} bytes with its header, and at most {limit} are sent: peers read longer lengths as negative")]
    TooLarge {
        /// Its bytes.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// A value holds a character that XML cannot carry.
    #[error("the element {element} holds the control character {character:?}, which XML cannot carry")]
    ControlCharacter {
        /// Where.
        element: SmolStr,
        /// The character.
        character: char,
    },
}
