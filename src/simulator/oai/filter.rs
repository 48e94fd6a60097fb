//! Event filters: what a client asks for, what it is granted, and which event falls under which bit.
//!
//! Of the bits only a few are documented (OAI reference §4.2): agent 00C0 is LN and LF, call 0002 fits ER, feature 0001 is OL, 0100 FE and
//! 1000 CB, system 0002 SMR. The places of all others are synthetic; a client that asks for FFFF gets everything in either case.

use strowger_protocol::oai::{Filters, Version};

/// The masks of one monitor.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Masks {
    pub(super) agent: u32,
    pub(super) call: u32,
    pub(super) feature: u32,
    pub(super) system: u32,
}

/// What can be granted (OAI reference §4.2, third column).
fn grantable(version: Version) -> Masks {
    let call = if version >= (Version { major: 10, minor: 0 }) { 0xfffe } else { 0xfffc };
    Masks { agent: 0x00fc, call, feature: 0x1fff, system: 0x00fe }
}

/// What is granted to who asks for nothing (OAI reference §4.2, second column).
fn defaults(version: Version) -> Masks {
    let feature = if version >= (Version { major: 6, minor: 0 }) { 0x00fc } else { 0x00f0 };
    Masks { agent: 0x00fc, call: 0xfffc, feature, system: 0x00fc }
}

impl Masks {
    /// What this request is granted. What it leaves open keeps `before`, or is the default.
    pub(super) fn granted(asked: Filters, before: Option<Self>, version: Version) -> Self {
        let (open, most) = (before.unwrap_or_else(|| defaults(version)), grantable(version));
        Self {
            agent: asked.agent.map_or(open.agent, |mask| mask & most.agent),
            call: asked.call.map_or(open.call, |mask| mask & most.call),
            feature: asked.feature.map_or(open.feature, |mask| mask & most.feature),
            system: asked.system.map_or(open.system, |mask| mask & most.system),
        }
    }

    /// As a confirmation tells them: those of a system monitor, or those of all others.
    pub(super) fn filters(self, system: bool) -> Filters {
        if system {
            Filters { system: Some(self.system), ..Filters::default() }
        } else {
            Filters { agent: Some(self.agent), call: Some(self.call), feature: Some(self.feature), system: None }
        }
    }

    /// True if events of this code pass. Those that no mask knows always do.
    pub(super) fn pass(self, code: &str) -> bool {
        let (mask, bit) = match code {
            "LN" => (self.agent, 0x0080),
            "LF" => (self.agent, 0x0040),
            "RY" => (self.agent, 0x0020),
            "NRY" => (self.agent, 0x0010),
            "WNR" => (self.agent, 0x0008),
            "SI" => (self.call, 0x8000),
            "OR" => (self.call, 0x4000),
            "DE" => (self.call, 0x2000),
            "ES" => (self.call, 0x1000),
            "HE" => (self.call, 0x0800),
            "RE" => (self.call, 0x0400),
            "QU" => (self.call, 0x0200),
            "DI" => (self.call, 0x0100),
            "TR" => (self.call, 0x0080),
            "CO" => (self.call, 0x0040),
            "XC" => (self.call, 0x0020),
            "CC" => (self.call, 0x0010),
            "FA" => (self.call, 0x0008),
            "NT" => (self.call, 0x0004),
            "ER" => (self.call, 0x0002),
            "OL" => (self.feature, 0x0001),
            "OE" => (self.feature, 0x0002),
            "DND" => (self.feature, 0x0004),
            "FW" => (self.feature, 0x0008),
            "MW" => (self.feature, 0x0010),
            "CI" => (self.feature, 0x0020),
            "ET" => (self.feature, 0x0040),
            "GI" => (self.feature, 0x0080),
            "FE" => (self.feature, 0x0100),
            "MU" => (self.feature, 0x0200),
            "DCE" => (self.feature, 0x0400),
            "DLC" => (self.feature, 0x0800),
            "CB" => (self.feature, 0x1000),
            "DC" => (self.system, 0x0080),
            "EC" => (self.system, 0x0040),
            "NM" => (self.system, 0x0020),
            "AG" | "SMR" => (self.system, 0x0002),
            _ => return true,
        };
        mask & bit != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const V10: Version = Version { major: 10, minor: 20 };
    const ALL: Filters = Filters { agent: Some(0xffff), call: Some(0xffff), feature: Some(0xffff), system: Some(0xffff) };

    #[test]
    fn asked_for_all_the_documented_masks_are_granted() {
        let masks = Masks::granted(ALL, None, V10);
        assert_eq!((masks.agent, masks.call, masks.feature, masks.system), (0x00fc, 0xfffe, 0x1fff, 0x00fe));
        for code in
            "LN LF RY NRY WNR SI OR DE ES HE RE QU DI TR CO XC CC FA NT ER OL OE DND FW MW CI ET GI FE MU DCE DLC CB DC EC NM AG SMR"
                .split(' ')
        {
            assert!(masks.pass(code), "{code}");
        }
    }

    #[test]
    fn what_is_off_by_default_is_off() {
        let masks = Masks::granted(Filters::default(), None, V10);
        assert!(masks.pass("DE") && masks.pass("LF") && masks.pass("DND") && masks.pass("DC"));
        assert!(!masks.pass("ER") && !masks.pass("CB") && !masks.pass("SMR") && !masks.pass("AG") && !masks.pass("FE"));
    }

    #[test]
    fn a_blank_mask_keeps_what_was() {
        let before = Masks::granted(Filters { agent: Some(0), ..ALL }, None, V10);
        let after = Masks::granted(Filters { feature: Some(0), ..Filters::default() }, Some(before), V10);
        assert_eq!(after, Masks { feature: 0, ..before });
    }
}
