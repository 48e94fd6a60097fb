//! The language of steps: one sentence a line.
//!
//! A table of patterns is the whole grammar. Words in lower case stand for themselves, words in capitals for something to fill in.

use std::path::Path;
use std::time::Duration;

use smol_str::SmolStr;

use super::doing::{AgentDeed, Doing, LinkFault};
use super::site::resolve;
use super::walk::duration;
use crate::simulator::exchange::{Action, Config, Deed, Dnd, Forward, ForwardKind, HoldKind, HuntGroupKind, Purpose};
use crate::telephony::{AgentId, DeviceId};

/// Every sentence, as `docs/simulator.md` lists them.
pub const SENTENCES: &[Sentence] = &[
    Sentence { pattern: "STATION goes off hook", make: |s| Doing::Act(Action::OffHook { device: s.device(0) }) },
    Sentence { pattern: "STATION dials NUMBER", make: |s| s.dial(None) },
    Sentence { pattern: "STATION dials NUMBER with account CODE", make: |s| s.dial(Some(s.text(2))) },
    Sentence { pattern: "STATION answers", make: |s| Doing::Act(Action::Answer { device: s.device(0), call: None }) },
    Sentence { pattern: "STATION hangs up", make: |s| Doing::Act(Action::HangUp { device: s.device(0), call: None }) },
    Sentence {
        pattern: "STATION declines",
        make: |s| Doing::Act(Action::Reject { device: s.device(0), call: None, message: Dnd { message: 1, text: SmolStr::default() } }),
    },
    Sentence {
        pattern: "STATION deflects to NUMBER",
        make: |s| Doing::Act(Action::Deflect { device: s.device(0), call: None, digits: s.text(1) }),
    },
    Sentence {
        pattern: "STATION picks up from STATION",
        make: |s| Doing::Act(Action::Pickup { device: s.device(0), from: s.device(1), call: None }),
    },
    Sentence {
        pattern: "STATION enters account CODE",
        make: |s| Doing::Act(Action::SetAccount { device: s.device(0), call: None, code: s.text(1) }),
    },
    Sentence { pattern: "STATION holds", make: |s| s.hold(HoldKind::Individual) },
    Sentence { pattern: "STATION retrieves", make: |s| Doing::Act(Action::Retrieve { device: s.device(0), call: None }) },
    Sentence { pattern: "STATION parks", make: |s| s.hold(HoldKind::System) },
    Sentence { pattern: "STATION retrieves from STATION", make: |s| Doing::Unpark { device: s.device(0), from: s.device(1) } },
    Sentence {
        pattern: "STATION transfers to NUMBER",
        make: |s| Doing::Act(Action::TransferOneStep { device: s.device(0), call: None, digits: s.text(1) }),
    },
    Sentence { pattern: "STATION consults NUMBER", make: |s| s.consult(Purpose::Transfer) },
    Sentence {
        pattern: "STATION completes the transfer",
        make: |s| Doing::Act(Action::Transfer { device: s.device(0), held: None, consultation: None }),
    },
    Sentence { pattern: "STATION goes back", make: |s| Doing::GoBack(s.device(0)) },
    Sentence { pattern: "STATION invites NUMBER", make: |s| s.consult(Purpose::Conference) },
    Sentence { pattern: "STATION joins all", make: |s| Doing::Act(Action::Conference { device: s.device(0), calls: Vec::new() }) },
    Sentence {
        pattern: "STATION listens to STATION",
        make: |s| Doing::Act(Action::SilentMonitor { device: s.device(0), target: s.device(1) }),
    },
    Sentence { pattern: "STATION hands off", make: |s| Doing::Act(Action::HandOffPush { device: s.device(0), call: None }) },
    Sentence { pattern: "STATION takes over", make: |s| Doing::Act(Action::HandOffPull { device: s.device(0) }) },
    Sentence { pattern: "STATION switches dee on", make: |s| Doing::Act(Action::SetDee { main: s.device(0), on: true }) },
    Sentence { pattern: "STATION switches dee off", make: |s| Doing::Act(Action::SetDee { main: s.device(0), on: false }) },
    Sentence { pattern: "STATION forwards all calls to NUMBER", make: |s| s.forward(ForwardKind::All) },
    Sentence { pattern: "STATION forwards when busy to NUMBER", make: |s| s.forward(ForwardKind::Busy) },
    Sentence { pattern: "STATION forwards when unanswered to NUMBER", make: |s| s.forward(ForwardKind::NoAnswer) },
    Sentence { pattern: "STATION stops forwarding", make: |s| Doing::Act(Action::SetForward { device: s.device(0), forward: None }) },
    Sentence { pattern: "STATION wants no calls", make: |s| s.dnd(SmolStr::default()) },
    Sentence { pattern: "STATION wants no calls TEXT", make: |s| s.dnd(s.text(1)) },
    Sentence { pattern: "STATION wants calls again", make: |s| Doing::Act(Action::SetDnd { device: s.device(0), dnd: None }) },
    Sentence { pattern: "STATION goes offline", make: |s| Doing::Act(Action::SetOnline { device: s.device(0), online: false }) },
    Sentence { pattern: "STATION comes online", make: |s| Doing::Act(Action::SetOnline { device: s.device(0), online: true }) },
    Sentence { pattern: "STATION moves to STATION", make: |s| Doing::Act(Action::HotDesk { device: s.device(0), at: Some(s.device(1)) }) },
    Sentence { pattern: "STATION moves away", make: |s| Doing::Act(Action::HotDesk { device: s.device(0), at: None }) },
    Sentence { pattern: "STATION leaves its groups", make: |s| Doing::Act(Action::SetHuntGroups { device: s.device(0), on: false }) },
    Sentence { pattern: "STATION returns to its groups", make: |s| Doing::Act(Action::SetHuntGroups { device: s.device(0), on: true }) },
    Sentence { pattern: "STATION is named TEXT", make: |s| Doing::Act(Action::Rename { device: s.device(0), name: s.text(1) }) },
    Sentence {
        pattern: "STATION becomes NUMBER",
        make: |s| Doing::Act(Action::RenumberStation { device: s.device(0), number: s.text(1) }),
    },
    Sentence { pattern: "STATION is removed", make: |s| Doing::Act(Action::RemoveStation { device: s.device(0) }) },
    Sentence { pattern: "MEMBER becomes a member of GROUP", make: |s| s.member(true) },
    Sentence { pattern: "MEMBER is no member of GROUP", make: |s| s.member(false) },
    Sentence { pattern: "outside NUMBER calls NUMBER", make: |s| s.call(None, 1, None) },
    Sentence { pattern: "outside NUMBER calls NUMBER on TRUNK", make: |s| s.call(None, 1, Some(2)) },
    Sentence { pattern: "outside NUMBER TEXT calls NUMBER", make: |s| s.call(Some(1), 2, None) },
    Sentence { pattern: "outside NUMBER TEXT calls NUMBER on TRUNK", make: |s| s.call(Some(1), 2, Some(3)) },
    Sentence { pattern: "outside NUMBER rings", make: |s| s.outside(Deed::Rings) },
    Sentence { pattern: "outside NUMBER answers", make: |s| s.outside(Deed::Answers) },
    Sentence { pattern: "outside NUMBER accepts", make: |s| s.outside(Deed::Accepts) },
    Sentence { pattern: "outside NUMBER declines", make: |s| s.outside(Deed::Declines) },
    Sentence { pattern: "outside NUMBER is busy", make: |s| s.outside(Deed::IsBusy) },
    Sentence { pattern: "outside NUMBER is congested", make: |s| s.outside(Deed::IsCongested) },
    Sentence { pattern: "outside NUMBER does not exist", make: |s| s.outside(Deed::DoesNotExist) },
    Sentence { pattern: "outside NUMBER hangs up", make: |s| s.outside(Deed::HangsUp) },
    Sentence { pattern: "agent AGENT logs on at STATION", make: |s| s.log_on(None) },
    Sentence { pattern: "agent AGENT logs on at STATION to GROUP", make: |s| s.log_on(Some(2)) },
    Sentence { pattern: "agent AGENT logs off", make: |s| s.of_agent(AgentDeed::LogOff) },
    Sentence { pattern: "agent AGENT is ready", make: |s| s.of_agent(AgentDeed::Ready) },
    Sentence { pattern: "agent AGENT is not ready", make: |s| s.of_agent(AgentDeed::NotReady) },
    Sentence { pattern: "STATION logs on", make: |s| Doing::Act(Action::LogOn { device: s.device(0), agent: None, group: None }) },
    Sentence { pattern: "STATION logs off", make: |s| Doing::Act(Action::LogOff { device: s.device(0), group: None }) },
    Sentence { pattern: "node NODE night mode on", make: |s| Doing::Act(Action::SetNight { node: s.node(0), on: true }) },
    Sentence { pattern: "node NODE night mode off", make: |s| Doing::Act(Action::SetNight { node: s.node(0), on: false }) },
    Sentence { pattern: "node NODE goes down", make: |s| Doing::Act(Action::NodeLink { node: s.node(0), up: false }) },
    Sentence { pattern: "node NODE comes up", make: |s| Doing::Act(Action::NodeLink { node: s.node(0), up: true }) },
    Sentence { pattern: "people from FILE", make: |s| s.people() },
    Sentence { pattern: "link is cut", make: |_| Doing::Link(LinkFault::Cut(Duration::ZERO)) },
    Sentence { pattern: "link is cut for TIME", make: |s| Doing::Link(LinkFault::Cut(s.time(0))) },
    Sentence { pattern: "link loses COUNT lines", make: |s| Doing::Link(LinkFault::LoseLines(s.count(0))) },
    Sentence { pattern: "link doubles COUNT lines", make: |s| Doing::Link(LinkFault::DoubleLines(s.count(0))) },
    Sentence { pattern: "link garbles", make: |_| Doing::Link(LinkFault::Garble) },
    Sentence { pattern: "link is reset", make: |_| Doing::Link(LinkFault::IdleReset) },
];

