//! The link against scripted PBXs on real sockets: what it delivers, how it fails, and that it stays within its bounds.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "these are tests, their helpers included")]

mod flood;
mod flow;
mod reconnect;
mod request;
mod support;
mod tls;
