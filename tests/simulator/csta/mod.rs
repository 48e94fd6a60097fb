//! The exchange spoken as CSTA, to the session that reads it.

mod faults;
mod load;
mod many;
mod plain;
mod scenarios;

use std::time::Duration;

use secrecy::SecretString;
use strowger::directory::{Directory, PeopleFile};
use strowger::pbx::csta::{Device, Dialect as Read, Login, Settings};
use strowger::simulator::csta::{Dialect, Profile, Server};
use strowger::simulator::exchange::{Config, Exchange};
use strowger::simulator::{Simulation, Start, Traffic, default_people, default_site, truth};
use strowger::telephony::DeviceKind;

use crate::spoken::Csta;
use crate::stage::{PBX, SITE, Stage};

/// A system as it may be, and what the driver is told of it.
pub(crate) struct System {
    pub(crate) name: &'static str,
    pub(crate) site: Config,
    pub(crate) people: PeopleFile,
    pub(crate) profile: Profile,
    pub(crate) settings: Settings,
}

impl System {
    /// The default site in that dialect.
    pub(crate) fn of(name: &'static str, dialect: Dialect) -> Self {
        let people = default_people().expect("people");
        let (site, profile) = (default_site(&people), Profile::of(dialect));
        Self { name, settings: settings(dialect, &profile, &site), site, people, profile }
    }

    pub(crate) fn with(name: &'static str, change: impl FnOnce(&mut Profile)) -> Self {
        let mut system = Self::of(name, Dialect::Generic);
        change(&mut system.profile);
        system
    }

    pub(crate) fn staged(&self, site: Config, traffic: Traffic) -> Stage<Csta> {
        let truth = truth::Settings { site: SITE.into(), pbx: PBX.into(), country: None, people: self.people.clone() };
        let exchange = Exchange::new(site, truth).expect("a site");
        let server = Server::new(self.profile.clone());
        let simulation = Simulation::new(exchange, server, traffic, Start::Watched(Duration::from_secs(10)));
        Stage::new(simulation, self.settings.clone(), Directory::from_people(&self.people))
    }
}

/// What an administrator would write for that system: where it lists no devices, they are named.
pub(crate) fn settings(dialect: Dialect, profile: &Profile, site: &Config) -> Settings {
    let mut settings = Settings::of(match dialect {
        Dialect::OpenScape => Read::OpenScape,
        Dialect::MxOne => Read::MxOne,
        Dialect::Dmcc => Read::Dmcc,
        Dialect::Zultys => Read::Zultys,
        Dialect::Generic => Read::Generic,
    });
    if !profile.user.is_empty() {
        let is_element = dialect == Dialect::Zultys;
        settings.login = Some(Login {
            user: profile.user.clone(),
            password: SecretString::from(profile.password.clone()),
            namespace: if is_element { "".into() } else { "http://www.avaya.com/csta".into() },
            cleanup_delay_s: None,
            element: is_element.then(|| "<loginRequest><userName>{user}</userName><pwd>{password}</pwd></loginRequest>".into()),
        });
    }
    if !profile.lists_devices {
        settings.devices = devices(site);
        if profile.monitors_all {
            // They are known, and not monitored one by one.
            settings.monitor_own_user = true;
        }
    }
    settings
}

pub(crate) fn devices(site: &Config) -> Vec<Device> {
    let device = |address, kind| Device { number: site.device(address).as_str().into(), kind };
    let stations = site.stations.iter().map(|station| device(&station.address, DeviceKind::Extension));
    let groups = site.hunt_groups.iter().map(|group| device(&group.address, DeviceKind::HuntGroup));
    let trunks = site.trunks.iter().map(|trunk| device(&trunk.address, DeviceKind::Trunk));
    let mails = site.voice_mails.iter().map(|mail| device(&mail.address, DeviceKind::VoiceMail));
    stations.chain(groups).chain(trunks).chain(mails).collect()
}
