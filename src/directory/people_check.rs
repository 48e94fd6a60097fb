//! What contradicts what in a people file.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::people_reader::{At, WrittenDee, WrittenPerson};
use super::{Assignable, DeeGroup, Mistake, PeopleFile, Person, email_key};
use crate::telephony::DeviceId;

/// The file as understood and its mistakes; usable only where there are none.
pub(super) fn check(people: &[WrittenPerson], dee: &[WrittenDee]) -> (PeopleFile, Vec<Mistake>) {
    let mut checker = Checker::default();
    for person in people {
        checker.holdings(person);
        checker.identity(person);
        checker.groups(person);
    }
    checker.dee(dee);
    checker.likely_slips(people, dee);
    checker.warnings.sort();
    let file = PeopleFile {
        users: people.iter().filter_map(understood).collect(),
        dee: dee.iter().filter_map(understood_dee).collect(),
        warnings: checker.warnings,
    };
    (file, checker.mistakes)
}

fn understood(person: &WrittenPerson) -> Option<Person> {
    Some(Person {
        name: person.name.as_ref()?.value.clone(),
        email: person.email.as_ref().map(|email| email.value.clone()),
        primary: person.primary.as_ref().map(|primary| primary.value.clone()),
        secondary: person.secondary.iter().map(|secondary| secondary.value.clone()).collect(),
        groups: person.groups.iter().map(|group| group.value.clone()).collect(),
        primary_group: person.primary_group.as_ref().map(|group| group.value.clone()),
        line: person.line,
    })
}

fn understood_dee(dee: &WrittenDee) -> Option<DeeGroup> {
    Some(DeeGroup {
        main: DeviceId::new(&dee.main.as_ref()?.value),
        members: dee.members.iter().map(|member| DeviceId::new(&member.value)).collect(),
        line: dee.line,
    })
}

/// Whose something is: the person's place in the file, name and line.
#[derive(Clone)]
struct Holder {
    person_line: usize,
    name: String,
    line: usize,
}

#[derive(Default)]
struct Checker {
    holders: HashMap<Assignable, Holder>,
    emails: HashMap<String, Holder>,
    names: HashMap<String, usize>,
    mistakes: Vec<Mistake>,
    warnings: Vec<Mistake>,
}

fn name_of(person: &WrittenPerson) -> String {
    person.name.as_ref().map_or_else(|| format!("the user of line {}", person.line), |name| name.value.clone())
}

impl Checker {
    fn mistake(&mut self, line: usize, what: impl Into<String>, to_do: impl Into<String>) {
        self.mistakes.push(Mistake { line, what: what.into(), to_do: to_do.into() });
    }

    fn warn(&mut self, line: usize, what: impl Into<String>, to_do: impl Into<String>) {
        self.warnings.push(Mistake { line, what: what.into(), to_do: to_do.into() });
    }

    fn holdings(&mut self, person: &WrittenPerson) {
        let name = name_of(person);
        if let Some(first) = person.secondary.first()
            && !person.has_primary
        {
            self.mistake(
                first.line,
                format!("{name} has secondary extensions or agent IDs but no primary"),
                format!("give exactly one as primary, such as primary = {{ {} = {:?} }}", first.value.kind(), first.value.number()),
            );
        }
        for At { line, value } in person.primary.iter().chain(&person.secondary) {
            let holder = Holder { person_line: person.line, name: name.clone(), line: *line };
            let Some(other) = self.holders.get(value).cloned() else {
                self.holders.insert(value.clone(), holder);
                continue;
            };
            if other.person_line == person.line {
                self.mistake(*line, format!("{value} is given to {name} twice (first on line {})", other.line), "remove one of the two");
            } else {
                self.mistake(
                    *line,
                    format!("{value} is given to {name} here and to {} on line {}", other.name, other.line),
                    "it can belong to one user at a time: remove it from one of the two",
                );
            }
        }
    }

