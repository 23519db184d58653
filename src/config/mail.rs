//! `[mail]` and `[[service_area]]`: how people are written to, and who is
//! written to for a service area.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::ConfigError;
use super::error::{line_at, read_text};
use crate::catalogue::words::RouteRole;
use crate::config::toml_file;

/// How mails leave, and how they look.
#[derive(Debug, Clone)]
pub struct MailSettings {
    /// Where they go.
    pub carrier: Carrier,
    /// Whom they are from.
    pub from: MailAddress,
    /// Where answers by mail go.
    pub reply_to: Option<MailAddress>,
    /// Where failed deliveries are reported to; the sender where it is not set.
    pub bounce_address: Option<MailAddress>,
    /// The console's address, without a slash at its end.
    pub base_url: Option<BaseUrl>,
    /// A folder of templates that are used instead of the built-in ones.
    pub templates: Option<PathBuf>,
    /// The Maildir, or the mbox file, in which failed deliveries are reported.
    pub bounces: Option<PathBuf>,
}

impl MailSettings {
    /// Who signs in at the server, where someone does.
    #[must_use]
    pub const fn login(&self) -> Option<&Login> {
        match &self.carrier {
            Carrier::Smtp(smtp) => smtp.login.as_ref(),
            Carrier::Folder(_) => None,
        }
    }
}

/// Where mails go.
#[derive(Debug, Clone)]
pub enum Carrier {
    /// To a server that passes them on.
    Smtp(SmtpSettings),
    /// Into a folder, to be looked at.
    Folder(PathBuf),
}

/// A server that passes mails on.
#[derive(Debug, Clone)]
pub struct SmtpSettings {
    /// Its name.
    pub server: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub tls: Tls,
    /// The authority that vouches for it, beside those the system trusts.
    pub ca_file: Option<PathBuf>,
    /// Who signs in, and where the password is.
    pub login: Option<Login>,
}

/// Who signs in at the server.
#[derive(Debug, Clone)]
pub struct Login {
    /// The user.
    pub user: String,
    /// The file with the password.
    pub password_file: PathBuf,
}

/// How a connection to a mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tls {
    /// Not at all: for a server on this machine.
    None,
    /// Begun in the clear, then protected or given up.
    #[default]
    Starttls,
    /// From the first byte.
    Tls,
}

/// Where mails go, by a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Sink {
    #[default]
    Server,
    Folder,
}

/// An address, as it was written.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct MailAddress(pub String);

impl MailAddress {
    /// What stands after the `@`.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, domain)| domain)
    }
}

impl TryFrom<String> for MailAddress {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match sendable(&text) {
            Ok(_) => Ok(Self(text)),
            Err(why) => Err(format!(
                "`{text}` is not an e-mail address such as records@council.example: {why}"
            )),
        }
    }
}

/// An address as mails are sent to it, its domain in ASCII; else why nothing
/// can be.
pub(crate) fn sendable(text: &str) -> Result<lettre::Address, String> {
    let (local, domain) = text.rsplit_once('@').ok_or("it has no @")?;
    let domain = idna::domain_to_ascii(domain).map_err(|_| "its domain is none")?;
    lettre::Address::new(local, domain).map_err(|why| why.to_string().to_lowercase())
}

/// The console's address.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct BaseUrl(pub String);

impl TryFrom<String> for BaseUrl {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
        match rest {
            Some(host) if !host.is_empty() && !text.contains(['?', '#', ' ']) => {
                Ok(Self(text.trim_end_matches('/').to_owned()))
            }
            _ => Err(format!("`{text}` is not an address such as https://retaind.council.example")),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawMail {
    #[serde(default)]
    sink: Sink,
    folder: Option<PathBuf>,
    server: Option<String>,
    port: Option<u16>,
    #[serde(default)]
    tls: Tls,
    ca_file: Option<PathBuf>,
    user: Option<String>,
    password_file: Option<PathBuf>,
    credential: Option<String>,
    from: MailAddress,
    reply_to: Option<MailAddress>,
    bounce_address: Option<MailAddress>,
    base_url: Option<BaseUrl>,
    templates: Option<PathBuf>,
    bounces: Option<PathBuf>,
}

/// Where a configuration file says something.
pub(super) struct Place<'a> {
    pub(super) path: &'a Path,
    pub(super) text: &'a str,
    pub(super) folder: &'a Path,
    pub(super) state: &'a Path,
}

impl Place<'_> {
    /// A fault at the line of `[mail]` where this setting stands, or at its heading.
    fn fault(&self, setting: &str, what: impl Into<String>, remedy: &str) -> ConfigError {
        let line = toml_file::line_of(self.text, &format!("mail.{setting}"));
        ConfigError::new(self.path, line, what.into(), remedy.to_owned())
    }
}

