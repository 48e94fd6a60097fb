//! What an import of a people file changed, in words.

use std::fmt;

use crate::directory::Assignable;
use crate::telephony::Time;

/// What an import changed. Names are display names; every list is in the order of the file, then by name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ImportReport {
    /// From when the changes hold: the moment asked for, or just after the last change where that was later.
    pub at: Time,
    /// Users that are new.
    pub added: Vec<String>,
    /// Users that were known and differ.
    pub changed: Vec<UserChange>,
    /// Extensions and agent IDs that went from one user to another.
    pub moved: Vec<Moved>,
    /// Extensions and agent IDs that belong to nobody any more.
    pub ended: Vec<Ended>,
    /// Users that the file no longer has: what they held has ended, their history stays.
    pub gone: Vec<String>,
    /// DEE pairs (main, member) that are new.
    pub dee_begun: Vec<(String, String)>,
    /// DEE pairs (main, member) that ended.
    pub dee_ended: Vec<(String, String)>,
    /// Users for whom nothing changed.
    pub unchanged: usize,
}

/// What changed for a user who was known.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UserChange {
    /// Who.
    pub user: String,
    /// What, each as a phrase: `extension 1002 begins`, `primary group Sales, was Export`.
    pub what: Vec<String>,
}

/// What went from one user to another at one instant.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Moved {
    /// What.
    pub assignable: Assignable,
    /// Who had it.
    pub from: String,
    /// Who has it.
    pub to: String,
}

/// What belongs to nobody any more.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ended {
    /// What.
    pub assignable: Assignable,
    /// Who had it.
    pub user: String,
}

impl ImportReport {
    /// Whether the file said what was known already.
    pub fn is_unchanged(&self) -> bool {
        self.added.is_empty()
            && self.changed.is_empty()
            && self.moved.is_empty()
            && self.ended.is_empty()
            && self.gone.is_empty()
            && self.dee_begun.is_empty()
            && self.dee_ended.is_empty()
    }
}

impl fmt::Display for ImportReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_unchanged() {
            return write!(f, "nothing changed: {} as before", users(self.unchanged));
        }
        for name in &self.added {
            writeln!(f, "added    {name}")?;
        }
        for change in &self.changed {
            writeln!(f, "changed  {}: {}", change.user, change.what.join(", "))?;
        }
        for moved in &self.moved {
            writeln!(f, "moved    {} from {} to {}: earlier calls stay with {}", moved.assignable, moved.from, moved.to, moved.from)?;
        }
        for ended in &self.ended {
            writeln!(f, "ended    {} of {}: it belongs to nobody now", ended.assignable, ended.user)?;
        }
        for name in &self.gone {
            writeln!(f, "gone     {name}: no longer in the file, the history stays")?;
        }
        for (main, member) in &self.dee_begun {
            writeln!(f, "DEE      {member} rings with {main}")?;
        }
        for (main, member) in &self.dee_ended {
            writeln!(f, "DEE      {member} no longer rings with {main}")?;
        }
        write!(f, "holds from {}; {} unchanged", self.at, users(self.unchanged))
    }
}

fn users(count: usize) -> String {
    if count == 1 { "1 user".to_owned() } else { format!("{count} users") }
}
