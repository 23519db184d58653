//! Templates, and their text as plain text and as HTML.
//!
//! One template a kind: its first line is the heading, the rest paragraphs and
//! lists with `-`. The HTML is made of the same text, so both say the same. An
//! organisation puts its own words in a folder, under the same file names.

use std::path::Path;

use jiff::civil::Date;
use minijinja::value::{Serde, Value};
use minijinja::{Environment, UndefinedBehavior};
use serde::Serialize;

use super::link::Link;
use super::{Kind, NoticeError, Payload, words};

const FRAME: (&str, &str) = ("mail.html", include_str!("templates/mail.html"));
const BATCH: (&str, &str) = ("batch.txt", include_str!("templates/batch.txt"));
const PERIODS: (&str, &str) = ("periods.txt", include_str!("templates/periods.txt"));
const ASSETS: (&str, &str) = ("assets.txt", include_str!("templates/assets.txt"));
const HOLD: (&str, &str) = ("hold.txt", include_str!("templates/hold.txt"));

/// Every template, the organisation's own before the built-in ones.
#[derive(Debug)]
pub struct Templates {
    environment: Environment<'static>,
}

/// What a mail is made of, for each notice in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// What it says.
    pub payload: Payload,
    /// The link by which it is answered.
    pub link: Option<Link>,
    /// For whom it was meant, where it was meant for another than its reader.
    pub meant_for: Option<String>,
}

impl From<(Payload, Option<Link>)> for Told {
    fn from((payload, link): (Payload, Option<Link>)) -> Self {
        Self { payload, link, meant_for: None }
    }
}

/// One notice, as it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Its heading.
    pub heading: String,
    /// Its paragraphs and lists.
    pub text: String,
}

/// A whole mail, as it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// Its subject.
    pub subject: String,
    /// As plain text.
    pub plain: String,
    /// As HTML.
    pub html: String,
}

#[derive(Serialize)]
struct Said<'a> {
    #[serde(flatten)]
    payload: &'a Payload,
    organisation: &'a str,
    link: Option<&'a str>,
    link_until: Option<Date>,
    meant_for: Option<&'a str>,
}

#[derive(Serialize)]
struct Block {
    text: String,
    items: Vec<String>,
}

impl Templates {
    /// Reads them; each of the organisation's own is tried on an example.
    ///
    /// # Errors
    ///
    /// Where a template cannot be read or used.
    pub fn load(own: Option<&Path>) -> Result<Self, NoticeError> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        filters(&mut environment);
        for (name, source) in built_in() {
            let source = match own.map(|folder| folder.join(name)).filter(|file| file.exists()) {
                None => source.to_owned(),
                Some(path) => {
                    std::fs::read_to_string(&path).map_err(|why| NoticeError::File { path, why })?
                }
            };
            environment.add_template_owned(name, source).map_err(|why| fault(name, &why))?;
        }
        let templates = Self { environment };
        if own.is_some() {
            templates.try_all()?;
        }
        Ok(templates)
    }

    /// The file names of all of them.
    pub(crate) fn names() -> impl Iterator<Item = &'static str> {
        built_in().map(|(name, _)| name)
    }

    fn try_all(&self) -> Result<(), NoticeError> {
        for payload in super::payload::samples::all() {
            let link = Link { url: "https://example/answer".to_owned(), until: Date::MAX };
            let meant_for = Some("Meant for another.".to_owned());
            let of_another = Told { payload: payload.clone(), link: None, meant_for };
            self.letter("the organisation", &[(payload, Some(link)).into(), of_another])?;
        }
        Ok(())
    }

    /// A mail of these notices.
    ///
    /// # Errors
    ///
    /// Where a template fails.
    pub fn letter(&self, organisation: &str, notices: &[Told]) -> Result<Letter, NoticeError> {
        let sections: Vec<Section> = notices
            .iter()
            .map(|told| self.section(organisation, told))
            .collect::<Result<_, _>>()?;
        let subject = match &sections[..] {
            [one] => one.heading.clone(),
            many => format!("Records: {} things to know or to answer", many.len()),
        };
        let foot = format!(
            "Sent by retaind for {organisation}. It names no record and no person the records are \
             about. Nothing is ever destroyed because a mail was not answered."
        );
        let html = self.html(&subject, &sections, &foot)?;
        Ok(Letter { plain: plain(&sections, &foot), subject, html })
    }

    fn section(&self, organisation: &str, told: &Told) -> Result<Section, NoticeError> {
        let payload = &told.payload;
        let (name, _) = payload.kind().template();
        let link_until = told.link.as_ref().map(|link| link.until);
        let link = told.link.as_ref().map(|link| link.url.as_str());
        let meant_for = told.meant_for.as_deref();
        let said = Said { payload, organisation, link, link_until, meant_for };
        let text = self.render(name, Value::from(Serde(said)))?;
        let (heading, text) = text.trim().split_once('\n').unwrap_or((text.trim(), ""));
        let head = meant_for.map(|line| format!("{line}\n\n")).unwrap_or_default();
        Ok(Section { heading: heading.trim().to_owned(), text: head + &tidy(text) })
    }

    fn html(&self, subject: &str, sections: &[Section], foot: &str) -> Result<String, NoticeError> {
        let sections: Vec<_> = sections
            .iter()
            .map(|one| serde_json::json!({ "heading": one.heading, "blocks": blocks(&one.text) }))
            .collect();
        let said = serde_json::json!({ "subject": subject, "sections": sections, "foot": foot });
        self.render(FRAME.0, Value::from(Serde(said)))
    }

    fn render(&self, name: &str, said: Value) -> Result<String, NoticeError> {
        let template = self.environment.get_template(name).map_err(|why| fault(name, &why))?;
        template.render(said).map_err(|why| fault(name, &why))
    }
}

