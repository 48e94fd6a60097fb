//! `/metrics`, `/health/live`, `/health/ready` of the hub.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::net::TcpListener;

use super::health::Health;
use crate::daemon::pulse::Pulse;

/// A worker that has not gone round for so long is dead to whoever asks: beyond the longest wait for a message or the database.
pub(super) const STILL: Duration = Duration::from_mins(2);

#[derive(Clone)]
pub(super) struct Sources {
    pub(super) metrics: PrometheusHandle,
    pub(super) process: metrics_process::Collector,
    pub(super) health: Arc<Health>,
}

pub(super) async fn serve(listener: TcpListener, sources: Sources) {
    let router = Router::new()
        .route("/metrics", get(metrics))
        .route("/health/live", get(live))
        .route("/health/ready", get(ready))
        .with_state(sources);
    if let Err(error) = axum::serve(listener, router).await {
        tracing::error!(%error, "metrics and health are no longer served");
    }
}

async fn metrics(State(sources): State<Sources>) -> impl IntoResponse {
    sources.process.collect();
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], sources.metrics.render())
}

async fn live(State(sources): State<Sources>) -> Response {
    let still: Vec<&str> = sources.health.pulses().iter().filter(|pulse| pulse.is_still(STILL)).map(Pulse::name).collect();
    json(still.is_empty(), &serde_json::json!({ "live": still.is_empty(), "standing_still": still }))
}

async fn ready(State(sources): State<Sources>) -> Response {
    let report = sources.health.report();
    json(report.ready, &report)
}

fn json(good: bool, body: &impl serde::Serialize) -> Response {
    let status = if good { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    match serde_json::to_string(body) {
        Ok(text) => (status, [(header::CONTENT_TYPE, "application/json")], text).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}
