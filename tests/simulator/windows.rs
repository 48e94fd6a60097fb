//! When the exchange, or a node of it, was out of sight, as the session says, and whether that can be.

use strowger::telephony::{Event, Scope, Stamped, Time};

/// From the last sign of life until the present state was told.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Window {
    pub(crate) scope: Scope,
    pub(crate) from: Time,
    pub(crate) until: Time,
}

impl Window {
    pub(crate) fn is_in(&self, at: Time) -> bool {
        self.from <= at && at <= self.until
    }
}

#[derive(Clone, Debug)]
struct Open {
    scope: Scope,
    from: Time,
    /// Nothing of it is in what is being told.
    stays: bool,
}

/// All of them.
#[derive(Default, Debug)]
pub(crate) struct Windows {
    open: Vec<Open>,
    pub(crate) closed: Vec<Window>,
    /// Gaps that begin at another moment than that of a sign of life.
    pub(crate) unfounded: Vec<Stamped>,
}

impl Windows {
    /// `signs`: the last moments at which anything came.
    pub(crate) fn event(&mut self, stamped: &Stamped, signs: &[Time]) {
        match &stamped.event {
            Event::LinkLost { scope } => {
                if let Some(open) = self.open.iter_mut().find(|open| open.scope == *scope) {
                    open.stays = true;
                    return;
                }
                // A node that is out of sight when everything comes into sight again was so with everything.
                let all = self.open.iter().find(|open| open.scope == Scope::All).map(|open| open.from);
                let from = all.unwrap_or(stamped.at).min(stamped.at);
                if !signs.contains(&stamped.at) && all.is_none() {
                    self.unfounded.push(stamped.clone());
                }
                self.open.push(Open { scope: scope.clone(), from, stays: true });
            }
            Event::ResyncBegan { scope } => {
                for open in &mut self.open {
                    open.stays &= *scope != Scope::All && open.scope != *scope;
                }
            }
            Event::Resynchronised { scope } => {
                let is_over = |open: &Open| open.scope == *scope || *scope == Scope::All && !open.stays;
                for open in self.open.iter().filter(|open| is_over(open)) {
                    self.closed.push(Window { scope: open.scope.clone(), from: open.from, until: stamped.at });
                }
                self.open.retain(|open| !is_over(open));
            }
            _ => {}
        }
    }

    /// Something is out of sight still.
    pub(crate) fn are_open(&self) -> bool {
        !self.open.is_empty()
    }
}
