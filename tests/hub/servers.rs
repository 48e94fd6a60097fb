//! What everything else here builds on: a nats-server keeps what it has acknowledged.

use std::time::Duration;

use anyhow::{Result, ensure};
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::{self, stream};

use crate::support::nats::{Cluster, Make, Nats};

const MESSAGES: u64 = 200;

#[tokio::test]
async fn what_debians_server_acknowledged_is_there_after_a_kill() -> Result<()> {
    kept_over_a_kill("kept-debian", Make::Debian).await
}

#[tokio::test]
async fn what_a_newer_server_acknowledged_is_there_after_a_kill() -> Result<()> {
    kept_over_a_kill("kept-newer", Make::Newer).await
}

async fn kept_over_a_kill(name: &str, make: Make) -> Result<()> {
    let mut server = Nats::start_as(name, make, "")?;
    let context = jetstream::new(async_nats::connect(server.url()).await?);
    let stream = context.create_stream(stream_of(1)).await?;
    publish(&context, 0).await?;
    server.kill()?;
    server.start_again()?;
    server.ready()?;
    publish(&context, MESSAGES).await?;
    ensure!(stream.get_info().await?.state.messages == 2 * MESSAGES);
    Ok(())
}

#[tokio::test]
async fn two_servers_of_three_go_on_without_the_third() -> Result<()> {
    let mut cluster = Cluster::start("two-of-three")?;
    let servers: Vec<String> = cluster.url().split(',').map(str::to_owned).collect();
    let context = jetstream::new(async_nats::connect(servers).await?);
    let stream = context.create_stream(stream_of(3)).await?;
    publish(&context, 0).await?;
    cluster.servers[0].kill()?;
    publish(&context, MESSAGES).await?;
    cluster.servers[0].start_again()?;
    cluster.ready()?;
    ensure!(stream.get_info().await?.state.messages == 2 * MESSAGES);
    Ok(())
}

fn stream_of(num_replicas: usize) -> stream::Config {
    stream::Config { name: "TEST".to_owned(), subjects: vec!["test.>".to_owned()], num_replicas, ..stream::Config::default() }
}

/// Publishes until each was acknowledged; the server may be away for a while. The message ids keep it from doubling any.
async fn publish(context: &jetstream::Context, first: u64) -> Result<()> {
    for number in first..first + MESSAGES {
        let once = async || -> Result<()> {
            let message = PublishMessage::build().payload("hello".into()).message_id(number.to_string());
            context.send_publish("test.calls", message).await?.await?;
            Ok(())
        };
        let mut tries = 0;
        while let Err(error) = once().await {
            tries += 1;
            ensure!(tries < 100, "message {number}: {error:#}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
    Ok(())
}
