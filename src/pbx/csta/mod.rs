//! CSTA phase III in XML: Unify OpenScape, Mitel MX-ONE, Avaya DMCC, Zultys MX and others, each with its own habits.
//!
//! References such as "CSTA §5" mean the sections of `docs/csta.md`.

mod session;
mod settings;
mod switchboard;

pub use session::Session;
pub use settings::{Device, Dialect, FilterPolarity, KeepAlive, Login, SessionUse, Settings, Timers};
