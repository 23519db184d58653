//! The daemon's HTTP server: one listener, the routers of the other parts
//! merged into one, and whether the daemon is alive and ready.
//!
//! `/healthz` answers as long as the process does. `/readyz` answers 200 where
//! everything the daemon needs is there, else 503 with the reasons, one a line.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::get;
use listenfd::ListenFd;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use crate::config::HttpSettings;

/// Whether the daemon is ready, and why not. Its copies share one answer.
#[derive(Debug, Clone, Default)]
pub struct Readiness {
    missing: Arc<Mutex<Vec<String>>>,
}

impl Readiness {
    /// Not ready, for this reason: a sentence fit to be shown to anyone who can
    /// reach the port.
    #[must_use]
    pub fn waiting_for(reason: &str) -> Self {
        let readiness = Self::default();
        readiness.set(vec![reason.to_owned()]);
        readiness
    }

    /// What is missing from now on; ready where nothing is.
    pub fn set(&self, missing: Vec<String>) {
        *self.missing.lock().unwrap_or_else(PoisonError::into_inner) = missing;
    }

    /// What is missing.
    #[must_use]
    pub fn missing(&self) -> Vec<String> {
        self.missing.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The socket that the service manager passed, else one on the configured
/// address, else none.
///
/// # Errors
///
/// Where the passed socket is no TCP listener, or the address cannot be had.
pub async fn listener(settings: HttpSettings) -> io::Result<Option<TcpListener>> {
    if let Some(passed) = ListenFd::from_env().take_tcp_listener(0)? {
        passed.set_nonblocking(true)?;
        return TcpListener::from_std(passed).map(Some);
    }
    match settings.listen {
        Some(address) => TcpListener::bind(address).await.map(Some),
        None => Ok(None),
    }
}

/// Serves these routers, and whether the daemon is well, until it is cancelled;
/// then what is being answered is answered.
///
/// # Errors
///
/// Where the listener fails.
pub async fn serve(
    listener: TcpListener,
    routers: Vec<Router>,
    readiness: Readiness,
    cancel: CancellationToken,
) -> io::Result<()> {
    let app = routers.into_iter().fold(wellness(readiness), Router::merge);
    let app = app.layer(from_fn(traced));
    axum::serve(listener, app).with_graceful_shutdown(cancel.cancelled_owned()).await
}

/// Answers within a span. What is asked for is told by its route: a path holds
/// the secret of a link.
async fn traced(request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
    let (method, route) = (request.method(), route.unwrap_or("none"));
    let status = tracing::field::Empty;
    let span = tracing::info_span!("request", %method, route, status);
    let response = next.run(request).instrument(span.clone()).await;
    span.record("status", response.status().as_u16());
    response
}

fn wellness(readiness: Readiness) -> Router {
    Router::new()
        .route("/healthz", get(|| async { "alive\n" }))
        .route("/readyz", get(readyz))
        .with_state(readiness)
}

async fn readyz(State(readiness): State<Readiness>) -> (StatusCode, String) {
    match readiness.missing() {
        missing if missing.is_empty() => (StatusCode::OK, "ready\n".to_owned()),
        missing => (StatusCode::SERVICE_UNAVAILABLE, missing.join("\n") + "\n"),
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    async fn answer(address: std::net::SocketAddr, path: &str) -> (u16, String) {
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        let ask = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        stream.write_all(ask.as_bytes()).await.unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).await.unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
    }

    #[tokio::test]
    async fn it_says_that_it_lives_whether_it_is_ready_and_what_the_others_say_until_it_is_stopped()
    {
        let settings = HttpSettings { listen: Some("127.0.0.1:0".parse().unwrap()) };
        let listener = listener(settings).await.unwrap().expect("an address was given");
        let address = listener.local_addr().unwrap();
        let readiness = Readiness::waiting_for("the catalogue is not open yet");
        let cancel = CancellationToken::new();
        let other = Router::new().route("/metrics", get(|| async { "none" }));
        let server = tokio::spawn(serve(listener, vec![other], readiness.clone(), cancel.clone()));
        assert_eq!(answer(address, "/healthz").await, (200, "alive\n".to_owned()));
        assert_eq!(
            answer(address, "/readyz").await,
            (503, "the catalogue is not open yet\n".to_owned())
        );
        readiness.set(Vec::new());
        assert_eq!(answer(address, "/readyz").await, (200, "ready\n".to_owned()));
        assert_eq!(answer(address, "/metrics").await, (200, "none".to_owned()));
        cancel.cancel();
        server.await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn without_an_address_it_listens_nowhere() {
        assert!(listener(HttpSettings::default()).await.unwrap().is_none());
    }
}
