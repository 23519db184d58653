//! The pages people answer on: rendered here, working without JavaScript.
//!
//! A page shows on GET and HEAD and acts on POST only, so that neither a mail
//! filter that follows links nor a reader that fetches ahead answers for
//! anyone. Pages are not stored, not framed, and tell no other site where they
//! were opened from.
//!
//! | module | what it holds |
//! |---|---|
//! | [`answer`] | answering to a batch by the link in a mail |
//! | [`reply`] | stopping a batch, and saying that records are needed, by the link in a mail |
//! | [`page`] | the frame of every page, and refusals in a sentence |

pub mod answer;
pub mod page;
pub mod reply;

use std::sync::Arc;

use axum::Router;
use axum::extract::{FromRef, Request};
use axum::http::HeaderValue;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::get;
use tokio::sync::watch;

use crate::catalogue::Catalogue;
use crate::clock::Clock;
use crate::config::Config;
use crate::keys::Keys;

/// What pages are made of while the daemon runs.
#[derive(Clone)]
pub struct Site {
    /// The configuration that is in force.
    pub config: watch::Receiver<Arc<Config>>,
    /// The catalogue.
    pub catalogue: Catalogue,
    /// The key that signs links and forms.
    pub keys: Keys,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// What one page needs.
#[derive(Clone)]
pub struct Console {
    /// The configuration, as it was when the page was asked for.
    pub config: Arc<Config>,
    /// The catalogue.
    pub catalogue: Catalogue,
    /// The key that signs links and forms.
    pub keys: Keys,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

impl FromRef<Site> for Console {
    fn from_ref(site: &Site) -> Self {
        Self {
            config: Arc::clone(&site.config.borrow()),
            catalogue: site.catalogue.clone(),
            keys: site.keys.clone(),
            clock: Arc::clone(&site.clock),
        }
    }
}

/// The pages, for the daemon's HTTP server.
pub fn router(site: Site) -> Router {
    Router::new()
        .route("/answer/{token}", get(answer::show).post(answer::take))
        .route("/reply/{token}", get(reply::show).post(reply::take))
        .layer(middleware::from_fn(guarded))
        .with_state(site)
}

/// Only our own style and forms to our own pages; nothing kept, nothing framed.
const POLICY: &str = "default-src 'none'; style-src 'self' 'unsafe-inline'; form-action 'self'; \
                      base-uri 'none'; frame-ancestors 'none'";

async fn guarded(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in [
        (CONTENT_SECURITY_POLICY, POLICY),
        (CACHE_CONTROL, "no-store"),
        (REFERRER_POLICY, "no-referrer"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}
