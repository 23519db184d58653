//! What a form sends: read by name, without control characters, and no longer
//! than is kept. Nobody's words are cut short in silence.

use std::collections::HashMap;

use axum::Form;
use axum::extract::rejection::FormRejection;
use axum::http::StatusCode;
use axum::response::IntoResponse as _;
use jiff::civil::Date;

use super::refusal::Refusal;

/// As much of an answer as is kept, in characters.
const WORDS: usize = 2000;

/// What a form sent.
#[derive(Debug, Clone, Default)]
pub(super) struct Sent(HashMap<String, String>);

/// A form as it comes in.
pub(super) type Incoming = Result<Form<HashMap<String, String>>, FormRejection>;

impl Sent {
    pub(super) fn read(form: Incoming) -> Result<Self, Refusal> {
        match form {
            Ok(Form(fields)) => Ok(Self(fields)),
            Err(why) if why.status() == StatusCode::PAYLOAD_TOO_LARGE => Err(Refusal::TooLarge),
            Err(why) => match why.into_response().status() {
                StatusCode::PAYLOAD_TOO_LARGE => Err(Refusal::TooLarge),
                _ => Err(Refusal::Form),
            },
        }
    }

    /// What was filled in, without white space around it; empty where nothing was.
    pub(super) fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", |said| said.trim())
    }

    /// A few words, which may be none.
    pub(super) fn words(&self, name: &str) -> Result<String, Refusal> {
        let said = self.get(name).replace("\r\n", "\n");
        if said.chars().count() > WORDS {
            return Err(Refusal::TooLong { most: WORDS });
        }
        let is_plain = |c: &char| !c.is_control() || *c == '\n';
        Ok(said.chars().filter(is_plain).collect::<String>().trim().to_owned())
    }

    /// A few words that must be there.
    pub(super) fn needed(&self, name: &str, or: &'static str) -> Result<String, Refusal> {
        let said = self.words(name)?;
        if said.is_empty() { Err(Refusal::Wrong(or.to_owned())) } else { Ok(said) }
    }

    /// A day.
    pub(super) fn day(&self, name: &str, or: &str) -> Result<Date, Refusal> {
        self.get(name).parse().map_err(|_| Refusal::Wrong(or.to_owned()))
    }

    /// Refuses what was not typed as it must be, but for how it is spaced.
    pub(super) fn confirmed(&self, typed: &str) -> Result<(), Refusal> {
        let same = self.get("number").split_whitespace().eq(typed.split_whitespace());
        if same { Ok(()) } else { Err(Refusal::Wrong(format!("to confirm, type `{typed}`"))) }
    }
}
