//! People: who holds which extension and agent ID, since when and until when.
//!
//! In goes a people file ([`PeopleFile`]) or what the store kept over time; out comes a [`Directory`], an immutable snapshot
//! that answers "who, at that instant?" from memory. It reads no clock and touches no database; what changes over time is
//! decided where a file is imported (`store`), not here.

mod history;
mod identity;
mod mistake;
mod people_check;
mod people_file;
mod people_reader;
mod person;
mod snapshot;
#[cfg(test)]
mod tests;

pub use history::{Association, DeeConflict, DeeMembership, DeeSource, GroupMembership, PrimaryGroup};
pub use identity::{email_key, group_id, user_id};
pub use mistake::{Mistake, PeopleError};
pub use people_file::{DeeGroup, PeopleFile, Person};
pub use person::{Assignable, Group, User};
pub use snapshot::{Directory, Parts};
