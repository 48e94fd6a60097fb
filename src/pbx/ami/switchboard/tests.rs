//! What must hold between the parts of a switchboard.

use super::Switchboard;

impl Switchboard {
    /// Relations point to what is there, from both of their ends.
    pub(in crate::pbx::ami) fn assert_consistent(&self) {
        self.components.assert_consistent();
        for (uid, channel) in &self.channels {
            let line = channel.line.as_ref();
            let turn = line.and_then(|line| line.turn.as_ref());
            for key in [Some(channel.component), turn.map(|turn| turn.component)].into_iter().flatten() {
                let component = self.components.get(key).expect("a channel's call is there");
                assert_eq!(component.channels.iter().filter(|c| *c == uid).count(), 1, "{uid} in {component:?}");
            }
            if let Some(bridge) = &channel.bridge {
                assert!(self.bridges.get(bridge).is_some_and(|members| members.contains(uid)), "{uid} is not in bridge {bridge}");
            }
            assert!(channel.announced || !channel.delivered && !channel.established, "{channel:?}");
        }
        for (bridge, members) in &self.bridges {
            assert!(!members.is_empty());
            for uid in members {
                let channel = self.channels.get(uid).expect("a member is there");
                assert_eq!(channel.bridge.as_ref(), Some(bridge), "{uid}");
            }
        }
        for (agent, uid) in &self.lines {
            let line = self.channels.get(uid).and_then(|channel| channel.line.as_ref());
            assert!(line.is_some_and(|line| line.agent == *agent), "agent {agent} does not wait on {uid}");
        }
    }

    /// Whatever is kept is kept for channels that are there.
    pub(in crate::pbx::ami) fn assert_nothing_without_a_channel(&self) {
        let named = self.components.all().flat_map(|(key, component)| component.channels.iter().map(move |uid| (key, uid)));
        for (key, uid) in named {
            let channel = self.channels.get(uid).unwrap_or_else(|| panic!("{uid} is gone, but still in a call"));
            let turn = channel.line.as_ref().and_then(|line| line.turn.as_ref());
            assert!(channel.component == key || turn.is_some_and(|turn| turn.component == key), "{uid} is in a call that it left");
        }
        assert!(self.out.is_empty());
    }
}
