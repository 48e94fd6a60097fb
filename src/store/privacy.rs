//! Retention, holds and erasure as every database knows them: what is asked and answered.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::directory::{Association, GroupMembership, PrimaryGroup, User};
use crate::privacy::{Erasure, Numbers, Policy, Tally};
use crate::record::CallRecord;
use crate::telephony::{Time, rfc3339};

/// A run of the retention over one database.
#[derive(Clone, Debug)]
pub struct Sweep {
    /// How long what is kept.
    pub policy: Policy,
    /// What becomes of numbers.
    pub numbers: Numbers,
    /// The moment that counts.
    pub now: Time,
    /// Only say what would be done.
    pub dry_run: bool,
    /// Calls in one transaction, at least 1.
    pub batch: usize,
}

/// How long a clock that is doubted has gone on steadily, kept beside the notes of the last runs over a restart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stood {
    /// What it said last.
    pub seen: Time,
    /// For so long by then; kept in whole seconds.
    pub standing: Duration,
}

impl Stood {
    /// As databases have it; `None` for what cannot have been kept so.
    pub(super) fn of(seen: Option<Time>, seconds: Option<i64>) -> Option<Self> {
        let seconds = u64::try_from(seconds?).ok()?;
        Some(Self { seen: seen?, standing: Duration::from_secs(seconds) })
    }

    pub(super) fn seconds(&self) -> i64 {
        i64::try_from(self.standing.as_secs()).unwrap_or(i64::MAX)
    }
}

/// What a run does first and then.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Phase {
    /// Calls that are to go.
    Delete,
    /// Calls that lose numbers and names.
    Anonymise,
}

/// How far a run has got.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Mark {
    pub(super) phase: Phase,
    pub(super) ended_at: Time,
    /// In SQLite.
    pub(super) seq: i64,
    /// In PostgreSQL.
    pub(super) id: Uuid,
}

impl Mark {
    pub(super) const START: Self = Self::of(Phase::Delete);

    pub(super) const fn of(phase: Phase) -> Self {
        Self { phase, ended_at: Time::MIN, seq: i64::MIN, id: Uuid::nil() }
    }

    /// What is looked at in this phase: ends up to there, and only calls that still have numbers and names; `None`: nothing.
    pub(super) fn bound(&self, sweep: &Sweep) -> Option<(Time, bool)> {
        match self.phase {
            Phase::Delete => sweep.policy.delete_until(sweep.now).map(|until| (until, false)),
            Phase::Anonymise => sweep.policy.anonymise_until(sweep.now).map(|until| (until, true)),
        }
    }

    /// Where the next phase begins; `None`: this was the last.
    pub(super) fn next_phase(&self) -> Option<Self> {
        match self.phase {
            Phase::Delete => Some(Self::of(Phase::Anonymise)),
            Phase::Anonymise => None,
        }
    }

    /// Before this moment a run that goes on in the second phase has nothing to look at: the first phase was there, or the
    /// next run's will be.
    pub(super) fn floor(&self, sweep: &Sweep) -> Time {
        match self.phase {
            Phase::Delete => self.ended_at,
            Phase::Anonymise => {
                let after = sweep.policy.delete_until(sweep.now).map_or(Time::MIN, |until| Time::from_micros(until.as_micros() + 1));
                self.ended_at.max(after)
            }
        }
    }
}

/// What one transaction came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Step {
    /// What was done, or would be.
    pub tally: Tally,
    /// Where to go on; `None`: everything was looked at.
    pub next: Option<Mark>,
}

/// A legal hold.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Hold {
    /// Whom it protects from being forgotten.
    pub user: Uuid,
    /// Name, where it is known.
    pub name: Option<String>,
    /// Why.
    pub reason: String,
    /// Who said so.
    pub added_by: String,
    /// When.
    #[serde(with = "rfc3339")]
    pub added_at: Time,
    /// Who ended it.
    pub removed_by: Option<String>,
    /// When; `None`: it stands.
    #[serde(with = "rfc3339::option")]
    pub removed_at: Option<Time>,
}

/// What is known of one person.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Dossier {
    /// As people are listed.
    pub user: User,
    /// Whether the people file has the person still.
    pub is_present: bool,
    /// A hold stands.
    pub is_held: bool,
    /// What the person holds and held.
    pub associations: Vec<Association>,
    /// Groups.
    pub memberships: Vec<GroupMembership>,
    /// The group that calls count for.
    pub primary_groups: Vec<PrimaryGroup>,
    /// Name, email, numbers and whatever else records may have.
    pub person: crate::privacy::Person,
}

/// An erasure that is under way: what a crash must not lose.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) struct Work {
    pub(super) erasure: Erasure,
    pub(super) export_sha256: Option<String>,
    pub(super) stage: Stage,
    pub(super) changed: Changed,
}

/// How far it has got.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) enum Stage {
    /// Calls after this one: of SQLite, its number; of PostgreSQL, when it began and its id.
    Calls { seq: i64, id: Uuid },
    /// Entries that wait, after this one.
    Waiting { seq: i64 },
    /// Everything else, in one.
    Rest,
}

/// How many rows were changed, by table.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the names of the tables")]
pub struct Changed {
    pub calls: u64,
    pub outbox: u64,
    pub quarantine: u64,
    pub journal: u64,
    pub checkpoints: u64,
    pub users: u64,
    pub associations_removed: u64,
    pub dee_memberships_removed: u64,
    pub credited_users: u64,
    pub holds: u64,
    /// Records that cannot be read: whether the person is in them is not known.
    pub unreadable: u64,
}

/// What proves an erasure; it does not say whom.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Receipt {
    /// Of the erasure, the same in every database.
    pub id: Uuid,
    /// Which database.
    pub database: String,
    /// When it began.
    #[serde(with = "rfc3339")]
    pub begun_at: Time,
    /// When it was done.
    #[serde(with = "rfc3339")]
    pub finished_at: Time,
    /// Rows changed.
    pub changed: Changed,
    /// Of the export that was handed to the person before.
    pub export_sha256: Option<String>,
}

/// How an erasure stands after a step.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Erased {
    /// There is more.
    Going,
    /// It is done.
    Done(Receipt),
    /// A legal hold stands on the person: nothing is changed until it ends.
    Held,
}

/// What an erasure would touch.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Concerned {
    /// Calls credited to the person.
    pub credited: u64,
}

/// Calls with their names, for those who ask for one person's.
pub type Shown<'a> = &'a mut dyn FnMut(&CallRecord) -> std::io::Result<()>;
