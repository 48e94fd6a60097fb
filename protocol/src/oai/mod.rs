//! Mitel System OAI, which MiVoice Office 250, Mitel 5000, Inter-Tel Axxess and the CT Gateway speak: frames with a length
//! before them, and in each a line of fields with commas between them. The wire reference is `docs/oai.md` ("OAI reference").
//!
//! In: [`Decoder`] takes the bytes of one direction of a connection in any chunking and gives [`Item`]s; [`Line::parse`] says
//! what the PBX means, [`Command::parse`] what a client means. Out: [`Login`], [`Command`], and for who plays the PBX
//! [`Event`] and [`Confirmation`]; [`frame()`] puts lines into a frame.
//!
//! Promises:
//! - The same bytes give the same items, however they are cut.
//! - Memory is bounded by [`Limits`] and what the caller pushed. A frame over its limit is the end of the stream
//!   ([`DecodeError::FrameTooLarge`]); a line over its limits is skipped and told.
//! - Nothing that arrives is lost: unknown codes, fields that newer versions append and fields without a meaning here are kept
//!   as they came, and the bytes of the line with them ([`Line::raw`]).
//! - No field allocates that is not longer than 23 bytes.
//! - What a [`Command`] encodes is one line: no value can smuggle in another.
//!
//! ```
//! use bytes::Bytes;
//! use strowger_protocol::oai::{Cause, Decoder, EventBody, Item, Limits, Message, frame};
//!
//! let mut decoder = Decoder::new(Limits::default());
//! decoder.push(frame([&b"007,XC,,000001,507,100,100,N,36\r\n"[..]]));
//! let Some(Item::Line(line)) = decoder.next_item()? else { panic!("a line comes") };
//! let Message::Event(event) = line.parse()? else { panic!("it is an event") };
//! let EventBody::ConnectionCleared(cleared) = event.body else { panic!("a connection was cleared") };
//! assert_eq!((cleared.call.as_str(), cleared.cause), ("507", Some(Cause::NORMAL_CLEAR)));
//! assert_eq!(decoder.next_item()?, None);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod command;
mod confirmation;
mod data;
mod decoder;
mod error;
mod event;
mod frame;
mod id;
mod line;
mod login;
mod read;
#[cfg(test)]
mod roundtrip;
#[cfg(test)]
mod sample;
mod table;
pub mod text;
mod wire;
mod write;

pub use command::{Command, CommandBody, CommandCode, Counted, ListMask, OtherCommand};
pub use confirmation::{
    AgentMembership, Assistant, AttachedData, Attachment, Bin, CallState, ConferenceMember, ConferenceResult, Confirmation,
    ConfirmationBody, Described, DeviceAndCall, DeviceDetail, DeviceInfo, Display, DisplayControl, Entities, Feature, Forwarding, Group,
    HuntGroup, HuntGroupMembers, HuntGroupTail, ListPage, Member, MonitorPart, MonitorsStarted, Named, NetworkInfo, Node, NodeName,
    NodePassword, NodeStatus, NumberedText, OffNodeDevice, OfferingControl, OldListPage, PasswordVerified, RetrievedData, SpeedDial,
    StartedMonitor, Station, StationDetail, TransferResult, Trunk, User, VoiceMail, WaitingMessage,
};
pub use decoder::{Counters, Decoder, Item, Limits, Skipped};
pub use error::{CommandError, DecodeError, EncodeError, LineError};
pub use event::{
    AgentLogon, AgentState, Alarm, ApplicationData, CallCleared, CallInfo, Callback, ConferenceParty, Conferenced, ConnectionCleared,
    ConnectionStatus, DatabaseChange, Delivered, DisplayControlEliminated, DisplayEnteredExtension, DisplayLanguageChanged,
    DisplayStationChange, Diverted, DoNotDisturb, ElapsedTime, Established, Event, EventBody, ExtensionChange, Failed, FeatureReport,
    FeatureStatus, Forwarded, GeneralInformation, Held, LinkStatus, MessageWaiting, MonitorEnded, Mute, NetworkReached, NightMode,
    OfferingEnded, Online, Originated, PortsExceeded, Queued, RawEvent, ResyncEnded, ResyncResponse, Retrieved, ServiceInitiated,
    SmdrRecord, Transferred,
};
pub use frame::encode as frame;
pub use id::{Extension, InvokeId, MonitorId, Sequence, Version};
pub use line::{Line, Message, Oddities};
pub use login::{Login, Service};
pub use read::Field;
pub use table::{
    AgentMode, AgentStateRequest, AlarmSystem, Cause, Country, DatabaseArea, DestinationKind, DeviceType, FeatureMask, FeatureNumber,
    Filters, ForwardType, HuntGroupType, LinkReason, ListType, LocalState, MonitorType, OfferingEndReason, Outcome, PartyType,
    PhysicalType, PremiumFeatures, Resync, feature_code,
};
pub use text::{CallId, Secret, Text};
pub use write::{LineEnd, Style};
