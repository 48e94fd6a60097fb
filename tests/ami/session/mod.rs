//! Dialogues with an Asterisk that is only text.

mod agents;
mod asterisk;
mod audit;
mod life;
mod login;
mod snapshot;

use asterisk::{Asterisk, settings};
