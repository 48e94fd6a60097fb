//! Mitel System OAI: MiVoice Office 250, Mitel 5000, Inter-Tel 5000 and Axxess, directly or through the CT Gateway.
//!
//! References such as "OAI §5.1" mean the sections of `docs/oai.md`.

mod session;
mod settings;
mod switchboard;

pub use session::Session;
pub use settings::{Charset, Dee, Expanded, FieldMap, ListMode, Networked, QueryTemplate, Replay, Settings, TemplateError, Timers};
