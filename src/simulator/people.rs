//! The people of the simulated site: those of the default site, or of a people file.

use super::exchange::Config;
use crate::directory::{Assignable, PeopleError, PeopleFile};
use crate::telephony::AgentId;

/// The people file of the default site, ready to be imported.
pub fn default_text() -> &'static str {
    include_str!("default_people.toml")
}

/// The people of the default site.
pub fn default_people() -> Result<PeopleFile, PeopleError> {
    PeopleFile::parse(default_text())
}

/// The same for a site of several nodes, where devices are named `node:extension`.
pub fn text_for(site: &Config) -> String {
    let mut text = default_text().to_owned();
    if site.nodes.len() > 1 {
        for station in &site.stations {
            let plain = format!("\"{}\"", station.address.number);
            text = text.replace(&plain, &format!("\"{}\"", site.device(&station.address)));
        }
    }
    text
}

/// The name of who holds the extension, on whatever node the people file has it.
pub(super) fn holder_of_extension<'p>(people: &'p PeopleFile, number: &str) -> Option<&'p str> {
    let is_it = |held: &Assignable| match held {
        Assignable::Extension(device) => device.as_str().rsplit(':').next() == Some(number),
        Assignable::Agent(_) => false,
    };
    people.users.iter().find(|person| person.assignables().any(|(held, _)| is_it(held))).map(|person| person.name.as_str())
}

/// The name of who holds the agent ID.
pub(super) fn holder_of_agent<'p>(people: &'p PeopleFile, agent: &AgentId) -> Option<&'p str> {
    let wanted = Assignable::Agent(agent.clone());
    people.users.iter().find(|person| person.assignables().any(|(held, _)| *held == wanted)).map(|person| person.name.as_str())
}