    fn identity(&mut self, person: &WrittenPerson) {
        let name = name_of(person);
        if let Some(email) = &person.email {
            let key = email_key(&email.value);
            if !looks_like_an_email(&key) {
                self.mistake(
                    email.line,
                    format!("{:?} is not an email address", email.value),
                    "write it as name@example.com, or remove it",
                );
            }
            if let Some(other) = self.emails.get(&key).cloned() {
                self.mistake(
                    email.line,
                    format!(
                        "email {:?} belongs to {name} here and to {} on line {} (upper and lower case do not differ)",
                        email.value, other.name, other.line
                    ),
                    "give each user an own email, or leave it out",
                );
            } else {
                self.emails.insert(key, Holder { person_line: person.line, name, line: email.line });
            }
        } else if let Some(written) = &person.name {
            match self.names.get(&written.value).copied() {
                Some(first) => self.mistake(
                    written.line,
                    format!("two users are named {name:?} and have no email: here and on line {first}"),
                    "give them an email each, so that they can be told apart",
                ),
                None => {
                    self.names.insert(written.value.clone(), written.line);
                }
            }
        }
    }

    fn groups(&mut self, person: &WrittenPerson) {
        let name = name_of(person);
        let mut seen = BTreeSet::new();
        for group in &person.groups {
            if !seen.insert(&group.value) {
                self.mistake(group.line, format!("group {:?} of {name} is listed twice", group.value), "remove one of the two");
            }
        }
        if let Some(primary) = &person.primary_group
            && !seen.contains(&primary.value)
        {
            let to_do = format!("add {:?} to groups, or name one of them", primary.value);
            self.mistake(primary.line, format!("primary_group {:?} of {name} is not among the user's groups", primary.value), to_do);
        }
    }

    fn dee(&mut self, dee: &[WrittenDee]) {
        let mut mains_of: BTreeMap<&str, Vec<(&str, usize)>> = BTreeMap::new();
        for group in dee {
            let Some(main) = &group.main else { continue };
            for member in &group.members {
                if member.value == main.value {
                    self.mistake(member.line, format!("{} is a DEE member of itself", main.value), "list only the other devices");
                    continue;
                }
                let mains = mains_of.entry(&member.value).or_default();
                match mains.iter().find(|(other, _)| *other == main.value) {
                    Some((_, line)) => {
                        let what = format!("{} is listed twice as a DEE member of {} (first on line {line})", member.value, main.value);
                        self.mistake(member.line, what, "remove one of the two");
                    }
                    None => mains.push((&main.value, member.line)),
                }
            }
        }
        for (member, mains) in mains_of {
            if let [(first, first_line), .., (last, line)] = mains.as_slice() {
                self.warn(
                    *line,
                    format!(
                        "{member} is a DEE member of {last} here and of {first} on line {first_line}: its calls are credited to nobody"
                    ),
                    "remove it from one of the two, or give it to a user",
                );
            }
        }
    }

    fn likely_slips(&mut self, people: &[WrittenPerson], dee: &[WrittenDee]) {
        let primaries: BTreeSet<&Assignable> =
            people.iter().filter_map(|person| person.primary.as_ref()).map(|primary| &primary.value).collect();
        for main in dee.iter().filter_map(|group| group.main.as_ref()) {
            if !primaries.contains(&Assignable::Extension(DeviceId::new(&main.value))) {
                let what = format!("DEE main {} is nobody's primary extension: its members' calls are credited to nobody", main.value);
                self.warn(main.line, what, "make it somebody's primary");
            }
        }
        let mut spellings: BTreeMap<String, &At<String>> = BTreeMap::new();
        let mut told = BTreeSet::new();
        for group in people.iter().flat_map(|person| &person.groups) {
            let first = *spellings.entry(group.value.to_lowercase()).or_insert(group);
            if first.value != group.value && told.insert(&group.value) {
                let what = format!(
                    "groups {:?} (line {}) and {:?} differ only in case: they are two groups",
                    first.value, first.line, group.value
                );
                self.warn(group.line, what, "spell them alike if one is meant");
            }
        }
    }
}

fn looks_like_an_email(text: &str) -> bool {
    text.split_once('@').is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty() && !domain.contains('@'))
        && !text.contains(char::is_whitespace)
}
