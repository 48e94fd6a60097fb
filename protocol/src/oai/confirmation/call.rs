//! Answers to the commands that make, move and join calls (OAI reference §7.1, §7.4).

use smol_str::SmolStr;

use super::super::id::Extension;
use super::super::text::{CallId, Text};
use super::super::wire::{Reader, Writer, record};
use super::query::{counted, write_counted};

/// `_TR` and `_TO`: the call after a transfer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TransferResult {
    /// The call; its id may have changed.
    pub call: CallId,
    /// Who gets it.
    pub destination: Option<Extension>,
    /// Who was handed over.
    pub transferred: Option<Extension>,
    /// The outside party's name.
    pub outside_name: Option<Text>,
    /// The outside party's number.
    pub outside_number: Option<SmolStr>,
    /// DDI label, else the trunk's description.
    pub trunk_name: Option<Text>,
    /// DNIS or DDI digits.
    pub trunk_outside_number: Option<SmolStr>,
}

impl TransferResult {
    /// Seven fields; six if the transferred party is left out.
    pub(super) fn read(fields: &mut Reader<'_>) -> Option<Self> {
        let short = fields.remaining() == 6;
        let (call, destination) = (fields.take()?, fields.take()?);
        Some(Self {
            call,
            destination,
            transferred: if short { None } else { fields.take()? },
            outside_name: fields.take()?,
            outside_number: fields.take()?,
            trunk_name: fields.take()?,
            trunk_outside_number: fields.take()?,
        })
    }

    pub(super) fn write(&self, out: &mut Writer<'_>) {
        out.put(&self.call);
        out.put(&self.destination);
        out.put(&self.transferred);
        out.put(&self.outside_name);
        out.put(&self.outside_number);
        out.put(&self.trunk_name);
        out.put(&self.trunk_outside_number);
    }
}

record! {
    /// `_MC`, `_CS`, `_CCT`, `_AOC`: a device and its call, in either order, for the samples swap them: see
    /// [`Confirmation::device_and_call`](super::Confirmation::device_and_call).
    DeviceAndCall {
        /// The first field.
        first: Option<SmolStr>,
        /// The second field.
        second: Option<SmolStr>,
    }
}

impl DeviceAndCall {
    /// In the order `_MC` is documented in.
    pub fn call_first(call: &CallId, device: &Extension) -> Self {
        Self { first: Some(call.clone().into()), second: Some(device.to_smolstr()) }
    }

    /// In the order the others are documented in.
    pub fn device_first(device: &Extension, call: &CallId) -> Self {
        Self { first: Some(device.to_smolstr()), second: Some(call.clone().into()) }
    }

    /// Device and call, where the command was about `asked`: that field is the device which is `asked`, with or without its node.
    /// If neither or both are, the order counts that is documented. `None`: one of them is missing.
    pub(super) fn resolve(&self, asked: &Extension, call_first: bool) -> Option<(Extension, CallId)> {
        let (first, second) = (self.first.as_ref()?, self.second.as_ref()?);
        let is_asked = |field: &SmolStr| Extension::from(field.as_str()).number == asked.number;
        let call_first = match (is_asked(first), is_asked(second)) {
            (true, false) => false,
            (false, true) => true,
            _ => call_first,
        };
        let (device, call) = if call_first { (second, first) } else { (first, second) };
        Some((Extension::from(device.as_str()), CallId::from(call.clone())))
    }
}

/// `_CN` and `_CM`: a conference.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ConferenceResult {
    /// Who brought the parties together.
    pub controller: Option<Extension>,
    /// The controller's fresh call.
    pub call: Option<CallId>,
    /// The parties.
    pub members: Vec<ConferenceMember>,
}

impl ConferenceResult {
    pub(super) fn read(fields: &mut Reader<'_>) -> Option<Self> {
        Some(Self { controller: fields.take()?, call: fields.take()?, members: counted(2, fields)? })
    }

    pub(super) fn write(&self, out: &mut Writer<'_>) {
        out.put(&self.controller);
        out.put(&self.call);
        write_counted(&self.members, out);
    }
}

record! {
    /// A party of a conference (`_CN`, `_CM`).
    ConferenceMember {
        /// The device.
        device: Option<Extension>,
        /// Its call.
        call: Option<CallId>,
    }
}
