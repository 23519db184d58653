//! Importing a register: files of every kind, good and bad, to findings.

mod files;
mod laws;
mod memory;
mod rows;
mod story;

use std::path::{Path, PathBuf};

use retaind::register::row::{KnownPerson, NewLine, People, Place};
use retaind::register::{Checked, Finding, ImportProfile, Severity, check_file};
use rust_xlsxwriter::Workbook;
use tempfile::TempDir;

/// What a file came to: counts and findings, and its lines.
struct Outcome {
    checked: Checked,
    lines: Vec<(NewLine, Place)>,
}

impl Outcome {
    fn errors(&self) -> Vec<&Finding> {
        self.of(Severity::Error)
    }

    fn warnings(&self) -> Vec<&Finding> {
        self.of(Severity::Warning)
    }

    fn of(&self, severity: Severity) -> Vec<&Finding> {
        self.checked.findings.iter().filter(|finding| finding.severity == severity).collect()
    }

    fn counts(&self) -> [u64; 5] {
        let Checked { rows_read, accepted, rejected, blank, section, .. } = self.checked;
        [rows_read, accepted, rejected, blank, section]
    }
}

fn profile(text: &str) -> ImportProfile {
    toml::from_str(text).expect("a profile")
}

fn check_as(path: &Path, profile: &ImportProfile, people: &People) -> Result<Outcome, String> {
    let mut lines = Vec::new();
    check_file(path, profile, people, &mut lines)
        .map(|checked| Outcome { checked, lines })
        .map_err(|error| error.to_string())
}

fn check(path: &Path) -> Result<Outcome, String> {
    check_as(path, &ImportProfile::default(), &People::NotAsked)
}

/// Files in a folder that goes with them.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, content).expect("a file");
        path
    }

    /// What is wrong with a file of this name and content, without its folder.
    fn refusal(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.file(name, content);
        refusal(&path)
    }
}

fn refusal(path: &Path) -> String {
    let said = check(path).err().unwrap_or_else(|| panic!("{} was read", path.display()));
    let folder = format!("{}/", path.parent().expect("a folder").display());
    said.replace(&folder, "")
}

/// A workbook of these sheets, each of rows of texts.
fn xlsx(sheets: &[(&str, &[&[&str]])]) -> Vec<u8> {
    let mut book = Workbook::new();
    for (name, rows) in sheets {
        let sheet = book.add_worksheet().set_name(*name).expect("a name");
        for (row, cells) in (0..).zip(*rows) {
            for (column, cell) in (0..).zip(*cells) {
                if !cell.is_empty() {
                    sheet.write(row, column, *cell).expect("a cell");
                }
            }
        }
    }
    book.save_to_buffer().expect("a workbook")
}

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/register").join(name)
}

fn person(id: u128, name: &str) -> KnownPerson {
    KnownPerson {
        id: retaind_schedules::ids::PersonId(uuid::Uuid::from_u128(id)),
        name: name.to_owned(),
        email: format!("{}@trentside.example", name.to_lowercase().replace(' ', ".")),
    }
}
