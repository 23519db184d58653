//! The frame of every page, and refusals in a sentence.

use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use jiff::civil::Date;
use minijinja::value::{Serde, Value};
use minijinja::{Environment, UndefinedBehavior};
use serde::Serialize;

use crate::notices::words;

const PAGES: [(&str, &str); 7] = [
    ("frame.html", include_str!("templates/frame.html")),
    ("answer.html", include_str!("templates/answer.html")),
    ("answered.html", include_str!("templates/answered.html")),
    ("needed.html", include_str!("templates/needed.html")),
    ("replied.html", include_str!("templates/replied.html")),
    ("stop.html", include_str!("templates/stop.html")),
    ("refused.html", include_str!("templates/refused.html")),
];

/// A page of this template.
pub fn page(status: StatusCode, name: &str, said: impl Serialize) -> Response {
    match render(name, said) {
        Ok(html) => (status, Html(html)).into_response(),
        Err(fault) => {
            tracing::error!(page = name, %fault, "a page cannot be rendered");
            (StatusCode::INTERNAL_SERVER_ERROR, "This page cannot be shown. Nothing was done.")
                .into_response()
        }
    }
}

/// A refusal: what was not done, and why.
pub fn refused(status: StatusCode, why: impl std::fmt::Display) -> Response {
    page(status, "refused.html", serde_json::json!({ "why": why.to_string() }))
}

fn render(name: &str, said: impl Serialize) -> Result<String, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.add_filter("count", |count: u64| indicatif::HumanCount(count).to_string());
    environment.add_filter("bytes", |count: u64| indicatif::BinaryBytes(count).to_string());
    environment.add_filter("share", words::share);
    environment.add_filter("day", |date: String| dated(date, words::day));
    environment.add_filter("month", |date: String| dated(date, words::month));
    for (name, source) in PAGES {
        environment.add_template(name, source)?;
    }
    environment.get_template(name)?.render(Value::from(Serde(said)))
}

fn dated(date: String, say: fn(Date) -> String) -> String {
    date.parse().map(say).unwrap_or(date)
}
