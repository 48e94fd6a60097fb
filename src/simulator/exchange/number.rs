//! Numbers for calls, used again after a while.

use std::collections::BTreeMap;

use smol_str::SmolStr;

use crate::telephony::SwitchCallId;

/// Allots numbers in turn; one that is in use is passed over.
#[derive(Debug)]
pub(super) struct Numbers {
    prefix: SmolStr,
    count: u32,
    next: u32,
    /// How many calls and legs bear each number.
    users: BTreeMap<SwitchCallId, u32>,
}

impl Numbers {
    pub(super) fn new(prefix: SmolStr, count: u32) -> Self {
        Self { prefix, count, next: 0, users: BTreeMap::new() }
    }

    /// A number that nobody bears. `None`: all are in use.
    pub(super) fn allot(&mut self) -> Option<SwitchCallId> {
        for _ in 0..self.count {
            self.next = self.next % self.count + 1;
            let id = SwitchCallId::new(format!("{}{}", self.prefix, self.next));
            if !self.users.contains_key(&id) {
                return Some(id);
            }
        }
        None
    }

    pub(super) fn bear(&mut self, id: &SwitchCallId) {
        *self.users.entry(id.clone()).or_default() += 1;
    }

    pub(super) fn release(&mut self, id: &SwitchCallId) {
        if let Some(users) = self.users.get_mut(id) {
            *users -= 1;
            if *users == 0 {
                self.users.remove(id);
            }
        }
    }
}
