//! Where a database is: its address, and the password that is never part of it.

use std::path::{Path, PathBuf};
use std::str::FromStr as _;

use serde::Deserialize;
use sqlx::postgres::PgConnectOptions;

use crate::contract::{StoreError, StoreErrorKind};

/// The settings of a store of this kind.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Settings {
    pub(super) url: String,
    pub(super) password_file: Option<PathBuf>,
    pub(super) credential: Option<String>,
    pub(super) identity_query: Option<String>,
}

/// A database as it is reached.
#[derive(Debug, Clone)]
pub(super) enum Address {
    /// A PostgreSQL server. The password is read anew each time it is reached.
    Postgres { options: Box<PgConnectOptions>, password: Password },
    /// A SQLite file.
    Sqlite(PathBuf),
}

/// Where the password is.
#[derive(Debug, Clone)]
pub(super) enum Password {
    None,
    File(PathBuf),
    /// A name in the folder the service manager hands credentials over in.
    Credential(String),
}

impl Address {
    /// Reads the settings; a relative path is taken from `base`.
    pub(super) fn new(settings: &Settings, base: &Path) -> Result<Self, StoreError> {
        if let Some(path) = settings.url.strip_prefix("sqlite://") {
            return sqlite(settings, path, base);
        }
        if !settings.url.starts_with("postgres://") && !settings.url.starts_with("postgresql://") {
            return Err(misconfigured(
                "the `url` is neither a PostgreSQL nor a SQLite address",
                "Write `postgres://user@host:5432/database` or `sqlite:///path/to/file.db`",
            ));
        }
        if holds_password(&settings.url) {
            return Err(misconfigured(
                "the `url` holds a password",
                "Take it out, and name a file with `password_file` or a systemd credential with \
                 `credential`",
            ));
        }
        let options = PgConnectOptions::from_str(&settings.url).map_err(|_| {
            misconfigured("the `url` cannot be read", "Write `postgres://user@host:5432/database`")
        })?;
        let options = Box::new(options.application_name("retaind").options(SESSION));
        Ok(Self::Postgres { options, password: Password::new(settings, base)? })
    }
}

/// What holds for each session: nothing is written, and a row reads the same
/// whatever the server's settings are.
const SESSION: [(&str, &str); 7] = [
    ("default_transaction_read_only", "on"),
    ("row_security", "off"),
    ("DateStyle", "ISO"),
    ("TimeZone", "UTC"),
    ("IntervalStyle", "postgres"),
    ("extra_float_digits", "1"),
    ("bytea_output", "hex"),
];

fn sqlite(settings: &Settings, path: &str, base: &Path) -> Result<Address, StoreError> {
    if settings.password_file.is_some() || settings.credential.is_some() {
        return Err(misconfigured(
            "a SQLite file has no password",
            "Take `password_file` and `credential` out",
        ));
    }
    match path {
        "" | ":memory:" => Err(misconfigured(
            "the `url` names no SQLite file",
            "Write `sqlite:///path/to/file.db`",
        )),
        path => Ok(Address::Sqlite(base.join(path))),
    }
}

fn holds_password(url: &str) -> bool {
    let address = url.split_once("://").map_or(url, |(_, rest)| rest);
    let (address, query) = address.split_once('?').unwrap_or((address, ""));
    let in_query = query.split('&').any(|part| part.starts_with("password="));
    let user = address.rsplit_once('@').map_or("", |(user, _)| user);
    in_query || user.contains(':')
}

impl Password {
    fn new(settings: &Settings, base: &Path) -> Result<Self, StoreError> {
        match (&settings.password_file, &settings.credential) {
            (None, None) => Ok(Self::None),
            (Some(file), None) => Ok(Self::File(base.join(file))),
            (None, Some(name)) if !name.is_empty() && !name.contains('/') => {
                Ok(Self::Credential(name.clone()))
            }
            (None, Some(_)) => Err(misconfigured(
                "`credential` is not a name",
                "Write the name that stands in `LoadCredential=` of the unit",
            )),
            (Some(_), Some(_)) => Err(misconfigured(
                "there is both a `password_file` and a `credential`",
                "Take one of them out",
            )),
        }
    }

    /// The password as it stands now.
    pub(super) fn read(&self) -> Result<Option<String>, StoreError> {
        let path = match self {
            Self::None => return Ok(None),
            Self::File(path) => path.clone(),
            Self::Credential(name) => credentials_folder()?.join(name),
        };
        let text = std::fs::read_to_string(&path).map_err(|error| {
            misconfigured(
                format!("the password file {} cannot be read: {error}", path.display()),
                "Put the password there, readable by the user that runs retaind and nobody else",
            )
        })?;
        Ok(Some(text.trim_end_matches(['\r', '\n']).to_owned()))
    }
}

fn credentials_folder() -> Result<PathBuf, StoreError> {
    std::env::var_os("CREDENTIALS_DIRECTORY").map(PathBuf::from).ok_or_else(|| {
        misconfigured(
            "`credential` is set, and the service manager handed no credentials over",
            "Run under systemd with `LoadCredential=`, or use `password_file`",
        )
    })
}

pub(super) fn misconfigured(context: impl Into<String>, remedy: impl Into<String>) -> StoreError {
    StoreError::new(StoreErrorKind::Misconfigured, context, remedy)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(url: &str) -> Result<Address, StoreError> {
        let settings = Settings {
            url: url.to_owned(),
            password_file: None,
            credential: None,
            identity_query: None,
        };
        Address::new(&settings, Path::new("/base"))
    }

    #[test]
    fn a_password_in_the_address_is_refused_and_not_repeated() {
        for url in [
            "postgres://anna:geheim@db/x",
            "postgres://anna:@db/x",
            "postgres://db/x?password=geheim",
        ] {
            let error = address(url).unwrap_err().to_string();
            assert!(error.contains("`password_file`"), "{error}");
            assert!(!error.contains("geheim"), "{error}");
        }
        address("postgres://anna@db:5433/x").unwrap();
    }

    #[test]
    fn a_sqlite_path_is_taken_from_the_store_files_folder() {
        for (url, path) in [("sqlite:///a/b.db", "/a/b.db"), ("sqlite://b.db", "/base/b.db")] {
            assert!(matches!(address(url), Ok(Address::Sqlite(found)) if found == Path::new(path)));
        }
        assert!(address("sqlite://").is_err());
        assert!(address("mysql://a/b").is_err());
    }
}
