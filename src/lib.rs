//! Strowger: a connector daemon for telephone systems. Rooms in the order of the flow.

pub mod telephony;

pub mod pbx;

pub mod directory;
pub mod tracker;

pub mod attribution;
pub mod record;

pub mod engine;
pub mod replay;

pub mod simulator;

pub mod privacy;

pub mod store;

pub mod spool;

pub mod sink;

pub mod config;
pub mod telemetry;

pub mod retention;

pub mod daemon;

pub mod hub;

pub mod cli;