impl RawMail {
    pub(super) fn settings(self, place: &Place<'_>) -> Result<MailSettings, ConfigError> {
        let login = self.login(place)?;
        let carrier = match (self.sink, self.server) {
            (Sink::Folder, Some(server)) => {
                let what = format!(
                    "[mail] names the server `{server}`, and with sink = \"folder\" nothing goes \
                     to it: nobody would be told anything"
                );
                let remedy = "Remove the line sink, so that mails go to the server; or remove \
                              server, to only look at them in a folder";
                return Err(place.fault("sink", what, remedy));
            }
            (Sink::Folder, None) => Carrier::Folder(
                self.folder.map_or_else(|| place.state.join("mail"), |it| place.folder.join(it)),
            ),
            (Sink::Server, None) => {
                let remedy = "Write server = \"mail.council.example\", or sink = \"folder\" to \
                              look at the mails in a folder instead";
                return Err(place.fault("server", "[mail] names no server", remedy));
            }
            (Sink::Server, Some(server)) => {
                let usual = match self.tls {
                    Tls::None => 25,
                    Tls::Starttls => 587,
                    Tls::Tls => 465,
                };
                let ca_file = self.ca_file.map(|file| place.folder.join(file));
                let port = self.port.unwrap_or(usual);
                Carrier::Smtp(SmtpSettings { server, port, tls: self.tls, ca_file, login })
            }
        };
        let templates = self.templates.map(|folder| place.folder.join(folder));
        if let Some(folder) = templates.as_ref().filter(|folder| !folder.is_dir()) {
            let what = format!("the folder of templates {} is not there", folder.display());
            return Err(place.fault("templates", what, "Make it, or remove the line"));
        }
        Ok(MailSettings {
            carrier,
            from: self.from,
            reply_to: self.reply_to,
            bounce_address: self.bounce_address,
            base_url: self.base_url,
            templates,
            bounces: self.bounces.map(|path| place.folder.join(path)),
        })
    }

    fn login(&self, place: &Place<'_>) -> Result<Option<Login>, ConfigError> {
        let Some(user) = self.user.clone() else {
            return match (&self.password_file, &self.credential) {
                (None, None) => Ok(None),
                _ => Err(place.fault("password_file", "a password has no user", "Write user too")),
            };
        };
        let password_file = match (&self.password_file, &self.credential) {
            (Some(file), None) => place.folder.join(file),
            (None, Some(name)) => credential(place, name)?,
            (Some(_), Some(_)) => {
                let what = "there are both a password_file and a credential";
                return Err(place.fault("credential", what, "Keep one of them"));
            }
            (None, None) => {
                let remedy = "Write password_file, or credential for one that systemd passes";
                return Err(place.fault("user", format!("`{user}` has no password"), remedy));
            }
        };
        if self.tls == Tls::None && !is_local(self.server.as_deref()) {
            let what = "the password would be sent in the clear";
            return Err(place.fault("tls", what, "Write tls = \"starttls\" or \"tls\""));
        }
        Ok(Some(Login { user, password_file }))
    }
}

fn is_local(server: Option<&str>) -> bool {
    matches!(server, Some("localhost" | "127.0.0.1" | "::1"))
}

fn credential(place: &Place<'_>, name: &str) -> Result<PathBuf, ConfigError> {
    let folder = std::env::var_os("CREDENTIALS_DIRECTORY").map(PathBuf::from);
    folder.map(|folder| folder.join(name)).ok_or_else(|| {
        let what = format!("systemd passed no credentials, so `{name}` is not there");
        let remedy = "Add LoadCredential to the unit, or name a password_file";
        place.fault("credential", what, remedy)
    })
}

impl Login {
    /// The password, as the file holds it.
    ///
    /// # Errors
    ///
    /// Where the file cannot be read.
    pub fn password(&self) -> Result<String, ConfigError> {
        let text = read_text(&self.password_file, "the password of the mail server")?;
        Ok(text.trim_end_matches(['\r', '\n']).to_owned())
    }
}

/// A service area, for those who write to it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawArea {
    name: toml::Spanned<String>,
    mailbox: Option<MailAddress>,
    director: Option<MailAddress>,
}

/// Who is written to for a service area.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Route {
    /// The area's name, in lower case.
    pub area: String,
    /// As what.
    pub role: RouteRole,
    /// The address.
    pub address: String,
}

impl Route {
    pub(super) fn new(area: &str, role: RouteRole, address: &str) -> Self {
        Self { area: area.trim().to_lowercase(), role, address: address.trim().to_owned() }
    }
}

/// Where a service area is named for those who write to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedArea {
    /// Its name, in lower case.
    pub name: String,
    /// The file.
    pub file: PathBuf,
    /// The line, from 1.
    pub line: usize,
}

/// Where `[[service_area]]` names each.
pub(super) fn areas(path: &Path, text: &str, areas: &[RawArea]) -> Vec<NamedArea> {
    let named = |area: &RawArea| NamedArea {
        name: area.name.get_ref().trim().to_lowercase(),
        file: path.to_owned(),
        line: line_at(text, area.name.span().start),
    };
    areas.iter().map(named).collect()
}

/// The addresses that the areas name.
pub(super) fn routes(areas: &[RawArea]) -> Vec<Route> {
    let named = |area: &RawArea| {
        let mailbox = area.mailbox.as_ref().map(|it| (RouteRole::Mailbox, it));
        let director = area.director.as_ref().map(|it| (RouteRole::Director, it));
        let both = mailbox.into_iter().chain(director);
        both.map(|(role, address)| Route::new(area.name.get_ref(), role, &address.0))
            .collect::<Vec<_>>()
    };
    areas.iter().flat_map(named).collect()
}
