//! Which channels make one switch call: channels tied by dialling, bridging, Local pairs, transfer and pickup.
//!
//! Linkedid is only a hint for a channel at its birth: it changes in mid call without an event, a consulting telephone's second
//! channel keeps its own to the end, and an agent's waiting line lends its own to every call of a shift.

use std::collections::{BTreeMap, HashMap};

use foldhash::fast::FixedState;
use smol_str::SmolStr;

use super::Switchboard;
use super::channel::Class;
use crate::telephony::{Entry, Event, SwitchCallId, Time};

#[derive(Default, Debug)]
pub(super) struct Components {
    all: BTreeMap<u64, Component>,
    by_number: HashMap<SmolStr, u64, FixedState>,
    next: u64,
}

#[derive(Debug)]
pub(super) struct Component {
    pub(super) id: SwitchCallId,
    /// Numbers that lead here: the id, and those of components that ended in this one.
    numbers: Vec<SmolStr>,
    pub(super) channels: Vec<SmolStr>,
    /// The tracker knows it.
    pub(super) announced: bool,
    /// An agent's waiting line: it never ties anything.
    pub(super) is_line: bool,
    /// The tracker was told that it goes on without a device.
    kept: bool,
}

impl Components {
    pub(super) fn clear(&mut self) {
        self.all.clear();
        self.by_number.clear();
    }

    pub(super) fn begin(&mut self, number: &str) -> u64 {
        let key = self.next;
        self.next += 1;
        let number = SmolStr::new(number);
        self.by_number.insert(number.clone(), key);
        let id = SwitchCallId::new(&number);
        self.all.insert(key, Component { id, numbers: vec![number], channels: Vec::new(), announced: false, is_line: false, kept: false });
        key
    }

    pub(super) fn numbered(&self, number: &str) -> Option<u64> {
        self.by_number.get(number).copied()
    }

    pub(super) fn get(&self, key: u64) -> Option<&Component> {
        self.all.get(&key)
    }

    pub(super) fn get_mut(&mut self, key: u64) -> Option<&mut Component> {
        self.all.get_mut(&key)
    }

    pub(super) fn leave(&mut self, key: u64, channel: &str) {
        let Some(component) = self.all.get_mut(&key) else { return };
        component.channels.retain(|c| c != channel);
        if component.channels.is_empty()
            && let Some(gone) = self.all.remove(&key)
        {
            for number in gone.numbers {
                if self.by_number.get(&number) == Some(&key) {
                    self.by_number.remove(&number);
                }
            }
        }
    }
}

#[cfg(test)]
impl Components {
    pub(super) fn all(&self) -> impl Iterator<Item = (u64, &Component)> {
        self.all.iter().map(|(key, component)| (*key, component))
    }

    pub(super) fn assert_consistent(&self) {
        for (number, key) in &self.by_number {
            let component = self.all.get(key).unwrap_or_else(|| panic!("{number} leads nowhere"));
            assert!(component.numbers.contains(number), "{number} leads to a call that does not bear it");
        }
        for component in self.all.values() {
            assert!(!component.channels.is_empty() && !component.numbers.is_empty(), "{component:?}");
        }
    }
}

impl Switchboard {
    /// The number of the call that a device comes into. What ended for the tracker begins anew, under a number of its own.
    pub(super) fn begin_call(&mut self, key: u64, number: &str) -> Option<SwitchCallId> {
        let is_over = !self.loading && self.components.get(key).is_some_and(|c| c.announced && !c.kept) && !self.has_device(key);
        let component = self.components.get_mut(key)?;
        component.announced = true;
        if is_over {
            component.id = SwitchCallId::new(number);
        }
        Some(component.id.clone())
    }

    fn has_device(&self, key: u64) -> bool {
        let takes_part =
            |uid: &SmolStr| self.channels.get(uid).is_some_and(|c| c.live_component() == Some(key) && c.connection().is_some());
        self.components.get(key).is_some_and(|component| component.channels.iter().any(takes_part))
    }

    /// Whether half of a Local channel is on its way to somebody.
    fn is_seeking(&self, key: u64) -> bool {
        let seeks = |uid: &SmolStr| self.channels.get(uid).is_some_and(|c| c.class == Class::Local && c.bridge.is_none());
        self.components.get(key).is_some_and(|component| component.channels.iter().any(seeks))
    }

    /// Tells the end of a connection, and before it that the call outlives it where it does.
    pub(super) fn emit_cleared(&mut self, key: u64, at: Time, cleared: Event) {
        if !self.has_device(key)
            && self.is_seeking(key)
            && let Some(component) = self.components.get_mut(key).filter(|c| c.announced && !c.kept)
        {
            component.kept = true;
            let call = component.id.clone();
            self.emit(at, Event::CallKept { call });
        }
        self.emit(at, cleared);
        self.end_kept(key, at);
    }

    /// The end of a call in which nobody takes part, and for which the PBX looks for nobody any more.
    fn end_kept(&mut self, key: u64, at: Time) {
        if self.components.get(key).is_some_and(|c| c.kept)
            && !self.has_device(key)
            && !self.is_seeking(key)
            && let Some(component) = self.components.get_mut(key)
        {
            component.kept = false;
            let call = component.id.clone();
            self.emit(at, Event::CallCleared { call });
        }
    }

    /// A channel is no part of a component any more.
    pub(super) fn leave_component(&mut self, key: u64, uid: &str, at: Time) {
        let kept = self.components.get(key).filter(|c| c.kept).map(|c| c.id.clone());
        self.components.leave(key, uid);
        match kept {
            Some(call) if self.components.get(key).is_none() => self.emit(at, Event::CallCleared { call }),
            _ => self.end_kept(key, at),
        }
    }

    /// Ties two channels: what they belong to is one switch call from here on.
    pub(super) fn tie(&mut self, at: Time, a: &str, b: &str) {
        let (Some(a), Some(b)) = (self.component_of(a), self.component_of(b)) else { return };
        self.tie_components(at, a, b);
    }

    pub(super) fn component_of(&self, uid: &str) -> Option<u64> {
        self.channels.get(uid)?.live_component()
    }

    pub(super) fn tie_components(&mut self, at: Time, a: u64, b: u64) {
        if a == b {
            return;
        }
        let (Some(first), Some(second)) = (self.components.get(a), self.components.get(b)) else { return };
        if first.is_line || second.is_line {
            return;
        }
        // The one that the tracker knows stays; among equals the older one.
        let a_stays = match (first.announced, second.announced) {
            (true, false) => true,
            (false, true) => false,
            _ => a < b,
        };
        let (stays, ends) = if a_stays { (a, b) } else { (b, a) };
        let Some(ended) = self.components.all.remove(&ends) else { return };
        let Some(stayed) = self.components.all.get_mut(&stays) else { return };
        let joined = (stayed.announced && ended.announced).then(|| Event::CallsJoined {
            call: stayed.id.clone(),
            with: ended.id.clone(),
            how: Entry::Conference,
        });
        for number in &ended.numbers {
            self.components.by_number.insert(number.clone(), stays);
        }
        stayed.numbers.extend(ended.numbers);
        for uid in &ended.channels {
            if let Some(channel) = self.channels.get_mut(uid) {
                if channel.component == ends {
                    channel.component = stays;
                }
                if let Some(turn) = channel.line.as_mut().and_then(|line| line.turn.as_mut())
                    && turn.component == ends
                {
                    turn.component = stays;
                }
            }
        }
        stayed.channels.extend(ended.channels);
        stayed.kept |= ended.kept;
        if let Some(event) = joined {
            self.emit(at, event);
        }
    }
}
