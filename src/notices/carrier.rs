//! The way out: a mail server, or a folder to look at.

use std::path::PathBuf;
use std::time::Duration;

use lettre::transport::smtp::PoolConfig;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls as SmtpTls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};

use super::NoticeError;
use super::message::Posted;
use crate::config::{Carrier as Settings, MailSettings, SmtpSettings, Tls};

/// For how long a server may be silent over one mail. The transport itself waits
/// for ever once it is connected.
const PATIENCE: Duration = Duration::from_mins(5);

/// The way out.
#[derive(Debug)]
pub enum Carrier {
    /// A mail server.
    Smtp(Box<AsyncSmtpTransport<Tokio1Executor>>),
    /// A folder.
    Folder(PathBuf),
}

/// How a mail did not go out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setback {
    /// The server took it not, and may later.
    NotTaken,
    /// The server was not reached: nothing else goes out now either.
    NotReached,
    /// Someone may have taken it.
    Unclear,
    /// The server takes nothing for this address.
    NoSuchAddress,
    /// The server refused the address and did not say in a code why: it may be
    /// the address, or the server passes nothing on for us.
    MayBeAddress,
    /// The server will not take this mail, for a reason that says nothing of the
    /// address. Some are lifted in time; what lasts is the recipient's.
    ForGood,
}

/// A mail did not go out, and why, in words without any address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// How.
    pub how: Setback,
    /// Why.
    pub why: String,
}

impl Carrier {
    /// Opens the way out; connections are made when they are needed.
    ///
    /// # Errors
    ///
    /// Where a password or certificate cannot be read, or the folder not made.
    pub fn open(settings: &MailSettings) -> Result<Self, NoticeError> {
        match &settings.carrier {
            Settings::Folder(folder) => {
                std::fs::create_dir_all(folder)
                    .map_err(|why| NoticeError::File { path: folder.clone(), why })?;
                Ok(Self::Folder(folder.clone()))
            }
            Settings::Smtp(smtp) => {
                server(smtp, &super::message::domain(&settings.from)).map(Box::new).map(Self::Smtp)
            }
        }
    }

    /// Whether it could be opened: the password and the certificate are there.
    /// Nothing is written, and no server asked.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub fn check(settings: &MailSettings) -> Result<(), NoticeError> {
        match &settings.carrier {
            Settings::Folder(_) => Ok(()),
            Settings::Smtp(smtp) => server(smtp, "localhost").map(|_| ()),
        }
    }

    /// Sends one mail. In a folder it takes the place of itself.
    ///
    /// # Errors
    ///
    /// Where it was not taken, or may not have been.
    pub async fn send(&self, id: &str, posted: &Posted) -> Result<(), Refused> {
        self.send_within(PATIENCE, id, posted).await
    }

    /// The same, where the server is waited for as long as this.
    pub(super) async fn send_within(
        &self,
        patience: Duration,
        id: &str,
        posted: &Posted,
    ) -> Result<(), Refused> {
        match self {
            Self::Smtp(server) => {
                let sending = server.send_raw(&posted.envelope, &posted.bytes);
                match tokio::time::timeout(patience, sending).await {
                    Ok(sent) => sent.map(|_| ()).map_err(|fault| refused(&fault)),
                    Err(_) => Err(Refused {
                        how: Setback::Unclear,
                        why: "the server was silent for too long".to_owned(),
                    }),
                }
            }
            Self::Folder(folder) => {
                let written = write(folder, id, posted).await;
                let refused = |why: std::io::Error| Refused {
                    how: Setback::NotTaken,
                    why: format!("the folder of mails cannot be written: {why}"),
                };
                written.map_err(refused)
            }
        }
    }
}

/// As it would travel, and as text to be read.
async fn write(folder: &std::path::Path, id: &str, posted: &Posted) -> std::io::Result<()> {
    for (bytes, ending) in [(posted.text.as_bytes(), "txt"), (&posted.bytes, "eml")] {
        let beside = folder.join(format!(".{id}.new"));
        tokio::fs::write(&beside, bytes).await?;
        tokio::fs::rename(&beside, folder.join(format!("{id}.{ending}"))).await?;
    }
    Ok(())
}

