//! What a page is made of: what is known of the thing, and the answers to choose
//! from, each with its own form. The words are ours and the register's; whatever
//! stands here is escaped where it is rendered.

use retaind_schedules::calendar::london_date;
use serde::Serialize;

use crate::catalogue::entity::batch;
use crate::notices::payload::Batch;
use crate::notices::words;

/// A page that asks.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Sheet {
    /// What it is about, in two or three words.
    pub(super) title: String,
    /// The question.
    pub(super) heading: String,
    /// Why the reader is asked.
    pub(super) lead: String,
    /// What is known of the thing.
    pub(super) facts: Vec<Fact>,
    /// References that only a records manager can resolve.
    pub(super) samples: Vec<String>,
    /// What happens where nobody answers.
    pub(super) silence: String,
    /// By what an answer shows that it is to what was shown; empty where it
    /// cannot change.
    pub(super) digest: String,
    /// The answers.
    pub(super) choices: Vec<Choice>,
}

/// A term and what is to be said of it.
pub(super) type Fact = (&'static str, String);

/// One answer, with what it needs.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Choice {
    /// Its word, which the form sends.
    pub(super) answer: &'static str,
    /// What it says.
    pub(super) legend: &'static str,
    /// What it needs.
    pub(super) fields: Vec<Field>,
    /// What stands on its button.
    pub(super) button: &'static str,
}

/// Something to be filled in.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Field {
    /// By which it is sent.
    pub(super) name: &'static str,
    /// What is asked.
    pub(super) label: String,
    /// How it is answered; may be empty.
    pub(super) hint: String,
    /// As what.
    #[serde(flatten)]
    pub(super) input: Input,
}

/// As what something is filled in.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "lowercase", tag = "input")]
pub(super) enum Input {
    /// One line.
    Text,
    /// An address.
    Email,
    /// A day.
    Date,
    /// Several lines.
    Long,
    /// One of these: what is sent, and what it says.
    Radio { options: Vec<(String, String)> },
}

impl Field {
    pub(super) fn new(name: &'static str, label: impl Into<String>, input: Input) -> Self {
        Self { name, label: label.into(), hint: String::new(), input }
    }

    pub(super) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: hint.into(), ..self }
    }
}

/// Why, in a few lines.
pub(super) fn reason(hint: &str) -> Field {
    Field::new("reason", "Why", Input::Long).hint(hint)
}

/// What is to be typed so that nobody agrees by a slip of the hand.
pub(super) fn confirmation(label: &str, typed: &str, then: &str) -> Field {
    Field::new("number", label, Input::Text).hint(format!("That is: {typed}. {then}"))
}

/// What has come of an answer.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Done {
    /// Which one it was.
    #[serde(skip)]
    pub(super) answer: &'static str,
    /// To what: the number of a batch or a hold, a record type, a year.
    #[serde(skip)]
    pub(super) of: String,
    /// Whether the link may still answer something else.
    #[serde(skip)]
    pub(super) uses: Uses,
    /// What was done.
    pub(super) heading: String,
    /// What happens now.
    pub(super) next: String,
}

/// How much of a link an answer uses up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Uses {
    /// It has done its work.
    Up,
    /// Only for this of what it asks about.
    Part(String),
}

/// `1,240 items (3.24 MiB)`.
pub(super) fn amount(units: u64, bytes: u64) -> String {
    format!("{} items ({})", counted(units), indicatif::BinaryBytes(bytes))
}

/// `1,240`.
pub(super) fn counted(count: u64) -> String {
    indicatif::HumanCount(count).to_string()
}

/// What is said of every batch.
pub(super) fn of_batch(batch: &Batch) -> Vec<Fact> {
    let class = &batch.of.class;
    let mut facts = vec![
        ("Record type", format!("{} {}", class.code, class.title)),
        ("What would be done", batch.action.clone()),
        ("How much", amount(batch.of.units, batch.of.bytes)),
    ];
    if let (Some(first), Some(last)) = (batch.first, batch.last) {
        let days = format!("{} to {}", words::day(first), words::day(last));
        facts.push(("Last days of keeping", days));
    }
    facts
}

/// What is said of a batch to whoever is to sign it.
pub(super) fn to_be_signed(batch: &Batch) -> Vec<Fact> {
    let class = &batch.of.class;
    let mut facts = of_batch(batch);
    facts.push(("Share of the store", words::share(batch.share)));
    facts.push(("Rule", class.rule.clone()));
    facts.push(("Basis", basis(&class.basis)));
    facts
}

/// What becomes of a batch that nobody signs.
pub(super) fn unsigned(row: &batch::Model) -> String {
    let day = words::day(london_date(row.expires_at.timestamp()));
    format!("If nobody answers by {day}, the batch expires and the records are kept.")
}

/// A basis, or that none is recorded.
pub(super) fn basis(basis: &str) -> String {
    if basis.is_empty() { "None is recorded".to_owned() } else { basis.to_owned() }
}
