//! Calls begin, and settings change beside them.

use smol_str::{SmolStr, format_smolstr};

use super::Load;
use super::intention::Intention;
use super::mix::{CHANGE_PERCENT, CHANGES, Change, KINDS, Kind, NAMES, SETTING_MS};
use crate::simulator::exchange::{Action, Dnd, Exchange, Forward, ForwardKind};
use crate::telephony::{DeviceId, Time};

/// Numbers outside are `01715550100` to `01715550999`.
const OUTSIDE_PREFIX: &str = "01715550";

impl Load {
    /// Agents log on, and the first call is to come.
    pub(super) fn open(&mut self, at: Time, exchange: &mut Exchange) {
        for (device, agent) in std::mem::take(&mut self.office.shift) {
            self.act(at, Action::LogOn { device, agent, group: None }, exchange);
        }
        self.agenda.put(at, Intention::Sweep);
        self.next_arrival(at);
    }

    fn next_arrival(&mut self, at: Time) {
        if !self.is_complete() {
            let gap = self.dice.gap(self.settings.calls_per_s);
            self.agenda.put(at.plus(gap), Intention::Arrive);
        }
    }

    /// The next call is made, if there is somebody to make it; then the one after it is to come.
    pub(super) fn arrive(&mut self, at: Time, exchange: &mut Exchange) {
        if self.dice.chance(CHANGE_PERCENT) {
            self.change(at, exchange);
        }
        let kind = self.dice.weighted(KINDS).unwrap_or(Kind::Internal);
        let is_call = kind != Kind::OffHook;
        if let Some(action) = self.call(kind, exchange)
            && self.act(at, action, exchange)
            && is_call
        {
            self.placed += 1;
        }
        self.next_arrival(at);
    }

    fn call(&mut self, kind: Kind, exchange: &Exchange) -> Option<Action> {
        let dial = |device, digits, account| Some(Action::Dial { device, digits, account });
        match kind {
            Kind::InboundStation => {
                let (_, dnis) = self.dice.one(&self.office.stations)?.clone();
                Some(self.inbound(dnis))
            }
            Kind::InboundGroup => {
                let dnis = self.dice.one(&self.office.groups)?.clone();
                Some(self.inbound(dnis))
            }
            Kind::InboundDee => {
                let (_, dnis) = self.dice.one(&self.office.mains)?.clone();
                Some(self.inbound(dnis))
            }
            Kind::Internal => {
                let device = self.free_station(exchange)?;
                let (_, digits) = self.dice.one(&self.office.stations)?.clone();
                if exchange.place(&device).is_some_and(|address| address.number == digits) { None } else { dial(device, digits, None) }
            }
            Kind::InternalGroup => {
                let device = self.free_station(exchange)?;
                dial(device, self.dice.one(&self.office.groups)?.clone(), None)
            }
            Kind::Outgoing => {
                let device = self.free_station(exchange)?;
                let digits = format_smolstr!("{}{}", self.office.access.clone()?, self.outside_number());
                let account = if self.dice.chance(35) { Some(self.account()) } else { None };
                dial(device, digits, account)
            }
            Kind::WrongNumber => dial(self.free_station(exchange)?, format_smolstr!("7{}", self.dice.number(100, 1000)), None),
            Kind::OffHook => Some(Action::OffHook { device: self.free_station(exchange)? }),
        }
    }

    fn inbound(&mut self, dnis: SmolStr) -> Action {
        let number = if self.dice.chance(5) { None } else { Some(self.outside_number()) };
        let name = if number.is_some() && self.dice.chance(30) { self.dice.one(NAMES).map(SmolStr::new) } else { None };
        Action::TrunkCall { trunk: None, number, name, dnis }
    }

    pub(super) fn outside_number(&mut self) -> SmolStr {
        format_smolstr!("{OUTSIDE_PREFIX}{}", self.dice.number(100, 1000))
    }

    pub(super) fn account(&mut self) -> SmolStr {
        format_smolstr!("{}", self.dice.number(1000, 10_000))
    }

    /// A telephone without calls.
    pub(super) fn free_station(&mut self, exchange: &Exchange) -> Option<DeviceId> {
        let is_free = |device: &DeviceId| {
            exchange.station(device).is_some_and(|station| station.is_online && station.taken_by.is_none())
                && exchange.legs_of(device).next().is_none()
        };
        let free: Vec<DeviceId> = self.office.stations.iter().map(|(device, _)| device).filter(|device| is_free(device)).cloned().collect();
        self.dice.one(&free).cloned()
    }

