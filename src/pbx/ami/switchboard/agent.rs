//! Agents: those who wait on the line (AgentLogin) and those who are queue members.

use smol_str::SmolStr;
use strowger_protocol::ami::Message;

use super::channel::{Class, Line, Turn};
use super::{Switchboard, text};
use crate::pbx::ami::name::interface_endpoint;
use crate::pbx::ami::settings::AgentSource;
use crate::telephony::{AgentId, AgentState, Cause, Clearing, ConnectionId, ConnectionState, DeviceId, Entry, Event, Present, Time};

impl Switchboard {
    // --- waiting lines

    pub(super) fn agent_login(&mut self, message: &Message, at: Time) {
        if let (Some(uid), Some(agent)) = (Self::uid(message, "Uniqueid"), text(message, "Agent")) {
            self.line_begins(uid, agent, at);
        }
    }

    /// The channel is an agent's waiting line from here on, and no call.
    pub(super) fn line_begins(&mut self, uid: &str, agent: &str, at: Time) {
        let Some(seen) = self.party(uid, None) else { return };
        let agent = AgentId::new(agent);
        let device = seen.party.device;
        if self.channels.get(uid).is_some_and(|c| c.line.is_some()) {
            if self.lines.get(&agent).is_some_and(|line| line == uid) {
                return;
            }
            // Whoever waited here before left without a word.
            self.end_turn(uid, at, Some(Clearing::Released));
            self.line_gone(uid, at);
        }
        let Some(channel) = self.channels.get_mut(uid) else { return };
        let was_told = channel.announced && !channel.cleared;
        let component = channel.component;
        channel.line = Some(Line { agent: agent.clone(), turn: None, last_turn: None });
        channel.announced = true;
        channel.cleared = true;
        self.lines.insert(agent.clone(), SmolStr::new(uid));
        let alone = self.components.get(component).is_some_and(|c| c.channels.len() == 1);
        if was_told {
            let event = match self.components.get(component) {
                Some(component) if alone => Event::Discarded { call: component.id.clone() },
                _ => Event::Cleared { connection: ConnectionId::new(uid), how: Clearing::Released, cause: Cause::NORMAL_CLEARING },
            };
            self.emit(at, event);
        }
        if alone {
            if let Some(component) = self.components.get_mut(component) {
                component.is_line = true;
                component.announced = false;
            }
        } else {
            self.components.leave(component, uid);
            let own = self.components.begin(uid);
            if let Some(component) = self.components.get_mut(own) {
                component.channels.push(SmolStr::new(uid));
                component.is_line = true;
            }
            if let Some(channel) = self.channels.get_mut(uid) {
                channel.component = own;
            }
        }
        self.emit(at, Event::AgentLoggedOn { agent, device });
    }

    pub(super) fn agent_logoff(&mut self, message: &Message, at: Time) {
        let (Some(uid), Some(agent)) = (Self::uid(message, "Uniqueid"), text(message, "Agent")) else { return };
        if self.channels.get(uid).is_some_and(|c| c.line.as_ref().is_some_and(|l| l.agent.as_str() == agent)) {
            self.end_turn(uid, at, Some(Clearing::Released));
            self.line_gone(uid, at);
        }
    }

    /// The line ends: the agent is logged off.
    pub(super) fn line_gone(&mut self, uid: &str, at: Time) {
        let Some(seen) = self.party(uid, None) else { return };
        let Some(agent) = self.channels.get(uid).and_then(|c| c.line.as_ref()).map(|l| l.agent.clone()) else { return };
        if self.lines.get(&agent).is_some_and(|line| line == uid) {
            self.lines.remove(&agent);
            self.emit(at, Event::AgentLoggedOff { agent, device: seen.party.device });
        }
    }

    /// A queue offers a call to an agent who waits on the line: no channel rings.
    pub(super) fn offer_turn(&mut self, line: &str, local: &str, caller: &str, at: Time) {
        let Some(component) = self.component_of(caller) else { return };
        // An agent takes one call at a time: while one is offered or taken, the PBX refuses what another queue offers.
        let turn = self.channels.get(line).and_then(|c| c.line.as_ref()).and_then(|l| l.turn.as_ref());
        if turn.is_some_and(|turn| turn.left_at.is_none()) {
            return;
        }
        self.end_turn(line, at, Some(Clearing::Released));
        let by = self.waiting_connection(caller);
        self.begin_turn(line, component, by, Entry::Queue, ConnectionState::Alerting, at);
        if let Some(channel) = self.channels.get_mut(local) {
            channel.offers_to = Some(SmolStr::new(line));
        }
        if self.loading {
            return;
        }
        if let Some(connection) = self.connection_of(line) {
            self.reached(caller, &connection, at);
            self.emit(at, Event::Delivered { connection });
        }
    }

