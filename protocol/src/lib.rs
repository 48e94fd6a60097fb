//! Codecs for the socket protocols of telephone systems: bytes to typed messages and back.
//!
//! Each protocol has a decoder that takes bytes in any chunking and gives whole messages, and an encoder for what a
//! client sends. Nothing here does I/O, reads a clock or knows what a call is; the sessions built on it do.
//! Every limit is explicit, every tolerated deviation has a name in [`quirk`].

pub mod ami;
pub mod csta;
pub mod oai;
pub mod quirk;
