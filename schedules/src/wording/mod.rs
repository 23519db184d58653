//! From what a spreadsheet cell says to a rule, or to the question a person
//! must answer, or to why there is nothing to run.
//!
//! **It never guesses.** Every word of the cell must be accounted for: as a
//! part of the rule, as a word known to change nothing, or as a remark or a
//! citation known to change nothing. One word that is none of these, and there
//! is no rule. There is no default period, and no default start unless the
//! import profile names one; a year end with no event named is the year the
//! record was made in.
//!
//! | module | what it holds |
//! |---|---|
//! | [`profile`] | what the records manager has said about this spreadsheet |
//! | `tokens`, `compounds`, `numbers`, `slips` | a cell as words and signs |
//! | `vocabulary`, `kinds` | every word known, by kind |
//! | `senses` | the table of starts |
//! | `grammar` | words to phrases to clauses to what a cell says |
//! | `answer` | what the cells say together, as one reading |

mod answer;
mod compounds;
mod given;
mod grammar;
mod kinds;
mod numbers;
pub mod profile;
mod reading;
mod senses;
mod slips;
mod tokens;
mod vague;
mod vocabulary;

use answer::Beside;
use grammar::cell::{Said, cell, glimpses, named, trigger_cell, trigger_choice};
use grammar::start::Start;
pub use profile::{Code, Profile, Unit};
pub use reading::{Bound, Cells, ReadRule, Reading};
use tokens::{Text, Token};

use crate::action::DisposalAction;
use crate::rule::Rule;

/// A longer cell is a page, not a period, and is refused. In characters.
pub const MAX_CELL: usize = 4000;

/// Reads the cells of one line of a schedule.
#[must_use]
pub fn read(cells: &Cells<'_>, profile: &Profile) -> Reading {
    let Cells { period, trigger, action } = *cells;
    if [period, trigger, action].iter().any(|cell| cell.chars().count() > MAX_CELL) {
        return not_executable(&format!(
            "the cell is longer than {MAX_CELL} characters: put the period in a cell of its own"
        ));
    }
    let (period, trigger, action) = (Text::new(period), Text::new(trigger), Text::new(action));
    let [period, trigger, action] =
        [&period, &trigger, &action].map(|text| Spoken::of(text, profile));
    if period.is_blank() {
        return not_executable("the cell is empty: no period is stated");
    }
    together(&period, &trigger, &action, profile)
}

/// A cell as tokens.
struct Spoken<'t> {
    tokens: Vec<Token<'t>>,
    notes: Vec<String>,
}

impl<'t> Spoken<'t> {
    fn of(text: &'t Text, profile: &Profile) -> Self {
        let (tokens, notes) = text.tokens();
        Self { tokens: given::fold(tokens, profile), notes }
    }

    /// Whether nothing is in it, or only a sign that nothing is.
    fn is_blank(&self) -> bool {
        self.tokens.iter().all(|token| matches!(token, Token::Stop | Token::Slash | Token::Comma))
    }

    /// Whether it says that nothing applies.
    fn is_none(&self) -> bool {
        let words = self.words();
        self.is_blank()
            || matches!(words.as_slice(), ["n", "a"] | ["na"] | ["none"] | ["not", "applicable"])
                && words.len() + 1 >= self.tokens.len()
    }

    /// Whether it is the trade's word for a transfer to the archive and nothing
    /// else. Within a sentence it may mean much else, and an archive must be named.
    fn is_transfer(&self) -> bool {
        let words = self.words();
        matches!(words.as_slice(), ["transfer" | "transferred"]) && self.tokens.len() <= 2
    }

    fn words(&self) -> Vec<&'t str> {
        let word = |token: &Token<'t>| match token {
            Token::Word(word) => Some(word.text),
            _ => None,
        };
        self.tokens.iter().filter_map(word).collect()
    }
}

fn together(
    period: &Spoken<'_>,
    trigger: &Spoken<'_>,
    action: &Spoken<'_>,
    profile: &Profile,
) -> Reading {
    let said = match cell(&period.tokens) {
        Ok(said) if said.states_a_period() => said,
        Ok(_) => return unstated(period),
        Err(place) => return not_understood(period, place, profile),
    };
    let (start, said) = match keep_from(trigger, said) {
        Ok(found) => found,
        Err(place) => return unknown_start(period, trigger, place, profile),
    };
    let said = match what_then(action, said) {
        Ok(said) => said,
        Err(place) => return not_understood(action, place, profile),
    };
    let notes = [period, trigger, action].iter().flat_map(|cell| cell.notes.clone()).collect();
    answer::answer(&said, Beside { start: start.as_ref(), profile }, notes)
}

/// The start the "keep from" cell names, or what else it says.
fn keep_from(trigger: &Spoken<'_>, said: Said) -> Result<(Option<Start>, Said), usize> {
    if trigger.is_none() {
        return Ok((None, said));
    }
    match trigger_cell(&trigger.tokens) {
        Some(start) => Ok((Some(start), said)),
        None if let Some(both) = trigger_choice(&trigger.tokens, &said) => Ok((None, both)),
        None => cell(&trigger.tokens).map(|more| (None, said.and(more))),
    }
}

/// What the action cell adds.
fn what_then(action: &Spoken<'_>, said: Said) -> Result<Said, usize> {
    if action.is_none() {
        return Ok(said);
    }
    if action.is_transfer() {
        let actions = vec![DisposalAction::Transfer];
        return Ok(said.and(Said { actions, ..Said::default() }));
    }
    cell(&action.tokens).map(|more| said.and(more.into_actions()))
}

fn not_executable(why: &str) -> Reading {
    Reading::NotExecutable { why: why.to_owned() }
}

fn unstated(cell: &Spoken<'_>) -> Reading {
    let why = vague::reason(&cell.tokens);
    not_executable(&why.unwrap_or_else(|| "it states no period".to_owned()))
}

fn not_understood(cell: &Spoken<'_>, place: usize, profile: &Profile) -> Reading {
    let candidates = offered(&cell.tokens, None, profile);
    if let Some(why) = vague::reason(&cell.tokens).filter(|_| candidates.is_empty()) {
        return not_executable(&why);
    }
    let words = tokens::spell(cell.tokens.get(place..).unwrap_or_default());
    Reading::Ambiguous {
        question: format!("“{words}” was not understood: what is the rule?"),
        candidates,
    }
}

fn unknown_start(
    period: &Spoken<'_>,
    trigger: &Spoken<'_>,
    place: usize,
    profile: &Profile,
) -> Reading {
    let words: Vec<_> = trigger
        .tokens
        .iter()
        .map_while(|token| match token {
            Token::Word(word) => Some(*word),
            _ => None,
        })
        .collect();
    let start = named(&words).filter(|_| words.len() == trigger.tokens.len());
    let unclear = tokens::spell(trigger.tokens.get(place..).unwrap_or_default());
    Reading::Ambiguous {
        question: format!(
            "“{unclear}” in the keep-from cell was not understood: from what does it count?"
        ),
        candidates: offered(&period.tokens, start.as_ref(), profile),
    }
}

/// The rules that can be made out in a text that was not wholly understood.
fn offered(tokens: &[Token<'_>], start: Option<&Start>, profile: &Profile) -> Vec<Rule> {
    let beside = Beside { start, profile };
    let mut rules: Vec<Rule> =
        glimpses(tokens).iter().filter_map(|clause| beside.clause(clause).ok()).collect();
    rules.dedup();
    rules
}
