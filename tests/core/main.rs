//! The pure core from telephony events to call records: tracker, attribution, record, engine.

#![allow(clippy::expect_used, reason = "a test that cannot go on fails")]

mod attribution_cases;
mod gap_rules;
mod golden;
mod model;
mod scene;
