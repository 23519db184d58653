//! A mail in the form in which it travels.
//!
//! Plain text and HTML side by side, with the headers that keep a thread
//! together and that keep machines from answering (RFC 3834, RFC 2919).

use lettre::Address;
use lettre::address::Envelope;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment as Part, Mailbox, Message, MultiPart, SinglePart};

use super::NoticeError;
use super::outbox::Attachment;
use super::render::Letter;
use crate::catalogue::entity::mail;
use crate::catalogue::values::Micros;
use crate::config::{MailAddress, MailSettings, sendable};

/// As many threads of a digest are referred to, beside its own: the header is one
/// line to many a server.
const ROOTS: usize = 10;

/// What the mailboxes of Exchange do not answer (MS-OXCMAIL). Reports of failed
/// delivery are not among it: `super::bounce` reads them.
const UNANSWERED: &str = "DR, RN, NRN, OOF, AutoReply";

/// A mail in the form in which it travels, and its ends.
#[derive(Debug, Clone)]
pub struct Posted {
    /// From whom and to whom.
    pub envelope: Envelope,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// The same for a person who looks at it in a file.
    pub text: String,
}

/// What a mail is made of.
pub struct Content<'a> {
    /// The row.
    pub mail: &'a mail::Model,
    /// Its text.
    pub letter: &'a Letter,
    /// The threads of what it tells; a digest has several.
    pub threads: &'a [String],
    /// What goes with it.
    pub attachments: &'a [Attachment],
    /// The Message-ID of the last mail of one of its threads to this recipient.
    pub previous: Option<&'a str>,
    /// Where it goes.
    pub to: &'a str,
    /// Who it is from.
    pub organisation: &'a str,
}

impl std::fmt::Debug for Content<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Content({})", self.mail.message_id)
    }
}

/// Puts a mail together.
///
/// # Errors
///
/// Where an address cannot be written to.
pub fn post(settings: &MailSettings, content: &Content<'_>) -> Result<Posted, NoticeError> {
    let from = own(&settings.from)?;
    let to = sendable(content.to).map_err(NoticeError::Address)?;
    let sender = settings.bounce_address.as_ref().unwrap_or(&settings.from);
    let envelope = Envelope::new(Some(own(sender)?), vec![to.clone()])
        .map_err(|why| NoticeError::Carrier(why.to_string()))?;
    let name = Some(format!("{} records", content.organisation));
    let mut message = Message::builder()
        .from(Mailbox::new(name, from))
        .to(Mailbox::new(None, to))
        .subject(&content.letter.subject)
        .date(instant(content.mail.created_at))
        .message_id(Some(format!("<{}>", content.mail.message_id)))
        .envelope(envelope.clone());
    if let Some(reply_to) = &settings.reply_to {
        message = message.reply_to(Mailbox::new(None, own(reply_to)?));
    }
    for (name, value) in headers(settings, content) {
        message = message.raw_header(HeaderValue::new(HeaderName::new_from_ascii_str(name), value));
    }
    let message = message.multipart(body(content)?);
    let message = message.map_err(|why| NoticeError::Carrier(why.to_string()))?;
    let Letter { subject, plain, .. } = content.letter;
    let text = format!("To: {}\nSubject: {subject}\n\n{plain}", content.to);
    Ok(Posted { envelope, bytes: message.formatted(), text })
}

/// One of our own addresses, which are not the recipient's fault.
fn own(address: &MailAddress) -> Result<Address, NoticeError> {
    sendable(&address.0).map_err(NoticeError::Carrier)
}

/// The mail's own instant: a mail that is sent again says the same.
fn instant(at: Micros) -> std::time::SystemTime {
    at.timestamp().into()
}

/// The domain of our Message-IDs, in ASCII.
pub(super) fn domain(from: &MailAddress) -> String {
    idna::domain_to_ascii(from.domain()).unwrap_or_else(|_| "localhost".to_owned())
}

fn headers(settings: &MailSettings, content: &Content<'_>) -> Vec<(&'static str, String)> {
    let domain = domain(&settings.from);
    let mail = content.mail;
    let root = thread_root(&mail.thread, mail, &domain);
    let others = content.threads.iter().filter(|thread| **thread != mail.thread);
    let others = others.take(ROOTS).map(|thread| thread_root(thread, mail, &domain));
    let previous = content.previous.map(|id| format!("<{id}>"));
    let references: Vec<String> =
        [root.clone()].into_iter().chain(others).chain(previous.clone()).collect();
    let mut headers = vec![
        ("In-Reply-To", previous.unwrap_or(root)),
        ("References", references.join(" ")),
        ("List-Id", format!("<retaind.{domain}>")),
        ("Auto-Submitted", "auto-generated".to_owned()),
        ("X-Auto-Response-Suppress", UNANSWERED.to_owned()),
    ];
    if content.mail.is_digest {
        headers.push(("Precedence", "bulk".to_owned()));
    }
    headers
}

/// What every mail of a thread refers to. There is no such mail: readers group
/// by it all the same, and it needs no first one.
fn thread_root(thread: &str, mail: &mail::Model, domain: &str) -> String {
    let said = format!("{thread} {}", mail.recipient);
    let digest = crate::audit::digest::of_bytes(said.as_bytes());
    format!("<thread.{}@{domain}>", &digest[..24])
}

fn body(content: &Content<'_>) -> Result<MultiPart, NoticeError> {
    let Letter { plain, html, .. } = content.letter;
    let text = MultiPart::alternative()
        .singlepart(SinglePart::plain(plain.clone()))
        .singlepart(SinglePart::html(html.clone()));
    if content.attachments.is_empty() {
        return Ok(text);
    }
    let mut whole = MultiPart::mixed().multipart(text);
    for Attachment { name, media_type, bytes } in content.attachments {
        let kind = ContentType::parse(media_type)
            .map_err(|_| NoticeError::Carrier(format!("`{media_type}` is no media type")))?;
        whole = whole.singlepart(Part::new(name.clone()).body(bytes.clone(), kind));
    }
    Ok(whole)
}
