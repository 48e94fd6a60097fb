//! An invented site with a history: two thousand people from the very busy to those who hardly ever call, and their calls, evenly over
//! the two years up to today.

use std::fmt::Write as _;
use std::time::Duration;

use fastrand::Rng;
use strowger::directory::{PeopleFile, group_id, user_id};
use strowger::record::{
    Attribution, CallOutcome, CallRecord, Direction, GroupRef, LeftBy, PartyInfo, Role, Rule, Segment, SegmentOutcome, UserRef,
};
use strowger::telephony::{DeviceKind, Time};
use uuid::Uuid;

pub(crate) const SITE: &str = "hq";
pub(crate) const USERS: u32 = 2_000;
/// The last of the users: each has had a call now and then only.
pub(crate) const RARE: u32 = 20;
const CALLS_OF_RARE: u32 = 12;
pub(crate) const GROUPS: u32 = 20;
const DAYS: i64 = 730;
const DAY_MICROS: i64 = 86_400_000_000;

/// So many outside numbers there are.
const OUTSIDE: u32 = 200_000;

/// The calls of a site.
pub(crate) struct Calls {
    pub(crate) total: u32,
    from: Time,
    random: Rng,
    /// Up to each user: how much of all calling is theirs.
    shares: Vec<f64>,
    next: u32,
}

impl Calls {
    pub(crate) fn new(total: u32) -> Self {
        let days = jiff::Timestamp::now().as_microsecond() / DAY_MICROS;
        let mut sum = 0.0;
        // By rank: a few have hundreds of thousands of ten million calls, most some thousands.
        let shares = (0..USERS - RARE)
            .map(|rank| {
                sum += 1.0 / (8.0 + f64::from(rank));
                sum
            })
            .collect();
        Self { total, from: Time::from_micros((days - DAYS) * DAY_MICROS), random: Rng::with_seed(1), shares, next: 0 }
    }

    pub(crate) fn began(&self, number: u32) -> Time {
        Time::from_micros(self.from.as_micros() + DAYS * DAY_MICROS / i64::from(self.total) * i64::from(number)).to_millisecond()
    }

    fn somebody(&mut self) -> u32 {
        let every = (self.total / (RARE * CALLS_OF_RARE)).max(2);
        if self.next.is_multiple_of(every) {
            return USERS - RARE + self.next / every % RARE;
        }
        let point = self.random.f64() * self.shares.last().copied().unwrap_or_default();
        u32::try_from(self.shares.partition_point(|share| *share < point)).unwrap_or_default().min(USERS - RARE - 1)
    }
}

impl Iterator for Calls {
    type Item = CallRecord;

    fn next(&mut self) -> Option<CallRecord> {
        if self.next == self.total {
            return None;
        }
        let at = self.began(self.next);
        let user = self.somebody();
        let outside = outside(self.random.u32(0..OUTSIDE));
        let (direction, parts) = match self.random.u32(0..100) {
            0..55 => (Direction::Inbound, [Part::Outside(outside), Part::User(user)]),
            55..85 => (Direction::Outbound, [Part::User(user), Part::Outside(outside)]),
            _ => {
                let other = self.somebody();
                (Direction::Internal, [Part::User(user), Part::User(other)])
            }
        };
        let is_answered = self.random.u32(0..100) < 80;
        let record = record(self.next, at, direction, &parts, is_answered);
        self.next += 1;
        Some(record)
    }
}

pub(crate) fn people() -> PeopleFile {
    let mut text = String::new();
    for user in 0..USERS {
        let (name, group) = (name_of(user), group_of(user));
        writeln!(
            text,
            "[[users]]\nname = \"{name}\"\nprimary = {{ extension = \"{}\" }}\ngroups = [\"{group}\"]\nprimary_group = \"{group}\"",
            extension_of(user)
        )
        .expect("text");
    }
    PeopleFile::parse(&text).expect("people")
}

pub(crate) fn name_of(user: u32) -> String {
    format!("User {user:04}")
}

pub(crate) fn extension_of(user: u32) -> String {
    (10_000 + user).to_string()
}

pub(crate) fn group_of(user: u32) -> String {
    format!("Group {:02}", user % GROUPS)
}

/// An outside number.
pub(crate) fn outside(number: u32) -> String {
    format!("01{}555{:04}", 60 + number / 10_000, number % 10_000)
}

/// Who takes part.
enum Part {
    User(u32),
    Outside(String),
}

fn record(number: u32, at: Time, direction: Direction, parts: &[Part; 2], is_answered: bool) -> CallRecord {
    let after = |seconds| at.plus(Duration::from_secs(seconds));
    let answered_at = is_answered.then(|| after(5));
    let told = |part: &Part| match part {
        Part::User(user) => PartyInfo { number: Some(extension_of(*user)), e164: None, name: Some(name_of(*user)) },
        Part::Outside(number) => PartyInfo { number: Some(number.clone()), e164: None, name: None },
    };
    let segment = |seq: u32, part: &Part| {
        let user = match part {
            Part::User(user) => Some(*user),
            Part::Outside(_) => None,
        };
        let device = told(part).number.unwrap_or_default();
        let held = user.map(|_| format!("extension {device}"));
        Segment {
            seq,
            device_kind: if user.is_some() { DeviceKind::Extension } else { DeviceKind::External },
            agent: None,
            role: if seq == 1 { Role::Caller } else { Role::Called },
            started_at: at,
            answered_at,
            ended_at: after(60),
            ring_ms: 5_000,
            talk_ms: if is_answered { 55_000 } else { 0 },
            hold_ms: 0,
            queue_ms: 0,
            holds: Vec::new(),
            outcome: if is_answered { SegmentOutcome::Answered } else { SegmentOutcome::NoAnswer },
            left_by: LeftBy::Hangup,
            cause: "normalClearing".to_owned(),
            transfer: None,
            user: user.map(|user| UserRef { id: user_id(&name_of(user), None), name: name_of(user) }),
            group: user.map(|user| GroupRef { id: group_id(&group_of(user)), name: group_of(user) }),
            attribution: Attribution {
                rule: if user.is_some() { Rule::PrimaryExtension } else { Rule::None },
                at: answered_at.unwrap_or(at),
                since: None,
                reason: if user.is_some() { "associated" } else { "external" }.to_owned(),
                uncertain: false,
                considered: held.iter().zip(user).map(|(held, user)| format!("{held} is {}'s (primary)", name_of(user))).collect(),
                association: held,
            },
            device,
        }
    };
    CallRecord {
        id: Uuid::new_v5(&Uuid::NAMESPACE_OID, &number.to_le_bytes()),
        site: SITE.to_owned(),
        pbx: "asterisk".to_owned(),
        switch_calls: vec![number.to_string()],
        direction,
        caller: told(&parts[0]),
        dialled: told(&parts[1]),
        trunk: None,
        started_at: at,
        answered_at,
        ended_at: after(60),
        outcome: if is_answered { CallOutcome::Answered } else { CallOutcome::NoAnswer },
        start_uncertain: false,
        end_uncertain: false,
        gaps: Vec::new(),
        anonymised_at: None,
        segments: vec![segment(1, &parts[0]), segment(2, &parts[1])],
    }
}
