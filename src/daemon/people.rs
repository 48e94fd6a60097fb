//! The people in use: a snapshot for each PBX, replaced whenever the store says that they changed, whoever changed them.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;

use crate::directory::{DeeConflict, DeeMembership, Directory, PeopleError, PeopleFile};
use crate::pbx::link::Asker;
use crate::pbx::session::{DeeReport, Request};
use crate::store::{ImportReport, PeopleCopy, Store, StoreError};
use crate::telemetry::fact::{CallFacts, SiteFacts};
use crate::telephony::{DeviceId, Time};

/// Why a people file was not imported.
#[derive(Debug, thiserror::Error)]
pub(super) enum ImportError {
    /// It has mistakes.
    #[error(transparent)]
    People(#[from] PeopleError),
    /// It could not be stored.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The people in use.
#[derive(Debug)]
pub(super) struct People {
    store: Store,
    version: AtomicU64,
    /// Whose members the PBXs were last asked for.
    mains: Mutex<Arc<[DeviceId]>>,
    pbxs: Vec<OfPbx>,
    facts: Arc<SiteFacts>,
    /// The people file that was taken last, until a server that keeps the people has it too.
    to_hand_on: Mutex<Option<(PeopleFile, Time)>>,
}

/// What the people are to one PBX.
#[derive(Debug)]
pub(super) struct Side {
    /// Its name.
    pub(super) pbx: Arc<str>,
    /// The DEE groups of its configuration.
    pub(super) dee: Vec<DeeMembership>,
    /// Asks its session.
    pub(super) asker: Asker,
    pub(super) facts: Arc<CallFacts>,
}

/// As one PBX sees them: its configuration may know DEE groups of its own, and it may say itself which devices ring together.
#[derive(Debug)]
struct OfPbx {
    side: Side,
    directory: ArcSwap<Directory>,
    conflicts: Mutex<BTreeSet<DeeConflict>>,
}

impl People {
    /// Nobody yet: [`People::refresh`] comes next. The PBXs in the order of the configuration.
    pub(super) fn new(store: Store, sides: impl Iterator<Item = Side>, facts: Arc<SiteFacts>) -> Self {
        let nobody = || ArcSwap::from_pointee(Directory::default());
        let pbxs = sides.map(|side| OfPbx { side, directory: nobody(), conflicts: Mutex::default() }).collect();
        Self { store, version: AtomicU64::new(u64::MAX), mains: Mutex::new(Arc::default()), pbxs, facts, to_hand_on: Mutex::default() }
    }

    /// The people as the PBX at this place of the configuration sees them.
    pub(super) fn of(&self, pbx: usize) -> Arc<Directory> {
        self.pbxs.get(pbx).map_or_else(Arc::default, |of| of.directory.load_full())
    }

    /// Takes a people file into the store and into use, and has the PBXs asked anew for the members of main extensions. Blocks.
    pub(super) fn import(&self, file: &Path, now: Time) -> Result<ImportReport, ImportError> {
        let people = PeopleFile::read(file)?;
        let report = self.store.import_people(&people, now)?;
        *lock(&self.to_hand_on) = Some((people, now));
        self.refresh(now)?;
        self.ask();
        Ok(report)
    }

    /// The people file that a server which keeps the people is still to get, and from when it holds.
    pub(super) fn to_hand_on(&self) -> Option<(PeopleFile, Time)> {
        lock(&self.to_hand_on).clone()
    }

    /// The server has the file that holds from then.
    pub(super) fn handed_on(&self, at: Time) {
        let mut waiting = lock(&self.to_hand_on);
        if waiting.as_ref().is_some_and(|(_, from)| *from == at) {
            *waiting = None;
        }
    }

    /// Everything that is known, to be brought elsewhere. Blocks.
    pub(super) fn copy(&self) -> Result<PeopleCopy, StoreError> {
        self.store.people()
    }

    /// Changes whenever the people in the store do. Blocks.
    pub(super) fn stored_version(&self) -> Result<u64, StoreError> {
        self.store.directory_version()
    }

    /// Takes what is known elsewhere into the store and into use. Blocks.
    pub(super) fn take(&self, people: &PeopleCopy, now: Time) -> Result<(), StoreError> {
        if self.store.take_people(people, now)? {
            self.facts.people_taken(people.users.len());
        }
        self.refresh(now)
    }

    /// Reads the people anew if the store says that they changed. Blocks.
    pub(super) fn refresh(&self, now: Time) -> Result<(), StoreError> {
        let version = self.store.directory_version()?;
        if self.version.load(Ordering::Acquire) == version {
            return Ok(());
        }
        for of in &self.pbxs {
            let directory = self.store.load_directory_of(&of.side.pbx)?.with_dee(of.side.dee.clone());
            of.tell_conflicts(&directory, now);
            of.directory.store(Arc::new(directory));
        }
        self.facts.people_known(self.store.users(false)?.len());
        self.version.store(version, Ordering::Release);
        if self.mains_changed(now) {
            self.ask();
        }
        Ok(())
    }

    /// Takes what the PBX at this place of the configuration says of the members of main extensions. Blocks.
    pub(super) fn members_reported(&self, pbx: usize, reports: &[DeeReport], now: Time) -> Result<(), StoreError> {
        let Some(of) = self.pbxs.get(pbx) else { return Ok(()) };
        let change = self.store.members_reported(&of.side.pbx, reports, now)?;
        of.side.facts.dee_reported(reports.len(), change.begun.len(), change.ended.len());
        self.refresh(now)
    }

    /// Whether other extensions are users' primary ones than when the PBXs were last asked; then these are kept.
    fn mains_changed(&self, now: Time) -> bool {
        let mains = self.pbxs.first().map_or_else(Vec::new, |of| of.directory.load().primary_extensions(now));
        let mut known = lock(&self.mains);
        let changed = **known != *mains;
        if changed {
            *known = mains.into();
        }
        changed
    }

    fn ask(&self) {
        let mains = Arc::clone(&lock(&self.mains));
        for of in &self.pbxs {
            of.side.asker.ask(Request::DeeMains(Arc::clone(&mains)));
        }
    }
}

/// What is behind these locks is whole at any moment, also after a panic of its holder.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl OfPbx {
    /// Each conflict once, until it is gone.
    fn tell_conflicts(&self, directory: &Directory, now: Time) {
        let found: BTreeSet<DeeConflict> = directory.conflicts(now).into_iter().collect();
        let mut known = lock(&self.conflicts);
        for conflict in found.difference(&known) {
            let mains: Vec<&str> = conflict.mains.iter().map(DeviceId::as_str).collect();
            self.side.facts.dee_conflict(conflict.member.as_str(), &mains.join(", "));
        }
        *known = found;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pbx::link::{Duct, LinkSink as _};
    use crate::pbx::session::DeeQuerySource;
    use crate::telemetry::Mask;

    const NOOR: &str = "[[users]]\nname = \"Noor Haddad\"\nprimary = { extension = \"1001\" }\n";

    /// The people of one PBX over a store, and where its session hears what is asked.
    fn people(store: Store) -> (People, Duct) {
        let (duct, _, asker) = Duct::new(1);
        let facts = Arc::new(CallFacts::new("hq", Mask::default()));
        let side = Side { pbx: Arc::from("hq"), dee: Vec::new(), asker, facts };
        (People::new(store, [side].into_iter(), Arc::new(SiteFacts::new())), duct)
    }

    #[test]
    fn what_another_process_imports_is_taken_up() {
        let directory = tempfile::tempdir().expect("a directory");
        let (people, _duct) = people(Store::open(directory.path()).expect("a store"));
        let (before, after) = (Time::from_millis(1_000), Time::from_millis(2_000));
        people.refresh(before).expect("read");
        let holder = |people: &People| people.of(0).extension_holder(&DeviceId::new("1001"), after).map(|held| held.user);
        assert_eq!(holder(&people), None);

        let file = directory.path().join("people.toml");
        std::fs::write(&file, NOOR).expect("written");
        let theirs = Store::open(directory.path()).expect("the same store");
        theirs.import_people(&PeopleFile::read(&file).expect("people"), before).expect("imported");
        people.refresh(after).expect("read");
        let noor = holder(&people).expect("somebody");
        assert_eq!(people.of(0).user(noor).map(|user| user.name.as_str()), Some("Noor Haddad"));

        std::fs::write(&file, "[[users]]\nnaem = \"Noor Haddad\"\n").expect("written");
        assert!(matches!(people.import(&file, after), Err(ImportError::People(_))));
        assert_eq!(holder(&people), Some(noor), "who was known stays known");
    }

    #[tokio::test]
    async fn a_pbx_is_asked_for_the_members_of_new_users_and_believed_after_a_restart() {
        let directory = tempfile::tempdir().expect("a directory");
        let store = || Store::open(directory.path()).expect("a store");
        let (first, mut duct) = people(store());
        let file = directory.path().join("people.toml");
        std::fs::write(&file, NOOR).expect("written");
        first.import(&file, Time::from_millis(1_000)).expect("imported");
        assert_eq!(duct.wanted().await, Request::DeeMains([DeviceId::new("1001")].into()));

        let report = |members: &[&str]| DeeReport {
            main: DeviceId::new("1001"),
            members: members.iter().map(DeviceId::new).collect(),
            source: DeeQuerySource::Query,
        };
        first.members_reported(0, &[report(&["1011", "01715550009"])], Time::from_millis(2_000)).expect("stored");
        first.members_reported(0, &[report(&["1011"])], Time::from_millis(3_000)).expect("stored");
        let (again, _duct) = people(store());
        again.refresh(Time::from_millis(4_000)).expect("read");
        for people in [&first, &again] {
            let is_member = |device: &str, at| people.of(0).dee_memberships(&device.into(), Time::from_millis(at)).count();
            assert_eq!([is_member("1011", 1_999), is_member("1011", 2_000), is_member("1011", 9_000)], [0, 1, 1]);
            assert_eq!([is_member("01715550009", 2_999), is_member("01715550009", 3_000)], [1, 0]);
        }
        let nothing_more = tokio::time::timeout(std::time::Duration::from_millis(20), duct.wanted()).await;
        assert!(nothing_more.is_err(), "what a PBX reports is no reason to ask it again: {nothing_more:?}");
    }
}
