//! `_EF`: what a telephone's user could dial, feature codes included (OAI reference §6.7).

use smol_str::SmolStr;
use strowger_protocol::oai::{CallId, Extension, Outcome, feature_code as code};

use super::{Context, DONE, Replied, call_id, dialled};
use crate::simulator::exchange::{Action, Dnd, Forward, ForwardKind, HoldKind, LocalState};
use crate::telephony::{AgentId, DeviceId, SwitchCallId};

impl Context<'_> {
    pub(super) fn extension_feature(&mut self, device: &Extension, call: Option<&CallId>, digits: &str) -> Replied {
        let device = self.device(device)?;
        let station = self.exchange.station(&device).ok_or(Outcome::REQUEST_INCOMPATIBLE_WITH_OBJECT)?;
        let (dnd_is_on, dee_is_on) =
            (station.dnd.is_some(), self.exchange.dee().find(|(main, _)| **main == device).is_some_and(|(_, dee)| dee.is_on));
        let takes_group_calls = station.takes_group_calls;
        let is_logged_on = self.exchange.login(&device).is_some();
        let call = call.map(call_id);
        let digits = dialled(digits);
        let digits = digits.strip_prefix('!').unwrap_or(&digits);
        let is_feature = digits.len() >= 3 && code::ALL.iter().any(|(known, _)| digits.starts_with(known) && known.len() == 3);
        let action = match digits.split_at_checked(3) {
            Some((feature, rest)) if is_feature => match feature {
                code::DND_ON => Action::SetDnd { device, dnd: Some(message(rest)) },
                code::DND_OFF => Action::SetDnd { device, dnd: None },
                code::DND_TOGGLE => Action::SetDnd { device, dnd: (!dnd_is_on).then(|| message(rest)) },
                code::FORWARD_ALL => forward(device, ForwardKind::All, rest),
                code::FORWARD_NO_ANSWER => forward(device, ForwardKind::NoAnswer, rest),
                code::FORWARD_BUSY => forward(device, ForwardKind::Busy, rest),
                code::FORWARD_NO_ANSWER_OR_BUSY => forward(device, ForwardKind::NoAnswerOrBusy, rest),
                code::DEE_OFF => Action::SetDee { main: device, on: false },
                code::DEE_ON => Action::SetDee { main: device, on: true },
                code::DEE_TOGGLE => Action::SetDee { main: device, on: !dee_is_on },
                code::DEE_HANDOFF => self.hand_off(device, call),
                code::INDIVIDUAL_HOLD => Action::Hold { device, call, kind: HoldKind::Individual },
                code::SYSTEM_HOLD => Action::Hold { device, call, kind: HoldKind::System },
                code::ACD_TOGGLE if is_logged_on => Action::LogOff { device, group: None },
                code::ACD_LOG_OUT => Action::LogOff { device, group: None },
                code::ACD_LOG_IN | code::ACD_TOGGLE => log_on(device, rest),
                code::ACD_END_WRAP_UP => Action::SetReady { device, ready: true },
                code::HUNT_GROUP_REMOVE => Action::SetHuntGroups { device, on: false },
                code::HUNT_GROUP_REPLACE => Action::SetHuntGroups { device, on: true },
                code::HUNT_GROUP_TOGGLE => Action::SetHuntGroups { device, on: !takes_group_calls },
                code::ANSWER => Action::Answer { device, call },
                code::REDIRECT => Action::Deflect { device, call, digits: rest.into() },
                code::STATION_MONITOR => Action::SilentMonitor { device, target: self.device(&Extension::from(rest))? },
                code::TRANSFER_TO_RING => Action::TransferOneStep { device, call, digits: rest.into() },
                code::ACCOUNT_CODE | code::ACCOUNT_CODE_2 => Action::SetAccount { device, call, code: rest.into() },
                _ => return Err(Outcome::INVALID_FEATURE),
            },
            _ if digits.starts_with(code::REVERSE_TRANSFER) && digits.len() > 1 => {
                Action::Pickup { device, from: self.device(&Extension::from(&digits[1..]))?, call: None }
            }
            _ if digits == code::CONFERENCE => Action::Conference { device, calls: Vec::new() },
            _ => Action::Dial { device, digits: SmolStr::new(digits), account: None },
        };
        self.act(action)?;
        DONE
    }

    /// During a call the others ring; else the call of another device is fetched.
    fn hand_off(&self, device: DeviceId, call: Option<SwitchCallId>) -> Action {
        let talks = self.exchange.legs_of(&device).any(|(_, leg)| leg.state() == LocalState::Connected);
        if talks { Action::HandOffPush { device, call } } else { Action::HandOffPull { device } }
    }
}

/// The message's number of two digits; of none the first.
fn message(digits: &str) -> Dnd {
    let message = digits.get(..2).and_then(|number| number.parse().ok()).filter(|number| (1..=20).contains(number)).unwrap_or(1);
    Dnd { message, text: SmolStr::default() }
}

/// Without a destination: off.
fn forward(device: DeviceId, kind: ForwardKind, to: &str) -> Action {
    Action::SetForward { device, forward: (!to.is_empty()).then(|| Forward { kind, to: to.into() }) }
}

fn log_on(device: DeviceId, agent: &str) -> Action {
    Action::LogOn { device, agent: (!agent.is_empty()).then(|| AgentId::new(agent)), group: None }
}
