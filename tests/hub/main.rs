//! Many sites and one database: real nats-servers, and what the hub makes of what is published there.

#![allow(clippy::expect_used, reason = "a test may fail anywhere")]

#[path = "../support/mod.rs"]
mod support;

mod backup;
mod completeness;
mod config;
mod example;
mod retention;
mod rig;
mod servers;
mod site;
mod storing;