fn server(
    smtp: &SmtpSettings,
    domain: &str,
) -> Result<AsyncSmtpTransport<Tokio1Executor>, NoticeError> {
    let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&smtp.server)
        .port(smtp.port)
        .hello_name(ClientId::Domain(domain.to_owned()))
        .timeout(Some(Duration::from_mins(1)))
        .pool_config(PoolConfig::new().max_size(4));
    builder = match smtp.tls {
        Tls::None => builder.tls(SmtpTls::None),
        Tls::Starttls => builder.tls(SmtpTls::Required(parameters(smtp)?)),
        Tls::Tls => builder.tls(SmtpTls::Wrapper(parameters(smtp)?)),
    };
    if let Some(login) = &smtp.login {
        let password = login.password()?;
        builder = builder.credentials(Credentials::new(login.user.clone(), password));
    }
    Ok(builder.build())
}

fn parameters(smtp: &SmtpSettings) -> Result<TlsParameters, NoticeError> {
    let mut parameters = TlsParameters::builder(smtp.server.clone());
    if let Some(path) = &smtp.ca_file {
        let pem =
            std::fs::read(path).map_err(|why| NoticeError::File { path: path.clone(), why })?;
        let unusable = |why| NoticeError::Carrier(format!("{}: {why}", path.display()));
        let authority = Certificate::from_pem(&pem).map_err(unusable)?;
        parameters = parameters.add_root_certificate(authority);
    }
    parameters.build().map_err(|why| NoticeError::Carrier(format!("no TLS: {why}")))
}

/// What a server's answer means. Its own words may name an address: only the
/// codes are kept.
fn refused(fault: &lettre::transport::smtp::Error) -> Refused {
    let said = fault.to_string();
    let enhanced = enhanced_status(&said);
    let refused = |how, why: String| Refused { how, why };
    if let Some(code) = fault.status() {
        let status = enhanced.map(|it| format!(" {it}")).unwrap_or_default();
        let why = format!("the server answered {code}{status}");
        return refused(meaning(&code.to_string(), enhanced), why);
    }
    if fault.is_client() && said.contains("SMTPUTF8") {
        let why = "the server takes no address with letters outside ASCII (no SMTPUTF8)";
        return refused(Setback::NoSuchAddress, why.to_owned());
    }
    if said.contains("certificate") {
        let why = "the server's certificate is not vouched for by an authority this system \
                   trusts: name the authority as ca_file in [mail], or mend the certificate";
        return refused(Setback::NotReached, why.to_owned());
    }
    if fault.is_client() || fault.is_tls() || said.starts_with("Connection error") {
        return refused(Setback::NotReached, "the server was not reached".to_owned());
    }
    refused(Setback::Unclear, "the connection was lost before the server answered".to_owned())
}

/// What a refusal means, by its code and its enhanced code.
fn meaning(code: &str, enhanced: Option<&str>) -> Setback {
    match enhanced {
        Some(status) if is_of_address(status) => Setback::NoSuchAddress,
        // Microsoft 365 says this of recipients it does not know.
        Some("5.4.1") => Setback::MayBeAddress,
        None if ["550", "551", "553"].contains(&code) => Setback::MayBeAddress,
        _ if code.starts_with('5') => Setback::ForGood,
        _ => Setback::NotTaken,
    }
}

/// Whether an enhanced code (RFC 3463) says that the address is none, or takes
/// mail no more. A full mailbox, a policy or a relay says nothing of the address.
pub(super) fn is_of_address(status: &str) -> bool {
    status.starts_with("5.1.") || status == "5.2.1"
}

/// An enhanced status code (RFC 3463), where the answer has one.
pub(super) fn enhanced_status(text: &str) -> Option<&str> {
    text.split_whitespace().map(|word| word.trim_matches(|c: char| !c.is_ascii_digit())).find(
        |word| {
            let parts: Vec<&str> = word.split('.').collect();
            let numbers = parts.iter().all(|part| part.len() <= 3 && part.parse::<u16>().is_ok());
            parts.len() == 3 && numbers && ["2", "4", "5"].contains(&parts[0])
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_server_says_of_the_address_writes_it_off() {
        for (code, enhanced, means) in [
            ("550", Some("5.1.1"), Setback::NoSuchAddress),
            ("550", Some("5.1.10"), Setback::NoSuchAddress),
            ("550", Some("5.2.1"), Setback::NoSuchAddress),
            ("552", Some("5.2.2"), Setback::ForGood),
            ("550", Some("5.7.1"), Setback::ForGood),
            ("550", Some("5.4.1"), Setback::MayBeAddress),
            ("550", None, Setback::MayBeAddress),
            ("553", None, Setback::MayBeAddress),
            ("554", None, Setback::ForGood),
            ("451", Some("4.1.1"), Setback::NotTaken),
        ] {
            assert_eq!(meaning(code, enhanced), means, "{code} {enhanced:?}");
        }
    }
}
