//! What comes back: reports of failed delivery (RFC 3464) in a Maildir or mbox.
//!
//! A report names our Message-ID; one that does not is none of ours, since anyone
//! can write to that mailbox. A permanent failure marks the mail bounced and the
//! address failing, so that what it told is told to another. Anything else is
//! left alone: an answer by a person is for a person. What was read is moved to
//! `cur`, never removed.

use std::fs;
use std::path::{Path, PathBuf};

use mail_parser::{Message, MessageParser, MimeHeaders as _};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _,
};
use serde::Serialize;

use super::carrier::enhanced_status;
use super::send::{Post, note_failing, tell};
use super::{NoticeError, reroute};
use crate::catalogue::entity::mail;
use crate::catalogue::words::{MailState, NoticeState};

/// What came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Returned {
    /// Messages read.
    pub read: u64,
    /// Mails of ours that failed for good.
    pub bounced: u64,
    /// Notices told to another because of it.
    pub rerouted: u64,
}

/// One failure, as a report tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The Message-ID of what failed, where the report carries it.
    pub message_id: Option<String>,
    /// The status, such as `5.1.1`.
    pub status: String,
}

/// Reads the reports that are new, and tells others what did not arrive.
///
/// # Errors
///
/// Where the folder cannot be read, or the catalogue fails.
pub async fn read_bounces(post: &Post<'_>) -> Result<Returned, NoticeError> {
    let place = post.config.mail.as_ref().and_then(|mail| mail.bounces.clone());
    let Some(place) = place else { return Ok(Returned::default()) };
    let mut returned = Returned::default();
    for new in unread(&place)? {
        returned.read += 1;
        for text in &new.messages {
            if let Some(report) = report(text) {
                note(post, &report, &mut returned).await?;
            }
        }
        new.seen()?;
    }
    Ok(returned)
}

/// The permanent failure that a message reports, where it does.
#[must_use]
pub fn report(text: &[u8]) -> Option<Report> {
    let message = MessageParser::default().parse(text)?;
    let delivery = part(&message, "delivery-status")?;
    let fields = String::from_utf8_lossy(delivery).to_lowercase();
    let value = |name: &str| {
        let line = fields.lines().find(|line| line.starts_with(name));
        line.and_then(|line| line.split_once(':')).map(|(_, value)| value.trim().to_owned())
    };
    if value("action").as_deref() != Some("failed") {
        return None;
    }
    let status = value("status").and_then(|status| enhanced_status(&status).map(str::to_owned));
    let status = status.filter(|status| status.starts_with("5."))?;
    Some(Report { message_id: original_id(text), status })
}

/// A part of this subtype, as its bytes.
fn part<'a>(message: &'a Message<'a>, subtype: &str) -> Option<&'a [u8]> {
    let found = message.parts.iter().find(|part| {
        part.content_type().and_then(|kind| kind.subtype()).is_some_and(|it| it == subtype)
    })?;
    Some(found.contents())
}

/// The Message-ID in the headers that a report returns: the last one in it.
fn original_id(text: &[u8]) -> Option<String> {
    let unfolded = |text: &str| text.replace("\r\n", "\n").replace("\n ", " ").replace("\n\t", " ");
    let text = unfolded(&String::from_utf8_lossy(text));
    let mut ids = text.lines().filter_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.trim().eq_ignore_ascii_case("message-id").then(|| value.trim().to_owned())
    });
    ids.next_back().map(|id| id.trim_matches(['<', '>']).to_owned())
}

async fn note(
    post: &Post<'_>,
    report: &Report,
    returned: &mut Returned,
) -> Result<(), NoticeError> {
    let Some(id) = &report.message_id else { return Ok(()) };
    let now = post.clock.now();
    let tx = post.catalogue.write_tx().await?;
    let sent = mail::Entity::find()
        .filter(mail::Column::MessageId.eq(id))
        .filter(mail::Column::State.eq(MailState::Sent))
        .one(&*tx)
        .await?;
    let Some(sent) = sent else {
        tx.rollback().await?;
        return Ok(());
    };
    let why = format!("a report of failed delivery gave the status {}", report.status);
    if let Some(address) = &sent.address {
        note_failing(&tx, address, &why, now).await?;
    }
    tell(&tx, &sent, NoticeState::Bounced).await?;
    let bounced = mail::Model { state: MailState::Bounced, last_fault: Some(why), ..sent };
    bounced.into_active_model().reset_all().update(&*tx).await?;
    returned.bounced += 1;
    returned.rerouted += reroute::reroute(&tx, now).await?.rerouted;
    tx.commit().await?;
    Ok(())
}

/// A file that was not read before.
struct Unread {
    messages: Vec<Vec<u8>>,
    path: PathBuf,
    moved_to: PathBuf,
}

impl Unread {
    /// Moves it away, so that it is read once.
    fn seen(self) -> Result<(), NoticeError> {
        let failed = |why| NoticeError::File { path: self.path.clone(), why };
        if let Some(folder) = self.moved_to.parent() {
            fs::create_dir_all(folder).map_err(failed)?;
        }
        fs::rename(&self.path, &self.moved_to).map_err(failed)
    }
}

fn unread(place: &Path) -> Result<Vec<Unread>, NoticeError> {
    let failed = |why| NoticeError::File { path: place.to_owned(), why };
    if !place.is_dir() {
        return mbox(place);
    }
    let mut unread = Vec::new();
    let new = place.join("new");
    for entry in fs::read_dir(&new).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let moved_to = place.join("cur").join(format!("{name}:2,S"));
        let messages = vec![fs::read(&path).map_err(failed)?];
        unread.push(Unread { messages, path, moved_to });
    }
    unread.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(unread)
}

/// An mbox file as a whole, moved aside once it is read; none where it is not
/// there or empty.
fn mbox(place: &Path) -> Result<Vec<Unread>, NoticeError> {
    let text = match fs::read(place) {
        Err(why) if why.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(why) => return Err(NoticeError::File { path: place.to_owned(), why }),
        Ok(text) if text.is_empty() => return Ok(Vec::new()),
        Ok(text) => text,
    };
    let mut messages: Vec<Vec<u8>> = Vec::new();
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        match messages.last_mut() {
            _ if line.starts_with(b"From ") => messages.push(Vec::new()),
            Some(message) => message.extend_from_slice(line),
            None => {}
        }
    }
    let digest = crate::audit::digest::of_bytes(&text);
    let moved_to = place.with_extension(format!("read-{}", &digest[..12]));
    Ok(vec![Unread { messages, path: place.to_owned(), moved_to }])
}