    /// Where a call may be sent: mostly another extension.
    pub(super) fn somewhere(&mut self, from: &DeviceId) -> Option<SmolStr> {
        match self.dice.number(0, 100) {
            0..75 => {
                let others: Vec<SmolStr> =
                    self.office.stations.iter().filter(|(device, _)| device != from).map(|(_, number)| number.clone()).collect();
                self.dice.one(&others).cloned()
            }
            75..85 => self.dice.one(&self.office.groups).cloned(),
            85..90 => self.dice.one(&self.office.voice_mails).cloned(),
            _ => {
                let access = self.office.access.clone()?;
                Some(format_smolstr!("{access}{}", self.outside_number()))
            }
        }
    }

    /// Somebody changes a setting; most are changed back after a while.
    fn change(&mut self, at: Time, exchange: &mut Exchange) {
        let Some(change) = self.dice.weighted(CHANGES) else { return };
        let Some((action, undo)) = self.chosen(change, exchange) else { return };
        if self.act(at, action, exchange)
            && let Some(undo) = undo
        {
            self.soon(at, SETTING_MS, Intention::Undo(Box::new(undo)));
        }
    }

    fn chosen(&mut self, change: Change, exchange: &Exchange) -> Option<(Action, Option<Action>)> {
        let device = self.dice.one(&self.office.stations)?.0.clone();
        let logins: Vec<DeviceId> = exchange.logins().map(|(device, _)| device.clone()).collect();
        Some(match change {
            Change::LogOn => {
                let agent = self.dice.one(&self.office.agents)?.clone();
                (Action::LogOn { device, agent: Some(agent), group: None }, None)
            }
            Change::LogOff => {
                let device = self.dice.one(&logins)?.clone();
                let agent = exchange.login(&device).and_then(|login| login.agent.clone());
                (Action::LogOff { device: device.clone(), group: None }, Some(Action::LogOn { device, agent, group: None }))
            }
            Change::NotReady => {
                let device = self.dice.one(&logins)?.clone();
                (Action::SetReady { device: device.clone(), ready: false }, Some(Action::SetReady { device, ready: true }))
            }
            Change::DoNotDisturb => {
                let dnd = Dnd { message: 2, text: "Back soon".into() };
                (Action::SetDnd { device: device.clone(), dnd: Some(dnd) }, Some(Action::SetDnd { device, dnd: None }))
            }
            Change::Forward => {
                let kinds = [ForwardKind::All, ForwardKind::Busy, ForwardKind::NoAnswer, ForwardKind::NoAnswerOrBusy];
                let kind = *self.dice.one(&kinds)?;
                let forward = Forward { kind, to: self.somewhere(&device)? };
                let undo = Action::SetForward { device: device.clone(), forward: None };
                (Action::SetForward { device, forward: Some(forward) }, Some(undo))
            }
            Change::Dee => {
                let main = self.dice.one(&self.office.mains)?.0.clone();
                (Action::SetDee { main: main.clone(), on: false }, Some(Action::SetDee { main, on: true }))
            }
            Change::HuntGroups => {
                (Action::SetHuntGroups { device: device.clone(), on: false }, Some(Action::SetHuntGroups { device, on: true }))
            }
            Change::Offline => {
                (Action::SetOnline { device: device.clone(), online: false }, Some(Action::SetOnline { device, online: true }))
            }
            Change::HotDesk => {
                let phantom = self.dice.one(&self.office.phantoms)?.clone();
                let undo = Action::HotDesk { device: phantom.clone(), at: None };
                (Action::HotDesk { device: phantom, at: Some(device) }, Some(undo))
            }
            Change::Night => {
                let node = *self.dice.one(&self.office.nodes)?;
                (Action::SetNight { node, on: true }, Some(Action::SetNight { node, on: false }))
            }
            Change::Rename => {
                let name = exchange.station(&device)?.config.name.clone();
                let renamed = Action::Rename { device: device.clone(), name: format_smolstr!("Guest {}", self.dice.number(1, 100)) };
                (renamed, Some(Action::Rename { device, name }))
            }
        })
    }
}
