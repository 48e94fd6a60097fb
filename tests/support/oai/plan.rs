//! What an independent PBX is made of: who has which number, and what its lists say (OAI reference §7.2).

/// A station, trunk, hunt group …
#[derive(Clone, Debug)]
pub(crate) struct Device {
    /// Its number, with its node (`2:1001`) where the system has several.
    pub(crate) extension: String,
    pub(crate) name: String,
}

/// A hunt group and its members.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub(crate) device: Device,
    /// OAI reference §6.6.
    pub(crate) kind: u8,
    /// Agent, the device where it is logged on (empty: nowhere), mode (§6.5).
    pub(crate) members: Vec<(String, String, u8)>,
}

/// The whole system.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) stations: Vec<Device>,
    pub(crate) trunks: Vec<Device>,
    pub(crate) groups: Vec<Group>,
    pub(crate) agents: Vec<String>,
    /// Voice mail applications.
    pub(crate) mailboxes: Vec<Device>,
    /// More than one: a gateway stands before them.
    pub(crate) nodes: Vec<u8>,
}

impl Default for Plan {
    fn default() -> Self {
        Self { stations: Vec::new(), trunks: Vec::new(), groups: Vec::new(), agents: Vec::new(), mailboxes: Vec::new(), nodes: vec![1] }
    }
}

/// A list as `_QX` gives it.
pub(crate) struct List {
    /// Every bit of the mask that this PBX knows.
    pub(crate) mask: u32,
    /// Key, and the field of each bit, low to high.
    pub(crate) rows: Vec<(String, Vec<(u32, String)>)>,
}

impl Plan {
    pub(crate) fn is_gateway(&self) -> bool {
        self.nodes.len() > 1
    }

    /// A list by its number; `None` where this PBX has none of that number.
    pub(crate) fn list(&self, number: u32) -> Option<List> {
        let text = |text: &str| format!("|{text}|");
        let device = |device: &Device, more: &[(u32, &str)]| {
            let mut fields = vec![(1, text(&device.name)), (2, text(&device.name))];
            fields.extend(more.iter().map(|(bit, value)| (*bit, (*value).to_owned())));
            (device.extension.clone(), fields)
        };
        let (mask, rows) = match number {
            1 => {
                let more =
                    [(4, ""), (8, "0"), (0x10, "0"), (0x20, "0000"), (0x40, "0000"), (0x80, ""), (0x100, "0"), (0x200, "1"), (0x400, "40")];
                (0x7FF, self.stations.iter().map(|station| device(station, &more)).collect())
            }
            2 => (7, self.trunks.iter().map(|trunk| device(trunk, &[(4, "6")])).collect()),
            3 => {
                let row = |group: &Group| {
                    device(&group.device, &[(4, &group.kind.to_string()), (8, &group.members.len().to_string()), (0x10, "1")])
                };
                (0x1F, self.groups.iter().map(row).collect())
            }
            8 => {
                let row = |(code, logical, name): (&str, &str, &str)| (code.to_owned(), vec![(1, logical.to_owned()), (2, text(name))]);
                let features =
                    [("326", "94", "ACD LOG IN"), ("327", "95", "ACD LOG OUT"), ("363", "0", "DYN EXT ON"), ("388", "0", "HANDOFF")];
                (3, features.map(row).into())
            }
            10 => (1, vec![("1".to_owned(), vec![(1, text("DO-NOT-DISTURB"))]), ("2".to_owned(), vec![(1, text("OUT TO LUNCH"))])]),
            12 => (7, self.mailboxes.iter().map(|mailbox| device(mailbox, &[(4, "0")])).collect()),
            17 => (1, self.agents.iter().map(|agent| (agent.clone(), vec![(1, text(&format!("Agent {agent}")))])).collect()),
            18 => {
                let row =
                    |node: &u8| (node.to_string(), vec![(1, text(&format!("Node {node}"))), (2, "1".to_owned()), (4, "V10.20".to_owned())]);
                (7, self.nodes.iter().map(row).collect())
            }
            4..=7 | 9 | 11 | 13..=16 | 20 | 22 => (3, Vec::new()),
            _ => return None,
        };
        Some(List { mask, rows })
    }
}
