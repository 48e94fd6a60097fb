//! What the rest of the program wants of a session, and what the session says of it.

use strowger::pbx::link::{Delivery, Duct};
use strowger::pbx::session::{DeeQuerySource, Request, Status};
use strowger::telephony::DeviceId;
use tokio::io::AsyncWriteExt;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::support::{Chatty, PATIENCE, pbx, run, settings};

fn mains(mains: &[&str]) -> Request {
    Request::DeeMains(mains.iter().copied().map(DeviceId::from).collect())
}

#[tokio::test]
async fn the_latest_request_reaches_the_session_without_a_connection_and_with_one() {
    // Nobody answers for a while.
    let address = pbx(async |mut stream, number| {
        if number > 0 {
            stream.write_all(b"ready").await.unwrap();
            sleep(PATIENCE).await;
        }
    })
    .await;
    let (sink, mut deliveries, asker) = Duct::new(16);
    let shutdown = CancellationToken::new();
    for main in 0..100 {
        asker.ask(mains(&[&main.to_string()]));
    }
    asker.ask(mains(&["1001", "1002"]));
    let link = run(settings(address), Chatty::default(), sink, None, shutdown.clone());
    let mut reports = Vec::new();
    let mut next = async |wanted: usize| {
        while reports.len() < wanted {
            for delivery in deliveries.recv().await.expect("the link runs") {
                match delivery {
                    Delivery::Dee(report) => reports.push((report.main.to_string(), report.source)),
                    Delivery::Status(Status::InStep) => asker.ask(mains(&["1003"])),
                    _ => {}
                }
            }
        }
        reports.clone()
    };
    let all = timeout(PATIENCE, next(3)).await.expect("in time");
    let expected = ["1001", "1002", "1003"].map(|main| (main.to_owned(), DeeQuerySource::Query));
    assert_eq!(all, expected, "each once, and none that a later request replaced");
    shutdown.cancel();
    timeout(PATIENCE, link).await.expect("in time").unwrap().unwrap();
}
