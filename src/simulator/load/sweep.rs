//! Ends what nobody else ends.

use std::collections::BTreeMap;
use std::time::Duration;

use super::Load;
use super::dice::paced;
use super::intention::{Intention, Part};
use super::mix::{CALL_MAX_MS, SWEEP_MS};
use crate::simulator::exchange::Exchange;
use crate::telephony::Time;

impl Load {
    /// Ends every call that is too old.
    pub(super) fn sweep(&mut self, at: Time, exchange: &mut Exchange) {
        let mut seen = BTreeMap::new();
        for call in exchange.calls() {
            let first = self.first_seen.get(call.id()).copied().unwrap_or(at);
            seen.insert(call.id().clone(), first);
        }
        self.first_seen = seen;
        let oldest = at.minus(self.paced(CALL_MAX_MS));
        let is_old = |id| self.first_seen.get(id).is_some_and(|first| *first < oldest);
        let parts = |call: &crate::simulator::exchange::Call| {
            let part = |leg: &crate::simulator::exchange::Leg| Part { device: leg.device().clone(), call: leg.call().clone() };
            call.legs().iter().map(part).collect::<Vec<_>>()
        };
        let old: Vec<Part> = exchange.calls().filter(|call| is_old(call.id())).flat_map(parts).collect();
        for part in old {
            self.hang_up(at, part, exchange);
        }
        let later = self.paced(SWEEP_MS).max(Duration::from_millis(1));
        self.agenda.put(at.plus(later), Intention::Sweep);
    }

    fn paced(&self, milliseconds: u32) -> Duration {
        paced(f64::from(milliseconds), self.settings.pace)
    }
}
