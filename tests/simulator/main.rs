//! The simulated PBX: held against the public reference by a client that knows nothing else, and the program held against its truth.

#![allow(clippy::expect_used, reason = "a test that cannot go on fails")]

mod clocks;
mod combinations;
mod compare;
mod csta;
mod faults;
mod independent;
mod judge;
mod load;
mod spoken;
mod stage;
mod startup;
mod two_gaps;
mod windows;

#[path = "../support/mod.rs"]
mod support;
