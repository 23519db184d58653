//! Registers dropped into the inbox: each becomes an import that waits to be
//! accepted, and goes to `taken/`; what is no register goes to `refused/`.
//! Beside either lies a report, by the file's name and `.txt`.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use futures_util::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};

use super::{JobContext, JobError};
use crate::cli::Answer as _;
use crate::plural::counted;
use crate::register::import::Novelty;
use crate::register::{self, FileError, ImportError, ImportProfile, ProfileError, RegisterFile};

const TAKEN: &str = "taken";
const REFUSED: &str = "refused";

/// A file that changed so recently may still be being written.
const SETTLED: SignedDuration = SignedDuration::from_secs(2);

/// Of one file.
enum Verdict {
    Taken(String),
    Refused(String),
}

#[derive(Debug, thiserror::Error)]
enum Fault {
    #[error("{0}. Mend it, or `profile` under [jobs]; the file waits in the inbox")]
    Profile(#[from] ProfileError),
    #[error("the inbox cannot be read or written ({0})")]
    Inbox(#[from] io::Error),
    #[error(transparent)]
    Import(#[from] ImportError),
    #[error(transparent)]
    Catalogue(#[from] crate::catalogue::CatalogueError),
}

pub(super) fn run(job: &JobContext) -> BoxFuture<'_, Result<String, JobError>> {
    Box::pin(async move {
        let imported = import_all(job).await;
        // In one line: what is no TOML is told with a picture of it.
        let in_one_line = |words: String| words.split_whitespace().collect::<Vec<_>>().join(" ");
        imported.map_err(|fault| JobError::new(in_one_line(fault.to_string())))
    })
}

async fn import_all(job: &JobContext) -> Result<String, Fault> {
    let inbox = &job.config.jobs.inbox;
    let (mut taken, mut refused) = (0, 0);
    let Waiting { files, from_the_future } = waiting(inbox, job.clock.now())?;
    for file in files {
        if job.cancel.is_cancelled() {
            break;
        }
        match import_one(job, &file).await? {
            Verdict::Taken(report) => {
                put_away(&file, &inbox.join(TAKEN), &report)?;
                taken += 1;
            }
            Verdict::Refused(report) => {
                put_away(&file, &inbox.join(REFUSED), &report)?;
                refused += 1;
            }
        }
        job.progress.moved();
    }
    let taken = counted(taken as u64, "file", "files");
    let said = format!("{taken} imported and waiting to be accepted, {refused} refused");
    Ok(match from_the_future {
        0 => said,
        left => format!(
            "{said}; {left} left there, which say that they change only in the future: `touch` them"
        ),
    })
}

/// What lies in the inbox.
struct Waiting {
    /// The files that have come to rest, by name.
    files: Vec<PathBuf>,
    /// How many more there are whose time no clock has reached, so that nobody
    /// can say whether they are still being written.
    from_the_future: usize,
}

/// What a spreadsheet program or a copying tool writes beside the files is
/// hidden, or begins with `~`.
fn waiting(inbox: &Path, now: Timestamp) -> io::Result<Waiting> {
    let (mut files, mut from_the_future) = (Vec::new(), 0);
    for entry in fs::read_dir(inbox)? {
        let entry = entry?;
        let found = entry.metadata()?;
        let is_aside = entry.file_name().to_string_lossy().starts_with(['.', '~']);
        let changed = Timestamp::try_from(found.modified()?).unwrap_or(Timestamp::MAX);
        if !found.is_file() || is_aside {
            continue;
        }
        match now.duration_since(changed) {
            age if age >= SETTLED => files.push(entry.path()),
            age if age <= -SETTLED => from_the_future += 1,
            _ => {}
        }
    }
    files.sort_unstable();
    Ok(Waiting { files, from_the_future })
}

async fn import_one(job: &JobContext, file: &Path) -> Result<Verdict, Fault> {
    let people = register::known_people(&job.catalogue).await?;
    let (profile, name) = match &job.config.jobs.profile {
        None => (ImportProfile::default(), String::new()),
        Some(path) => {
            let profile = ImportProfile::load(path)?;
            (profile, path.display().to_string())
        }
    };
    let path = file.to_owned();
    let read =
        tokio::task::spawn_blocking(move || RegisterFile::read(&path, &profile, &name, &people));
    match read.await.map_err(io::Error::other)? {
        Ok(read) => {
            let now = job.clock.now();
            let imported = register::import_unattended(&job.catalogue, &read, now).await?;
            Ok(Verdict::Taken(report(&read, &imported)?))
        }
        Err(fault) => Ok(Verdict::Refused(refusal(file, &fault))),
    }
}

fn report(read: &RegisterFile, imported: &register::Imported) -> io::Result<String> {
    let mut text = Vec::new();
    read.checked.say(&mut text)?;
    let mut text = String::from_utf8_lossy(&text).into_owned();
    for warning in &imported.warnings {
        let _ = writeln!(text, "look at: {warning}");
    }
    let _ = match imported.novelty {
        Novelty::New => writeln!(
            text,
            "Nothing is live yet: a records manager accepts it with `retaind register accept {}`.",
            imported.import
        ),
        Novelty::AlreadyImported(state) => {
            writeln!(text, "This file was imported before, and is {state}. Nothing changed.")
        }
    };
    Ok(text)
}

fn refusal(file: &Path, fault: &FileError) -> String {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    format!("{name} was not imported.\n{fault}\n")
}

/// Moves the file out of the inbox and lays its report beside it. Neither takes
/// the place of an earlier one.
fn put_away(file: &Path, folder: &Path, report: &str) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut to = folder.join(&name);
    let mut number = 1;
    while to.exists() {
        number += 1;
        to = folder.join(format!("{number} {name}"));
    }
    fs::rename(file, &to)?;
    let mut beside = to.into_os_string();
    beside.push(".txt");
    fs::write(beside, report)
}
