//! Agent events (OAI reference §5.2).

use smol_str::SmolStr;
use strowger_protocol::oai::{AgentLogon, AgentState, EventBody, Text};

use super::{Copy, Teller, To};
use crate::simulator::exchange::{AgentFact, AgentFactKind};
use crate::telephony::DeviceId;

impl Teller<'_> {
    /// LN and LF go to the telephone and to each group, one line a group; the states to the telephone alone.
    pub(super) fn agent(&self, fact: &AgentFact) -> Vec<Copy> {
        let device = self.naming.extension(&fact.device);
        // In groups without agent IDs the extension stands for the agent.
        let agent = fact.agent.as_ref().map_or_else(|| device.to_smolstr(), |agent| SmolStr::new(agent.as_str()));
        let state = AgentState { device: device.clone(), agent: Some(agent.clone()) };
        let to = || To::Agent(fact.device.clone(), fact.agent.clone());
        let one = |body| vec![Copy { to: to(), body }];
        let joined = |groups: &[DeviceId], body: fn(AgentLogon) -> EventBody| {
            let description = self.exchange.station(&fact.device).map(|station| Text::new(&station.config.description));
            let mut copies = Vec::new();
            for group in groups {
                let logon = AgentLogon {
                    device: device.clone(),
                    agent: Some(agent.clone()),
                    description: description.clone(),
                    group: Some(self.naming.extension(group)),
                };
                copies.push(Copy { to: to(), body: body(logon.clone()) });
                copies.push(Copy { to: To::Device(group.clone()), body: body(logon) });
            }
            copies
        };
        match &fact.kind {
            AgentFactKind::LoggedOn(groups) => joined(groups, EventBody::AgentLoggedOn),
            AgentFactKind::LoggedOff(groups) => joined(groups, EventBody::AgentLoggedOff),
            AgentFactKind::Ready => one(EventBody::AgentReady(state)),
            AgentFactKind::NotReady => one(EventBody::AgentNotReady(state)),
            AgentFactKind::WorkingAfterCall => one(EventBody::AgentWorkNotReady(state)),
        }
    }
}
