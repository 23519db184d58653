//! What Prometheus is told, read from the catalogue when it asks: so what the
//! command line did shows, and two daemons on one catalogue say the same.
//!
//! Each measure is one line of [`MEASURES`], or of [`FIGURES`] where more than a
//! query is needed: to add one, add a line. No name,
//! path or title from a store is a label; instants are told as such, never as
//! ages, so that nothing here asks for the time.

mod figures;
mod measures;

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use metrics::Label;
use metrics_exporter_prometheus::PrometheusBuilder;
use sea_orm::{ConnectionTrait, DbErr, QueryResult, Statement};
use tokio::sync::watch::Receiver;

use crate::catalogue::{Catalogue, CatalogueError};
use crate::config::{Config, Feed};

pub use figures::{FEED, FIGURES, Figure, Samples};
pub use measures::{MEASURES, Measure};

/// What Prometheus asks for: text of its format 0.0.4.
const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Where the figures are read: the catalogue, and the configuration as it is then.
#[derive(Clone)]
pub struct Source {
    /// The catalogue.
    pub catalogue: Catalogue,
    /// The configuration.
    pub config: Receiver<Arc<Config>>,
}

/// Answers `/metrics`; 503 where the catalogue does not answer.
pub fn router(source: Source) -> Router {
    Router::new().route("/metrics", get(answer)).with_state(source)
}

async fn answer(State(Source { catalogue, config }): State<Source>) -> Response {
    let config = Arc::clone(&config.borrow());
    match render(&catalogue, config.holds.feed.as_ref()).await {
        Ok(text) => ([(header::CONTENT_TYPE, CONTENT_TYPE)], text).into_response(),
        Err(error) => {
            tracing::warn!(%error, "the catalogue gave no figures");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}

/// Every measure as it stands now; of the list of open requests where there is one.
///
/// # Errors
///
/// Where the catalogue does not answer.
pub async fn render(catalogue: &Catalogue, feed: Option<&Feed>) -> Result<String, CatalogueError> {
    let tx = catalogue.read_tx().await?;
    let mut read = Vec::new();
    for measure in MEASURES {
        let samples = samples(&tx, measure).await.map_err(|error| catalogue.error(error))?;
        read.push((measure.name, measure.help, samples));
    }
    for figure in FIGURES.iter().chain(feed.map(|_| &FEED)) {
        read.push((figure.name, figure.help, (figure.read)(&tx).await?));
    }
    // One recorder for each answer: what is no longer there is no longer told.
    let recorder = PrometheusBuilder::new().build_recorder();
    metrics::with_local_recorder(&recorder, || {
        metrics::describe_gauge!("retaind_build_info", "Which version answers");
        metrics::gauge!("retaind_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
        for (name, help, samples) in read {
            metrics::describe_gauge!(name, help);
            for (labels, value) in samples {
                metrics::gauge!(name, labels).set(value);
            }
        }
    });
    Ok(recorder.handle().render())
}

async fn samples(database: &impl ConnectionTrait, measure: &Measure) -> Result<Samples, DbErr> {
    let query = Statement::from_string(database.get_database_backend(), measure.query);
    let rows = database.query_all_raw(query).await?;
    rows.iter().map(|row| sample(row, measure)).collect()
}

fn sample(row: &QueryResult, measure: &Measure) -> Result<(Vec<Label>, f64), DbErr> {
    let label = |(position, name): (usize, &&'static str)| {
        Ok::<_, DbErr>(Label::new(*name, row.try_get_by_index::<String>(position)?))
    };
    let labels = measure.labels.iter().enumerate().map(label).collect::<Result<_, _>>()?;
    Ok((labels, row.try_get_by_index(measure.labels.len())?))
}

#[cfg(test)]
mod tests;
