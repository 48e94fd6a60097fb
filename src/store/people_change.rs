//! What a people file changes: what it says against what is known, without a database.
//!
//! What the file no longer says ends, what it says anew begins at the same instant, and nothing that was true before is touched.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use uuid::Uuid;

use super::identify::{Known, identify};
use super::import_report::{Ended, ImportReport, Moved, UserChange};
use crate::directory::{Assignable, Group, PeopleFile, Person, User, group_id};
use crate::telephony::Time;

/// Users with the name of a group each.
pub(super) type Pairs = BTreeSet<(Uuid, String)>;
type PairList = Vec<(Uuid, String)>;

/// What is known, as of now.
#[derive(Default)]
pub(super) struct Present {
    /// Everybody ever known.
    pub(super) users: BTreeMap<Uuid, Known>,
    /// Who holds what, and whether as primary.
    pub(super) held: BTreeMap<Assignable, (Uuid, bool)>,
    pub(super) members: Pairs,
    pub(super) primary_groups: Pairs,
    /// Main and member, by the people file.
    pub(super) dee: BTreeSet<(String, String)>,
    /// When anything changed last.
    pub(super) changed_at: Option<Time>,
}

/// What is to be written. All ends come before all beginnings: a user has one primary, a device one user.
pub(super) struct Change {
    pub(super) report: ImportReport,
    /// In the order of the file; true: new, else known under another name or email, or back.
    pub(super) users: Vec<(User, bool)>,
    pub(super) gone: Vec<Uuid>,
    pub(super) held_ended: Vec<Assignable>,
    pub(super) held_begun: Vec<(Uuid, Assignable, bool)>,
    /// All of the file, known or not.
    pub(super) groups: Vec<Group>,
    pub(super) members_ended: PairList,
    pub(super) members_begun: PairList,
    pub(super) primary_groups_ended: PairList,
    pub(super) primary_groups_begun: PairList,
}

/// `at`, or the moment just after the last change where that was later (a clock was set back), so that nothing overlaps.
pub(super) fn from_then_on(changed_at: Option<Time>, at: Time) -> Time {
    changed_at.map_or(at, |last| at.max(Time::from_micros(last.as_micros().saturating_add(1))))
}

/// What makes the file the truth from `at` on.
pub(super) fn change(present: &Present, file: &PeopleFile, at: Time) -> Change {
    let ids = identify(file, &present.users);
    let mut told = Told::default();
    told.names.extend(present.users.iter().map(|(id, user)| (*id, user.name.clone())));
    let users = users(present, file, &ids, &mut told);
    let (held_ended, held_begun) = holdings(present, file, &ids, &mut told);
    let of_file = |groups: fn(&Person) -> Vec<&String>| -> Pairs {
        let people = file.users.iter().zip(&ids);
        people.flat_map(|(person, id)| groups(person).into_iter().map(move |name| (*id, name.clone()))).collect()
    };
    let (members_ended, members_begun) = told.groups(&present.members, &of_file(|person| person.groups.iter().collect()), "in group");
    let (primary_groups_ended, primary_groups_begun) =
        told.groups(&present.primary_groups, &of_file(|person| person.primary_group.iter().collect()), "primary group");
    let named: BTreeSet<&String> = file.users.iter().flat_map(|person| &person.groups).collect();

    let there: HashSet<&Uuid> = ids.iter().collect();
    let gone: Vec<(Uuid, String)> =
        present.users.iter().filter(|(id, user)| !user.gone && !there.contains(id)).map(|(id, user)| (*id, user.name.clone())).collect();
    let mut gone_names: Vec<String> = gone.iter().map(|(_, name)| name.clone()).collect();
    gone_names.sort();
    let (dee_begun, dee_ended) = dee(present, file);
    let added = users.iter().filter(|(_, is_new)| *is_new).map(|(user, _)| user.name.clone()).collect();
    let (mut changed, mut unchanged) = (Vec::new(), 0);
    for (person, id) in file.users.iter().zip(&ids) {
        match told.changes.remove(id) {
            _ if !present.users.contains_key(id) => {}
            Some(what) => changed.push(UserChange { user: person.name.clone(), what }),
            None => unchanged += 1,
        }
    }
    let at = from_then_on(present.changed_at, at);
    let Told { moved, ended, .. } = told;
    Change {
        report: ImportReport { at, added, changed, moved, ended, gone: gone_names, dee_begun, dee_ended, unchanged },
        users,
        gone: gone.into_iter().map(|(id, _)| id).collect(),
        held_ended,
        held_begun,
        groups: named.into_iter().map(|name| Group { id: group_id(name), name: name.clone() }).collect(),
        members_ended,
        members_begun,
        primary_groups_ended,
        primary_groups_begun,
    }
}

