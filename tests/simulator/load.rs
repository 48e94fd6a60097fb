//! Random load: what the program makes of the lines equals what the exchange says that it did.
//!
//! `STROWGER_CALLS` makes the run longer, `STROWGER_SEED` picks one seed: `STROWGER_CALLS=100000 cargo test --profile ci --test simulator load`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use strowger::directory::{Directory, PeopleFile};
use strowger::pbx::oai::Settings;
use strowger::simulator::exchange::{Config, Exchange, Options};
use strowger::simulator::load::{self, Load};
use strowger::simulator::oai::{DeeRing, Forms, LineEnd, Losers, NotReadyPlace, Profile, QueueExit, Server, Wire};
use strowger::simulator::scenario::LinkFault;
use strowger::simulator::{Simulation, Size, Start, Traffic, default_people, default_site, people_text_for, site_of, truth};

use crate::compare::Difference;
use crate::spoken::Spoken;
use crate::stage::{PBX, Pieces, SITE, Stage, Trouble};

/// Differing calls that are printed.
const SHOWN: usize = 10;

/// In CI, over all seeds and systems.
const CALLS: u64 = 3000;

/// The extension that the Personal Router Device was given where it is to be seen.
pub(crate) const ROUTER: &str = "2999";

/// A system as it may be: what it is made of, and in which forms it speaks.
pub(crate) struct System {
    pub(crate) name: &'static str,
    pub(crate) site: Config,
    pub(crate) people: PeopleFile,
    pub(crate) profile: Profile,
    /// What the driver is told.
    pub(crate) settings: Settings,
}

impl System {
    /// The default site, direct.
    pub(crate) fn plain() -> Self {
        let people = default_people().expect("people");
        Self { name: "plain", site: default_site(&people), people, profile: Profile::default(), settings: Settings::default() }
    }

    /// Two nodes behind a gateway.
    pub(crate) fn gateway() -> Self {
        let size = Size { nodes: 2, ..Size::default() };
        let people = default_people().expect("people");
        let people = PeopleFile::parse(&people_text_for(&site_of(size, &people))).expect("people");
        Self { name: "gateway", site: site_of(size, &people), people, profile: Profile::gateway(), settings: Settings::default() }
    }

    fn with(name: &'static str, change: impl FnOnce(&mut Forms, &mut Wire, &mut Options)) -> Self {
        let mut system = Self { name, ..Self::plain() };
        change(&mut system.profile.forms, &mut system.profile.wire, &mut system.site.options);
        system
    }

    /// A system whose Personal Router Device shows, and a driver that knows its extension.
    fn with_router(name: &'static str, ring: DeeRing) -> Self {
        let mut system = Self::with(name, |forms, _, _| (forms.dee_ring, forms.personal_router) = (ring, ROUTER.to_owned()));
        system.settings.dee.prd_extension = Some(ROUTER.to_owned());
        system
    }
}

/// The shapes that the reference leaves open, in the forms in which the driver follows every call.
fn systems() -> Vec<System> {
    vec![
        System::plain(),
        System::gateway(),
        System::with("losers cleared before the answer", |forms, _, _| forms.losers = Losers::ClearedFirst),
        System::with("queue left by DI", |forms, _, _| forms.queue_exit = QueueExit::Diverted(28)),
        System::with("queue left by XC", |forms, _, _| forms.queue_exit = QueueExit::Cleared),
        System::with("queue left by ES", |forms, _, _| forms.queue_exit = QueueExit::Established),
        System::with("groups see their members ring", |forms, _, _| forms.group_sees_members = true),
        System::with("not ready before DE", |forms, _, _| forms.not_ready = NotReadyPlace::BeforeDelivered),
        System::with("not ready before ES", |forms, _, _| forms.not_ready = NotReadyPlace::BeforeEstablished),
        System::with("QU of 20 fields", |forms, _, _| forms.long_queued = true),
        System::with("no ES after a transfer", |forms, _, _| forms.transfer_tells_established = false),
        System::with("CC of a transfer with 36", |forms, _, _| forms.transfer_cleared_cause = 36),
        System::with("conference by others' ids", |forms, _, _| forms.conference_own_ids = false),
        System::with("elapsed times", |forms, _, _| forms.elapsed_time = true),
        System::with("bytes", |_, wire, _| {
            *wire =
                Wire { line_end: LineEnd::CrLfNul, lines_per_frame: 7, split: Some(11), wrap_to: 1, cause_digits: 1, ..Wire::default() };
        }),
        System::with("few call ids", |_, _, options| options.call_ids = 60),
        System::with("call ids with a sign", |_, _, options| options.call_id_prefix = "@".into()),
        System::with("wrong numbers keep their call", |_, _, options| options.invalid_number_keeps_call = true),
        System::with("superseded agents untold", |_, _, options| options.superseded_logs_off = false),
        System::with("losers told by DI", |forms, _, _| forms.losers = Losers::Diverted(28)),
        System::with("transfers renumber", |_, _, options| options.transfer_renumbers = true),
        System::with("DEE as a group", |forms, _, _| forms.dee_ring = DeeRing::InGroup),
        System::with("DEE as a redirection", |forms, _, _| forms.dee_ring = DeeRing::Redirected),
        System::with_router("DEE as a group that is watched", DeeRing::InGroup),
        System::with_router("DEE as a redirection that is watched", DeeRing::Redirected),
    ]
}

