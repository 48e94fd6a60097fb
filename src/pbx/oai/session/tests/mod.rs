//! Dialogues: what the PBX says and what becomes of it, as transcripts that are played and compared.

mod dialogue;
mod faults;
mod gaps;
mod nodes;
mod pbx;
mod properties;
mod settings;
mod startup;
