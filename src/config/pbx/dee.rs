//! Twins that the administrator knows.

use std::collections::BTreeSet;

use crate::config::meant::Judge;
use crate::config::written;

/// An extension whose calls also ring other devices.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DeeGroup {
    /// The extension that is dialled.
    pub main: String,
    /// The devices that ring with it.
    pub members: Vec<String>,
}

pub(super) fn understand(written: &[written::Dee], path: &str, judge: &mut Judge<'_>) -> Vec<DeeGroup> {
    let mut mains = BTreeSet::new();
    let mut groups = Vec::with_capacity(written.len());
    for (index, group) in written.iter().enumerate() {
        let Some(main) = group.main.clone() else { continue };
        let at = format!("{path}.dee[{index}]");
        if !mains.insert(main.clone()) {
            judge.error(
                &format!("{at}.main"),
                format!("`{at}.main` is \"{main}\" as in another `[[pbx.dee]]`; put all its members into one"),
            );
        }
        if group.members.contains(&main) {
            judge.error(&format!("{at}.members"), format!("`{at}.members` holds the main \"{main}\" itself"));
        }
        groups.push(DeeGroup { main, members: group.members.clone() });
    }
    groups
}
