//! The Asterisk Manager Interface: a greeting line, then messages of `Key: value` lines, each ended by an empty line.
//!
//! In: [`Decoder`] takes the bytes of one connection in any chunking and gives [`Item`]s. Out: [`Action`] builds what a
//! client sends, [`login`] the two ways of logging in.
//!
//! Promises:
//! - The same bytes give the same items, however they are cut.
//! - Fields are slices of the bytes received; one small allocation a message (the index of its fields), none a field.
//! - Memory is bounded by [`Limits`] and what the caller pushed; what breaks a limit is skipped up to the next empty
//!   line and told as [`Item::Skipped`]. A stream without any empty line ends in [`DecodeError::NoBlankLine`].
//! - Only the first line of a message says what it is: a value that looks like a line of its own never does.
//! - What an [`Action`] encodes is one message: no value can smuggle in a line.
//!
//! ```
//! use bytes::Bytes;
//! use strowger_protocol::ami::{Decoder, Item, Kind, Limits};
//!
//! let mut decoder = Decoder::new(Limits::default());
//! decoder.push(Bytes::from_static(b"Asterisk Call Manager/11.0.0\r\nEvent: Hangup\r\nCause: 16\r\n\r\n"));
//! let Some(Item::Greeting(greeting)) = decoder.next_item()? else { panic!("a greeting comes first") };
//! assert_eq!(greeting.version.major, 11);
//! let Some(Item::Message(hangup)) = decoder.next_item()? else { panic!("then messages") };
//! assert_eq!((hangup.kind(), hangup.name()), (Kind::Event, &b"Hangup"[..]));
//! assert_eq!(hangup.str("cause"), Some("16"));
//! assert_eq!(decoder.next_item()?, None);
//! # Ok::<(), strowger_protocol::ami::DecodeError>(())
//! ```

mod action;
mod counters;
mod decoder;
mod error;
mod field;
mod frame;
mod greeting;
mod item;
pub mod login;
mod message;

pub use action::{Action, EncodeError};
pub use counters::Counters;
pub use decoder::Decoder;
pub use error::{DecodeError, Malformed};
pub use greeting::{Greeting, Version};
pub use item::{Item, Limits, Skipped};
pub use message::{Kind, Message};