/// One form of sentence.
pub struct Sentence {
    /// Its words.
    pub pattern: &'static str,
    make: fn(&Slots) -> Doing,
}

/// Where what a sentence names is found.
pub(super) struct Places<'p> {
    /// Devices.
    pub(super) site: &'p Config,
    /// Files.
    pub(super) folder: &'p Path,
}

/// What fills the words in capitals, in order.
struct Slots<'t> {
    filled: Vec<&'t str>,
    places: &'t Places<'t>,
}

impl Slots<'_> {
    fn text(&self, index: usize) -> SmolStr {
        self.filled.get(index).map_or_else(SmolStr::default, SmolStr::new)
    }

    fn device(&self, index: usize) -> DeviceId {
        resolve(self.places.site, &self.text(index))
    }

    fn agent(&self, index: usize) -> AgentId {
        AgentId::new(self.text(index))
    }

    /// The number of a party outside.
    fn party(&self) -> Option<SmolStr> {
        let number = self.text(0);
        (number != WITHHELD).then_some(number)
    }

    // Slots are filled with what was checked by their names (`mistake_in`).

    fn time(&self, index: usize) -> Duration {
        duration(&self.text(index)).unwrap_or_default()
    }

    fn count(&self, index: usize) -> u32 {
        self.text(index).parse().unwrap_or_default()
    }

    fn node(&self, index: usize) -> u16 {
        self.text(index).parse().unwrap_or_default()
    }

    fn dial(&self, account: Option<SmolStr>) -> Doing {
        Doing::Act(Action::Dial { device: self.device(0), digits: self.text(1), account })
    }

    fn hold(&self, kind: HoldKind) -> Doing {
        Doing::Act(Action::Hold { device: self.device(0), call: None, kind })
    }

    fn consult(&self, purpose: Purpose) -> Doing {
        Doing::Act(Action::Consult { device: self.device(0), call: None, digits: self.text(1), purpose, account: None })
    }

    fn call(&self, name: Option<usize>, dialled: usize, trunk: Option<usize>) -> Doing {
        Doing::Act(Action::TrunkCall {
            trunk: trunk.map(|index| self.device(index)),
            number: self.party(),
            name: name.map(|index| self.text(index)),
            dnis: self.text(dialled),
        })
    }

    fn forward(&self, kind: ForwardKind) -> Doing {
        Doing::Act(Action::SetForward { device: self.device(0), forward: Some(Forward { kind, to: self.text(1) }) })
    }

    fn dnd(&self, text: SmolStr) -> Doing {
        Doing::Act(Action::SetDnd { device: self.device(0), dnd: Some(Dnd { message: 1, text }) })
    }

    /// Who holds what in it is read when all sentences are understood.
    fn people(&self) -> Doing {
        Doing::People { file: self.places.folder.join(self.text(0)), people: Box::default() }
    }

    fn log_on(&self, group: Option<usize>) -> Doing {
        let group = group.map(|index| self.device(index));
        Doing::Act(Action::LogOn { device: self.device(1), agent: Some(self.agent(0)), group })
    }

    fn outside(&self, deed: Deed) -> Doing {
        Doing::Outside { number: self.party(), deed }
    }

    fn of_agent(&self, deed: AgentDeed) -> Doing {
        Doing::Agent { agent: self.agent(0), deed }
    }

    fn member(&self, joins: bool) -> Doing {
        let (site, group) = (self.places.site, self.device(1));
        let has_agents =
            site.hunt_groups.iter().any(|config| site.device(&config.address) == group && config.kind == HuntGroupKind::AcdWithAgents);
        let member = if has_agents { self.text(0) } else { SmolStr::new(self.device(0).as_str()) };
        Doing::Member { member, group, joins }
    }
}

