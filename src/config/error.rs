//! What is wrong with a configuration file, where, and what to do.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::config::toml_file;

/// One fault of one file.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, thiserror::Error)]
pub struct ConfigError {
    /// The file, or folder.
    pub file: PathBuf,
    /// The line, from 1, where there is one.
    pub line: Option<usize>,
    /// What is wrong; no full stop at its end.
    pub what: String,
    /// What to do; no full stop at its end.
    pub remedy: String,
}

/// What to do about what the TOML reader finds, by how it begins to say so.
const REMEDIES: &[(&str, &str)] = &[
    ("unknown field", "Remove it, or write one of the names that are known there"),
    ("unknown variant", "Write one of those"),
    ("missing field", "Add it there"),
    ("invalid type", "Write it as is expected there; texts stand in quotation marks"),
    ("duplicate key", "Leave one of them"),
];

impl ConfigError {
    pub(crate) fn new(file: &Path, line: Option<usize>, what: String, remedy: String) -> Self {
        Self { file: file.to_owned(), line, what, remedy }
    }

    /// A fault the TOML reader found, at the line where it found it.
    pub(crate) fn toml(file: &Path, text: &str, fault: &toml::de::Error) -> Self {
        let line = fault.span().map(|span| line_at(text, span.start));
        let what = fault.message().trim_end_matches('.').replace('\n', "; ");
        let remedy = REMEDIES.iter().find(|(found, _)| what.starts_with(found));
        let remedy = remedy.map_or("Mend that line", |(_, remedy)| *remedy);
        Self::new(file, line, what, remedy.to_owned())
    }

    /// A fault of what stands at this path of keys, such as `catalogue.url`, or
    /// would stand there.
    pub(crate) fn at_key(file: &Path, key: &str, what: String, remedy: &str) -> Self {
        let text = std::fs::read_to_string(file).unwrap_or_default();
        let line = toml_file::line_of(&text, key).unwrap_or(1);
        Self::new(file, Some(line), what, remedy.to_owned())
    }

    /// Whether this key stands at the top of the file.
    pub(crate) fn is_key(file: &Path, key: &str) -> bool {
        let text = std::fs::read_to_string(file).unwrap_or_default();
        toml_file::line_of(&text, key).is_some()
    }

    /// With a line: what concerns a whole file is told at its first, and a file
    /// that cannot be read has none, so it is told where `key` of `named_in` names it.
    pub(crate) fn placed(mut self, named_in: &Path, key: &str) -> Self {
        if self.line.is_none() && std::fs::File::open(&self.file).is_ok() && !self.file.is_dir() {
            self.line = Some(1);
        }
        if self.line.is_some() {
            return self;
        }
        let what = format!("{}: {}", self.file.display(), self.what);
        Self::at_key(named_in, key, what, &self.remedy)
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        if let Some(line) = self.line {
            write!(f, ", line {line}")?;
        }
        write!(f, ": {}. {}.", self.what, self.remedy)
    }
}

/// The 1-based line in which this byte of the text stands.
pub(crate) fn line_at(text: &str, byte: usize) -> usize {
    1 + text.bytes().take(byte).filter(|byte| *byte == b'\n').count()
}

/// What everything begins with.
pub(crate) const CONFIGURATION: &str = "the configuration";

/// The text of a file that must be there.
pub(crate) fn read_text(path: &Path, what: &str) -> Result<String, ConfigError> {
    std::fs::read_to_string(path).map_err(|fault| {
        ConfigError::new(
            path,
            None,
            format!("cannot read {what}: {fault}"),
            remedy_for(&fault, what),
        )
    })
}

fn remedy_for(fault: &std::io::Error, what: &str) -> String {
    match fault.kind() {
        std::io::ErrorKind::NotFound if what == CONFIGURATION => {
            "Put it there, or name another file with --config (or RETAIND_CONFIG); `retaind demo` makes one to look at"
        }
        std::io::ErrorKind::NotFound => "Put it there, or mend its name in retaind.toml",
        std::io::ErrorKind::PermissionDenied => "Run as a user who may read it",
        _ => "It must be a UTF-8 text file",
    }
    .to_owned()
}
