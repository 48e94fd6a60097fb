//! Who of the people file is who of the database.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use crate::directory::{PeopleFile, Person, email_key, user_id};

/// A user as the database has it.
#[derive(Clone)]
pub(super) struct Known {
    pub(super) name: String,
    pub(super) email: Option<String>,
    pub(super) gone: bool,
}

/// Which user each person of the file is: by email; without one by name; and one who got or lost an email since is still the same.
pub(super) fn identify(file: &PeopleFile, known: &BTreeMap<Uuid, Known>) -> Vec<Uuid> {
    let mut by_email: BTreeMap<String, Uuid> = BTreeMap::new();
    let mut by_name: BTreeMap<&str, Vec<Uuid>> = BTreeMap::new();
    // Who is gone comes first, so that who is still there wins.
    let (gone, present): (Vec<_>, Vec<_>) = known.iter().partition(|(_, user)| user.gone);
    for (id, user) in gone.into_iter().chain(present) {
        if let Some(email) = &user.email {
            by_email.insert(email_key(email), *id);
        }
        by_name.entry(&user.name).or_default().push(*id);
    }
    let exact = |person: &Person| match &person.email {
        Some(email) => by_email.get(&email_key(email)).copied(),
        None => Some(user_id(&person.name, None)).filter(|id| known.get(id).is_some_and(|user| user.email.is_none())),
    };
    let mut found: Vec<Option<Uuid>> = file.users.iter().map(exact).collect();
    let mut taken: BTreeSet<Uuid> = found.iter().flatten().copied().collect();
    let mut namesakes: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, person) in found.iter().zip(&file.users).filter(|(id, _)| id.is_none()) {
        *namesakes.entry(&person.name).or_default() += 1;
    }
    for (person, place) in file.users.iter().zip(&mut found) {
        if place.is_some() {
            continue;
        }
        let free = |id: &&Uuid| {
            !taken.contains(*id) && known.get(*id).is_some_and(|user| !user.gone && (user.email.is_none() || person.email.is_none()))
        };
        let candidates: Vec<&Uuid> = by_name.get(person.name.as_str()).into_iter().flatten().filter(free).collect();
        let id = match candidates.as_slice() {
            [one] if namesakes.get(person.name.as_str()) == Some(&1) => **one,
            _ => fresh(person, known, &taken),
        };
        taken.insert(id);
        *place = Some(id);
    }
    found.into_iter().flatten().collect()
}

/// An identity for somebody new; the usual one unless somebody else, adopted under another name or email, has it.
fn fresh(person: &Person, known: &BTreeMap<Uuid, Known>, taken: &BTreeSet<Uuid>) -> Uuid {
    let mut id = person.id();
    while known.contains_key(&id) || taken.contains(&id) {
        id = Uuid::new_v5(&id, b"another");
    }
    id
}
