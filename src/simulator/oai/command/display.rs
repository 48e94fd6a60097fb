//! Control of offered calls and of displays (OAI reference §7.4).
//!
//! Who controls the calls offered to a device is told of them by OF, but they do not wait for the answer: they ring at once.

use strowger_protocol::oai::{CommandBody, ConfirmationBody, DisplayControl, Extension, Field, OfferingControl, Outcome, Text};

use super::super::desk::Desk;
use super::super::monitor::Subject;
use super::{Context, DONE, Replied, Reply, done};
use crate::telephony::DeviceId;

impl Context<'_> {
    pub(super) fn display(&mut self, body: &CommandBody) -> Replied {
        match body {
            CommandBody::RequestOffering { device, timeout, .. } => self.request_offering(device, timeout.unwrap_or(50)),
            CommandBody::EliminateOffering { device } => {
                let device = self.device(device)?;
                match self.desk.offering.get(&device) {
                    None => return Err(Outcome::INVALID_FEATURE),
                    Some((owner, _)) if *owner != self.id => return Err(Outcome::NOT_OWNER_OF_RESOURCE),
                    Some(_) => self.desk.offering.remove(&device),
                };
                done(ConfirmationBody::Device(Some(self.named(&device))))
            }
            CommandBody::AcceptOffered { device, .. } => {
                let device = self.device(device)?;
                let is_owner = self.desk.offering.get(&device).is_some_and(|(owner, _)| *owner == self.id);
                Err(if is_owner { Outcome::INVALID_OBJECT_STATE } else { Outcome::NOT_OWNER_OF_RESOURCE })
            }
            CommandBody::RequestDisplay { device, call, control_type } => {
                let device = self.controlled(device)?;
                match self.desk.displays.get(&device) {
                    Some(owner) if *owner != self.id => return Err(Outcome::OTHER_APPLICATION_HAS_CONTROL),
                    _ => Desk::room(self.desk.displays.len())?,
                }
                self.desk.displays.insert(device.clone(), self.id);
                let call = call.as_ref().map(|call| call.as_str().into()).unwrap_or_default();
                let kind = control_type.unwrap_or(1).to_string();
                done(ConfirmationBody::Unknown(vec![
                    Field::Bare(self.named(&device).to_smolstr()),
                    Field::Bare(call),
                    Field::Bare(kind.into()),
                ]))
            }
            CommandBody::EliminateDisplay { device, control_type } => {
                let told = self.display_control(device, *control_type)?;
                let device = self.device(device)?;
                self.desk.displays.remove(&device);
                done(told)
            }
            CommandBody::TransparentDisplay { device, control_type }
            | CommandBody::PromptResponses { device, control_type }
            | CommandBody::GenericTone { device, control_type }
            | CommandBody::DisplayCounter { device, control_type } => done(self.display_control(device, *control_type)?),
            CommandBody::TransientDisplay { device, tone, .. } => {
                let device = self.controlled(device)?;
                if tone.is_some_and(|tone| tone > 3) {
                    return Err(Outcome::VALUE_OUT_OF_RANGE);
                }
                done(ConfirmationBody::Device(Some(self.named(&device))))
            }
            _ => DONE,
        }
    }

    /// A station, monitored by who asks.
    fn controlled(&self, named: &Extension) -> Result<DeviceId, Outcome> {
        let device = self.device(named)?;
        self.exchange.station(&device).ok_or(Outcome::REQUEST_INCOMPATIBLE_WITH_OBJECT)?;
        self.monitored(&device)?;
        Ok(device)
    }

    fn monitored(&self, device: &DeviceId) -> Result<(), Outcome> {
        let is_monitored = self.connection.monitors.about(&Subject::Device(device.clone())).is_some();
        if is_monitored { Ok(()) } else { Err(Outcome::DEVICE_NOT_MONITORED) }
    }

    fn display_control(&self, named: &Extension, control_type: Option<u8>) -> Result<ConfirmationBody, Outcome> {
        let device = self.controlled(named)?;
        if self.desk.displays.get(&device) != Some(&self.id) {
            return Err(Outcome::NOT_OWNER_OF_RESOURCE);
        }
        let control_type = Some(control_type.unwrap_or(1));
        Ok(ConfirmationBody::DisplayControl(DisplayControl { device: Some(self.named(&device)), control_type }))
    }

    fn request_offering(&mut self, named: &Extension, timeout: u8) -> Replied {
        let device = self.device(named)?;
        let told = |holder: Option<Text>| ConfirmationBody::Offering(OfferingControl { device: Some(named.clone()), holder });
        match self.desk.offering.get(&device) {
            Some((owner, name)) if *owner != self.id => {
                return Ok(Reply::Partly(Outcome::OTHER_APPLICATION_HAS_CONTROL, told(Some(Text::new(name)))));
            }
            None if timeout == 0 => return Err(Outcome::INVALID_FEATURE),
            _ => {}
        }
        if timeout > 50 {
            return Err(Outcome::VALUE_OUT_OF_RANGE);
        }
        self.monitored(&device)?;
        Desk::room(self.desk.offering.len())?;
        self.desk.offering.insert(device, (self.id, self.connection.application.clone()));
        done(ConfirmationBody::Device(Some(named.clone())))
    }
}
