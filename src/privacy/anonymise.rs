//! A record without numbers and names: what is left says when, how long, by which way and with what outcome.

use std::collections::BTreeMap;

use super::{Numbers, truncated};
use crate::record::{CallRecord, PartyInfo, Segment, UserRef};
use crate::telephony::{DeviceKind, Time};

/// The record without numbers and names; one without them already stays as it is.
///
/// Gone or replaced: numbers of both parties and of every station or outside device, agent IDs, names as presented, who is
/// credited, and the sentences that say who was considered. Left: times, outcomes, rules, groups, trunks, and the numbers of what is
/// no person's (queues, attendants, park slots).
pub fn anonymise(record: &CallRecord, numbers: &Numbers, at: Time) -> CallRecord {
    let mut record = record.clone();
    if record.anonymised_at.is_some() {
        return record;
    }
    record.anonymised_at = Some(at.to_millisecond());
    let masks = Masks::of(&record, numbers);
    for party in [&mut record.caller, &mut record.dialled] {
        masks.party(party);
    }
    for segment in &mut record.segments {
        masks.segment(segment);
    }
    record
}

struct Masks<'a> {
    numbers: &'a Numbers,
    /// Numbers of what is no person.
    places: Vec<String>,
    /// The public form of a number, so that however it is written it has one pseudonym.
    public: BTreeMap<String, String>,
}

impl<'a> Masks<'a> {
    fn of(record: &CallRecord, numbers: &'a Numbers) -> Self {
        let places = record.segments.iter().filter(|segment| !is_personal(segment.device_kind));
        let parties = [&record.caller, &record.dialled].into_iter();
        let public = parties.filter_map(|party| Some((party.number.clone()?, party.e164.clone()?)));
        Self { numbers, places: places.map(|segment| segment.device.clone()).collect(), public: public.collect() }
    }

    fn number(&self, number: &str) -> String {
        match self.numbers {
            Numbers::Truncate => truncated(number),
            Numbers::Pseudonym(key) => key.text("number", self.public.get(number).map_or(number, String::as_str)),
        }
    }

    fn agent(&self, agent: &str) -> String {
        match self.numbers {
            Numbers::Truncate => truncated(agent),
            Numbers::Pseudonym(key) => key.text("agent", agent),
        }
    }

    fn party(&self, party: &mut PartyInfo) {
        party.name = None;
        let is_place = party.number.as_ref().is_some_and(|number| self.places.contains(number));
        if is_place {
            return;
        }
        let number = party.number.as_deref().map(|number| self.number(number));
        party.e164 = party.e164.as_deref().map(|e164| self.number(e164));
        party.number = number;
    }

    fn segment(&self, segment: &mut Segment) {
        if is_personal(segment.device_kind) {
            segment.device = self.number(&segment.device);
        }
        segment.agent = segment.agent.as_deref().map(|agent| self.agent(agent));
        segment.user = segment.user.as_ref().and_then(|user| self.user(user));
        let attribution = &mut segment.attribution;
        attribution.association = attribution.association.as_deref().map(|text| self.association(text));
        attribution.since = None;
        attribution.considered.clear();
    }

    fn user(&self, user: &UserRef) -> Option<UserRef> {
        match self.numbers {
            Numbers::Truncate => None,
            Numbers::Pseudonym(key) => {
                let id = key.id(user.id);
                Some(UserRef { id, name: key.text("name", &user.id.to_string()) })
            }
        }
    }

    /// `extension 1001`, `agent 2001`, `dee 1001 > 1011`: what follows the kind are numbers.
    fn association(&self, text: &str) -> String {
        let mut words = text.split(' ');
        let kind = words.next().unwrap_or_default();
        let masked = words.map(|word| match (kind, word) {
            (_, ">") => word.to_owned(),
            ("agent", _) => self.agent(word),
            _ => self.number(word),
        });
        [kind.to_owned()].into_iter().chain(masked).collect::<Vec<_>>().join(" ")
    }
}

fn is_personal(kind: DeviceKind) -> bool {
    matches!(kind, DeviceKind::Extension | DeviceKind::External | DeviceKind::VoiceMail)
}
