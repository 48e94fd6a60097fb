//! Random load: people who call, answer, wait, talk, hold, hand over, give up and hang up, as chance has it, all of it from one seed.
//!
//! Everybody in a call is a simulated person who intends one thing at a time for a moment yet to come (`intention`). What happens
//! makes them intend the next (`react`); an intention that is no longer possible when its moment comes is dropped. A sweep ends every
//! call that has grown too old, so that after the last call nothing stays open.
//!
//! Same site, same seed, same clients' commands: same calls, to the microsecond.

mod arrive;
mod deeds;
mod dice;
mod intention;
mod mix;
mod office;
mod react;
mod sweep;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use super::exchange::{Action, Config, Exchange, Fact};
use crate::telephony::{SwitchCallId, Time};
use dice::Dice;
use intention::{Agenda, Intention};
use office::Office;

/// Actions that are kept to be looked at, the latest ones.
const LOG_MAX: usize = 100_000;

/// What load is made.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Settings {
    /// Calls that begin in a second, on average; more than 0.
    pub calls_per_s: f64,
    /// How many begin at all; `None`: without end.
    pub calls: Option<u64>,
    /// Where chance begins.
    pub seed: u64,
    /// Every length of time is multiplied by this: 1 as in life, less is faster.
    pub pace: f64,
}

impl Settings {
    /// A pace at which a site of that size can carry that many calls: as in life where that is possible.
    ///
    /// A call keeps a trunk or two telephones for about 40 s; half of either may be taken on average.
    pub fn pace_for(calls_per_s: f64, site: &Config) -> f64 {
        let count = |length: usize| f64::from(u32::try_from(length).unwrap_or(u32::MAX));
        let at_once = (count(site.stations.len()) / 2.0).min(count(site.trunks.len())) / 2.0;
        (at_once / (calls_per_s * 40.0)).min(1.0)
    }
}

/// The exchange's own times at that pace.
pub fn compress(site: &mut Config, pace: f64) {
    let scaled = |time: Duration| dice::paced(time.as_secs_f64() * 1000.0, pace);
    let timers = &mut site.timers;
    timers.forward_no_answer = scaled(timers.forward_no_answer);
    timers.transfer_recall = timers.transfer_recall.map(scaled);
    timers.ring_limit = timers.ring_limit.map(scaled);
    timers.handoff = scaled(timers.handoff);
    timers.hunt_again = scaled(timers.hunt_again);
    for group in &mut site.hunt_groups {
        group.no_answer_after = group.no_answer_after.map(scaled);
        group.wrap_up = if group.wrap_up.is_zero() { Duration::ZERO } else { scaled(group.wrap_up) };
        if let Some(overflow) = &mut group.overflow {
            overflow.after = scaled(overflow.after);
        }
    }
}

/// Random load.
#[derive(Debug)]
pub struct Load {
    settings: Settings,
    dice: Dice,
    agenda: Agenda,
    office: Office,
    placed: u64,
    refused: u64,
    is_quiet: bool,
    first_seen: BTreeMap<SwitchCallId, Time>,
    log: VecDeque<(Time, Action)>,
}

impl Load {
    /// Nothing has happened yet.
    pub fn new(settings: Settings) -> Self {
        Self {
            dice: Dice::new(settings.seed, settings.pace),
            settings,
            agenda: Agenda::default(),
            office: Office::default(),
            placed: 0,
            refused: 0,
            is_quiet: false,
            first_seen: BTreeMap::new(),
            log: VecDeque::new(),
        }
    }

    /// Calls that began.
    pub fn placed(&self) -> u64 {
        self.placed
    }

    /// Actions that the exchange refused: what people intended and others came before them.
    pub fn refused(&self) -> u64 {
        self.refused
    }

    /// What was done, the latest 100 000.
    pub fn log(&self) -> impl Iterator<Item = &(Time, Action)> {
        self.log.iter()
    }

    pub(super) fn begin(&mut self, at: Time) {
        self.agenda.put(at, Intention::Open);
    }

    pub(super) fn poll_timeout(&self) -> Option<Time> {
        if self.is_done() { None } else { self.agenda.next_at() }
    }

    /// Does what is due next, if it is due.
    pub(super) fn timeout(&mut self, at: Time, exchange: &mut Exchange) {
        if let Some(intention) = self.agenda.pop(at) {
            self.carry_out(at, intention, exchange);
        }
        self.is_quiet = exchange.calls().next().is_none();
    }

    /// Hears what happened: those who are concerned intend something.
    pub(super) fn facts(&mut self, facts: &[Fact], exchange: &Exchange) {
        for fact in facts {
            self.react(fact, exchange);
        }
        self.is_quiet = exchange.calls().next().is_none();
    }

    /// Every call was made, and none is open.
    pub(super) fn is_done(&self) -> bool {
        self.is_complete() && self.is_quiet
    }

    fn is_complete(&self) -> bool {
        self.settings.calls.is_some_and(|calls| self.placed >= calls)
    }

    /// Does it, if the exchange lets it be done.
    fn act(&mut self, at: Time, action: Action, exchange: &mut Exchange) -> bool {
        let is_done = exchange.act(at, action.clone()).is_ok();
        if is_done {
            if self.log.len() == LOG_MAX {
                self.log.pop_front();
            }
            self.log.push_back((at, action));
        } else {
            self.refused += 1;
        }
        is_done
    }
}
