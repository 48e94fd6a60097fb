//! The hub: takes from a JetStream stream what many sites publish, and stores it in one PostgreSQL.
//!
//! # Promises
//!
//! 1. *Nothing is lost.* A message is acknowledged only after the transaction that stores it has been committed, and the
//!    acknowledgement is asked for until the server has confirmed it. A hub that ends in between is given the message again.
//! 2. *Nothing is doubled.* Records are stored by their id and numbers once each, so that a message may come any number of times.
//! 3. *Nothing blocks.* What cannot be read, or is refused by the database for itself, goes to the quarantine with the reason.
//! 4. *Everything is bounded.* A worker holds one batch; while the database is away it holds on to it and takes no other.
//! 5. *Any number.* Hubs with the same consumer name share the messages; each may come and go at any time.
//!
//! What the sites have numbered and what came is kept beside the records, so that a report can say what it may lack:
//! [`crate::store::postgres::Completeness`].

mod batch;
mod consumer;
mod health;
mod http;
mod keep;
mod life;
mod pull;
mod retention;
mod wire;
mod worker;

pub use consumer::{Consumers, HubError, probe};
pub use life::run;
