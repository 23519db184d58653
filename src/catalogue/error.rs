//! What can go wrong with the catalogue: a fault, the place, and the way out.

use std::fmt;

use sea_orm::{DbErr, RuntimeErr};

use super::CatalogueUrl;

/// The catalogue did not do what was asked.
#[derive(Debug)]
pub struct CatalogueError {
    /// What is wrong.
    pub fault: Fault,
    place: Option<String>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// What is wrong with the catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// There is none.
    Missing,
    /// There is one already.
    AlreadyThere,
    /// The folder for it is not there.
    NoFolder,
    /// What is there is no database, or not this program's.
    NotACatalogue,
    /// It cannot be read or made.
    NotOpenable,
    /// It can be read and not written.
    NotWritable,
    /// The server does not answer.
    Down,
    /// The server does not let this user in.
    Refused,
    /// Others held it for longer than a writer waits.
    Busy,
    /// There is no room left.
    Full,
    /// Its disk is full, or fails: SQLite does not say which.
    Disk,
    /// It is damaged.
    Corrupt,
    /// A newer version has changed it.
    Newer {
        /// The program that changed it, and its last change.
        theirs: String,
        /// This program, and the last change it knows.
        ours: String,
    },
    /// A row holds what no row may.
    Impossible(String),
    /// The database refused a statement.
    Statement(String),
}

impl CatalogueError {
    /// This fault, at this place.
    #[must_use]
    pub fn new(fault: Fault, url: &CatalogueUrl) -> Self {
        Self { fault, place: Some(url.to_string()), source: None }
    }

    /// A row that holds what no row may: what, and why it may not.
    #[must_use]
    pub fn impossible(what: &str, why: impl fmt::Display) -> Self {
        Self::placeless(Fault::Impossible(format!("{what}: {why}")))
    }

    pub(super) fn placeless(fault: Fault) -> Self {
        Self { fault, place: None, source: None }
    }

    /// The same, at this place.
    #[must_use]
    pub fn at(self, url: &CatalogueUrl) -> Self {
        Self { place: Some(url.to_string()), ..self }
    }

    /// Caused by this.
    #[must_use]
    pub fn because(self, source: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self { source: Some(Box::new(source)), ..self }
    }

    /// Whether the same may succeed when tried again later.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        matches!(self.fault, Fault::Down | Fault::Busy | Fault::Full | Fault::Disk)
    }
}

impl fmt::Display for CatalogueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = self.place.as_ref().map(|place| format!(" {place}")).unwrap_or_default();
        match &self.fault {
            Fault::Missing => write!(
                f,
                "there is no catalogue{place}: correct the place in retaind.toml, or make a new catalogue there"
            ),
            Fault::AlreadyThere => write!(
                f,
                "there is a catalogue{place} already: open it, or give another place for the new one"
            ),
            Fault::NoFolder => write!(
                f,
                "the folder of the catalogue{place} is not there: make the folder, owned by the user that runs retaind"
            ),
            Fault::NotACatalogue => write!(
                f,
                "what is at the place of the catalogue{place} is not a catalogue of retaind: correct the place in retaind.toml; nothing there was changed"
            ),
            Fault::NotOpenable => write!(
                f,
                "the catalogue{place} cannot be opened: see that it is a file, and that the user that runs retaind may read and write it and its folder"
            ),
            Fault::NotWritable => write!(
                f,
                "the catalogue{place} cannot be written: see that the user that runs retaind may write the file and its folder, and that the disk is not read-only"
            ),
            Fault::Down => write!(
                f,
                "the catalogue{place} does not answer: see that the database server runs, can be reached from here and is not overloaded; nothing is lost, and the same may be tried again"
            ),
            Fault::Refused => write!(
                f,
                "the catalogue{place} does not let this user in: see that the user and the database exist and that the password is right"
            ),
            Fault::Busy => write!(
                f,
                "the catalogue{place} was in use by other writers for too long: try again; if it stays so, see what else is writing to it"
            ),
            Fault::Full => write!(
                f,
                "there is no room left for the catalogue{place}: free some space; nothing that was written before is lost"
            ),
            Fault::Disk => write!(
                f,
                "the disk of the catalogue{place} does not read or write: it is full, or it fails. Free some space, and look at the system's log; nothing that was written before is lost by a full disk"
            ),
            Fault::Corrupt => write!(
                f,
                "the catalogue{place} is damaged: stop retaind, keep a copy of the files as they are, and restore the last backup"
            ),
            Fault::Newer { theirs, ours } => write!(
                f,
                "the catalogue{place} was changed by a newer version ({theirs}); this is {ours}: install that version or a later one, or restore the backup made before the upgrade"
            ),
            Fault::Impossible(what) => write!(
                f,
                "the catalogue{place} holds what it may not ({what}): it was changed by another program; restore the last backup, or mend the row it names"
            ),
            Fault::Statement(why) => write!(f, "the catalogue{place} refused: {why}"),
        }
    }
}

