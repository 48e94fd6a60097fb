//! System OAI written out by hand from the public reference, without the program's own codec: a PBX that only knows lines of
//! text, and a client. What they and the program understand of each other is what the reference says.

#![allow(clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

pub(crate) mod client;
pub(crate) mod frame;
pub(crate) mod pbx;
pub(crate) mod plan;
pub(crate) mod server;
pub(crate) mod wrong;
