//! CSTA phase III in XML over TCP: the services of ECMA-269 in the encoding of ECMA-323, and the sessions of ECMA-354. The wire
//! reference is `docs/csta.md` ("CSTA reference").
//!
//! In, for either side: [`Decoder`] takes the bytes of one direction of a connection in any chunking and gives [`Frame`]s;
//! [`Frame::parse`] says what they mean. Out: [`Message::frame`], in the [`Style`] of the product.
//!
//! Promises:
//! - The same bytes give the same items, however they are cut.
//! - Memory is bounded by [`Limits`], [`XmlLimits`] and what the caller pushed; no document costs more than a walk over its bytes for
//!   each namespace that it declares.
//! - No document type declaration is taken, and no entity but the five that XML knows.
//! - Elements are matched by local name, in any order; what is not known is kept as it came ([`RawXml`]), and what is written has the
//!   schema's order.
//! - What was read can be written and read again the same.
//!
//! ```
//! use strowger_protocol::csta::{Decoder, Event, InvokeId, Item, Limits, Message, Style, XmlLimits};
//!
//! let event = br#"<HeldEvent xmlns="http://www.ecma-international.org/standards/ecma-323/csta/ed4">
//!     <monitorCrossRefID>7</monitorCrossRefID>
//!     <heldConnection><callID>C1</callID><deviceID>201</deviceID></heldConnection>
//!     <holdingDevice><deviceIdentifier>N&lt;201&gt;;noa=nk</deviceIdentifier></holdingDevice>
//! </HeldEvent>"#;
//! let message = Message::parse(event, &XmlLimits::default())?.message;
//!
//! let mut decoder = Decoder::new(Limits::default());
//! decoder.push(message.frame(InvokeId::EVENT, &Style::default())?);
//! let Some(Item::Frame(frame)) = decoder.next_item()? else { panic!("a frame comes") };
//! let Message::Event(Event::Held(held)) = frame.parse(&XmlLimits::default())?.message else { panic!("somebody holds") };
//! assert_eq!((held.connection.call.as_str(), held.holding.number()), ("C1", Some("201")));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod data;
mod decoder;
mod device;
mod error;
pub mod event;
mod frame;
mod message;
pub mod request;
pub mod response;
#[cfg(test)]
mod roundtrip;
#[cfg(test)]
mod sample;
mod text;
pub mod word;
mod xml;

pub use decoder::{Counters, Decoder, Item, Limits, Skipped};
pub use device::{Canonical, ConnectionId, Device, DeviceForm, DeviceId, NumberType};
pub use error::{DecodeError, EncodeError, XmlError};
pub use event::Event;
pub use frame::{Frame, HEADER, Header, InvokeId, SENT_BYTES_MAX, encode as frame};
pub use message::{Message, Received};
pub use request::Request;
pub use response::{ErrorCode, Response};
pub use text::{Hex, Secret};
pub use xml::{Edition, Encoding, RawXml, SESSION_NAMESPACE, Spelling, Style, XmlLimits};