impl std::error::Error for CatalogueError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| {
            let source: &(dyn std::error::Error + 'static) = source.as_ref();
            source
        })
    }
}

impl From<DbErr> for CatalogueError {
    fn from(error: DbErr) -> Self {
        let fault = match &error {
            DbErr::Conn(RuntimeErr::SqlxError(inner))
            | DbErr::Exec(RuntimeErr::SqlxError(inner))
            | DbErr::Query(RuntimeErr::SqlxError(inner)) => fault_of(inner),
            DbErr::ConnectionAcquire(_) => Fault::Down,
            DbErr::Type(what) => Fault::Impossible(what.clone()),
            other => Fault::Statement(other.to_string()),
        };
        match fault {
            // The words are the source's own: it is not said twice.
            Fault::Statement(_) | Fault::Impossible(_) => Self { fault, place: None, source: None },
            _ => Self { fault, place: None, source: Some(Box::new(error)) },
        }
    }
}

impl From<sqlx::Error> for CatalogueError {
    fn from(error: sqlx::Error) -> Self {
        let fault = fault_of(&error);
        let told = matches!(fault, Fault::Statement(_));
        let source: Option<Box<dyn std::error::Error + Send + Sync>> =
            if told { None } else { Some(Box::new(error)) };
        Self { fault, place: None, source }
    }
}

fn fault_of(error: &sqlx::Error) -> Fault {
    match error {
        sqlx::Error::Database(refusal) => {
            let known = refusal.code().and_then(|code| fault_of_code(&code));
            known.unwrap_or_else(|| Fault::Statement(refusal.message().to_owned()))
        }
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::PoolClosed
        | sqlx::Error::PoolTimedOut => Fault::Down,
        sqlx::Error::ColumnDecode { index, source } => {
            Fault::Impossible(format!("column {index}: {source}"))
        }
        other => Fault::Statement(other.to_string()),
    }
}

/// SQLite's codes are decimal numbers, of which the lowest byte is the kind;
/// PostgreSQL's are five characters, of which the first two are the class.
fn fault_of_code(code: &str) -> Option<Fault> {
    if code.len() == 5 {
        return match code {
            "3D000" => Some(Fault::Refused),
            "25006" | "42501" => Some(Fault::NotWritable),
            "55P03" | "40001" | "40P01" | "53300" => Some(Fault::Busy),
            "53100" => Some(Fault::Full),
            "57P01" | "57P02" | "57P03" => Some(Fault::Down),
            _ if code.starts_with("28") => Some(Fault::Refused),
            _ if code.starts_with("XX") => Some(Fault::Corrupt),
            _ if code.starts_with("08") => Some(Fault::Down),
            _ => None,
        };
    }
    match code.parse::<u32>().ok()? & 0xff {
        5 | 6 => Some(Fault::Busy),
        8 => Some(Fault::NotWritable),
        10 => Some(Fault::Disk),
        11 => Some(Fault::Corrupt),
        13 => Some(Fault::Full),
        14 => Some(Fault::NotOpenable),
        26 => Some(Fault::NotACatalogue),
        _ => None,
    }
}
