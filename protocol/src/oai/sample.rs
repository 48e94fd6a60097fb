//! Values of every type, made of any bytes: what the round-trip tests write and read again.

use bytes::Bytes;
use smol_str::SmolStr;

use super::command::{Counted, ListMask, OtherCommand};
use super::confirmation::{
    ConferenceResult, ConfirmationBody, DeviceDetail, DeviceInfo, Forwarding, HuntGroupMembers, ListPage, MonitorPart, MonitorsStarted,
    OldListPage, PasswordVerified, RetrievedData, StartedMonitor, StationDetail, TransferResult,
};
use super::event::{ApplicationData, Conferenced, DatabaseChange, FeatureReport, FeatureStatus, Queued, RawEvent, SmdrRecord};
use super::id::{Extension, MonitorId};
use super::table::{DatabaseArea, FeatureMask, Filters, ForwardType, MonitorType, Outcome};
use super::text::{self, CallId, Secret, Text};
use super::wire::Field;

/// Bytes that are used up one after the other, then zeros.
pub(super) struct Entropy<'a>(std::slice::Iter<'a, u8>);

impl<'a> Entropy<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes.iter())
    }

    pub(super) fn byte(&mut self) -> u8 {
        self.0.next().copied().unwrap_or(0)
    }

    pub(super) fn below(&mut self, bound: usize) -> usize {
        usize::from(self.byte()) % bound
    }

    pub(super) fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    /// Characters of the PBX's set without those, and without spaces at either end.
    fn characters(&mut self, least: usize, without: &[char]) -> String {
        let length = least + self.below(28);
        let text: String = (0..length)
            .map(|_| text::decode(&[self.byte()]).chars().next().unwrap())
            .map(|character| if without.contains(&character) || matches!(character, '\r' | '\n' | '\0' | '|') { '.' } else { character })
            .collect();
        let trimmed = text.trim();
        if trimmed.len() < least { "x".repeat(least) } else { trimmed.to_owned() }
    }

    fn many<T: Sample>(&mut self) -> Vec<T> {
        (0..self.below(4)).map(|_| T::sample(self)).collect()
    }
}