/// What is told of the change.
#[derive(Default)]
struct Told {
    /// What changed for whom, as phrases.
    changes: BTreeMap<Uuid, Vec<String>>,
    names: BTreeMap<Uuid, String>,
    moved: Vec<Moved>,
    ended: Vec<Ended>,
}

impl Told {
    fn changed(&mut self, user: Uuid, what: String) {
        self.changes.entry(user).or_default().push(what);
    }

    fn name(&self, user: Uuid) -> String {
        self.names.get(&user).cloned().unwrap_or_default()
    }

    /// What ends and what begins.
    fn groups(&mut self, before: &Pairs, after: &Pairs, phrase: &str) -> (PairList, PairList) {
        let ended: PairList = before.difference(after).cloned().collect();
        let begun: PairList = after.difference(before).cloned().collect();
        for (user, name) in &ended {
            self.changed(*user, format!("no longer {phrase} {name}"));
        }
        for (user, name) in &begun {
            self.changed(*user, format!("{phrase} {name}"));
        }
        (ended, begun)
    }
}

fn users(present: &Present, file: &PeopleFile, ids: &[Uuid], told: &mut Told) -> Vec<(User, bool)> {
    let mut users = Vec::new();
    for (person, id) in file.users.iter().zip(ids) {
        told.names.insert(*id, person.name.clone());
        let user = User { id: *id, name: person.name.clone(), email: person.email.clone() };
        let Some(known) = present.users.get(id) else {
            users.push((user, true));
            continue;
        };
        if known.gone {
            told.changed(*id, "returns".to_owned());
        }
        if known.name != person.name {
            told.changed(*id, format!("renamed, was {}", known.name));
        }
        if known.email != person.email {
            let shown = |email: &Option<String>| email.clone().unwrap_or_else(|| "none".to_owned());
            told.changed(*id, format!("email {}, was {}", shown(&person.email), shown(&known.email)));
        }
        if told.changes.contains_key(id) {
            users.push((user, false));
        }
    }
    users
}

fn holdings(present: &Present, file: &PeopleFile, ids: &[Uuid], told: &mut Told) -> (Vec<Assignable>, Vec<(Uuid, Assignable, bool)>) {
    let before = &present.held;
    let people = file.users.iter().zip(ids);
    let after: BTreeMap<Assignable, (Uuid, bool)> =
        people.flat_map(|(person, id)| person.assignables().map(|(what, primary)| (what.clone(), (*id, primary)))).collect();
    let (mut ended, mut begun) = (Vec::new(), Vec::new());
    for (what, (user, _)) in before.iter().filter(|(what, held)| after.get(*what) != Some(*held)) {
        ended.push(what.clone());
        match after.get(what) {
            None => {
                told.ended.push(Ended { assignable: what.clone(), user: told.name(*user) });
                told.changed(*user, format!("{what} ends"));
            }
            Some((next, _)) if next != user => {
                told.moved.push(Moved { assignable: what.clone(), from: told.name(*user), to: told.name(*next) });
                told.changed(*user, format!("{what} goes to {}", told.name(*next)));
            }
            Some(_) => {}
        }
    }
    for (what, (user, primary)) in after.iter().filter(|(what, held)| before.get(*what) != Some(*held)) {
        begun.push((*user, what.clone(), *primary));
        let rank = if *primary { "primary" } else { "secondary" };
        let phrase = match before.get(what) {
            Some((holder, _)) if holder == user => format!("{what} is {rank} now"),
            Some((holder, _)) => format!("{what} comes from {} as {rank}", told.name(*holder)),
            None => format!("{what} begins as {rank}"),
        };
        told.changed(*user, phrase);
    }
    (ended, begun)
}

type DeePairs = Vec<(String, String)>;

/// What begins and what ends.
fn dee(present: &Present, file: &PeopleFile) -> (DeePairs, DeePairs) {
    let pair = |main: &str, member: &str| (main.to_owned(), member.to_owned());
    let groups = file.dee.iter();
    let after: BTreeSet<(String, String)> =
        groups.flat_map(|group| group.members.iter().map(move |member| pair(group.main.as_str(), member.as_str()))).collect();
    (after.difference(&present.dee).cloned().collect(), present.dee.difference(&after).cloned().collect())
}
