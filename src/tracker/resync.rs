//! The gap rules: what becomes of calls and logins that were out of sight (design §3).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use super::call::{CallKey, Segment, SegmentKey};
use super::{Change, NewSegment, Tracker, outcome};
use crate::telephony::{Cause, Clearing, ConnectionState, Entry, Party, Present, Scope, SwitchCallId, Time};

/// Nodes whose being out of sight is remembered at most; what happens at further ones is told when all is told.
const NODES_MAX: usize = 1_000;

/// Whether the PBX is in sight.
#[derive(Default, Debug, Serialize, Deserialize)]
pub(super) struct Link {
    /// Out of sight since then.
    lost_since: Option<Time>,
    /// Nodes that are out of sight.
    #[serde(default)]
    nodes: BTreeMap<SmolStr, LostNode>,
    /// The first segment that the resync under way can bring.
    first_new: Option<SegmentKey>,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct LostNode {
    since: Time,
    /// Nothing is known about it, even when all is told.
    stays_lost: bool,
}

impl Link {
    /// Since when the device is out of sight.
    pub(super) fn lost_since(&self, party: &Party) -> Option<Time> {
        let trunk = party.trunk.as_deref();
        let of_nodes = self.nodes.iter().filter(|(node, _)| Scope::Node((*node).clone()).covers(party.device.as_str(), trunk));
        of_nodes.map(|(_, node)| node.since).chain(self.lost_since).min()
    }

    fn nodes_that_stay_lost(&self) -> Vec<Scope> {
        self.nodes.iter().filter(|(_, node)| node.stays_lost).map(|(node, _)| Scope::Node(node.clone())).collect()
    }
}

fn covers(scope: &Scope, party: &Party) -> bool {
    scope.covers(party.device.as_str(), party.trunk.as_deref())
}

impl Tracker {
    pub(super) fn link_lost(&mut self, at: Time, scope: &Scope, changes: &mut Vec<Change>) {
        // Losing the link again before a resync was complete does not make the gap younger.
        match scope {
            Scope::All => {
                if self.link.lost_since.is_none() {
                    self.link.lost_since = Some(at);
                    changes.push(Change::SightLost { scope: Scope::All, since: at });
                }
                self.link.first_new = None;
            }
            Scope::Node(node) => {
                // It went out of sight with everything, where everything is.
                let since = self.link.lost_since.map_or(at, |all| all.min(at));
                if let Some(known) = self.link.nodes.get_mut(node) {
                    known.stays_lost = true;
                } else if self.link.nodes.len() < NODES_MAX {
                    self.link.nodes.insert(node.clone(), LostNode { since, stays_lost: true });
                    changes.push(Change::SightLost { scope: scope.clone(), since });
                }
            }
        }
    }

    pub(super) fn resync_began(&mut self, scope: &Scope) {
        self.link.first_new = Some(self.next_segment);
        self.agents.resync_began(scope);
        for (name, node) in &mut self.link.nodes {
            node.stays_lost &= !matches!(scope, Scope::All) && *scope != Scope::Node(name.clone());
        }
        for segment in self.calls.values_mut().flat_map(|call| &mut call.segments) {
            segment.confirmed &= !covers(scope, &segment.party);
        }
    }

    pub(super) fn present(&mut self, at: Time, present: &Present, changes: &mut Vec<Change>) {
        self.follow_turn(present);
        let known = self.by_connection.get(&present.connection).copied();
        if let Some((key, _)) = known {
            self.follow_number(key, present);
        } else if present.state == ConnectionState::Null && self.was_seen(present) {
            return;
        } else {
            let by = present.waiting.as_ref().and_then(|waiting| self.by_connection.get(waiting)).map(|(_, segment)| *segment);
            let agent = self.agents.at(&present.party.device).cloned();
            let is_new_call = !self.by_call.contains_key(&present.call);
            let new = NewSegment { connection: &present.connection, party: &present.party, how: present.how, by, agent, is_doubtful: true };
            // What was not there before the gap did not begin before it, however roughly the PBX tells since when it is there.
            let since = self.link.lost_since(&present.party).map_or(present.since, |lost| present.since.max(lost));
            let Some(segment) = self.begin(since, &present.call, new, changes) else { return };
            segment.start_uncertain = true;
            segment.dialled.clone_from(&present.dialled);
            if is_new_call && let Some(call) = self.by_call.get(&present.call).and_then(|key| self.calls.get_mut(key)) {
                call.start_uncertain = true;
            }
        }
        let agents = &self.agents;
        let Some(&(call, key)) = self.by_connection.get(&present.connection) else { return };
        let Some(segment) = self.calls.get_mut(&call).and_then(|call| call.segment_mut(key)) else { return };
        segment.confirmed = true;
        // Who is found for the first time may have been so since its beginning; who was known before was otherwise then.
        let since = known.is_none().then_some(segment.started_at);
        match present.state {
            ConnectionState::Null => {
                let until = since.or(self.link.lost_since(&present.party)).unwrap_or(at);
                segment.clear(until, Clearing::PutThrough, Cause::NORMAL_CLEARING);
                self.by_connection.remove(&present.connection);
                return;
            }
            ConnectionState::Connected | ConnectionState::Hold if segment.answered_at.is_none() => {
                segment.established(since.unwrap_or(at), agents.at(&segment.party.device), true);
            }
            ConnectionState::Alerting => {
                segment.delivered_at.get_or_insert(segment.started_at);
            }
            _ => {}
        }
        // A PBX that does not list who holds says connected: that ends no hold.
        if present.state == ConnectionState::Hold {
            segment.held(at);
        }
    }

