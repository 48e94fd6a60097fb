//! The simulated exchange spoken as CSTA phase III in XML, to several clients at once; the wire is that of `docs/csta.md` ("CSTA reference").
//!
//! Pure: bytes and moments go in, bytes come out, by the [`Face`](super::Face) that it has. Requests act on the
//! [`Exchange`](super::exchange::Exchange), whose facts become events: one for each monitor of a device that sees it, from that device's
//! viewpoint.
//!
//! Products differ in a [`Dialect`], which is a set of defaults of the [`Profile`]. What the reference does not know is a choice there, with a
//! synthetic default: it says what this simulator does, not what a PBX does.
//!
//! Map: `server` inputs and outputs · `connection`, `outbox`, `monitor` one client · `tell` from facts to events · `request` what is asked ·
//! `naming` numbers of devices and calls · `profile` what may vary.
//!
//! Not in it: several nodes (all are one system here), parking at a device, data attached to calls, routeing, media, voice units.

mod cause;
mod connection;
mod monitor;
mod naming;
mod outbox;
mod profile;
mod request;
mod server;
mod tell;

pub use connection::Ending;
pub use profile::{CallIds, DeviceNames, Dialect, Joined, Knobs, LoginForm, Losers, Profile, QueueArrival, SessionOffer, WrittenEdition};
pub use server::Server;
