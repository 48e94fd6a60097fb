//! More than one can take: memory stays flat, and what cannot be taken is left with the PBX.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use strowger::pbx::link::Delivery;
use strowger::pbx::session::Notice;
use tokio::io::AsyncWriteExt;
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::support::{Chatty, PATIENCE, ms, pbx, run, settings, start};

fn resident_bytes() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    let pages: usize = statm.split(' ').nth(1).unwrap().parse().unwrap();
    pages * 4096
}

fn length(delivery: &Delivery) -> usize {
    match delivery {
        Delivery::Notice(Notice::Info(length)) => length.parse().unwrap(),
        _ => 0,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gibibyte_without_a_line_end_leaves_memory_flat() {
    const BLOCK: usize = 64 * 1024;
    const TOTAL: usize = 1024 * 1024 * 1024;
    let address = pbx(async |mut stream, _| {
        let block = vec![b'x'; BLOCK];
        for _ in 0..TOTAL / BLOCK {
            stream.write_all(&block).await.unwrap();
        }
        sleep(PATIENCE).await;
    })
    .await;
    let mut link = start(settings(address), Chatty::default(), None);
    let (mut received, mut early, mut most) = (0, None, 0);
    while received < TOTAL {
        received += link.find("bytes", |delivery| Some(length(&delivery))).await;
        if received > TOTAL / 16 {
            let now = resident_bytes();
            early.get_or_insert(now);
            most = most.max(now);
        }
    }
    let grown = most.saturating_sub(early.unwrap());
    assert!(grown < 48 * 1024 * 1024, "grew by {grown} bytes");
    link.stop().await;
}

#[tokio::test]
async fn a_slow_consumer_slows_the_pbx_and_loses_nothing() {
    const TOTAL: usize = 64 * 1024 * 1024;
    let written = Arc::new(AtomicUsize::new(0));
    let address = pbx({
        let written = Arc::clone(&written);
        move |mut stream, _| {
            let written = Arc::clone(&written);
            async move {
                let block = vec![b'x'; 64 * 1024];
                for _ in 0..TOTAL / block.len() {
                    stream.write_all(&block).await.unwrap();
                    written.fetch_add(block.len(), Ordering::Relaxed);
                }
                sleep(PATIENCE).await;
            }
        }
    })
    .await;
    let (sender, mut deliveries) = mpsc::channel::<Vec<Delivery>>(4);
    let shutdown = CancellationToken::new();
    let task = run(settings(address), Chatty::default(), sender, None, shutdown.clone());
    let mut stalled_at = usize::MAX;
    while stalled_at != written.load(Ordering::Relaxed) || stalled_at == 0 {
        stalled_at = written.load(Ordering::Relaxed);
        sleep(ms(300)).await;
    }
    assert!(stalled_at < TOTAL / 2, "the PBX could write {stalled_at} bytes to somebody who takes none");
    let mut received = 0;
    while received < TOTAL {
        let batch = timeout(PATIENCE, deliveries.recv()).await.expect("in time").expect("the link runs");
        received += batch.iter().map(length).sum::<usize>();
    }
    assert_eq!(received, TOTAL);
    shutdown.cancel();
    timeout(PATIENCE, task).await.expect("stops").unwrap().unwrap();
}

#[tokio::test]
async fn our_own_delay_is_not_held_against_the_pbx() {
    let address = pbx(async |mut stream, _| {
        while stream.write_all(b"alive\n").await.is_ok() {
            sleep(ms(20)).await;
        }
    })
    .await;
    let (sender, mut deliveries) = mpsc::channel::<Vec<Delivery>>(1);
    let shutdown = CancellationToken::new();
    let mut short = settings(address);
    short.idle_timeout = ms(600);
    let session = Chatty { dead_after: Some(ms(600)), ..Chatty::default() };
    let task = run(short, session, sender, None, shutdown.clone());
    for _ in 0..3 {
        sleep(ms(1300)).await;
        for _ in 0..10 {
            let batch = timeout(PATIENCE, deliveries.recv()).await.expect("in time").expect("the link runs");
            assert!(!batch.iter().any(|delivery| matches!(delivery, Delivery::Disconnected { .. })), "{batch:?}");
        }
    }
    shutdown.cancel();
    while deliveries.recv().await.is_some() {}
    timeout(PATIENCE, task).await.expect("stops").unwrap().unwrap();
}

#[tokio::test]
async fn a_consumer_that_hangs_does_not_keep_the_program_from_stopping() {
    let address = pbx(async |mut stream, _| {
        while stream.write_all(b"alive\n").await.is_ok() {
            sleep(ms(5)).await;
        }
    })
    .await;
    let (sender, deliveries) = mpsc::channel::<Vec<Delivery>>(1);
    let shutdown = CancellationToken::new();
    let task = run(settings(address), Chatty::default(), sender, None, shutdown.clone());
    sleep(ms(300)).await;
    shutdown.cancel();
    timeout(ms(700) * 4, task).await.expect("stops").unwrap().unwrap();
    drop(deliveries);
}

#[tokio::test]
async fn without_a_consumer_the_link_ends() {
    let address = pbx(async |_stream, _| sleep(PATIENCE).await).await;
    let (sender, deliveries) = mpsc::channel::<Vec<Delivery>>(1);
    drop(deliveries);
    let task = run(settings(address), Chatty::default(), sender, None, CancellationToken::new());
    assert!(timeout(PATIENCE, task).await.expect("ends").unwrap().is_err());
}