    /// A line's turn is named by line and call; where the call goes by another number now, so does the turn.
    fn follow_turn(&mut self, present: &Present) {
        let Some(line) = present.connection.line().filter(|_| !self.by_connection.contains_key(&present.connection)) else { return };
        let Some(&key) = self.by_call.get(&present.call) else { return };
        let Some(call) = self.calls.get_mut(&key) else { return };
        if let Some(turn) = call.segments.iter_mut().rev().find(|s| s.is_open() && s.connection.line() == Some(line)) {
            let before = std::mem::replace(&mut turn.connection, present.connection.clone());
            self.by_connection.remove(&before);
            self.by_connection.insert(present.connection.clone(), (key, turn.key));
        }
    }

    /// Whether a stay that is over was followed when it was there.
    fn was_seen(&self, present: &Present) -> bool {
        let call = self.by_call.get(&present.call).and_then(|key| self.calls.get(key));
        call.is_some_and(|call| call.segments.iter().any(|s| s.connection == present.connection))
    }

    /// A connection that is known goes by the number that the PBX gives its call now; a number that stands for two
    /// calls says that they were joined out of sight.
    fn follow_number(&mut self, key: CallKey, present: &Present) {
        match self.by_call.get(&present.call).copied() {
            Some(other) if other == key => {}
            Some(_) => {
                if let Some(own) = self.calls.get(&key).and_then(|call| call.switch_calls.first()).cloned() {
                    self.join_older_first(&own, &present.call);
                }
            }
            None => {
                self.also_numbered(key, &present.call);
            }
        }
    }

    pub(super) fn join_older_first(&mut self, a: &SwitchCallId, b: &SwitchCallId) -> bool {
        let older = self.by_call.get(a) <= self.by_call.get(b);
        let (call, with) = if older { (a, b) } else { (b, a) };
        self.join(call, with, Entry::Conference)
    }

    pub(super) fn resynchronised(&mut self, at: Time, scope: &Scope, changes: &mut Vec<Change>) {
        let first_new = self.link.first_new.take().unwrap_or_default();
        let out_of_sight = self.link.nodes_that_stay_lost();
        for node in &out_of_sight {
            self.agents.keep(node);
        }
        self.agents.resynchronised(changes);
        let told = |party: &Party| covers(scope, party) && !out_of_sight.iter().any(|node| covers(node, party));
        let keys: Vec<CallKey> = self.calls.keys().copied().collect();
        for key in keys {
            self.reconcile(key, &told, *scope == Scope::All, first_new, at, changes);
        }
        let mut regained = |scope: Scope, from: Time| changes.push(Change::SightRegained { scope, from, until: at.max(from) });
        match scope {
            Scope::All => {
                if let Some(from) = self.link.lost_since.take() {
                    regained(Scope::All, from);
                }
                self.link.nodes.retain(|name, node| {
                    if !node.stays_lost {
                        regained(Scope::Node(name.clone()), node.since);
                    }
                    node.stays_lost
                });
            }
            Scope::Node(node) => {
                if let Some(lost) = self.link.nodes.remove(node) {
                    regained(scope.clone(), lost.since);
                }
            }
        }
    }

    /// A call that ends while something of it is out of sight notes the gap as far as it lasts for it.
    pub(super) fn note_open_gap(&mut self, key: CallKey) {
        let Some(call) = self.calls.get_mut(&key).filter(|call| call.is_over()) else { return };
        let is_former = |s: &&Segment| self.link.first_new.is_none_or(|first_new| s.key < first_new);
        let ended_at = |s: &Segment| s.cleared.as_ref().map_or(s.started_at, |cleared| cleared.at);
        let lost_since = |s: &Segment| self.link.lost_since(&s.party).filter(|since| *since < ended_at(s));
        let until = call.segments.iter().map(ended_at).max();
        if let (Some(from), Some(until)) = (call.segments.iter().filter(is_former).filter_map(lost_since).min(), until) {
            call.gap(from, until);
        }
    }

    fn reconcile(
        &mut self,
        key: CallKey,
        told: &impl Fn(&Party) -> bool,
        all: bool,
        first_new: SegmentKey,
        at: Time,
        changes: &mut Vec<Change>,
    ) {
        let Some(call) = self.calls.get_mut(&key) else { return };
        // Of a part, only who was there concerns the call; of everything, that the call was there.
        let concerned = |s: &&Segment| s.key < first_new && told(&s.party) && (all || s.is_open());
        let lost_since = call.segments.iter().filter(concerned).filter_map(|s| self.link.lost_since(&s.party)).min();
        if let Some(from) = lost_since {
            call.gap(from, at);
        }
        for segment in call.segments.iter_mut().filter(|s| s.is_open() && !s.confirmed && told(&s.party)) {
            segment.clear(self.link.lost_since(&segment.party).unwrap_or(at), Clearing::Lost, Cause::UNKNOWN);
            self.by_connection.remove(&segment.connection);
        }
        // Whether the PBX still looks for somebody is not in its lists.
        call.kept &= !all;
        if call.is_over() {
            call.end_uncertain = true;
            self.end_if_over(key, changes);
        }
    }

    /// Closes a call that cannot be kept.
    pub(super) fn close_as_lost(&mut self, key: CallKey, changes: &mut Vec<Change>) {
        if let Some(mut call) = self.calls.remove(&key) {
            self.forget(&call);
            let at = call.segments.iter().filter_map(|s| s.answered_at.or(Some(s.started_at))).max().unwrap_or(Time::MIN);
            for segment in call.segments.iter_mut().filter(|s| s.is_open()) {
                segment.clear(at, Clearing::Lost, Cause::UNKNOWN);
            }
            call.end_uncertain = true;
            changes.push(Change::CallEnded(Box::new(outcome::conclude(call))));
        }
    }
}
