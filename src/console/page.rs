//! The frame of every page.

use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use minijinja::value::{Serde, Value};
use minijinja::{Environment, UndefinedBehavior};
use serde::Serialize;

const PAGES: [(&str, &str); 4] = [
    ("frame.html", include_str!("templates/frame.html")),
    ("question.html", include_str!("templates/question.html")),
    ("done.html", include_str!("templates/done.html")),
    ("refused.html", include_str!("templates/refused.html")),
];

/// A page of this template.
pub(super) fn page(status: StatusCode, name: &str, said: impl Serialize) -> Response {
    match render(name, said) {
        Ok(html) => (status, Html(html)).into_response(),
        Err(fault) => {
            tracing::error!(page = name, %fault, "a page cannot be rendered");
            (StatusCode::INTERNAL_SERVER_ERROR, "This page cannot be shown. Nothing was done.")
                .into_response()
        }
    }
}

fn render(name: &str, said: impl Serialize) -> Result<String, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    for (name, source) in PAGES {
        environment.add_template(name, source)?;
    }
    environment.get_template(name)?.render(Value::from(Serde(said)))
}

#[cfg(test)]
mod tests {
    use super::super::sheet::{Choice, Field, Input, Sheet, confirmation, reason};
    use super::*;

    #[test]
    fn whatever_stands_on_a_page_is_text_there_and_every_field_has_its_label() {
        let hostile = || "<script>alert(1)</script>\"'{{ form }}&".to_owned();
        let options = vec![(hostile(), hostile())];
        let fields = vec![
            reason(&hostile()),
            confirmation(&hostile(), &hostile(), &hostile()),
            Field::new("until", hostile(), Input::Date).hint(hostile()),
            Field::new("which", hostile(), Input::Radio { options }),
        ];
        let legend = "<script>alert(1)</script>";
        let sheet = Sheet {
            title: hostile(),
            heading: hostile(),
            lead: hostile(),
            facts: vec![("A fact", hostile())],
            samples: vec![hostile()],
            silence: hostile(),
            digest: hostile(),
            choices: vec![Choice { answer: "keep", legend, fields, button: legend }],
        };
        let said = serde_json::json!({ "sheet": sheet, "form": hostile() });
        let html = render("question.html", said).unwrap();
        assert_eq!(html.matches("<script").count(), 0, "{html}");
        assert_eq!(html.matches("alert(1)\"").count(), 0, "no attribute ends early: {html}");
        let ids: Vec<&str> =
            html.split(" id=\"").skip(1).filter_map(|it| it.split('"').next()).collect();
        let once: std::collections::BTreeSet<&&str> = ids.iter().collect();
        assert_eq!(once.len(), ids.len(), "{ids:?}");
        for field in ["keep-reason", "keep-number", "keep-until", "keep-which-1"] {
            assert!(html.contains(&format!("<label for=\"{field}\"")), "{field}: {html}");
            assert!(ids.contains(&field), "{field}: {html}");
        }
        let done = serde_json::json!({ "heading": hostile(), "next": hostile() });
        assert!(!render("done.html", done).unwrap().contains("<script"));
        let why = serde_json::json!({ "why": hostile() });
        assert!(!render("refused.html", why).unwrap().contains("<script"));
    }
}
