//! Devices as the exchange knows them and as lines name them.

use smol_str::SmolStr;
use strowger_protocol::oai::Extension;

use crate::telephony::DeviceId;

/// How devices are named to one client.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Naming {
    /// `node:extension` (`_XE`).
    pub(super) expanded: bool,
    /// The node of devices whose id has none.
    pub(super) home: u16,
}

impl Naming {
    /// The device in a line.
    pub(super) fn extension(self, device: &DeviceId) -> Extension {
        self.fit(device.as_str())
    }

    /// What may be a device or digits: the node goes from devices as the client wants it.
    pub(super) fn digits(self, text: &str) -> SmolStr {
        let named = Extension::from(text);
        if named.node.is_some() && !self.expanded { named.number } else { SmolStr::new(text) }
    }

    /// The same as a device field.
    pub(super) fn loose(self, text: &str) -> Extension {
        let named = Extension::from(text);
        if named.node.is_some() { self.fit(text) } else { named }
    }

    fn fit(self, text: &str) -> Extension {
        let named = Extension::from(text);
        let node = self.expanded.then(|| named.node.unwrap_or(self.home));
        Extension { node, number: named.number }
    }
}

/// The node of a device: what stands before the colon, else `home`.
pub(super) fn node_of(device: &DeviceId, home: u16) -> u16 {
    Extension::from(device.as_str()).node.unwrap_or(home)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_are_told_to_who_asks_for_them() {
        let (plain, expanded) = (Naming { expanded: false, home: 1 }, Naming { expanded: true, home: 1 });
        assert_eq!(plain.extension(&"2:1001".into()), Extension::new("1001"));
        assert_eq!(expanded.extension(&"2:1001".into()), Extension::on_node(2, "1001"));
        assert_eq!(expanded.extension(&"1001".into()), Extension::on_node(1, "1001"));
        assert_eq!((plain.digits("2:1001").as_str(), expanded.digits("2:1001").as_str()), ("1001", "2:1001"));
        assert_eq!((plain.digits("5550100").as_str(), expanded.digits("5550100").as_str()), ("5550100", "5550100"));
        assert_eq!(node_of(&"2:1001".into(), 1), 2);
    }
}
