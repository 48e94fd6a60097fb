//! `_QX`: lists of devices, people and texts (OAI reference §7.2).
//!
//! An entity is a key and one field for each bit of the mask, from the lowest. The mask is the one returned: the PBX drops
//! bits that it does not know. Fields of bits that are not known here are kept in `more`.

use smol_str::SmolStr;

use super::super::id::Extension;
use super::super::table::{Country, DeviceType, FeatureNumber, HuntGroupType, ListType, PhysicalType, PremiumFeatures};
use super::super::text::Text;
use super::super::wire::{Field, Reader, Writer, hex};

/// One answer to `_QX`; long lists come in several.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ListPage {
    /// What the list is of.
    pub list: ListType,
    /// Which fields the entities have.
    pub mask: u32,
    /// Whether this is the last answer.
    pub last: bool,
    /// How many entities the PBX says that there are here.
    pub count: u32,
    /// The entities.
    pub entities: Entities,
}

macro_rules! entities {
    ($($(#[$meta:meta])* $name:ident($key:ident: $key_type:ty, $key_doc:literal) {
        $($constant:ident $field:ident: $type:ty = $bit:literal, $doc:literal;)*
    })*) => {$(
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq, Debug)]
        pub struct $name {
            #[doc = concat!($key_doc, ".")]
            pub $key: $key_type,
            $(#[doc = concat!($doc, ".")] pub $field: Option<$type>,)*
            /// Fields of bits that are not known here, with their bits, ascending.
            pub more: Vec<(u32, Field)>,
        }

        impl $name {
            $(#[doc = concat!("Bit of the mask: ", $doc, ".")] pub const $constant: u32 = $bit;)*

            /// The mask with every bit that is known.
            pub const ALL: u32 = 0 $(| $bit)*;
        }

        impl Entity for $name {
            fn read(mask: u32, fields: &mut Reader<'_>) -> Option<Self> {
                let $key = fields.take()?;
                let mut entity = Self { $key, $($field: None,)* more: Vec::new() };
                for bit in (0..u32::BITS).map(|place| 1 << place).filter(|bit| mask & bit != 0) {
                    match bit {
                        $($bit => entity.$field = fields.take()?,)*
                        unknown => entity.more.push((unknown, Field::of(fields.next().unwrap_or_default()))),
                    }
                }
                Some(entity)
            }

            fn write(&self, mask: u32, out: &mut Writer<'_>) {
                out.put(&self.$key);
                for bit in (0..u32::BITS).map(|place| 1 << place).filter(|bit| mask & bit != 0) {
                    match bit {
                        $($bit => out.put(&self.$field),)*
                        unknown => out.put(&self.more.iter().find(|(bit, _)| *bit == unknown).map(|(_, field)| field.clone())),
                    }
                }
            }

            #[cfg(test)]
            fn sample(mask: u32, entropy: &mut crate::oai::sample::Entropy<'_>) -> Self {
                use crate::oai::sample::Sample;
                let mut entity = Self { $key: Sample::sample(entropy), $($field: None,)* more: Vec::new() };
                for bit in (0..u32::BITS).map(|place| 1 << place).filter(|bit| mask & bit != 0) {
                    match bit {
                        $($bit => entity.$field = Sample::sample(entropy),)*
                        unknown => entity.more.push((unknown, Sample::sample(entropy))),
                    }
                }
                entity
            }
        }
    )*};
}

