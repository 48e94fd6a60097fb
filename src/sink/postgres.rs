//! PostgreSQL: each batch of records is one transaction, and each id is stored once, so a batch that comes again changes nothing.

use super::destination::{Batch, Failure, Progress, Sink, Source};
use crate::spool::outbox::{Body, Entry};
use crate::store::ReceivedRecord;
use crate::store::postgres::{Postgres, PostgresError, Settings};

/// Writes to one database.
pub struct PostgresSink {
    settings: Settings,
    /// `None`: not connected yet, or the schema has not been looked at.
    postgres: Option<Postgres>,
}

impl PostgresSink {
    /// Connects with the first batch.
    pub fn new(settings: Settings) -> Self {
        Self { settings, postgres: None }
    }

    async fn put(&mut self, entries: &[Entry]) -> Result<(), PutError> {
        let mut records = Vec::with_capacity(entries.len());
        // The tables have records; what a site may lack, gaps tell, is in each record beside its own.
        for entry in entries.iter().filter(|entry| matches!(entry.body, Body::Record(_))) {
            records.push(ReceivedRecord::parse(entry.json.as_str()).map_err(PutError::Unreadable)?);
        }
        if records.is_empty() {
            return Ok(());
        }
        if self.postgres.is_none() {
            self.postgres = Some(Postgres::connect(&self.settings).await?);
        }
        if let Some(postgres) = &self.postgres {
            postgres.put(&records).await?;
        }
        Ok(())
    }
}

#[derive(Debug, thiserror::Error)]
enum PutError {
    #[error("it cannot be read as a call record: {0}")]
    Unreadable(serde_json::Error),
    #[error(transparent)]
    Postgres(#[from] PostgresError),
}

impl PutError {
    /// Another message may fare better.
    fn is_about_the_data(&self) -> bool {
        match self {
            Self::Unreadable(_) => true,
            Self::Postgres(error) => error.is_about_the_data(),
        }
    }
}

impl Sink for PostgresSink {
    fn batch(&self) -> Batch {
        Batch { rows_max: 500, bytes_max: 4 << 20 }
    }

    async fn deliver(&mut self, batch: &[Entry], _: Source) -> Progress {
        let error = match self.put(batch).await {
            Ok(()) => return Progress { delivered: batch.len(), failure: None },
            Err(error) => error,
        };
        if !error.is_about_the_data() {
            return Progress { delivered: 0, failure: Some(Failure::Retry { after: None, only_this: false, why: error.to_string() }) };
        }
        // One of them is to blame: one by one up to it.
        for (delivered, entry) in batch.iter().enumerate() {
            if let Err(error) = self.put(std::slice::from_ref(entry)).await {
                let why = error.to_string();
                let is_poisoned = error.is_about_the_data();
                let failure = if is_poisoned { Failure::Poisoned { why } } else { Failure::Retry { after: None, only_this: false, why } };
                return Progress { delivered, failure: Some(failure) };
            }
        }
        Progress { delivered: batch.len(), failure: None }
    }
}
