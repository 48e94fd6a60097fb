//! `/metrics`, `/health/live`, `/health/ready`. Nothing here changes anything or tells who calls whom.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::health::Health;
use super::pulse::Pulse;

/// A loop that has not gone round for so long is dead to whoever asks.
const STILL: Duration = Duration::from_secs(15);

/// What the answers are made from.
#[derive(Clone)]
pub(super) struct Sources {
    pub(super) metrics: PrometheusHandle,
    pub(super) process: metrics_process::Collector,
    pub(super) health: Arc<Health>,
    pub(super) pulses: Arc<[Pulse]>,
}

/// Takes the address, so that a wrong one is told before anything runs.
pub(super) async fn bind(address: SocketAddr) -> std::io::Result<TcpListener> {
    TcpListener::bind(address).await
}

/// Answers until `stop`; an open request is not waited for.
pub(super) async fn serve(listener: TcpListener, sources: Sources, stop: CancellationToken) {
    let router = Router::new()
        .route("/metrics", get(metrics))
        .route("/health/live", get(live))
        .route("/health/ready", get(ready))
        .with_state(sources);
    tokio::select! {
        () = stop.cancelled() => {}
        result = axum::serve(listener, router) => {
            if let Err(error) = result {
                tracing::error!(%error, "metrics and health are no longer served");
            }
        }
    }
}

async fn metrics(State(sources): State<Sources>) -> impl IntoResponse {
    sources.process.collect();
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], sources.metrics.render())
}

async fn live(State(sources): State<Sources>) -> Response {
    let still: Vec<&str> = sources.pulses.iter().filter(|pulse| pulse.is_still(STILL)).map(Pulse::name).collect();
    let status = if still.is_empty() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    json(status, &serde_json::json!({ "live": still.is_empty(), "standing_still": still }))
}

async fn ready(State(sources): State<Sources>) -> Response {
    let report = sources.health.report();
    json(if report.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }, &report)
}

fn json(status: StatusCode, body: &impl serde::Serialize) -> Response {
    match serde_json::to_string(body) {
        Ok(text) => (status, [(header::CONTENT_TYPE, "application/json")], text).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}
