//! What the program tells about itself: log lines and metrics.
//!
//! [`fact`] is the catalogue: one method for one fact worth knowing, which writes its log line and moves its metrics together.
//! All names of metrics stand in [`metrics`], nowhere else. No number, no name of a person and no call is ever a label.
//!
//! Not in here: where metrics are served (`daemon::http`), and what commands say to their user (`cli::message`).

pub mod fact;
pub mod hub;
mod log;
mod mask;
pub mod metrics;
mod retention_fact;
mod sink_fact;

pub use log::{LogError, LogHandle, init, init_into};
pub use mask::Mask;
pub use retention_fact::RetentionFacts;
pub use sink_fact::SinkFacts;
