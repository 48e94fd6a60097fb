//! Feature events (OAI reference §5.3).

use smol_str::SmolStr;

use super::super::id::Extension;
use super::super::table::{DeviceType, FeatureMask, FeatureNumber, ForwardType, OfferingEndReason, PhysicalType};
use super::super::text::{CallId, Text};
use super::super::wire::{Reader, Wire, Writer, record};

record! {
    /// DND: do-not-disturb went on or off.
    DoNotDisturb {
        /// The station.
        device: Extension,
        /// The message shown; blank: do-not-disturb is **off**.
        message: Option<Text>,
        /// What was added to the message.
        text: Option<Text>,
    }

    /// FW: forwarding was switched by hand.
    Forwarded {
        /// The station.
        device: Extension,
        /// Where to; a trunk or trunk group if to the outside.
        destination: Option<Extension>,
        /// The outside number.
        outside_number: Option<SmolStr>,
        /// When it forwards.
        kind: Option<ForwardType>,
    }

    /// MW: a message waits, or waits no more.
    MessageWaiting {
        /// For whom.
        device: Extension,
        /// From whom.
        from: Option<Extension>,
        /// In which mailbox.
        mailbox: Option<SmolStr>,
        /// How many; blank if off.
        count: Option<u16>,
        /// Whether one waits.
        on: Option<bool>,
    }

    /// MU: the microphone was switched off or on.
    Mute {
        /// The station.
        device: Extension,
        /// Whether it is mute.
        on: Option<bool>,
    }

    /// CI: an account code was given to the call.
    CallInfo {
        /// The call.
        call: CallId,
        /// By whom.
        device: Option<Extension>,
        /// Account code.
        account: Option<SmolStr>,
        /// The outside caller's name (newer versions).
        outside_name: Option<Text>,
        /// The outside caller's number (newer versions).
        outside_number: Option<SmolStr>,
    }

    /// CB: a callback was asked for, or taken back.
    Callback {
        /// Whether it is on.
        on: Option<bool>,
        /// Who wants to be called back.
        device: Extension,
        /// By whom.
        target: Option<Extension>,
        /// The target's user name.
        target_user: Option<Text>,
        /// The target's description.
        target_description: Option<Text>,
        /// Account code.
        account: Option<SmolStr>,
        /// The outside number.
        outside_number: Option<SmolStr>,
    }

    /// ET: how long a trunk call has been in the system.
    ElapsedTime {
        /// The call.
        call: CallId,
        /// The station.
        device: Option<Extension>,
        /// Seconds.
        seconds: Option<u32>,
    }

    /// GI: a mailbox prompts (1), or a transfer can be completed (2).
    GeneralInformation {
        /// The station.
        device: Extension,
        /// The call.
        call: Option<CallId>,
        /// The destination.
        destination: Option<Extension>,
        /// 1 or 2.
        reason: Option<u8>,
    }

    /// OL: a device came online or went offline. A hunt group is offline if nobody is there to answer, a trunk group if all its trunks are.
    Online {
        /// The device.
        device: Extension,
        /// Whether it is there.
        online: Option<bool>,
        /// What it is.
        device_type: Option<DeviceType>,
        /// What telephone it is; 0 when offline.
        physical_type: Option<PhysicalType>,
    }

    /// OE: control of the calls offered to a device ended. Never part of a resync.
    OfferingEnded {
        /// The device.
        device: Extension,
        /// Why.
        reason: Option<OfferingEndReason>,
    }

    /// DCE: control of a display ended.
    DisplayControlEliminated {
        /// The station.
        device: Extension,
        /// 0 application, 1 call changed, 2 monitor stopped, 3 network, 4 too many features, 5 feature code.
        reason: Option<u8>,
        /// Always 1.
        control_type: Option<u8>,
    }

    /// DLC: the display's language changed: 0 primary, 1 secondary.
    DisplayLanguageChanged {
        /// The station.
        device: Extension,
        /// Now.
        new: Option<u8>,
        /// Before.
        previous: Option<u8>,
    }

    /// DSC: a key or an action at a station whose display is controlled.
    DisplayStationChange {
        /// The station.
        device: Extension,
        /// Always 1.
        control_type: Option<u8>,
        /// 0 digit, 1 menu key, 2 action.
        kind: Option<u8>,
        /// 0 terminate to 6 cancel.
        action: Option<u8>,
        /// What was keyed in.
        input: Option<SmolStr>,
    }

    /// DEE, *Display Entered Extension*: an extension was keyed in at a station whose display is controlled. Nothing to do with Dynamic Extension Express.
    DisplayEnteredExtension {
        /// The station.
        device: Extension,
        /// Always 1.
        control_type: Option<u8>,
        /// What was keyed in.
        entered: Option<Extension>,
        /// Whether there is such an extension.
        valid: Option<bool>,
    }
}

/// FE: features of a station.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FeatureStatus {
    /// The station.
    pub device: Extension,
    /// What of them is told.
    pub status: FeatureReport,
}

/// What FE tells.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum FeatureReport {
    /// A feature was switched.
    Switched {
        /// Which.
        feature: Option<FeatureNumber>,
        /// Whether it is on.
        on: Option<bool>,
    },
    /// All at once, in a resync.
    All(FeatureMask),
}

impl FeatureStatus {
    /// In a resync one field holds the mask, unless a state of on or off follows it: that is one feature, as always otherwise.
    pub(super) fn read(fields: &mut Reader<'_>, in_resync: bool) -> Option<Self> {
        let device = fields.take()?;
        let mut ahead = fields.clone();
        let (first, second) = (ahead.next().unwrap_or_default(), ahead.next().unwrap_or_default());
        let status = match FeatureMask::read(first) {
            Some(mask) if in_resync && <bool as Wire>::read(second).is_none() => {
                fields.skip(1);
                FeatureReport::All(mask)
            }
            _ => FeatureReport::Switched { feature: fields.take()?, on: fields.take()? },
        };
        Some(Self { device, status })
    }

    pub(super) fn write(&self, out: &mut Writer<'_>) {
        out.put(&self.device);
        match &self.status {
            FeatureReport::Switched { feature, on } => {
                out.put(feature);
                out.put(on);
            }
            FeatureReport::All(mask) => out.put(mask),
        }
    }
}