#[test]
fn random_load_equals_the_truth() {
    let wanted = std::env::var("STROWGER_SYSTEM").unwrap_or_default();
    let (systems, seeds) = (systems().into_iter().filter(|system| system.name.contains(&wanted)).collect::<Vec<_>>(), seeds());
    let calls = calls() / (systems.len() * seeds.len()) as u64;
    let mut wrong = String::new();
    for system in &systems {
        for &seed in &seeds {
            let stage = played(system, seed, calls, Pieces::Whole, |_| {});
            wrong.push_str(&difference(&stage, &format!("{}, seed {seed}", system.name)));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// How the bytes come, and that lines come twice, changes nothing.
#[test]
fn splits_and_duplicates_change_nothing() {
    for (seed, pieces) in [(4, 1), (5, 3), (6, 40), (7, 5000)] {
        let system = System::plain();
        let stage = played(&system, seed, calls() / 10, Pieces::Cut(pieces, seed), |stage| {
            let every = |number: u64| (stage.now.plus(Duration::from_secs(20 + 7 * number)), Trouble::Link(LinkFault::DoubleLines(13)));
            stage.trouble((0..calls() / 100).map(every).collect());
        });
        let wrong = difference(&stage, &format!("pieces of up to {pieces} bytes"));
        assert!(wrong.is_empty(), "{wrong}");
    }
}

pub(crate) fn calls() -> u64 {
    std::env::var("STROWGER_CALLS").ok().and_then(|calls| calls.parse().ok()).unwrap_or(CALLS)
}

pub(crate) fn seeds() -> Vec<u64> {
    std::env::var("STROWGER_SEED").ok().and_then(|seed| seed.parse().ok()).map_or_else(|| vec![1, 2, 3], |seed| vec![seed])
}

/// So many calls, to the end.
pub(crate) fn played(system: &System, seed: u64, calls: u64, pieces: Pieces, prepare: impl FnOnce(&mut Stage)) -> Stage {
    let (site, load) = loaded(&system.site, seed, calls);
    let mut stage = staged(system, site, load);
    stage.in_pieces(pieces);
    prepare(&mut stage);
    to_the_end(&mut stage, calls);
    stage
}

/// A site at the pace that one call a second needs, and so many of them.
pub(crate) fn loaded(site: &Config, seed: u64, calls: u64) -> (Config, Load) {
    let calls_per_s = 1.0;
    let mut site = site.clone();
    let pace = load::Settings::pace_for(calls_per_s, &site);
    load::compress(&mut site, pace);
    (site, Load::new(load::Settings { calls_per_s, calls: Some(calls), seed, pace }))
}

pub(crate) fn to_the_end<P: Spoken>(stage: &mut Stage<P>, calls: u64) {
    stage.run(stage.now.plus(Duration::from_secs(calls * 3 + 3600)));
    stage.close();
}

pub(crate) fn staged(system: &System, site: Config, load: Load) -> Stage {
    let truth = truth::Settings { site: SITE.into(), pbx: PBX.into(), country: None, people: system.people.clone() };
    let exchange = Exchange::new(site, truth).expect("a site");
    let server = Server::new(system.profile.clone());
    let simulation = Simulation::new(exchange, server, Traffic::Load(Box::new(load)), Start::Watched(Duration::from_secs(10)));
    Stage::new(simulation, system.settings.clone(), Directory::from_people(&system.people))
}

/// What is otherwise than it was; empty: nothing.
pub(crate) fn difference<P: Spoken>(stage: &Stage<P>, name: &str) -> String {
    let (books, mut text) = (&stage.books, String::new());
    if !books.differing.is_empty() {
        writeln!(text, "{name}: {} of {} calls differ:\n{}", books.differing.len(), books.calls, told(&books.differing)).expect("text");
    }
    let soundness = (stage.open_calls(), stage.strays, stage.overflows, stage.connections);
    if soundness != (0, 0, 0, 1) {
        writeln!(text, "{name}: open calls, strays, overflows, connections: {soundness:?}").expect("text");
    }
    for complaint in &stage.complaints {
        writeln!(text, "{name}: {complaint}").expect("text");
    }
    text
}

/// What differs, the most frequent first, with examples.
pub(crate) fn told(differing: &[Difference]) -> String {
    let mut text = String::new();
    for (count, kind, _) in kinds(differing) {
        writeln!(text, "  {count} times {kind}").expect("text");
    }
    for (_, _, difference) in kinds(differing).iter().take(SHOWN) {
        text.push_str(&difference.text());
    }
    text
}

/// Which fields differ, without the numbers of the segments.
fn kind(difference: &Difference) -> String {
    let mut fields: Vec<String> = difference.places.iter().map(|place| place.split(": ").next().unwrap_or_default().to_owned()).collect();
    for field in &mut fields {
        if let Some((_, name)) = field.split_once("].") {
            *field = format!("segment {name}");
        }
    }
    fields.sort();
    fields.dedup();
    fields.join(", ")
}

/// How often which fields differ, the most frequent first, with the first call of each kind: where to begin.
fn kinds(found: &[Difference]) -> Vec<(usize, String, &Difference)> {
    let mut kinds: BTreeMap<String, (usize, &Difference)> = BTreeMap::new();
    for difference in found {
        kinds.entry(kind(difference)).or_insert((0, difference)).0 += 1;
    }
    let mut sorted: Vec<(usize, String, &Difference)> = kinds.into_iter().map(|(kind, (count, first))| (count, kind, first)).collect();
    sorted.sort_by(|a, b| (b.0, &a.1).cmp(&(a.0, &b.1)));
    sorted
}