/// Stands for a number that is not shown.
const WITHHELD: &str = "withheld";

/// A word of a line; in quotes it may have blanks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Word<'t> {
    text: &'t str,
    quoted: bool,
}

/// What is wrong, and what to do about it.
type Wrong = (String, String);

/// Understands a sentence.
pub(super) fn understand(sentence: &str, places: &Places<'_>) -> Result<Doing, Wrong> {
    let words = words(sentence)?;
    for known in SENTENCES {
        if let Some(filled) = filled(known.pattern, &words) {
            let names = known.pattern.split(' ').filter(|word| is_slot(word));
            if let Some(wrong) = names.zip(&filled).find_map(|(name, text)| mistake_in(name, text, places)) {
                return Err(wrong);
            }
            return Ok((known.make)(&Slots { filled, places }));
        }
    }
    let alike = SENTENCES.iter().map(|known| (likeness(known.pattern, &words), known.pattern)).max_by(|a, b| a.0.total_cmp(&b.0));
    let to_do = match alike {
        Some((likeness, pattern)) if likeness > 0.0 => format!("did you mean {pattern:?}?"),
        _ => "docs/simulator.md lists the sentences that are known".to_owned(),
    };
    Err((format!("{sentence:?} is no sentence that is known"), to_do))
}

fn words(sentence: &str) -> Result<Vec<Word<'_>>, Wrong> {
    let mut words = Vec::new();
    let mut rest = sentence.trim_start();
    while !rest.is_empty() {
        let (word, after) = if let Some(quoted) = rest.strip_prefix('"') {
            let missing = || (format!("a quotation mark is missing in {sentence:?}"), "put one behind the text".to_owned());
            let (text, after) = quoted.split_once('"').ok_or_else(missing)?;
            (Word { text, quoted: true }, after)
        } else {
            let (text, after) = rest.split_at(rest.find(char::is_whitespace).unwrap_or(rest.len()));
            (Word { text, quoted: false }, after)
        };
        words.push(word);
        rest = after.trim_start();
    }
    Ok(words)
}

