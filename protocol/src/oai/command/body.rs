//! Every command with documented arguments.

use smol_str::SmolStr;

use super::super::id::{Extension, MonitorId};
use super::super::table::{AgentStateRequest, DestinationKind, Filters, ForwardType, ListType, MonitorType};
use super::super::text::{CallId, Secret, Text};
use super::super::wire::{Reader, Record, Writer};
use super::argument::{Counted, ListMask};
use super::{CommandCode, OtherCommand};

macro_rules! commands {
    ($($code:literal $variant:ident, $text:literal { $($field:ident: $type:ty, $field_text:literal;)* })*) => {
        /// What is asked of the PBX, by the code of the command.
        #[derive(Clone, PartialEq, Eq, Debug)]
        pub enum CommandBody {
            $(
                #[doc = concat!("`", $code, "`: ", $text, ".")]
                $variant {
                    $(#[doc = concat!($field_text, ".")] $field: $type,)*
                },
            )*
            /// A command that is not known here, or whose arguments are not documented.
            Other(OtherCommand),
        }

        impl CommandBody {
            /// The codes whose arguments are known.
            pub const CODES: &'static [&'static str] = &[$($code),*];

            /// Its code.
            pub fn code(&self) -> &str {
                match self {
                    $(Self::$variant { .. } => $code,)*
                    Self::Other(other) => &other.code,
                }
            }

            /// A command of that place in [`Self::CODES`].
            #[cfg(test)]
            pub(in super::super) fn sample(place: usize, entropy: &mut crate::oai::sample::Entropy<'_>) -> Self {
                match Self::CODES.get(place).copied() {
                    $(Some($code) => Self::$variant { $($field: crate::oai::sample::Sample::sample(entropy),)* },)*
                    _ => Self::Other(crate::oai::sample::Sample::sample(entropy)),
                }
            }

            pub(super) fn read(code: &CommandCode, fields: &mut Reader<'_>) -> Option<Self> {
                Some(match code.as_str() {
                    $($code => Self::$variant { $($field: Record::read(fields)?,)* },)*
                    _ => Self::Other(OtherCommand { code: code.clone(), args: fields.fields() }),
                })
            }

            pub(super) fn write(&self, out: &mut Writer<'_>) {
                match self {
                    $(Self::$variant { $($field),* } => {
                        $(Record::write($field, out);)*
                    })*
                    Self::Other(other) => out.fields(&other.args),
                }
            }
        }
    };
}