fn built_in() -> impl Iterator<Item = (&'static str, &'static str)> {
    Kind::ALL.iter().map(|kind| kind.template()).chain([FRAME, ASSETS, BATCH, HOLD, PERIODS])
}

fn fault(name: &str, why: &minijinja::Error) -> NoticeError {
    let line = why.line().map(|line| format!(", line {line}")).unwrap_or_default();
    let said = why.detail().map_or_else(|| why.kind().to_string(), str::to_owned);
    NoticeError::Template { name: format!("{name}{line}"), why: said }
}

fn filters(environment: &mut Environment<'_>) {
    environment.add_filter("count", |count: u64| indicatif::HumanCount(count).to_string());
    environment.add_filter("plural", plural);
    environment.add_filter("bytes", |count: u64| indicatif::BinaryBytes(count).to_string());
    environment.add_filter("share", |hundredths: u64| words::share(hundredths));
    environment.add_filter("day", |date: String| dated(&date, words::day));
    environment.add_filter("month", |date: String| dated(&date, words::month));
    environment.add_filter("linked", |text: String| Value::from_safe_string(linked(&text)));
}

/// The word for one, or for any other number.
fn plural(count: u64, one: String, more: String) -> String {
    if count == 1 { one } else { more }
}

fn dated(date: &str, say: fn(Date) -> String) -> Result<String, minijinja::Error> {
    date.parse().map(say).map_err(|_| {
        let what = format!("`{date}` is no date");
        minijinja::Error::new(minijinja::ErrorKind::InvalidOperation, what)
    })
}

/// Without the empty lines that conditions and loops leave behind.
fn tidy(text: &str) -> String {
    let mut lines: Vec<&str> = Vec::new();
    for line in text.lines().map(str::trim_end) {
        let is_item = |line: &&str| line.starts_with("- ");
        let is_after_gap = lines.last().is_some_and(|last| last.is_empty());
        if is_item(&line) && is_after_gap && lines.iter().rev().nth(1).is_some_and(is_item) {
            lines.pop();
        }
        if !line.is_empty() || lines.last().is_some_and(|last| !last.is_empty()) {
            lines.push(line);
        }
    }
    lines.join("\n").trim().to_owned()
}

fn plain(sections: &[Section], foot: &str) -> String {
    let mut text = String::new();
    for Section { heading, text: body } in sections {
        let line = "=".repeat(heading.chars().count());
        text += &format!("{heading}\n{line}\n\n{body}\n\n\n");
    }
    text + "-- \n" + foot + "\n"
}

fn blocks(text: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut is_open = false;
    for line in text.lines() {
        match (line.strip_prefix("- "), blocks.last_mut().filter(|_| is_open)) {
            _ if line.is_empty() => is_open = false,
            (Some(item), Some(block)) if !block.items.is_empty() => block.items.push(item.into()),
            (Some(item), _) => {
                blocks.push(Block { text: String::new(), items: vec![item.to_owned()] });
                is_open = true;
            }
            (None, Some(block)) if block.items.is_empty() => {
                block.text += " ";
                block.text += line;
            }
            (None, _) => {
                blocks.push(Block { text: line.to_owned(), items: Vec::new() });
                is_open = true;
            }
        }
    }
    blocks
}

/// The text escaped, with its web addresses as links.
fn linked(text: &str) -> String {
    let said = |word: &str| {
        let safe = escaped(word);
        match word.starts_with("https://") || word.starts_with("http://") {
            true => format!("<a href=\"{safe}\">{safe}</a>"),
            false => safe,
        }
    };
    text.split(' ').map(said).collect::<Vec<_>>().join(" ")
}

pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}
