//! What can be asked about calls, whatever they are kept in.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

use super::StoreError;
use super::call_row::word;
use super::number_key::{Wanted, wanted};
use crate::directory::{Group, email_key};
use crate::record::{CallOutcome, CallRecord, Direction};
use crate::telephony::Time;

/// What to look for; everything that is set must hold. What is asked of a segment must hold for one and the same segment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CallFilter {
    /// Of this site; `None`: of every site that is kept there.
    pub site: Option<String>,
    /// A segment is credited to this user: name, email or id.
    pub user: Option<String>,
    /// A segment was at this device.
    pub device: Option<String>,
    /// A segment had this agent logged on.
    pub agent: Option<String>,
    /// A segment counts for this group: name or id.
    pub group: Option<String>,
    /// Caller, dialled number or a number outside that took part; long ones by their last digits.
    pub number: Option<String>,
    /// Began then or later.
    pub since: Option<Time>,
    /// Began before.
    pub until: Option<Time>,
    /// How it went.
    pub outcome: Option<CallOutcome>,
    /// By who began it.
    pub direction: Option<Direction>,
    /// On this PBX.
    pub pbx: Option<String>,
    /// Only what follows that call in the order of the answer.
    pub after: Option<Cursor>,
    /// At most so many.
    pub limit: usize,
}

impl Default for CallFilter {
    fn default() -> Self {
        Self {
            site: None,
            user: None,
            device: None,
            agent: None,
            group: None,
            number: None,
            since: None,
            until: None,
            outcome: None,
            direction: None,
            pbx: None,
            after: None,
            limit: 100,
        }
    }
}

/// A place in the order of calls, newest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Cursor {
    pub(super) started_at: Time,
    pub(super) id: Uuid,
}

impl Cursor {
    /// The place of that call: what follows it is older.
    pub fn of(record: &CallRecord) -> Self {
        Self { started_at: record.started_at.to_millisecond(), id: record.id }
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}", self.started_at.as_millis(), self.id)
    }
}

impl FromStr for Cursor {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts = text.split_once('_').and_then(|(millis, id)| Some((millis.parse().ok()?, id.parse().ok()?)));
        let (millis, id) = parts.ok_or_else(|| format!("{text:?} is not a cursor: use the one that came with the last page"))?;
        Ok(Self { started_at: Time::from_millis(millis), id })
    }
}

/// How many calls count for a group.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GroupCount {
    /// The group, with the name that it has now.
    pub group: Group,
    /// Calls with a segment that counts for it.
    pub calls: u64,
    /// Of these, calls with such a segment that answered.
    pub answered: u64,
}

/// A filter whose users and groups have been looked up.
#[derive(Clone, Debug)]
pub(super) struct Question {
    pub(super) site: Option<String>,
    /// Of a segment.
    pub(super) users: Option<Vec<Uuid>>,
    pub(super) groups: Option<Vec<Uuid>>,
    pub(super) device: Option<String>,
    pub(super) agent: Option<String>,
    pub(super) number: Option<Wanted>,
    /// Whole milliseconds, as calls have them.
    pub(super) since: Option<Time>,
    pub(super) until: Option<Time>,
    /// Column and value, of the call.
    pub(super) words: Vec<(&'static str, String)>,
    pub(super) after: Option<Cursor>,
    pub(super) limit: usize,
}

impl Question {
    pub(super) fn new(filter: &CallFilter, users: Option<Vec<Uuid>>, groups: Option<Vec<Uuid>>) -> Self {
        let trimmed = |text: &Option<String>| text.as_deref().map(|text| text.trim().to_owned());
        let words = [
            ("outcome", filter.outcome.as_ref().and_then(word)),
            ("direction", filter.direction.as_ref().and_then(word)),
            ("pbx", filter.pbx.clone()),
        ];
        Self {
            site: filter.site.clone(),
            users,
            groups,
            device: trimmed(&filter.device),
            agent: trimmed(&filter.agent),
            number: filter.number.as_deref().map(wanted),
            since: filter.since.map(ceiling),
            until: filter.until.map(ceiling),
            words: words.into_iter().filter_map(|(column, value)| Some((column, value?))).collect(),
            after: filter.after,
            limit: filter.limit,
        }
    }

    /// Whether it asks for a user or group that there is none of.
    pub(super) fn is_hopeless(&self) -> bool {
        [&self.users, &self.groups].into_iter().flatten().any(Vec::is_empty)
    }

    /// Whether anything is asked of a segment.
    pub(super) fn is_about_segments(&self) -> bool {
        self.users.is_some() || self.groups.is_some() || self.device.is_some() || self.agent.is_some()
    }
}

/// Stored times are whole milliseconds: a bound within one takes it in or leaves it out as a whole.
pub(super) fn ceiling(time: Time) -> Time {
    let whole = time.to_millisecond();
    if whole == time { whole } else { Time::from_micros(whole.as_micros().saturating_add(1000)) }
}

/// Somebody to be looked for: id, name, and what the email is compared by.
pub(super) type Called = (Uuid, String, Option<String>);

/// The ids of everybody of that id, email or name (in this order, the first that fits).
pub(super) fn users_called(users: &[Called], wanted: &str) -> Result<Vec<Uuid>, StoreError> {
    let wanted = wanted.trim();
    let as_id = wanted.parse::<Uuid>().ok();
    let email = email_key(wanted);
    let choose = |fits: &dyn Fn(&Called) -> bool| {
        let found: BTreeSet<Uuid> = users.iter().filter(|user| fits(user)).map(|user| user.0).collect();
        (!found.is_empty()).then(|| found.into_iter().collect())
    };
    let found = choose(&|user| Some(user.0) == as_id)
        .or_else(|| choose(&|user| user.2.as_ref() == Some(&email)))
        .or_else(|| choose(&|user| user.1 == wanted))
        .or_else(|| choose(&|user| user.1.to_lowercase() == email));
    found.ok_or_else(|| {
        let names = users.iter().flat_map(|user| [Some(&user.1), user.2.as_ref()]).flatten().collect::<BTreeSet<_>>();
        let likeness = |name: &&&String| strsim::jaro_winkler(&name.to_lowercase(), &email);
        let closest = names.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
        let suggestion = closest.filter(|name| likeness(name) > 0.75).map(|name| (*name).clone());
        StoreError::UnknownUser { wanted: wanted.to_owned(), suggestion }
    })
}

/// The digits that an id begins with, in lower case; `None` where it cannot be the beginning of one.
pub(super) fn id_digits(text: &str) -> Option<String> {
    let digits: String =
        text.trim().chars().filter(|character| *character != '-').map(|character| character.to_ascii_lowercase()).collect();
    let is_good = !digits.is_empty() && digits.len() <= 32 && digits.chars().all(|character| character.is_ascii_hexdigit());
    is_good.then_some(digits)
}
