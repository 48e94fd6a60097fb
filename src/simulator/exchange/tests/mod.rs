//! Scenarios told as one would tell them, and what holds whatever happens.

mod bench;
mod devices;
mod features;
mod groups;
mod invariants;
mod joins;
mod plain;
