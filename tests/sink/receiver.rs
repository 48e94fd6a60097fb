//! A receiver of webhooks that answers as it is told.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// One request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) id: String,
    pub(crate) timestamp: String,
    pub(crate) signature: String,
    pub(crate) body: String,
}

/// What to answer to a request.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Say {
    Status(u16),
    RetryAfter(u16, u64),
    Redirect,
    Late(Duration),
    LateStatus(Duration, u16),
}

type Judge = Box<dyn FnMut(&Request) -> Say + Send>;

/// The receiver; it ends when dropped.
pub(crate) struct Receiver {
    pub(crate) address: SocketAddr,
    seen: Arc<Mutex<Vec<Request>>>,
    task: JoinHandle<()>,
}

#[derive(Clone)]
struct Desk {
    keeps: bool,
    seen: Arc<Mutex<Vec<Request>>>,
    judge: Arc<Mutex<Judge>>,
}

impl Receiver {
    pub(crate) async fn start(judge: impl FnMut(&Request) -> Say + Send + 'static) -> Self {
        Self::start_at("127.0.0.1:0", judge).await
    }

    pub(crate) async fn start_at(address: &str, judge: impl FnMut(&Request) -> Say + Send + 'static) -> Self {
        Self::start_as(address, true, judge).await
    }

    /// It keeps no request.
    pub(crate) async fn start_forgetful(judge: impl FnMut(&Request) -> Say + Send + 'static) -> Self {
        Self::start_as("127.0.0.1:0", false, judge).await
    }

    async fn start_as(address: &str, keeps: bool, judge: impl FnMut(&Request) -> Say + Send + 'static) -> Self {
        let listener = TcpListener::bind(address).await.expect("a port");
        let address = listener.local_addr().expect("bound");
        let seen = Arc::<Mutex<Vec<Request>>>::default();
        let desk = Desk { keeps, seen: Arc::clone(&seen), judge: Arc::new(Mutex::new(Box::new(judge))) };
        let router = Router::new().fallback(take).with_state(desk);
        let task = tokio::spawn(async move { axum::serve(listener, router).await.expect("serves") });
        Self { address, seen, task }
    }

    /// Every request so far.
    pub(crate) fn seen(&self) -> Vec<Request> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How many of them had this id.
    pub(crate) fn times(&self, id: &str) -> usize {
        self.seen().iter().filter(|request| request.id == id).count()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn take(State(desk): State<Desk>, headers: HeaderMap, body: Bytes) -> Response {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let request = Request {
        id: header("webhook-id"),
        timestamp: header("webhook-timestamp"),
        signature: header("webhook-signature"),
        body: String::from_utf8_lossy(&body).into_owned(),
    };
    let say = (desk.judge.lock().unwrap_or_else(PoisonError::into_inner))(&request);
    if desk.keeps {
        desk.seen.lock().unwrap_or_else(PoisonError::into_inner).push(request);
    }
    let status = |code| StatusCode::from_u16(code).expect("a status");
    match say {
        Say::Status(code) => status(code).into_response(),
        Say::RetryAfter(code, seconds) => (status(code), [("retry-after", seconds.to_string())]).into_response(),
        Say::Redirect => (StatusCode::FOUND, [("location", "/elsewhere")]).into_response(),
        Say::LateStatus(wait, code) => {
            tokio::time::sleep(wait).await;
            status(code).into_response()
        }
        Say::Late(wait) => {
            tokio::time::sleep(wait).await;
            StatusCode::OK.into_response()
        }
    }
}
