//! Where the catalogue is: a file, or a PostgreSQL database.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use sqlx::postgres::PgConnectOptions;

/// Where the catalogue is.
#[derive(Clone)]
pub enum CatalogueUrl {
    /// A SQLite file.
    Sqlite(PathBuf),
    /// A PostgreSQL database, and the password if one was given. Neither
    /// `Display` nor `Debug` shows the password.
    Postgres(Box<PgConnectOptions>),
}

/// A text that does not say where a catalogue is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// Nothing at all.
    #[error(
        "the place of the catalogue is empty: give a file such as /var/lib/retaind/catalogue.db, \
         or postgres://USER@HOST/DATABASE"
    )]
    Empty,
    /// Some other database.
    #[error(
        "`{0}` is not a database the catalogue can live in: give a file such as \
         /var/lib/retaind/catalogue.db, or postgres://USER@HOST/DATABASE"
    )]
    Scheme(String),
    /// PostgreSQL, and unreadable. The address is not repeated: it may hold a password.
    #[error(
        "the address of the PostgreSQL database cannot be read ({0}): write it as \
         postgres://USER@HOST:PORT/DATABASE"
    )]
    Postgres(String),
}

impl CatalogueUrl {
    /// The same place, entered with this password. A file needs none.
    #[must_use]
    pub fn with_password(self, password: &str) -> Self {
        match self {
            Self::Sqlite(path) => Self::Sqlite(path),
            Self::Postgres(options) => Self::Postgres(Box::new(options.password(password))),
        }
    }
}

impl FromStr for CatalogueUrl {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(':') {
            _ if text.trim().is_empty() => Err(UrlError::Empty),
            Some(("postgres" | "postgresql", _)) => postgres(text),
            Some(("sqlite", path)) => {
                Ok(Self::Sqlite(path.strip_prefix("//").unwrap_or(path).into()))
            }
            Some((scheme, rest)) if rest.starts_with("//") => {
                Err(UrlError::Scheme(scheme.to_owned()))
            }
            _ => Ok(Self::Sqlite(text.into())),
        }
    }
}

fn postgres(text: &str) -> Result<CatalogueUrl, UrlError> {
    let options: PgConnectOptions = text.parse().map_err(|error: sqlx::Error| match error {
        sqlx::Error::Configuration(why) => UrlError::Postgres(why.to_string()),
        other => UrlError::Postgres(other.to_string()),
    })?;
    Ok(CatalogueUrl::Postgres(Box::new(options)))
}

impl fmt::Display for CatalogueUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => path.display().fmt(f),
            Self::Postgres(options) => {
                let (host, port) = (options.get_host(), options.get_port());
                let database = options.get_database().unwrap_or(options.get_username());
                write!(f, "postgres://{}@{host}:{port}/{database}", options.get_username())
            }
        }
    }
}

impl fmt::Debug for CatalogueUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CatalogueUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_a_file_and_a_postgres_address_a_database() {
        let cases = [
            ("/var/lib/retaind/catalogue.db", "/var/lib/retaind/catalogue.db"),
            ("sqlite:/a/b.db", "/a/b.db"),
            ("sqlite:///a/b.db", "/a/b.db"),
            ("a:b.db", "a:b.db"),
            ("postgres://me@db.example/x", "postgres://me@db.example:5432/x"),
            ("postgresql://me@db:5433/x", "postgres://me@db:5433/x"),
        ];
        for (text, shown) in cases {
            assert_eq!(text.parse::<CatalogueUrl>().unwrap().to_string(), shown);
        }
    }

    #[test]
    fn a_password_is_never_shown() {
        let url: CatalogueUrl = "postgres://me:hunter2@db/x".parse().unwrap();
        assert!(!format!("{url} {url:?}").contains("hunter2"));
        let error = "postgres://me:hunter2@db:port/x".parse::<CatalogueUrl>().unwrap_err();
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    }

    #[test]
    fn another_database_is_refused_by_name() {
        let error = "mysql://db/x".parse::<CatalogueUrl>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "`mysql` is not a database the catalogue can live in: give a file such as \
             /var/lib/retaind/catalogue.db, or postgres://USER@HOST/DATABASE"
        );
        assert_eq!("  ".parse::<CatalogueUrl>().unwrap_err(), UrlError::Empty);
    }
}
