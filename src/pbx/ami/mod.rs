//! Asterisk by its Manager Interface (AMI), versions 12 to 23.
//!
//! [`Session`] is the whole: greeting, login, snapshot, keep-alive, and the translation of events by the switchboard.

mod name;
mod pattern;
mod question;
mod session;
mod settings;
mod switchboard;

pub use pattern::{Pattern, PatternError};
pub use session::Session;
pub use settings::{AgentSource, Auth, Naming, Settings};
