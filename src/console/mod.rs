//! The pages people answer on: rendered here, working without JavaScript.
//!
//! A page shows on GET and HEAD and acts on POST only, so that neither a mail
//! filter that follows links nor a reader that fetches ahead answers for
//! anyone. Pages are not stored, not framed, and tell no other site where they
//! were opened from. No page names a record, a place in a store, or anybody the
//! records are about: it says what a mail may say.
//!
//! A question that a mail asks is a file and a line in `QUESTIONS`: what is
//! asked and what an answer does is its own, everything else is `question`'s.
//!
//! | module | what it holds |
//! |---|---|
//! | `question` | what all of them share: reading the link, showing, taking once |
//! | `batch`, `authorise`, `stop`, `needed`, `hold`, `review`, `transfer`, `statement` | the questions |
//! | `who` | who answers: the person of the link, or who says so at a shared mailbox |
//! | `sent` | what a form sends, cleaned and bounded |
//! | `refusal` | an answer that is not taken, in a sentence |
//! | `sheet`, `page` | what a page is made of, and the frame of every page |

mod authorise;
mod batch;
mod hold;
mod needed;
mod page;
mod question;
mod refusal;
mod review;
mod sent;
mod sheet;
mod statement;
mod stop;
mod transfer;
mod who;

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRef, Request};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use axum::http::{HeaderValue, Method};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::MethodRouter;
use tokio::sync::{Mutex, watch};

use crate::catalogue::Catalogue;
use crate::clock::Clock;
use crate::config::Config;
use crate::disposal::Desk;
use crate::keys::Keys;
use crate::notices::link::{PAGES, Topic};
use crate::scan::run::Scanner;
use refusal::Refusal;

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
    /// Whose turn it is to answer.
    pub turn: Turn,
}

/// Answers are taken one after the other, so that of one form sent twice at the
/// same moment the second finds what the first did.
#[derive(Clone, Default)]
pub struct Turn(Arc<Mutex<()>>);

/// What one page needs.
#[derive(Clone)]
pub(crate) struct Console {
    /// The configuration, as it was when the page was asked for.
    config: Arc<Config>,
    catalogue: Catalogue,
    keys: Keys,
    clock: Arc<dyn Clock>,
    turn: Turn,
}

impl FromRef<Site> for Console {
    fn from_ref(site: &Site) -> Self {
        Self {
            config: Arc::clone(&site.config.borrow()),
            catalogue: site.catalogue.clone(),
            keys: site.keys.clone(),
            clock: Arc::clone(&site.clock),
            turn: site.turn.clone(),
        }
    }
}

impl Console {
    /// What acts on batches and reviews need.
    fn desk(&self) -> Desk<'_> {
        Desk { config: &self.config, catalogue: &self.catalogue, clock: &*self.clock }
    }

    /// What acts on stores need.
    fn scanner(&self) -> Scanner {
        let Self { config, catalogue, keys, clock, .. } = self.clone();
        Scanner { config, catalogue, keys, clock }
    }
}

type Pages = fn() -> MethodRouter<Site>;

/// The page of each topic of links.
const QUESTIONS: [(Topic, Pages); 8] = [
    (Topic::Batch, question::pages::<batch::MayGo>),
    (Topic::Authorise, question::pages::<authorise::MayBeDone>),
    (Topic::Stop, question::pages::<stop::MustStop>),
    (Topic::Needed, question::pages::<needed::AreNeeded>),
    (Topic::Hold, question::pages::<hold::Stays>),
    (Topic::Review, question::pages::<review::Decide>),
    (Topic::Transfer, question::pages::<transfer::Taken>),
    (Topic::Statement, question::pages::<statement::Signs>),
];

/// As much as a form may send, in bytes: the checksums of some thousands of files.
const LARGEST: usize = 1 << 20;

/// The pages, for the daemon's HTTP server.
pub fn router(site: Site) -> Router {
    QUESTIONS
        .iter()
        .fold(Router::new(), |router, (topic, pages)| {
            router.route(&format!("{PAGES}/{topic}/{{token}}"), pages())
        })
        .layer(DefaultBodyLimit::max(LARGEST))
        .layer(middleware::from_fn(guarded))
        .with_state(site)
}

/// Only our own style and forms to our own pages; nothing kept, nothing framed.
const POLICY: &str = "default-src 'none'; style-src 'self' 'unsafe-inline'; form-action 'self'; \
                      base-uri 'none'; frame-ancestors 'none'";

/// By which a browser says whether another site sent a form.
const SENT_FROM: HeaderName = HeaderName::from_static("sec-fetch-site");

async fn guarded(request: Request, next: Next) -> Response {
    let from = request.headers().get(SENT_FROM).cloned();
    let is_foreign = from.is_some_and(|site| site != "same-origin" && site != "none");
    let mut response = match request.method() == Method::POST && is_foreign {
        true => Refusal::Form.shown(),
        false => next.run(request).await,
    };
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_topic_of_links_has_its_page() {
        let with_pages: Vec<Topic> = QUESTIONS.iter().map(|(topic, _)| *topic).collect();
        assert_eq!(with_pages, Topic::ALL);
    }
}
