//! What is wrong with a configuration file, where, and what to do.

use std::fmt;
use std::path::{Path, PathBuf};

/// One fault of one file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct ConfigError {
    file: PathBuf,
    line: Option<usize>,
    what: String,
    remedy: String,
}

impl ConfigError {
    pub(crate) fn new(file: &Path, line: Option<usize>, what: String, remedy: String) -> Self {
        Self { file: file.to_owned(), line, what, remedy }
    }

    /// A fault the TOML reader found, at the line where it found it.
    pub(crate) fn toml(file: &Path, text: &str, fault: &toml::de::Error) -> Self {
        let line = fault.span().map(|span| line_at(text, span.start));
        let what = fault.message().trim_end_matches('.').replace('\n', "; ");
        Self::new(file, line, what, "Mend that line".to_owned())
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

/// The text of a file that must be there.
pub(crate) fn read_text(path: &Path, what: &str) -> Result<String, ConfigError> {
    std::fs::read_to_string(path).map_err(|fault| {
        ConfigError::new(path, None, format!("cannot read {what}: {fault}"), remedy_for(&fault))
    })
}

fn remedy_for(fault: &std::io::Error) -> String {
    match fault.kind() {
        std::io::ErrorKind::NotFound => {
            "Put it there, or name another file with --config (or RETAIND_CONFIG); `retaind demo` makes one to look at"
        }
        std::io::ErrorKind::PermissionDenied => "Run as a user who may read it",
        _ => "It must be a UTF-8 text file",
    }
    .to_owned()
}