    /// `state` is what is told of it where the present state is taken up.
    fn begin_turn(&mut self, line: &str, component: u64, by: Option<ConnectionId>, how: Entry, state: ConnectionState, at: Time) {
        let Some(seen) = self.party(line, None) else { return };
        let Some(call) = self.begin_call(component, &format!("{line}/{}", at.as_millis())) else { return };
        if let Some(component) = self.components.get_mut(component).filter(|c| !c.channels.iter().any(|c| c == line)) {
            component.channels.push(SmolStr::new(line));
        }
        let connection = ConnectionId::turn(line, &call);
        let Some(own) = self.channels.get_mut(line).and_then(|c| c.line.as_mut()) else { return };
        own.turn = Some(Turn { connection: connection.clone(), component, established: false, left_at: None });
        let party = seen.party;
        if self.loading {
            let (since, dialled, waiting) = (at, None, None);
            self.emit(at, Event::Present(Present { call, connection, party, how, state, since, dialled, waiting }));
        } else {
            self.emit(at, Event::Offered { call, connection, party, how, by });
        }
    }

    /// The line enters a bridge where others talk: the agent takes the call.
    pub(super) fn line_enters(&mut self, line: &str, others: &[SmolStr], at: Time) {
        if let Some(turn) = self.channels.get_mut(line).and_then(|c| c.line.as_mut()).and_then(|l| l.turn.as_mut()) {
            turn.left_at = None;
        }
        let Some(component) = others.iter().find_map(|o| self.component_of(o)) else { return };
        // An offer by somebody else was not what the agent took.
        let offered = self.channels.get(line).and_then(|c| c.line.as_ref()).and_then(|l| l.turn.as_ref());
        if offered.is_some_and(|turn| !turn.established && turn.component != component) {
            self.end_turn(line, at, Some(Clearing::Cancelled));
        }
        let has_turn = self.channels.get(line).and_then(|c| c.line.as_ref()).is_some_and(|l| l.turn.is_some());
        if !has_turn {
            let by = others.iter().find_map(|o| self.behind(o).0.or_else(|| Some(o.clone()))).and_then(|b| self.connection_of(&b));
            self.begin_turn(line, component, by, Entry::Called, ConnectionState::Connected, at);
        }
        let Some(turn) = self.channels.get_mut(line).and_then(|c| c.line.as_mut()).and_then(|l| l.turn.as_mut()) else { return };
        if !turn.established {
            turn.established = true;
            let connection = turn.connection.clone();
            if !self.loading {
                self.emit(at, Event::Established { connection });
            }
        }
        for uid in others.iter().filter_map(|o| self.behind(o).0).collect::<Vec<_>>() {
            if let Some(channel) = self.channels.get_mut(&uid) {
                channel.child_answered = true;
            }
        }
    }

    /// The offer is over before the agent took it.
    pub(super) fn withdraw_turn(&mut self, line: &str, at: Time, how: Clearing) {
        let taken = self.channels.get(line).and_then(|c| c.line.as_ref()).and_then(|l| l.turn.as_ref()).is_none_or(|t| t.established);
        if !taken {
            self.end_turn(line, at, Some(how));
        }
    }

    /// The call on the line is over; the line goes on.
    pub(super) fn end_turn(&mut self, line: &str, at: Time, how: Option<Clearing>) {
        let Some(channel) = self.channels.get_mut(line) else { return };
        let Some(line_of_agent) = channel.line.as_mut() else { return };
        let Some(turn) = line_of_agent.turn.take() else { return };
        line_of_agent.last_turn = Some(turn.connection.clone());
        channel.entry_hint = None;
        channel.transferred_by = None;
        let at = turn.left_at.unwrap_or(at).min(at);
        let how = how.unwrap_or(if turn.established { Clearing::Released } else { Clearing::Cancelled });
        let cleared = Event::Cleared { connection: turn.connection, how, cause: Cause::NORMAL_CLEARING };
        self.emit_cleared(turn.component, at, cleared);
        self.leave_component(turn.component, line, at);
    }

    // --- queue calls at members

    pub(super) fn agent_called(&mut self, message: &Message, at: Time) {
        let (Some(caller), Some(dest)) = (Self::uid(message, "Uniqueid"), Self::uid(message, "DestUniqueid")) else { return };
        self.learn_member(message, dest, at);
        if !self.channels.get(dest).is_some_and(|c| c.class == Class::Local) {
            return;
        }
        self.adopt(caller, dest, at);
        let names = [text(message, "MemberName"), text(message, "Interface").map(interface_endpoint)];
        let waiting = names.into_iter().flatten().find_map(|name| self.lines.get(&AgentId::new(name)).cloned());
        if let Some(line) = waiting {
            self.offer_turn(&line, dest, caller, at);
        }
    }

    pub(super) fn agent_ring_no_answer(&mut self, message: &Message, at: Time) {
        let line = Self::uid(message, "DestUniqueid").and_then(|d| self.channels.get(d)).and_then(|c| c.offers_to.clone());
        if let Some(line) = line {
            self.withdraw_turn(&line, at, Clearing::NoAnswer);
        }
    }

