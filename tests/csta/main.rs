//! The whole program before a PBX that speaks CSTA: one that is written out by hand from the reference, well-behaved and not.

#![allow(clippy::expect_used, reason = "a test that cannot go on fails")]

mod calls;
mod commands;
mod damage;
mod following;
mod monitors;
mod pbx;
mod server;
mod tls;
mod xml;

#[path = "../support/mod.rs"]
mod support;
