//! A PBX that is none: a model of one, spoken in its protocols, and the truth of what it did.
//!
//! What is measured against the truth (`pbx`, `tracker`, `attribution`, `engine`, `replay`) is not used here.

pub mod csta;
pub mod exchange;
pub mod load;
pub mod oai;
pub mod scenario;
pub mod truth;

mod default_site;
mod face;
mod people;
mod play;
mod run;
pub mod serve;
mod traffic;

pub use default_site::{Size, default_site, site_of};
pub use face::{ClientId, Face, Faceless, Output};
pub use people::{default_people, default_text as default_people_text, text_for as people_text_for};
pub use play::Player;
pub use run::{Simulation, Start};
pub use traffic::{Act, Notice, Traffic, Why};
