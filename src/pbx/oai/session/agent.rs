//! Who is logged on: the answers to `_QH` told as the events that would have said the same (OAI §5.2, §6.5, §7.3).

use std::collections::BTreeMap;

use smol_str::SmolStr;
use strowger_protocol::oai::{AgentLogon, AgentMode, AgentState, Event, EventBody, Extension, HuntGroupMembers, Sequence};

use super::Session;
use crate::telephony::Now;

impl Session {
    /// `group` is `None` in a capture: the answer does not name it.
    pub(super) fn take_agents(&mut self, group: Option<&Extension>, answer: &HuntGroupMembers, now: Now) {
        if let (Some(group), Some(kind)) = (group, answer.tail.as_ref().and_then(|tail| tail.kind)) {
            self.book.group_is(group, kind);
            self.group_is(group, Some(kind));
        }
        let mut logged_on: BTreeMap<SmolStr, Extension> = BTreeMap::new();
        let mut states = Vec::new();
        for member in &answer.members {
            let (Some(agent), Some(device), Some(mode)) = (&member.agent, &member.device, member.mode) else { continue };
            if mode.is_logged_in() {
                logged_on.insert(agent.clone(), device.clone());
                states.extend(state(mode, AgentState { device: device.clone(), agent: Some(agent.clone()) }));
            }
        }
        if let Some(group) = group {
            for (agent, device) in self.book.gone_from(group, &logged_on) {
                self.say(EventBody::AgentLoggedOff(logon(agent, device, Some(group))), now);
            }
        }
        for (agent, device) in logged_on {
            if let Some(group) = group {
                self.book.logged_on(group, &agent, &device);
            }
            self.say(EventBody::AgentLoggedOn(logon(agent, device, group)), now);
        }
        for body in states {
            self.say(body, now);
        }
        self.drain_switchboard();
    }

    fn say(&mut self, body: EventBody, now: Now) {
        let resync = self.resync.code();
        self.switchboard.event(now.wall, &Event { resync, ..Event::new(Sequence::default(), None, body) });
    }
}

fn logon(agent: SmolStr, device: Extension, group: Option<&Extension>) -> AgentLogon {
    AgentLogon { device, agent: Some(agent), description: None, group: group.cloned() }
}

fn state(mode: AgentMode, state: AgentState) -> Option<EventBody> {
    match mode {
        AgentMode::READY | AgentMode::UCD_READY => Some(EventBody::AgentReady(state)),
        AgentMode::NOT_READY | AgentMode::UCD_BUSY => Some(EventBody::AgentNotReady(state)),
        AgentMode::WORK_NOT_READY => Some(EventBody::AgentWorkNotReady(state)),
        _ => None,
    }
}
