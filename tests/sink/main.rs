//! Sinks, each against a real destination: an HTTP receiver, a nats-server, files.
#![allow(clippy::expect_used, reason = "a test that cannot go on fails")]

#[path = "../support/mod.rs"]
mod support;

mod databases;
mod delivery;
mod elsewhere;
mod files;
mod nats;
mod nats_login;
mod outage;
mod program;
mod quarantine;
mod receiver;
mod rig;
mod verify;
mod webhooks;
