//! What the PBX's devices are, and how they are named.

use std::collections::{BTreeMap, BTreeSet};

use smol_str::SmolStr;
use strowger_protocol::oai::{DeviceType, Extension};

use super::super::settings::{Networked, Settings};
use crate::telephony::{DeviceId, DeviceKind, Party};

/// Devices whose kind is remembered at most; further ones are known by what events say of them.
const DEVICES_MAX: usize = 200_000;

/// Digits of an extension at most (OAI §1.4).
const EXTENSION_DIGITS_MAX: usize = 7;

/// The devices that lists told of.
#[derive(Debug)]
pub(super) struct Devices {
    setting: Networked,
    /// Devices are named with their node.
    is_networked: bool,
    types: BTreeMap<Extension, DeviceType>,
    /// Nodes at which a number is, where it is at one only.
    nodes: BTreeMap<SmolStr, Option<u16>>,
    /// Personal Router Devices: what rings the devices of a user is no party, and no group that calls wait at.
    routers: BTreeSet<SmolStr>,
}

impl Devices {
    pub(super) fn new(settings: &Settings) -> Self {
        Self {
            setting: settings.networked,
            is_networked: settings.networked == Networked::Yes,
            types: BTreeMap::new(),
            nodes: BTreeMap::new(),
            routers: settings.dee.prd_extension.iter().map(|router| Extension::from(router.as_str()).number).collect(),
        }
    }

    /// Several nodes are there, unless the settings know better.
    pub(super) fn networked(&mut self, is_networked: bool) {
        self.is_networked = match self.setting {
            Networked::Auto => is_networked,
            Networked::Yes => true,
            Networked::No => false,
        };
    }

    pub(super) fn learn(&mut self, device: Extension, kind: DeviceType) {
        if self.types.len() >= DEVICES_MAX && !self.types.contains_key(&device) {
            return;
        }
        if let Some(node) = device.node {
            let known = self.nodes.entry(device.number.clone()).or_insert(Some(node));
            if *known != Some(node) {
                *known = None;
            }
        }
        self.types.insert(device, kind);
    }

    pub(super) fn learn_router(&mut self, device: &Extension) {
        if self.routers.len() < DEVICES_MAX {
            self.routers.insert(device.number.clone());
        }
    }

    /// A device as the record names it.
    pub(super) fn id(&self, device: &Extension) -> DeviceId {
        if !self.is_networked {
            return DeviceId::new(&device.number);
        }
        let node = device.node.or_else(|| self.nodes.get(&device.number).copied().flatten());
        node.map_or_else(|| DeviceId::new(&device.number), |node| DeviceId::new(Extension::on_node(node, &device.number).to_smolstr()))
    }

    /// The same for a device of a call; a router is none.
    pub(super) fn party_id(&self, device: Option<&Extension>) -> Option<DeviceId> {
        let device = device.filter(|device| !device.number.is_empty() && !self.is_router(device))?;
        Some(self.id(device))
    }

    pub(super) fn is_router(&self, device: &Extension) -> bool {
        self.routers.contains(&device.number)
    }

    fn type_of(&self, device: &DeviceId) -> Option<DeviceType> {
        let extension = Extension::from(device.as_str());
        let plain = || self.types.get(&Extension::new(&extension.number));
        let anywhere = || self.nodes.get(&extension.number)?.and_then(|node| self.types.get(&Extension::on_node(node, &extension.number)));
        self.types.get(&extension).or_else(plain).or_else(anywhere).copied()
    }

    /// What a device is. `None`: no list told of it.
    pub(super) fn kind(&self, device: &DeviceId) -> Option<DeviceKind> {
        Some(match self.type_of(device)? {
            kind if kind.is_trunk() || kind == DeviceType::TRUNK_GROUP => DeviceKind::Trunk,
            kind if kind.is_hunt_group() => DeviceKind::HuntGroup,
            kind if kind.is_voice_mail() => DeviceKind::VoiceMail,
            DeviceType::MODEM | DeviceType::OFF_NODE_MODEM | DeviceType::CONFIGURATION_ASSISTANT | DeviceType::OFFICELINK_ASSISTANT => {
                DeviceKind::Ivr
            }
            DeviceType::MEET_ME_ASSISTANT => DeviceKind::Conference,
            _ => DeviceKind::Extension,
        })
    }

    /// Whether that may be a device inside: a line may name a party outside by its number, and extensions have few digits.
    pub(super) fn may_be_inside(&self, device: &DeviceId) -> bool {
        match self.kind(device) {
            Some(kind) => kind != DeviceKind::Trunk,
            None => number_of(device).len() <= EXTENSION_DIGITS_MAX,
        }
    }

    /// A device inside, with the number that it presents.
    pub(super) fn inside(&self, device: &DeviceId) -> Party {
        let kind = self.kind(device).filter(|kind| *kind != DeviceKind::Trunk).unwrap_or(DeviceKind::Extension);
        Party { device: device.clone(), kind, number: Some(number_of(device)), name: None, trunk: None }
    }

    /// A device of which only the name is known.
    pub(super) fn party_of(&self, device: &DeviceId) -> Party {
        match self.kind(device) {
            Some(DeviceKind::Trunk) => Self::outside(device, None, None),
            Some(DeviceKind::HuntGroup) => Self::group(device),
            _ => self.inside(device),
        }
    }

    /// A group that calls wait at.
    pub(super) fn group(device: &DeviceId) -> Party {
        Party { device: device.clone(), kind: DeviceKind::HuntGroup, number: Some(number_of(device)), name: None, trunk: None }
    }

    /// The party that a trunk leads to: its number, or where that is withheld the trunk.
    pub(super) fn outside(trunk: &DeviceId, number: Option<&SmolStr>, name: Option<&SmolStr>) -> Party {
        Party {
            device: number.map_or_else(|| trunk.clone(), DeviceId::new),
            kind: DeviceKind::External,
            number: number.cloned(),
            name: name.cloned(),
            trunk: Some(SmolStr::new(trunk.as_str())),
        }
    }
}

/// A device's number without its node.
pub(super) fn number_of(device: &DeviceId) -> SmolStr {
    Extension::from(device.as_str()).number
}

/// What was dialled, without the node that the expanded form puts before an extension.
pub(super) fn dialled(text: Option<&SmolStr>) -> Option<SmolStr> {
    text.map(|text| Extension::from(text.as_str()).number).filter(|number| !number.is_empty())
}
