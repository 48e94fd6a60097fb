//! Asterisk's session, and what recordings of a real one become.

#![allow(clippy::expect_used, reason = "a test that cannot go on fails")]

mod recordings;
mod session;