trait Entity: Sized {
    fn read(mask: u32, fields: &mut Reader<'_>) -> Option<Self>;
    fn write(&self, mask: u32, out: &mut Writer<'_>);
    #[cfg(test)]
    fn sample(mask: u32, entropy: &mut crate::oai::sample::Entropy<'_>) -> Self;
}

entities! {
    /// A station (list 1).
    Station(extension: Extension, "The station") {
        USERNAME username: Text = 0x1, "user name";
        DESCRIPTION description: Text = 0x2, "description";
        ATTENDANT attendant: Extension = 0x4, "its attendant";
        IS_ADMINISTRATOR is_administrator: bool = 0x8, "whether it is an administrator";
        IS_ATTENDANT is_attendant: bool = 0x10, "whether it is an attendant";
        DAY_COS day_cos: SmolStr = 0x20, "class of service by day, hexadecimal";
        NIGHT_COS night_cos: SmolStr = 0x40, "class of service by night, hexadecimal";
        VOICE_MAIL voice_mail: Extension = 0x80, "its voice mail application";
        DEVICE_TYPE device_type: DeviceType = 0x100, "device type";
        MAILBOX_NODE mailbox_node: u16 = 0x200, "node of its mailbox";
        PHYSICAL_TYPE physical_type: PhysicalType = 0x400, "physical device type";
    }

    /// A trunk (list 2).
    Trunk(extension: Extension, "The trunk") {
        USERNAME username: Text = 0x1, "user name";
        DESCRIPTION description: Text = 0x2, "description";
        ANSWER_SUPERVISION answer_supervision: u8 = 0x4, "answer supervision: 0 none to 6 ISDN";
    }

    /// A hunt group (list 3).
    HuntGroup(extension: Extension, "The hunt group") {
        USERNAME username: Text = 0x1, "user name";
        DESCRIPTION description: Text = 0x2, "description";
        TYPE kind: HuntGroupType = 0x4, "type";
        MEMBERS members: u32 = 0x8, "number of members; an extension list counts as one";
        MAILBOX_NODE mailbox_node: u16 = 0x10, "node of its mailbox";
    }

    /// A trunk group, page zone or private-network trunk group (lists 4, 5, 14).
    Group(extension: Extension, "The group") {
        USERNAME username: Text = 0x1, "user name";
        DESCRIPTION description: Text = 0x2, "description";
        MEMBERS members: u32 = 0x4, "number of members";
    }

    /// A page port, mailbox, private-network trunk or IP connection (lists 6, 7, 13, 20).
    Named(extension: Extension, "The device or mailbox") {
        USERNAME username: Text = 0x1, "user name";
        DESCRIPTION description: Text = 0x2, "description";
    }

    /// A feature (list 8).
    Feature(code: SmolStr, "The code that is dialled for it") {
        LOGICAL_NUMBER number: FeatureNumber = 0x1, "logical number";
        NAME name: Text = 0x2, "name";
        ADMINISTRATOR administrator: bool = 0x4, "whether it is for administrators";
        DIRECTORY directory: bool = 0x8, "whether it is shown in the directory";
        DIAGNOSTIC diagnostic: bool = 0x10, "whether it is for diagnostics";
        TOGGLE toggle: bool = 0x20, "whether it toggles";
    }

    /// A speed-dial bin that is not empty (list 9).
    SpeedDial(bin: u16, "The bin") {
        CONTENTS contents: SmolStr = 0x1, "what it dials; blank if private";
        NAME name: Text = 0x2, "name";
    }

    /// A do-not-disturb message or reminder (lists 10, 11).
    NumberedText(number: u16, "Its number, 1 to 20") {
        TEXT text: Text = 0x1, "what it says";
    }

    /// A voice mail application (list 12).
    VoiceMail(extension: Extension, "The application") {
        USERNAME username: Text = 0x1, "user name";
        DESCRIPTION description: Text = 0x2, "description";
        TYPE kind: u8 = 0x4, "type, by the numbers of the off-node list, 0 to 8";
    }

    /// A device on another node (list 15).
    OffNodeDevice(extension: Extension, "The device") {
        TYPE kind: u8 = 0x1, "type, by the numbers of this list alone (OAI reference §6.3)";
        USERNAME username: Text = 0x2, "user name";
        DESCRIPTION description: Text = 0x4, "description";
        MAILBOX_NODE mailbox_node: u16 = 0x8, "node of its mailbox";
    }

    /// A class-of-service flag or ACD agent (lists 16, 17).
    Described(id: SmolStr, "The flag or agent id") {
        DESCRIPTION description: Text = 0x1, "description";
    }

    /// A node (list 18).
    Node(node: u16, "The node") {
        DESCRIPTION description: Text = 0x1, "description";
        NETWORKING networking: bool = 0x2, "whether it is licensed for networking";
        PROTOCOL protocol: SmolStr = 0x4, "version of the protocol";
        SOFTWARE software: SmolStr = 0x8, "version of the software";
        LICENCE licence: PremiumFeatures = 0x10, "licences";
        COUNTRY country: Country = 0x20, "country";
        TCP_IP tcp_ip: bool = 0x40, "whether its link is TCP/IP";
        VOICE_MAIL_STATUS voice_mail_status: u8 = 0x80, "state of voice mail, 0 to 2";
        CONFERENCE_PARTIES conference_parties: u16 = 0x100, "most parties of a conference";
    }

    /// What a node says of its network (list 19).
    NetworkInfo(node: u16, "The node") {
        DESCRIPTION description: Text = 0x1, "description";
        ADDRESS address: Text = 0x2, "IP address";
        PORT port: u16 = 0x4, "TCP port";
        REDUNDANT_ADDRESS redundant_address: Text = 0x8, "IP address of the redundant server";
        REDUNDANT_PORT redundant_port: u16 = 0x10, "TCP port of the redundant server";
        SOCKETS_ENABLED sockets_enabled: bool = 0x20, "whether clients may connect";
        SOCKETS_MAX sockets_max: u16 = 0x40, "most clients; 0 is without limit";
        PROTOCOL protocol: SmolStr = 0x80, "version of the protocol";
        SOFTWARE software: SmolStr = 0x100, "version of the software";
        LICENCE licence: PremiumFeatures = 0x200, "licences";
    }

    /// A user (list 21).
    User(main: Extension, "The main extension") {
        FIRST_NAME first_name: Text = 0x1, "first name";
        LAST_NAME last_name: Text = 0x2, "last name";
        EMAIL email: Text = 0x4, "e-mail address";
        LOGIN login: Text = 0x8, "login name";
        PERSONAL_ROUTING personal_routing: bool = 0x10, "whether personal call routing is enabled";
        MOBILE_EMAIL mobile_email: Text = 0x20, "e-mail address of the mobile";
    }

    /// An assistant (list 22).
    Assistant(extension: Extension, "The assistant") {
        USERNAME username: Text = 0x1, "user name";
        DESCRIPTION description: Text = 0x2, "description";
        DEVICE_TYPE device_type: DeviceType = 0x4, "device type";
    }
}

macro_rules! lists {
    ($($($list:ident)|+ => $variant:ident($entity:ty);)*) => {
        /// The entities of a page, by the list they are from.
        #[derive(Clone, PartialEq, Eq, Debug)]
        pub enum Entities {
            $(#[doc = concat!("See [`", stringify!($entity), "`].")] $variant(Vec<$entity>),)*
            /// Of a list that is not known: all fields.
            Unknown(Vec<Field>),
        }

        impl Entities {
            /// How many there are; of an unknown list `None`.
            pub fn count(&self) -> Option<usize> {
                match self {
                    $(Self::$variant(entities) => Some(entities.len()),)*
                    Self::Unknown(_) => None,
                }
            }

            fn read(list: ListType, mask: u32, count: u32, fields: &mut Reader<'_>) -> Self {
                match list {
                    $($(ListType::$list)|+ => Self::$variant(many(mask, count, fields)),)*
                    _ => Self::Unknown(fields.fields()),
                }
            }

            #[cfg(test)]
            fn sample(list: ListType, mask: u32, count: u32, entropy: &mut crate::oai::sample::Entropy<'_>) -> Self {
                match list {
                    $($(ListType::$list)|+ => Self::$variant((0..count).map(|_| <$entity>::sample(mask, entropy)).collect()),)*
                    _ => Self::Unknown((0..count).map(|_| crate::oai::sample::Sample::sample(entropy)).collect()),
                }
            }

            fn write(&self, mask: u32, out: &mut Writer<'_>) {
                match self {
                    $(Self::$variant(entities) => entities.iter().for_each(|entity| entity.write(mask, out)),)*
                    Self::Unknown(fields) => out.fields(fields),
                }
            }
        }
    };
}

lists! {
    STATIONS => Stations(Station);
    TRUNKS => Trunks(Trunk);
    HUNT_GROUPS => HuntGroups(HuntGroup);
    TRUNK_GROUPS | PAGE_ZONES | PRIVATE_TRUNK_GROUPS => Groups(Group);
    PAGE_PORTS | UNASSOCIATED_MAILBOXES | PRIVATE_TRUNKS | IP_CONNECTIONS => Named(Named);
    FEATURES => Features(Feature);
    SPEED_DIAL_BINS => SpeedDials(SpeedDial);
    DND_MESSAGES | REMINDERS => Texts(NumberedText);
    VOICE_MAIL_APPLICATIONS => VoiceMail(VoiceMail);
    OFF_NODE_DEVICES => OffNodeDevices(OffNodeDevice);
    COS_FLAGS | ACD_AGENTS => Described(Described);
    NODES => Nodes(Node);
    NETWORK_INFO => Network(NetworkInfo);
    USERS => Users(User);
    ASSISTANTS => Assistants(Assistant);
}

/// As many as there are fields for. The count is not trusted; it only says whether a last one with missing fields is meant.
fn many<T: Entity>(mask: u32, count: u32, fields: &mut Reader<'_>) -> Vec<T> {
    let stride = 1 + mask.count_ones() as usize;
    let (whole, rest) = (fields.remaining() / stride, fields.remaining() % stride);
    let wanted = whole + usize::from(rest > 0 && u32::try_from(whole).is_ok_and(|whole| whole < count));
    let mut entities = Vec::with_capacity(wanted);
    for _ in 0..wanted {
        let before = fields.clone();
        if let Some(entity) = T::read(mask, fields) {
            entities.push(entity);
        } else {
            *fields = before;
            fields.unreadable += 1;
            fields.skip(stride);
        }
    }
    entities
}

#[cfg(test)]
impl crate::oai::sample::Sample for ListPage {
    fn sample(entropy: &mut crate::oai::sample::Entropy<'_>) -> Self {
        let list = ListType(entropy.below(ListType::KNOWN.len() + 2).try_into().unwrap_or(0));
        let (mask, count) = (u32::from(u16::sample(entropy)) & 0x1fff, u32::from(u8::sample(entropy) % 4));
        Self { list, mask, last: bool::sample(entropy), count, entities: Entities::sample(list, mask, count, entropy) }
    }
}

impl ListPage {
    pub(super) fn read(fields: &mut Reader<'_>) -> Option<Self> {
        let of = fields.take()?;
        let mask = hex(fields.next()?)?;
        let (last, count) = (fields.take()?, fields.take::<Option<u32>>()?.unwrap_or_default());
        Some(Self { list: of, mask, last, count, entities: Entities::read(of, mask, count, fields) })
    }

    pub(super) fn write(&self, out: &mut Writer<'_>) {
        out.put(&self.list);
        let digits = out.style().mask_digits;
        out.hex(self.mask, digits);
        out.put(&self.last);
        let digits = out.style().count_digits;
        out.number(self.count, digits);
        self.entities.write(self.mask, out);
    }
}