    pub(super) fn agent_connect(&mut self, message: &Message, at: Time) {
        if let Some(agent) = self.agent_of(message) {
            self.emit(at, Event::AgentState { agent, state: AgentState::Busy, reason: None });
        }
    }

    pub(super) fn agent_complete(&mut self, message: &Message, at: Time) {
        let Some(agent) = self.agent_of(message) else { return };
        let wrap_up_s = self.wrap_up_s.get(&agent).copied().unwrap_or(0);
        let state = if wrap_up_s > 0 { AgentState::WorkingAfterCall } else { AgentState::Ready };
        self.emit(at, Event::AgentState { agent: agent.clone(), state, reason: None });
        if wrap_up_s > 0 {
            self.wrapping_up.insert((at.plus(std::time::Duration::from_secs(wrap_up_s)), agent));
        }
    }

    pub(super) fn end_wrap_up(&mut self, now: Time) {
        while self.wrapping_up.first().is_some_and(|(at, _)| *at <= now)
            && let Some((at, agent)) = self.wrapping_up.pop_first()
        {
            self.emit(at, Event::AgentState { agent, state: AgentState::Ready, reason: None });
        }
    }

    // --- membership

    pub(super) fn member_added(&mut self, message: &Message, at: Time) {
        let Some((agent, device, queue)) = self.member(message) else { return };
        self.note_wrap_up(&agent, message);
        self.memberships.entry((agent.clone(), device.clone())).or_default().insert(queue);
        self.emit(at, Event::AgentLoggedOn { agent, device });
    }

    /// A call for a member tells of a membership that no list told.
    fn learn_member(&mut self, message: &Message, dest: &str, at: Time) {
        let Some((agent, device, queue)) = self.member(message) else { return };
        // It held before the device rang, whichever of the two is told first.
        let at = self.channels.get(dest).map_or(at, |channel| channel.created_at.min(at));
        let is_known = self.memberships.contains_key(&(agent.clone(), device.clone()));
        if !is_known {
            self.memberships.entry((agent.clone(), device.clone())).or_default().insert(queue);
            self.emit(at, Event::AgentLoggedOn { agent, device });
        }
    }

    pub(super) fn note_wrap_up(&mut self, agent: &AgentId, message: &Message) {
        let wrap_up_s = text(message, "Wrapuptime").and_then(|w| w.parse().ok()).unwrap_or(0);
        if wrap_up_s > 0 {
            self.wrap_up_s.insert(agent.clone(), wrap_up_s);
        } else {
            self.wrap_up_s.remove(agent);
        }
    }

    pub(super) fn member_removed(&mut self, message: &Message, at: Time) {
        let Some((agent, device, queue)) = self.member(message) else { return };
        let key = (agent, device);
        let Some(queues) = self.memberships.get_mut(&key) else { return };
        queues.remove(&queue);
        if queues.is_empty() {
            self.memberships.remove(&key);
            self.wrap_up_s.remove(&key.0);
            self.emit(at, Event::AgentLoggedOff { agent: key.0, device: key.1 });
        }
    }

    pub(super) fn member_pause(&mut self, message: &Message, at: Time) {
        let Some(agent) = self.agent_of(message) else { return };
        let paused = text(message, "Paused") == Some("1");
        let reason = text(message, "PausedReason").or_else(|| text(message, "Reason")).filter(|_| paused).map(SmolStr::new);
        let state = if paused { AgentState::NotReady } else { AgentState::Ready };
        self.wrapping_up.retain(|(_, wraps_up)| *wraps_up != agent);
        self.emit(at, Event::AgentState { agent, state, reason });
    }

    /// Agent, device and queue of a membership that is an agent's; the list calls the fields differently.
    pub(super) fn member(&self, message: &Message) -> Option<(AgentId, DeviceId, SmolStr)> {
        let agent = self.agent_of(message)?;
        let interface = text(message, "Interface").or_else(|| text(message, "Location"))?;
        let state_interface = text(message, "StateInterface").unwrap_or(interface);
        // An agent who waits on the line is logged on by that line, wherever it is.
        if state_interface.starts_with("Agent:") || interface.starts_with("Agent/") {
            return None;
        }
        let endpoint = interface_endpoint(state_interface);
        let device = self.naming.extension_of(endpoint, None).or_else(|| self.naming.extension_of(interface_endpoint(interface), None))?;
        Some((agent, DeviceId::new(device), SmolStr::new(text(message, "Queue")?)))
    }

    fn agent_of(&self, message: &Message) -> Option<AgentId> {
        let name = text(message, "MemberName").or_else(|| text(message, "Name"));
        let interface = text(message, "Interface").or_else(|| text(message, "Location")).map(interface_endpoint);
        let candidates = match self.naming.agent_source {
            AgentSource::MemberName => [name, None],
            AgentSource::Interface => [interface, None],
            AgentSource::Both => [name, interface],
        };
        candidates.into_iter().flatten().find(|c| self.naming.is_agent(c) || self.lines.contains_key(*c)).map(AgentId::new)
    }
}
