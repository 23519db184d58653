//! How an answer reaches a person or a program.

use std::fmt::{self, Display};
use std::io::Write;
use std::process::ExitCode;

use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Done.
    Done,
    /// Done, and something needs a person.
    Attention,
}

/// Why a command failed: a sentence that names the thing and the way out.
#[derive(Debug)]
pub struct Failure(String);

impl<E: std::error::Error> From<E> for Failure {
    fn from(fault: E) -> Self {
        Self(fault.to_string())
    }
}

impl Failure {
    /// A failure in these words.
    pub fn new(words: impl Into<String>) -> Self {
        Self(words.into())
    }
}

impl Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An answer: serialises for programs, and says itself for people.
pub trait Answer: Serialize {
    /// The text for people.
    fn say(&self, to: &mut dyn Write) -> std::io::Result<()>;
}

/// Where answers and progress go.
#[derive(Debug, Clone, Copy)]
pub struct Printer {
    json: bool,
    quiet: bool,
}

impl Printer {
    /// A printer for programs or for people, with or without progress.
    #[must_use]
    pub fn new(json: bool, quiet: bool) -> Self {
        Self { json, quiet }
    }

    /// Whether a program reads the answer.
    #[must_use]
    pub fn is_json(&self) -> bool {
        self.json
    }

    /// Prints one answer. A reader that has gone away is not a failure.
    pub fn print(&self, answer: &impl Answer) -> Result<(), Failure> {
        let mut out = std::io::BufWriter::new(std::io::stdout().lock());
        let printed = if self.json {
            serde_json::to_writer(&mut out, answer)?;
            writeln!(out)
        } else {
            answer.say(&mut out)
        };
        ignore_closed_pipe(printed.and_then(|()| out.flush()))
    }

    /// Prints a list: one JSON object a line for programs, the whole for people.
    pub fn print_lines<T: Serialize>(
        &self,
        lines: &[T],
        say: impl FnOnce(&mut dyn Write) -> std::io::Result<()>,
    ) -> Result<(), Failure> {
        let mut out = std::io::BufWriter::new(std::io::stdout().lock());
        let printed = if self.json { json_lines(&mut out, lines) } else { say(&mut out) };
        ignore_closed_pipe(printed.and_then(|()| out.flush()))
    }

    /// A line for people only, beside the answer.
    pub fn note(&self, words: impl Display) {
        if !self.json && !self.quiet {
            eprintln!("{words}");
        }
    }

    /// A progress bar towards `expected`, or a spinner where nobody knows.
    /// Hidden where a program reads, where it is not wanted, and where nobody looks.
    #[must_use]
    pub fn progress(&self, what: &str, expected: Option<u64>) -> ProgressBar {
        if self.json || self.quiet {
            return ProgressBar::hidden();
        }
        let (bar, template) = match expected.filter(|expected| *expected > 0) {
            Some(expected) => (
                ProgressBar::new(expected),
                "{msg:24} [{bar:30}] {human_pos}/{human_len} {per_sec}",
            ),
            None => (ProgressBar::new_spinner(), "{msg:24} {spinner} {human_pos} {per_sec}"),
        };
        let style = ProgressStyle::with_template(template)
            .unwrap_or_else(|_| ProgressStyle::default_bar())
            .progress_chars("=> ");
        bar.with_style(style).with_message(what.to_owned())
    }

    /// Says how the command ended, to the person and to the shell.
    #[must_use]
    pub fn ended(&self, ended: Result<Outcome, Failure>) -> ExitCode {
        match ended {
            Ok(Outcome::Done) => ExitCode::SUCCESS,
            Ok(Outcome::Attention) => ExitCode::from(3),
            Err(failure) => {
                if self.json {
                    eprintln!("{}", serde_json::json!({ "error": failure.to_string() }));
                } else {
                    eprintln!("retaind: {failure}");
                }
                ExitCode::FAILURE
            }
        }
    }
}

fn json_lines<T: Serialize>(out: &mut impl Write, lines: &[T]) -> std::io::Result<()> {
    for line in lines {
        serde_json::to_writer(&mut *out, line)?;
        writeln!(out)?;
    }
    Ok(())
}

/// A reader that has gone away is not a failure.
pub(crate) fn ignore_closed_pipe(printed: std::io::Result<()>) -> Result<(), Failure> {
    match printed {
        Err(fault) if fault.kind() != std::io::ErrorKind::BrokenPipe => Err(fault.into()),
        _ => Ok(()),
    }
}

/// A table of text for people: the columns as wide as they need to be.
pub(crate) fn table<const N: usize>(
    to: &mut dyn Write,
    headings: [&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
) -> std::io::Result<()> {
    let mut table = comfy_table::Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    table.set_header(headings);
    table.add_rows(rows);
    for line in table.lines() {
        writeln!(to, "{}", line.trim_end())?;
    }
    Ok(())
}

/// Bytes as people read them.
pub(crate) fn bytes(count: u64) -> String {
    indicatif::BinaryBytes(count).to_string()
}

/// A count with thousands apart.
pub(crate) fn count(count: u64) -> String {
    indicatif::HumanCount(count).to_string()
}

pub(crate) use crate::plural::counted;
