//! Where records are delivered, besides the database of the state directory.
//!
//! Each sink is a task of its own that reads the outbox by its own cursor ([`Delivery`]): one that is down delays nobody else. What a
//! destination is differs only in [`Sink::deliver`]. At least once, with the same message id, and destinations that tell duplicates by
//! it: exactly once in effect.
//!
//! Not in here: what waits, and what is in quarantine (`spool`, in the outbox); who starts and stops sinks (`daemon`).

mod delivery;
mod desk;
mod destination;
mod file;
mod message;
mod nats;
mod postgres;
mod settings;
mod status;
mod tls;
mod waits;
mod webhook;

pub use delivery::{Delivery, Stop};
pub use desk::{Again, Asked, Desk};
pub use destination::{Batch, Failure, Progress, Sink, Source};
pub use file::{FileError, FileSink};
pub use nats::{NatsError, NatsSink, connect as connect_nats};
pub use postgres::PostgresSink;
pub use settings::{File, From, Kind, Nats, NatsLogin, Settings, Tls, Webhook};
pub use status::{Report, State, Status};
pub use tls::TlsError;
pub use waits::{STANDARD_LADDER, Steps, Waits};
pub use webhook::{SecretError, SigningKey, WebhookError, WebhookSink, is_public, signatures};
