//! What runs beside the jobs: so far what answers over HTTP.
//!
//! Another part that answers over HTTP adds a line to `ROUTERS`; one that runs
//! beside the jobs adds a line to `SERVICES`.

use std::sync::Arc;

use axum::Router;
use futures_util::future::BoxFuture;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{Daemon, DaemonError};
use crate::{http, metrics};

/// What answers over HTTP, beside whether the daemon is well.
const ROUTERS: &[fn(&Daemon) -> Router] = &[console, figures];

fn console(daemon: &Daemon) -> Router {
    let runner = &daemon.runner;
    crate::console::router(crate::console::Site {
        config: daemon.config.subscribe(),
        catalogue: runner.catalogue.clone(),
        keys: runner.keys.clone(),
        clock: Arc::clone(&runner.clock),
        turn: crate::console::Turn::default(),
    })
}

fn figures(daemon: &Daemon) -> Router {
    let catalogue = daemon.runner.catalogue.clone();
    metrics::router(metrics::Source { catalogue, config: daemon.config.subscribe() })
}

/// What runs beside the jobs until its token is cancelled: first it gets what it
/// needs, and nobody is told that the daemon is ready before it has.
type Service = fn(Arc<Daemon>, CancellationToken) -> BoxFuture<'static, Result<Running, String>>;

/// A service at work.
type Running = BoxFuture<'static, Result<(), String>>;

const SERVICES: &[(&str, Service)] = &[("http", answer)];

impl Daemon {
    /// Starts them all, once each has what it needs; whatever ends before it is
    /// told to is told to `failed`.
    pub(super) async fn start_services(
        self: &Arc<Self>,
        failed: &mpsc::UnboundedSender<DaemonError>,
    ) -> Result<(), DaemonError> {
        for (name, service) in SERVICES {
            self.start(name, *service, failed.clone()).await?;
        }
        Ok(())
    }

    async fn start(
        self: &Arc<Self>,
        service: &'static str,
        start: Service,
        failed: mpsc::UnboundedSender<DaemonError>,
    ) -> Result<(), DaemonError> {
        let failure = move |fault| DaemonError::Service { service, fault };
        let running = start(Arc::clone(self), self.cancel()).await.map_err(failure)?;
        self.tasks.spawn(async move {
            if let Err(fault) = running.await {
                let _ = failed.send(failure(fault));
            }
        });
        Ok(())
    }
}

/// The HTTP server, where there is a socket or an address for it.
fn answer(
    daemon: Arc<Daemon>,
    cancel: CancellationToken,
) -> BoxFuture<'static, Result<Running, String>> {
    Box::pin(async move {
        let settings = daemon.config.borrow().http;
        let listener = http::listener(settings).await;
        let listener = listener.map_err(|fault| match settings.listen {
            Some(address) => format!(
                "cannot listen on {address}: {fault}. End what listens there, or name another \
                 address in http.listen"
            ),
            None => format!("the socket that was passed cannot be used: {fault}"),
        })?;
        let routers = ROUTERS.iter().map(|router| router(&daemon)).collect();
        let readiness = daemon.readiness.clone();
        let serving: Running = match listener {
            None => Box::pin(std::future::ready(Ok(()))),
            Some(listener) => Box::pin(async move {
                let served = http::serve(listener, routers, readiness, cancel).await;
                served.map_err(|fault| fault.to_string())
            }),
        };
        Ok(serving)
    })
}
