//! A site that publishes: numbered records and gaps, in the form of the sink, and what the database shall have of them.

use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::{self, Context};
use jiff::{Timestamp, ToSpan as _};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::program::source;

/// The first call of every site ends then; each later one a second after the one before.
pub(crate) const BEGIN: &str = "2026-11-20T10:00:00Z";

pub(crate) struct Site {
    pub(crate) name: String,
    pub(crate) source: Uuid,
    context: Context,
    next: u64,
    template: Value,
    /// Ids of all calls that were published.
    pub(crate) calls: BTreeSet<String>,
}

impl Site {
    pub(crate) async fn connect(name: &str, servers: &str) -> Result<Self> {
        let servers: Vec<String> = servers.split(',').map(str::to_owned).collect();
        let options = async_nats::ConnectOptions::new().retry_on_initial_connect().connection_timeout(Duration::from_secs(5));
        let mut context = jetstream::new(options.connect(servers).await?);
        context.set_timeout(Duration::from_secs(5));
        let template = serde_json::from_str(&fs::read_to_string(source().join("tests/cli/record.json"))?)?;
        let source = Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes());
        Ok(Self { name: name.to_owned(), source, context, next: 1, template, calls: BTreeSet::new() })
    }

    /// The record of the call with this number.
    pub(crate) fn record(&self, number: u64) -> Result<Value> {
        let mut record = self.template.clone();
        let ended: Timestamp = BEGIN.parse::<Timestamp>()?.checked_add(i64::try_from(number)?.seconds())?;
        record["id"] = json!(Uuid::new_v5(&self.source, &number.to_be_bytes()));
        record["site"] = json!(self.name);
        record["started_at"] = json!(format!("{:.3}", ended.checked_sub(60.seconds())?));
        record["answered_at"] = Value::Null;
        record["ended_at"] = json!(format!("{ended:.3}"));
        record["end_uncertain"] = json!(false);
        Ok(record)
    }

    /// Publishes so many calls.
    pub(crate) async fn publish(&mut self, calls: u64) -> Result<()> {
        for _ in 0..calls {
            let record = self.record(self.next)?;
            self.call(&record).await?;
        }
        Ok(())
    }

    /// Publishes this record under the next number.
    pub(crate) async fn call(&mut self, record: &Value) -> Result<()> {
        let id = record["id"].as_str().context("an id")?.to_owned();
        self.send("calls", &id, &record.to_string()).await?;
        self.calls.insert(id);
        Ok(())
    }

    /// Publishes a gap under the next number.
    pub(crate) async fn gap(&mut self, pbx: &str, from: &str, until: Option<&str>) -> Result<()> {
        let body = json!({"site": self.name, "pbx": pbx, "scope": "all", "from": from, "until": until});
        let id = format!("{}.{}", self.source, self.next);
        self.send("gaps", &id, &body.to_string()).await
    }

    /// Publishes any text under the next number.
    pub(crate) async fn send(&mut self, kind: &str, id: &str, text: &str) -> Result<()> {
        let subject = format!("strowger.{}.{kind}", strowger::record::site_token(&self.name));
        let mut tries = 0;
        while let Err(error) = self.once(&subject, id, text).await {
            tries += 1;
            ensure!(tries < 200, "message {}: {error:#}", self.next);
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        self.next += 1;
        Ok(())
    }

    async fn once(&self, subject: &str, id: &str, text: &str) -> Result<()> {
        let message = PublishMessage::build().payload(text.to_owned().into()).message_id(id);
        let message = message.header("Strowger-Version", "1").header("Strowger-Source", self.source.to_string());
        let message = message.header("Strowger-Seq", self.next.to_string());
        self.context.send_publish(subject.to_owned(), message).await?.await?;
        Ok(())
    }

    /// Numbers that were never published: as if their messages had been lost.
    pub(crate) fn skip(&mut self, numbers: u64) {
        self.next += numbers;
    }
}