pub(super) trait Sample {
    fn sample(entropy: &mut Entropy<'_>) -> Self;
}

impl<T: Sample> Sample for Option<T> {
    fn sample(entropy: &mut Entropy<'_>) -> Self {
        (entropy.below(4) > 0).then(|| T::sample(entropy))
    }
}

impl Sample for bool {
    fn sample(entropy: &mut Entropy<'_>) -> Self {
        entropy.byte() % 2 == 1
    }
}

macro_rules! sample_number {
    ($($type:ty)*) => {$(
        impl Sample for $type {
            fn sample(entropy: &mut Entropy<'_>) -> Self {
                Self::from_le_bytes(std::array::from_fn(|_| entropy.byte()))
            }
        }
    )*};
}

sample_number! { u8 u16 u32 }

impl Sample for SmolStr {
    fn sample(entropy: &mut Entropy<'_>) -> Self {
        entropy.characters(1, &[',']).into()
    }
}

impl Sample for CallId {
    fn sample(entropy: &mut Entropy<'_>) -> Self {
        SmolStr::sample(entropy).into()
    }
}

impl Sample for Text {
    fn sample(entropy: &mut Entropy<'_>) -> Self {
        entropy.characters(0, &[]).into()
    }
}

impl Sample for Secret {
    fn sample(entropy: &mut Entropy<'_>) -> Self {
        entropy.characters(0, &[]).into()
    }
}

impl Sample for Extension {
    fn sample(entropy: &mut Entropy<'_>) -> Self {
        let (node, least) = if entropy.below(2) == 0 { (None, 1) } else { (Some(u16::sample(entropy)), 0) };
        Self { node, number: entropy.characters(least, &[',', ':']).into() }
    }
}

impl Sample for MonitorId {
    fn sample(entropy: &mut Entropy<'_>) -> Self {
        Self::from(u32::sample(entropy))
    }
}

impl Sample for Field {
    fn sample(entropy: &mut Entropy<'_>) -> Self {
        match entropy.below(3) {
            0 => Self::Bare(SmolStr::default()),
            1 => Self::Bare(SmolStr::sample(entropy)),
            _ => Self::Text(Text::sample(entropy).into()),
        }
    }
}

impl Sample for Bytes {
    fn sample(entropy: &mut Entropy<'_>) -> Self {
        (0..entropy.below(40)).map(|_| entropy.byte()).collect()
    }
}

impl Sample for ForwardType {
    fn sample(entropy: &mut Entropy<'_>) -> Self {
        let known = [Self::None, Self::Immediate, Self::Busy, Self::NoAnswer];
        known.get(entropy.below(5)).cloned().unwrap_or_else(|| Self::Other("NAB".into()))
    }
}

impl Sample for FeatureMask {
    fn sample(entropy: &mut Entropy<'_>) -> Self {
        Self(u32::sample(entropy))
    }
}

impl Sample for Filters {
    fn sample(entropy: &mut Entropy<'_>) -> Self {
        let mut mask = || Option::<u16>::sample(entropy).map(u32::from);
        Self { agent: mask(), call: mask(), feature: mask(), system: mask() }
    }
}

impl Sample for ListMask {
    fn sample(entropy: &mut Entropy<'_>) -> Self {
        Self(u32::sample(entropy))
    }
}

impl Sample for Counted {
    fn sample(entropy: &mut Entropy<'_>) -> Self {
        Self(Bytes::sample(entropy).iter().map(|byte| if matches!(byte, b'\r' | b'\n' | 0) { b' ' } else { *byte }).collect())
    }
}

impl Sample for Vec<CallId> {
    fn sample(entropy: &mut Entropy<'_>) -> Self {
        entropy.many()
    }
}

impl Sample for OtherCommand {
    fn sample(entropy: &mut Entropy<'_>) -> Self {
        let mut args: Vec<Field> = entropy.many();
        args.push(Field::Bare("1".into()));
        Self { code: "_QUD".into(), args }
    }
}

impl Sample for RawEvent {
    fn sample(entropy: &mut Entropy<'_>) -> Self {
        let fields = entropy.many();
        Self { code: "ZZ".into(), fields }
    }
}

impl Sample for Queued {
    fn sample(entropy: &mut Entropy<'_>) -> Self {
        let mut some = || entropy.byte() % 2 == 1;
        let between = if some() { vec![Field::Bare(SmolStr::default()), Field::Bare("I".into())] } else { Vec::new() };
        Self {
            call: Sample::sample(entropy),
            queue: Sample::sample(entropy),
            between,
            calling: Sample::sample(entropy),
            outside_name: Sample::sample(entropy),
            outside_number: Sample::sample(entropy),
            trunk_name: Sample::sample(entropy),
            trunk_outside_number: Sample::sample(entropy),
            calling_type: Sample::sample(entropy),
            originally_called: Sample::sample(entropy),
            last_redirection: Sample::sample(entropy),
            position: Sample::sample(entropy),
            account: Sample::sample(entropy),
            state: Sample::sample(entropy),
            cause: Sample::sample(entropy),
        }
    }
}

impl Sample for Conferenced {
    fn sample(entropy: &mut Entropy<'_>) -> Self {
        Self {
            subject: Sample::sample(entropy),
            primary: Sample::sample(entropy),
            secondary: Sample::sample(entropy),
            controller: Sample::sample(entropy),
            parties: entropy.many(),
            state: Sample::sample(entropy),
            cause: Sample::sample(entropy),
        }
    }
}

impl FeatureStatus {
    pub(super) fn sample(in_resync: bool, entropy: &mut Entropy<'_>) -> Self {
        let device = Sample::sample(entropy);
        let status = if in_resync {
            FeatureReport::All(Sample::sample(entropy))
        } else {
            FeatureReport::Switched { feature: Sample::sample(entropy), on: Sample::sample(entropy) }
        };
        Self { device, status }
    }
}

impl Sample for DatabaseChange {
    fn sample(entropy: &mut Entropy<'_>) -> Self {
        let area = DatabaseArea(entropy.byte() % 24);
        let mut change = Self {
            node: Sample::sample(entropy),
            area,
            subject: Sample::sample(entropy),
            device_type: Sample::sample(entropy),
            field: Sample::sample(entropy),
            values: entropy.many(),
        };
        change.subject = change.subject.filter(|_| area.0 <= 18);
        change.device_type = change.device_type.filter(|_| matches!(area.0, 0..=11 | 16..=18));
        change.field = change.field.filter(|_| area.0 <= 19);
        change
    }
}

impl Sample for SmdrRecord {
    fn sample(entropy: &mut Entropy<'_>) -> Self {
        Self { node: Sample::sample(entropy), text: Sample::sample(entropy) }
    }
}

impl Sample for ApplicationData {
    fn sample(entropy: &mut Entropy<'_>) -> Self {
        Self {
            application: Sample::sample(entropy),
            name: Sample::sample(entropy),
            address: Sample::sample(entropy),
            data: Sample::sample(entropy),
        }
    }
}

/// Commands with bodies of their confirmations.
pub(super) const ANSWERS: &[&str] = &[
    "_CC", "_NO", "_NA", "_XE", "_MS", "_MA", "_CE", "_QE", "_RR", "_PSP", "_OEC", "_TD", "_QX", "_QL", "_MC", "_CS", "_CCT", "_AOC",
    "_TR", "_TO", "_CN", "_CM", "_QH", "_QA", "_SP", "_QI", "_QF", "_QM", "_QN", "_QT", "_QC", "_DQD", "_DEC", "_DTD", "_DPR", "_DGT",
    "_DCR", "_VP", "_ORC", "_GAD", "_GMD", "_GDD", "_GRD", "_GQD", "_QUD",
];

impl ConfirmationBody {
    /// A body as that command is answered with.
    pub(super) fn sample(command: &str, entropy: &mut Entropy<'_>) -> Self {
        match command {
            "_NO" => Self::Nodes(entropy.many()),
            "_NA" | "_XE" => Self::Setting(Sample::sample(entropy)),
            "_MS" => Self::Monitors(monitors(None, entropy)),
            "_MA" => {
                let kind = MonitorType(entropy.byte() % 14);
                Self::Monitors(monitors(Some(MonitorPart { last: Sample::sample(entropy), kind }), entropy))
            }
            "_CE" | "_QE" => Self::Filters(Filters { agent: Some(1), ..Sample::sample(entropy) }),
            "_RR" | "_PSP" | "_OEC" | "_TD" => Self::Device(Sample::sample(entropy)),
            "_QX" => Self::List(ListPage::sample(entropy)),
            "_QL" => Self::OldList(OldListPage {
                list: Sample::sample(entropy),
                last: Sample::sample(entropy),
                count: Sample::sample(entropy),
                fields: entropy.many(),
            }),
            "_MC" | "_CS" | "_CCT" | "_AOC" => Self::Call(Sample::sample(entropy)),
            "_TR" | "_TO" => Self::Transfer(TransferResult {
                call: Sample::sample(entropy),
                destination: Sample::sample(entropy),
                transferred: Sample::sample(entropy),
                outside_name: Sample::sample(entropy),
                outside_number: Sample::sample(entropy),
                trunk_name: Sample::sample(entropy),
                trunk_outside_number: Sample::sample(entropy),
            }),
            "_CN" | "_CM" => Self::Conference(ConferenceResult {
                controller: Sample::sample(entropy),
                call: Sample::sample(entropy),
                members: entropy.many(),
            }),
            "_QH" => {
                Self::HuntGroup(HuntGroupMembers { count: Sample::sample(entropy), members: entropy.many(), tail: Sample::sample(entropy) })
            }
            "_QA" => Self::Agent(entropy.many()),
            "_SP" => Self::Snapshot(entropy.many()),
            "_QI" => Self::DeviceInfo(device(entropy)),
            "_QF" => Self::Forwarding(Forwarding::sample(entropy)),
            "_QM" => Self::Messages(entropy.many()),
            "_QN" => Self::NodeNames(entropy.many()),
            "_QT" => Self::NightMode(Sample::sample(entropy)),
            "_QC" => Self::Country(Sample::sample(entropy)),
            "_DQD" => Self::Display(Sample::sample(entropy)),
            "_DEC" | "_DTD" | "_DPR" | "_DGT" | "_DCR" => Self::DisplayControl(Sample::sample(entropy)),
            "_VP" => Self::Password(PasswordVerified { correct: Sample::sample(entropy), nodes: entropy.many() }),
            "_ORC" => Self::Offering(Sample::sample(entropy)),
            "_GAD" | "_GMD" | "_GDD" => Self::Attached(Sample::sample(entropy)),
            "_GRD" => Self::Retrieved(RetrievedData { place: Sample::sample(entropy), data: Sample::sample(entropy) }),
            "_GQD" => Self::Attachments(entropy.many()),
            "_QUD" => Self::Unknown([entropy.many(), vec![Sample::sample(entropy)]].concat()),
            _ => Self::Empty,
        }
    }
}

impl Sample for Outcome {
    fn sample(entropy: &mut Entropy<'_>) -> Self {
        entropy.of(Self::KNOWN)
    }
}

fn monitors(part: Option<MonitorPart>, entropy: &mut Entropy<'_>) -> MonitorsStarted {
    let alone = part.is_some_and(|part| part.kind == MonitorType::CALL_TERMINATION);
    let mut started = |_| StartedMonitor {
        monitor: Sample::sample(entropy),
        device: Option::<Extension>::sample(entropy).filter(|device| !alone && !device.number.contains(':')),
    };
    let monitors: Vec<_> = (0..3).map(&mut started).collect();
    let filters = Option::<Filters>::sample(entropy).filter(|filters| *filters != Filters::default());
    MonitorsStarted { part, count: Sample::sample(entropy), monitors, filters }
}

fn device(entropy: &mut Entropy<'_>) -> DeviceInfo {
    let detail = if bool::sample(entropy) {
        DeviceDetail::Other(Sample::sample(entropy))
    } else {
        DeviceDetail::Station(Box::new(StationDetail {
            is_administrator: Sample::sample(entropy),
            is_attendant: Sample::sample(entropy),
            attendant: Sample::sample(entropy),
            day_cos: Sample::sample(entropy),
            night_cos: Sample::sample(entropy),
            voice_mail: Sample::sample(entropy),
            mailbox_node: Sample::sample(entropy),
            bins: entropy.many(),
            physical_type: Sample::sample(entropy),
            account_type: Sample::sample(entropy),
            account_validated: Sample::sample(entropy),
        }))
    };
    DeviceInfo {
        device: Sample::sample(entropy),
        device_type: Sample::sample(entropy),
        class: Sample::sample(entropy),
        description: Sample::sample(entropy),
        username: Sample::sample(entropy),
        detail,
    }
}
