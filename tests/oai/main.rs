//! Mitel's System OAI from the wire to the record: the flows of the public reference, told by a PBX that is written out by hand.

#![allow(clippy::expect_used, reason = "a test that cannot go on fails")]

mod bad_input;
mod expected;
mod flow;
mod flows;
mod rig;
mod socket;
mod telling;

#[path = "../support/mod.rs"]
mod support;