fn is_slot(word: &str) -> bool {
    word.starts_with(|letter: char| letter.is_ascii_uppercase())
}

fn fits(pattern: &str, word: Word<'_>) -> bool {
    match pattern {
        "TEXT" => word.quoted,
        "FILE" => true,
        slot if is_slot(slot) => !word.quoted,
        literal => !word.quoted && word.text.eq_ignore_ascii_case(literal),
    }
}

fn filled<'t>(pattern: &str, words: &[Word<'t>]) -> Option<Vec<&'t str>> {
    let wanted: Vec<&str> = pattern.split(' ').collect();
    let all = wanted.len() == words.len() && wanted.iter().zip(words).all(|(wanted, word)| fits(wanted, *word));
    all.then(|| wanted.iter().zip(words).filter(|(wanted, _)| is_slot(wanted)).map(|(_, word)| word.text).collect())
}

/// What is wrong with what fills a slot of that name.
fn mistake_in(name: &str, text: &str, places: &Places<'_>) -> Option<Wrong> {
    let site = places.site;
    let device = resolve(site, text);
    let is_number = |text: &str| text.chars().all(|letter| letter.is_ascii_digit() || "*#+:".contains(letter));
    let is_station = || site.stations.iter().any(|station| site.device(&station.address) == device);
    let is_agent = || site.agents.iter().any(|agent| agent.id.as_str() == text);
    let (good, to_do) = match name {
        "STATION" => (is_station(), "name a station of the site, or add it with [[station]]"),
        "GROUP" => {
            (site.hunt_groups.iter().any(|group| site.device(&group.address) == device), "name a hunt group, or add it with [[group]]")
        }
        "TRUNK" => (site.trunks.iter().any(|trunk| site.device(&trunk.address) == device), "name a trunk, or add it with [[trunk]]"),
        "AGENT" => (is_agent(), "name an agent ID of the site, or add it with [[agent]]"),
        "MEMBER" => (is_station() || is_agent(), "name a station or an agent ID of the site"),
        "NUMBER" => ((is_number(text) && text.len() <= 48) || text == WITHHELD, "write digits, up to 48"),
        "CODE" => (is_number(text) && text.len() <= 12, "write digits, up to 12"),
        "TEXT" => (text.chars().count() <= 32 && !text.contains('|'), "write up to 32 characters without |"),
        "NODE" => (site.nodes.iter().any(|node| node.number.to_string() == text), "name a node of the site, or add it with [[node]]"),
        "TIME" => (duration(text).is_some(), "write it as 20s, 500ms or 1m30s"),
        "COUNT" => (text.parse().is_ok_and(|count: u32| (1..=1000).contains(&count)), "write a number from 1 to 1000"),
        _ => (true, ""),
    };
    (!good).then(|| (format!("{text:?} cannot be a {name} here"), to_do.to_owned()))
}

/// How alike a sentence is to a pattern: shared words count, and the order of those does not.
fn likeness(pattern: &str, words: &[Word<'_>]) -> f64 {
    let literals: Vec<&str> = pattern.split(' ').filter(|word| !is_slot(word)).collect();
    let like = |literal: &&str| words.iter().map(|word| strsim::jaro_winkler(literal, &word.text.to_lowercase())).fold(0.0, f64::max);
    let shared: f64 = literals.iter().map(like).filter(|likeness| *likeness > 0.8).sum();
    let length = pattern.split(' ').count().abs_diff(words.len());
    // Both are numbers of words of one line: exact as floats.
    #[allow(clippy::cast_precision_loss, reason = "a line has few words")]
    let (share, distance) = (shared / literals.len().max(1) as f64, length as f64);
    if shared == 0.0 { 0.0 } else { (shared + share - 0.2 * distance).max(f64::MIN_POSITIVE) }
}

#[cfg(test)]
mod tests;
