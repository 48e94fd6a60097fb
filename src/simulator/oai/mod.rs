//! The simulated exchange spoken as Mitel System OAI, to several clients at once; the wire is that of `docs/oai.md` ("OAI reference").
//!
//! Pure: bytes and moments go in, bytes come out. [`Server::connected`], [`Server::received`], [`Server::closed`] and [`Server::timeout`] are
//! the inputs of the port, [`Server::facts`] those of the exchange; [`Server::poll_output`] and [`Server::poll_timeout`] say what is wanted.
//! Commands act on the [`Exchange`](super::exchange::Exchange); whoever owns both hands the facts that it then has to [`Server::facts`].
//!
//! What the reference does not know is a choice in [`Forms`], with a synthetic default. [`Fault`]s make things go wrong on purpose.
//!
//! Map: `server` inputs and outputs · `login`, `connection`, `outbox` one client · `monitor`, `filter` what it sees · `tell` and `view` from facts
//! to lines · `command`, `list`, `snapshot`, `desk` what it asks · `profile`, `form`, `fault` what may vary · `prepared`, `naming`, `device_type`,
//! `text` how things are written.
//!
//! Not in it: SMDR streams (0x84 is refused), private-network trunks, page zones, callbacks that ring, offering that delays a call.

mod command;
mod connection;
mod desk;
mod device_type;
mod fault;
mod filter;
mod form;
mod list;
mod login;
mod monitor;
mod naming;
mod outbox;
mod prepared;
mod profile;
mod server;
mod snapshot;
mod tell;
#[cfg(test)]
mod tests;
mod text;
mod view;

pub use fault::{Fault, Whom};
pub use form::{BadPassword, DeeRing, Forms, Handoff, Losers, NotReadyPlace, QueueExit, TooSoon};
pub use profile::{Licence, LineEnd, Profile, Role, Wire};
pub use server::{ConnectionId, Ending, Output, Server};
pub use tell::Announcement;
