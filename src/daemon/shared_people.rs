//! The people that are kept on a PostgreSQL server: copied into the state directory, from where the daemon takes them into use.
//!
//! While the server is away those copied last hold, and the people file of the configuration is taken locally; it goes to the server
//! when that is back. What the PBXs say of DEE members goes there as well.

use std::sync::Arc;
use std::time::Duration;

use super::clock::SystemClock;
use super::people::People;
use crate::pbx::backoff::{Backoff, Ladder, Steps};
use crate::store::StoreError;
use crate::store::postgres::{Postgres, PostgresError, Settings};
use crate::telemetry::fact::SiteFacts;

/// The server is asked so often whether its people changed.
const ASK_EVERY: Duration = Duration::from_secs(2);

/// What a follower needs.
pub(super) struct SharedPeople {
    pub(super) settings: Settings,
    pub(super) site: String,
    pub(super) people: Arc<People>,
    pub(super) facts: Arc<SiteFacts>,
    pub(super) clock: SystemClock,
}

/// Why the server's people are not followed now.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error(transparent)]
    Server(#[from] PostgresError),
    #[error(transparent)]
    Local(#[from] StoreError),
    #[error("the copy was broken off: {0}")]
    BrokenOff(#[from] tokio::task::JoinError),
}

impl SharedPeople {
    /// Follows for ever.
    pub(super) async fn follow(self) {
        let mut backoff = Backoff::new(Steps::quick(), Steps::slow(), fastrand::Rng::new());
        let mut is_away = false;
        loop {
            let trouble = match Postgres::connect(&self.settings).await {
                Ok(server) => {
                    if is_away {
                        self.facts.people_server_back(server.place());
                    }
                    is_away = false;
                    backoff.reset();
                    self.while_there(&server).await
                }
                Err(error) => error.into(),
            };
            if !is_away {
                is_away = true;
                self.facts.people_server_away(&trouble.to_string());
            }
            tokio::time::sleep(backoff.next(Ladder::Quick)).await;
        }
    }

    /// Until something fails.
    async fn while_there(&self, server: &Postgres) -> Trouble {
        let (mut theirs, mut ours) = (None, None);
        loop {
            if let Err(trouble) = self.once(server, &mut theirs, &mut ours).await {
                return trouble;
            }
            tokio::time::sleep(ASK_EVERY).await;
        }
    }

    /// Hands on what is new here, and takes over what is new there. Versions are those of the last time.
    async fn once(&self, server: &Postgres, theirs: &mut Option<u64>, ours: &mut Option<u64>) -> Result<(), Trouble> {
        let now = self.clock.now().wall;
        if ours.is_none() {
            let local = self.local(People::copy).await?;
            server.seed_people(&self.site, &local, now).await?;
        }
        if let Some((file, at)) = self.people.to_hand_on() {
            server.import_people(&self.site, &file, at).await?;
            self.people.handed_on(at);
        }
        let version = self.local(People::stored_version).await?;
        if *ours != Some(version) {
            let local = self.local(People::copy).await?;
            server.put_reported_members(&self.site, &local.dee, now).await?;
            *ours = Some(version);
        }
        let version = server.directory_version(&self.site).await?;
        if *theirs != Some(version) {
            let copy = server.people(&self.site).await?;
            self.local(move |people| people.take(&copy, now)).await?;
            *theirs = Some(version);
        }
        Ok(())
    }

    async fn local<T: Send + 'static>(&self, work: impl FnOnce(&People) -> Result<T, StoreError> + Send + 'static) -> Result<T, Trouble> {
        let people = Arc::clone(&self.people);
        Ok(tokio::task::spawn_blocking(move || work(&people)).await??)
    }
}
