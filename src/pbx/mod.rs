//! Telephone systems: one pure session for each protocol, and the link that alone touches sockets.

pub mod ami;
pub mod backoff;
pub mod capture;
pub mod csta;
pub mod link;
pub mod oai;
pub mod session;