commands! {
    "_NO" NoOperation, "does nothing, and keeps the connection alive" {}
    "_NA" NodeAware, "whether the application knows of nodes; only for a gateway" {
        on: bool, "Whether it does";
    }
    "_MS" MonitorStart, "starts monitors" {
        target: Option<Extension>, "Device, call, agent or node, by the type; blank for monitors of all";
        kind: Option<MonitorType>, "What to follow; a device by default";
        filters: Filters, "Which events";
    }
    "_MA" MonitorStartAdvanced, "starts monitors, advanced form of a gateway" {
        target: Option<Extension>, "As of `_MS`";
        kind: Option<MonitorType>, "As of `_MS`; also 12 and 13";
        filters: Filters, "Which events";
    }
    "_MP" MonitorStop, "stops monitors" {
        monitor: Option<MonitorId>, "Which; blank for all";
    }
    "_CE" ChangeFilter, "changes the filters of a monitor" {
        monitor: MonitorId, "Which";
        filters: Filters, "Which events";
    }
    "_QE" QueryFilter, "asks for the filters of a monitor" {
        monitor: MonitorId, "Which";
    }
    "_XE" ExpandedExtension, "whether extensions are told as `node:extension`, in all later lines" {
        on: bool, "Whether they are";
    }
    "_RR" Resync, "asks for the present state" {
        device: Option<Extension>, "Of which device or node; blank for all";
    }
    "RR" LegacyResync, "asks for the present state, in the old form without invoke id and confirmation" {
        device: Option<Extension>, "Of which device or node; blank for all";
    }
    "RT" LegacyTime, "asks for the time: an RS, without invoke id and confirmation" {
        device: Option<Extension>, "Of which device or node; blank for all";
    }
    "_RP" ResetPort, "begins the session anew" {}

    "_QX" QueryList, "asks for a list" {
        device: Option<Extension>, "Of which device or node; blank for all";
        list: ListType, "What of";
        mask: ListMask, "Which fields";
        mode: Option<u8>, "1: all in one answer; 2: in answers of at most `size` entities";
        size: Option<u16>, "Most entities of an answer, in mode 2";
    }
    "_QL" OldQueryList, "asks for a list, old form" {
        device: Option<Extension>, "Of which device or node; blank for all";
        list: Option<ListType>, "What of";
        mode: Option<u8>, "As of `_QX`";
        size: Option<u16>, "As of `_QX`";
    }
    "_QH" QueryHuntGroup, "asks for the members of a hunt group" {
        group: Extension, "Its pilot";
    }
    "_QA" QueryAgent, "asks for the state of an agent" {
        device: Extension, "Where";
        agent: Option<SmolStr>, "Who";
        group: Option<Extension>, "In which group";
    }
    "_SP" Snapshot, "asks for the calls at a station, hunt group, voice mail application or trunk" {
        device: Extension, "Where";
    }
    "_QI" QueryDevice, "asks what a device is" {
        device: Extension, "Which";
    }
    "_QF" QueryForwarding, "asks how a station forwards" {
        device: Extension, "Which";
    }
    "_QM" QueryMessages, "asks for the messages that wait at a station" {
        device: Extension, "Which";
    }
    "_QN" QueryNode, "asks for node numbers" {
        device: Option<Extension>, "Of which device; blank for all nodes";
    }
    "_QT" QueryNightMode, "asks for night mode" {
        device: Option<Extension>, "On which device's node";
    }
    "_QC" QueryCountry, "asks for the country" {
        device: Option<Extension>, "Of which device's node";
    }
    "_DQD" QueryDisplay, "asks for a station's display" {
        device: Extension, "Which";
    }

    "_MC" MakeCall, "calls" {
        device: Extension, "Who calls: a user's main extension";
        digits: SmolStr, "What to dial";
        account: Option<SmolStr>, "Account code";
        is_return_message: Option<bool>, "Whether this answers a message";
        transfer: Option<CallId>, "A held call: then this is the announcement of its transfer";
        mailbox: Option<SmolStr>, "Mailbox";
        override_dnd: Option<bool>, "Whether to override do-not-disturb";
        cli_number: Option<SmolStr>, "The number to show (V10), up to 24 digits";
        cli_name: Option<Text>, "The name to show (V10), up to 32 characters";
        from: Option<DestinationKind>, "From which of the user's devices (V10)";
        human_answer: Option<bool>, "Whether a person must accept (V10)";
    }
    "_CC" ClearCall, "ends a call for all its parties" {
        device: Extension, "At which device";
        call: CallId, "Which";
    }
    "_CX" ClearConnection, "ends one party's part in a call" {
        device: Extension, "Whose";
        call: CallId, "In which call";
        complete_transfer: Option<bool>, "Whether a transfer is to be completed";
    }
    "_HC" Hold, "holds a call" {
        device: Extension, "Who holds";
        call: CallId, "Which call";
        reserved: Option<SmolStr>, "Reserved";
        leave_at_dial_tone: Option<bool>, "Whether dial tone is to follow; it does by default";
        system: Option<bool>, "Whether anybody may take it back (system hold)";
    }
    "_RV" Retrieve, "takes a held call back" {
        device: Extension, "Who";
        call: CallId, "Which call";
    }
    "_RC" Reconnect, "ends a call and takes a held one back" {
        device: Extension, "Who";
        clear: CallId, "The call to end";
        held: CallId, "The held call";
    }
    "_TR" Transfer, "completes a transfer" {
        device: Extension, "Who hands over";
        held: CallId, "The held call";
        announcement: CallId, "The call to the destination";
        to_hold: Option<bool>, "Whether the destination gets it on hold instead of ringing";
    }
    "_TO" TransferOneStep, "hands a call over without asking first" {
        device: Extension, "Who hands over: station or trunk";
        call: CallId, "Which call";
        destination: SmolStr, "To whom";
        mailbox: Option<SmolStr>, "Mailbox";
        toll_station: Option<Extension>, "Whose toll restrictions count";
        override_dnd: Option<bool>, "Whether to override do-not-disturb";
        cli_number: Option<SmolStr>, "The number to show";
        cli_name: Option<Text>, "The name to show";
    }
    "_EF" ExtensionFeature, "dials at a station whatever its user could dial" {
        device: Extension, "Where";
        call: Option<CallId>, "In which call";
        digits: SmolStr, "What";
    }
    "_AC" Answer, "answers a ringing call" {
        device: Extension, "Where";
        call: CallId, "Which";
    }
    "_PC" Pickup, "picks up a call that rings elsewhere" {
        device: Extension, "Who picks up";
        call: CallId, "Which call";
        current: Option<Extension>, "Where it rings";
    }
    "_DF" Deflect, "sends a ringing call on" {
        device: Extension, "Where it rings";
        call: CallId, "Which";
        destination: SmolStr, "Where to";
        mailbox: Option<SmolStr>, "Mailbox";
        toll_station: Option<Extension>, "Whose toll restrictions count";
        override_dnd: Option<bool>, "Whether to override do-not-disturb";
        account: Option<SmolStr>, "Account code";
    }
    "_MO" MoveCall, "sends a ringing call on as if it rang in anew" {
        device: Extension, "Where it rings";
        call: CallId, "Which";
        destination: SmolStr, "Where to";
        mailbox: Option<SmolStr>, "Mailbox";
        toll_station: Option<Extension>, "Whose toll restrictions count";
        override_dnd: Option<bool>, "Whether to override do-not-disturb";
    }
    "_DD" DivertToDnd, "sends a ringing call away with a do-not-disturb message; not trunk calls" {
        device: Extension, "Where it rings";
        call: CallId, "Which";
        message: Option<u8>, "Message, 1 to 20";
        text: Option<Text>, "What to add to it, up to 16 characters";
    }
    "_CS" Consultation, "holds a call and calls somebody else" {
        device: Extension, "Who";
        call: CallId, "The call to hold";
        destination: SmolStr, "Whom to call";
        account: Option<SmolStr>, "Account code";
        override_dnd: Option<bool>, "Whether to override do-not-disturb";
    }
    "_CN" Conference, "brings a held and an active call together" {
        device: Extension, "Who";
        held: CallId, "The held call";
        active: CallId, "The active call";
    }
    "_CM" ConferenceMany, "brings several calls together" {
        device: Extension, "Who";
        calls: Vec<CallId>, "Which; at most 3";
    }
    "_HM" HuntGroupMerge, "merges a waiting call out of a hunt group" {
        group: Extension, "The group";
        announcement: Extension, "Its announcement";
        call: CallId, "The call";
    }
    "_MD" ModifyCall, "changes what a call shows; what is blank stays" {
        device: Extension, "Where";
        call: CallId, "Which";
        name: Option<Text>, "The outside party's name, up to 16 characters";
        number: Option<SmolStr>, "The outside party's number, up to 32 digits";
        trunk_name: Option<Text>, "The trunk's name, up to 16 characters";
        trunk_number: Option<SmolStr>, "The trunk's number, up to 32 digits";
        account: Option<SmolStr>, "Account code, up to 12 digits";
    }
    "_CT" ChangeTimer, "changes a timer of a trunk call" {
        trunk: Extension, "The trunk";
        call: CallId, "The call";
        timer: Option<u8>, "Always 1";
        minutes: u8, "1 to 255";
    }
    "_CCT" ControlCallTimers, "switches the timers of a call off" {
        device: Extension, "Where";
        call: CallId, "Which";
        no_recall: Option<bool>, "Without recall";
        no_system_forward: Option<bool>, "Without system forwarding";
        clear_offer: Option<bool>, "Ends offering";
    }
    "_RCB" RequestCallback, "asks to be called back when free" {
        device: Extension, "Who";
        call: CallId, "The call that failed";
    }
    "_CCB" CancelCallback, "takes a callback back" {
        device: Extension, "Who";
        target: Extension, "By whom";
    }
    "_SA" SetAgentState, "sets the state of an agent" {
        device: Extension, "Where";
        agent: Option<SmolStr>, "Who";
        state: AgentStateRequest, "Which state";
        group: Option<Extension>, "In which group; a login without one succeeds at once, whether or not there is one";
    }
    "_SD" SetDnd, "sets do-not-disturb" {
        device: Extension, "Where";
        on: bool, "Whether it is on";
        message: Option<u8>, "Message, 1 to 20";
        text: Option<Text>, "What to add to it, up to 16 characters";
    }
    "_SF" SetForwarding, "sets forwarding" {
        device: Extension, "Where";
        kind: ForwardType, "When";
        destination: Option<SmolStr>, "Where to, up to 24 digits";
        on: Option<bool>, "Whether it is on";
    }
    "_SM" SetMessageLamp, "sets a message lamp" {
        device: Extension, "Where";
        on: bool, "Whether it is on";
        from: Option<Extension>, "From whom";
        count: Option<u16>, "How many";
        mailbox: Option<SmolStr>, "Mailbox";
    }
    "_SV" SetVolume, "sets a volume" {
        device: Extension, "Where";
        change: u8, "0 to 2";
        save: Option<bool>, "Whether it lasts";
    }
    "_PSP" StationPassword, "changes a station's password" {
        device: Extension, "Which station";
        old: Option<Secret>, "What it is";
        new: Option<Secret>, "What it shall be";
    }
    "_PSS" StationSpeedDial, "programs a speed-dial bin of a station" {
        device: Extension, "Which station";
        bin: u16, "Which bin";
        kind: Option<u8>, "What of it";
        first: Option<SmolStr>, "First value";
        second: Option<SmolStr>, "Second value";
    }
    "_VP" VerifyPassword, "asks whether a password is right" {
        device: Option<Extension>, "Which station, or node";
        station: bool, "Whether it is a station's; else the database's";
        password: Secret, "The password";
    }
    "_ORC" RequestOffering, "asks for control of the calls offered to a device" {
        device: Extension, "Which";
        timeout: Option<u8>, "How long a call is held for the application, 1 to 50 tenths of a second; 0 asks who has control";
        offer_transfers: Option<bool>, "Whether transfers are offered too";
    }
    "_OEC" EliminateOffering, "gives control of offered calls back" {
        device: Extension, "Of which device";
    }
    "_AOC" AcceptOffered, "lets an offered call ring" {
        device: Extension, "Where";
        call: CallId, "Which";
        no_handsfree: Option<bool>, "Without handsfree answering";
        override_dnd: Option<bool>, "Whether to override do-not-disturb";
    }
    "_DRC" RequestDisplay, "asks for control of a display" {
        device: Extension, "Where";
        call: Option<CallId>, "In which call";
        control_type: Option<u8>, "Always 1. What follows is in the command's extra arguments";
    }
    "_DEC" EliminateDisplay, "gives control of a display back" {
        device: Extension, "Where";
        control_type: Option<u8>, "Always 1";
    }
    "_DTD" TransparentDisplay, "shows something on a controlled display" {
        device: Extension, "Where";
        control_type: Option<u8>, "Always 1. What follows is in the command's extra arguments";
    }
    "_DPR" PromptResponses, "asks for input on a controlled display" {
        device: Extension, "Where";
        control_type: Option<u8>, "Always 1. What follows is in the command's extra arguments";
    }
    "_DGT" GenericTone, "plays a tone at a station with a controlled display" {
        device: Extension, "Where";
        control_type: Option<u8>, "Always 1. What follows is in the command's extra arguments";
    }
    "_DCR" DisplayCounter, "shows a counter on a controlled display" {
        device: Extension, "Where";
        control_type: Option<u8>, "Always 1. What follows is in the command's extra arguments";
    }
    "_TD" TransientDisplay, "shows a text for a moment" {
        device: Extension, "Where";
        tone: Option<u8>, "Tone, 0 to 3";
        text: Option<Text>, "Up to 32 characters";
    }

    "_AP" ApplicationParameters, "whether a gateway keeps answers in order and holds events back until commands are answered; both hold by default" {
        responses_ordered: bool, "Answers in the order of the commands";
        events_delayed: bool, "Events behind the answers to commands that are under way";
    }
    "_USS" SetScope, "sets for which node commands are" {
        one_node: bool, "Whether they are for one node";
        node: Option<u16>, "Which";
    }
    "_UQA" GatewayApplications, "asks a gateway for its applications" {}
    "_UQI" GatewayInformation, "asks a gateway for information" {
        kind: Option<SmolStr>, "What kind";
        item: Option<SmolStr>, "Of which item";
    }
    "_UQS" GatewayStatistics, "asks a gateway for statistics" {
        kind: Option<SmolStr>, "What kind";
        item: Option<SmolStr>, "Of which item";
    }
    "_UQC" GatewayLinks, "asks a gateway for its links to nodes" {}
    "_UQV" GatewayVersion, "asks a gateway for its version" {}
    "_GDR" RegisterData, "whether data of other applications is wanted" {
        on: bool, "Whether it is";
    }
    "_GSD" SendData, "sends data to another application" {
        application: u16, "Its number";
        data: Counted, "The data";
    }
    "_GAD" AttachData, "attaches data to a call" {
        call: CallId, "The call";
        tag: Text, "Under which name, up to 32 characters";
        data: Option<Counted>, "The data";
    }
    "_GMD" ModifyData, "changes data that is attached to a call" {
        call: CallId, "The call";
        tag: Text, "Under which name";
        data: Option<Counted>, "The data";
    }
    "_GDD" DeleteData, "deletes data that is attached to a call" {
        call: CallId, "The call";
        tag: Option<Text>, "Under which name";
    }
    "_GQD" QueryData, "asks what is attached to a call" {
        call: CallId, "The call";
        tag: Option<Text>, "Under which name";
    }
    "_GRD" RetrieveData, "asks for data that is attached to a call" {
        call: CallId, "The call";
        tag: Option<Text>, "Under which name";
    }
}

impl CommandBody {
    pub(super) fn is_legacy(&self) -> bool {
        matches!(self, Self::LegacyResync { .. } | Self::LegacyTime { .. })
    }
}
