//! What the whole-program tests share: a real Asterisk, telephones, the daemon, and holding what came out against what happened.
//!
//! Everything lives below the target directory, on ports that nobody else has, and is stopped when its guard is dropped.

#![allow(dead_code, reason = "each test program uses its part")]

pub(crate) mod clock;
pub(crate) mod daemon;
pub(crate) mod firewall;
pub(crate) mod hub;
pub(crate) mod lab;
pub(crate) mod lane;
pub(crate) mod nats;
pub(crate) mod oai;
pub(crate) mod peer;
pub(crate) mod phones;
pub(crate) mod postgres;
pub(crate) mod program;
pub(crate) mod proxy;
pub(crate) mod simulated;
pub(crate) mod small_disk;
pub(crate) mod truth;
