//! What comes back: reports of failed delivery (RFC 3464) in a Maildir or mbox.
//!
//! A report names our Message-ID; one that does not is none of ours, since anyone
//! can write to that mailbox. Where the address is none, the mail counts as
//! bounced and the address as failing, so that what it told is told to another;
//! after any other permanent failure the mail goes out again on the next day, for
//! some days. Anything else is left alone: an answer by a person is for a person. What was read is moved to
//! `cur`, or for an mbox beside it, never removed.

use std::fs;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use mail_parser::{Message, MessageParser, MimeHeaders as _};
use rustix::fs::{Access, FlockOperation};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _,
};
use serde::Serialize;

use super::carrier::{enhanced_status, is_of_address};
use super::send::{Post, tell};
use super::{NoticeError, failing, reroute};
use crate::catalogue::entity::mail;
use crate::catalogue::values::Micros;
use crate::catalogue::words::{MailState, NoticeState};

/// After how long a mail that came back for another reason than its address (a
/// full mailbox, a policy) goes out again, the same one.
const AGAIN: SignedDuration = SignedDuration::from_hours(24);

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
/// Where the place cannot be read or what was read not be moved, or the
/// catalogue fails.
pub async fn read_bounces(post: &Post<'_>) -> Result<Returned, NoticeError> {
    let place = post.config.mail.as_ref().and_then(|mail| mail.bounces.clone());
    let Some(place) = place else { return Ok(Returned::default()) };
    let mut returned = Returned::default();
    let mut left = None;
    for new in unread(&place, post.clock.now())? {
        returned.read += 1;
        for text in &new.messages {
            if let Some(report) = report(text) {
                note(post, &report, &mut returned).await?;
            }
        }
        // One that cannot be moved keeps nobody from reading the others.
        left = new.seen().err().or(left);
    }
    left.map_or(Ok(returned), Err)
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
    let is_old = now.duration_since(sent.created_at.timestamp()) > failing::PATIENCE;
    let after = match is_of_address(&report.status) || is_old {
        true => {
            if let Some(address) = &sent.address {
                failing::note(&tx, address, &why, now).await?;
            }
            tell(&tx, &sent, NoticeState::Bounced).await?;
            mail::Model { state: MailState::Bounced, last_fault: Some(why), ..sent }
        }
        false => {
            tell(&tx, &sent, NoticeState::Waiting).await?;
            let next_attempt_at = Micros::from(now + AGAIN);
            let (state, sent_at, last_fault) = (MailState::Waiting, None, Some(why));
            mail::Model { state, sent_at, next_attempt_at, last_fault, ..sent }
        }
    };
    after.into_active_model().reset_all().update(&*tx).await?;
    returned.bounced += 1;
    returned.rerouted += reroute::reroute(&tx, now).await?.rerouted;
    tx.commit().await?;
    Ok(())
}

/// Whether failed deliveries can be read there and moved away: a Maildir, or an
/// mbox file, which need not be there before the first one.
///
/// # Errors
///
/// What is wrong with it.
pub fn look(place: &Path) -> Result<(), NoticeError> {
    match place.is_dir() {
        true => {
            may(&place.join("new"), Access::READ_OK | Access::WRITE_OK | Access::EXEC_OK)?;
            let cur = place.join("cur");
            may(if cur.is_dir() { &cur } else { place }, Access::WRITE_OK | Access::EXEC_OK)
        }
        false => {
            let folder = place.parent().unwrap_or(place);
            may(folder, Access::READ_OK | Access::WRITE_OK | Access::EXEC_OK)?;
            if !place.exists() {
                return Ok(());
            }
            let text = fs::read(place).map_err(unreadable(place))?;
            match text.is_empty() || text.starts_with(b"From ") {
                true => Ok(()),
                false => Err(unreadable(place)(std::io::Error::other("it is not an mbox file"))),
            }
        }
    }
}

/// Whether nothing is there, and nothing was ever taken from there. That may be an
/// mbox file that no delivery has failed into yet, or a name that is mistyped:
/// nobody can tell which.
#[must_use]
pub fn was_never_there(place: &Path) -> bool {
    let is_from_there = |file: &Path| {
        let ending = file.extension().unwrap_or_default().to_string_lossy();
        let was_moved = ending.starts_with(TAKEN) || ending.starts_with(READ);
        was_moved && file.file_stem() == place.file_stem()
    };
    let beside = place.parent().and_then(|folder| fs::read_dir(folder).ok());
    let mut beside = beside.into_iter().flatten().flatten();
    !place.exists() && !beside.any(|file| is_from_there(&file.path()))
}

fn may(path: &Path, access: Access) -> Result<(), NoticeError> {
    rustix::fs::access(path, access).map_err(|why| unreadable(path)(why.into()))
}

fn unreadable(path: &Path) -> impl Fn(std::io::Error) -> NoticeError {
    |why| NoticeError::Bounces { path: path.to_owned(), why }
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
        if let Some(folder) = self.moved_to.parent() {
            fs::create_dir_all(folder).map_err(unreadable(folder))?;
        }
        fs::rename(&self.path, &self.moved_to).map_err(unreadable(&self.path))
    }
}

fn unread(place: &Path, now: Timestamp) -> Result<Vec<Unread>, NoticeError> {
    if !place.is_dir() {
        return mbox(place, now);
    }
    let mut unread = Vec::new();
    let new = place.join("new");
    for entry in fs::read_dir(&new).map_err(unreadable(&new))? {
        let path = entry.map_err(unreadable(&new))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let moved_to = place.join("cur").join(format!("{name}:2,S"));
        let messages = vec![fs::read(&path).map_err(unreadable(&path))?];
        unread.push(Unread { messages, path, moved_to });
    }
    unread.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(unread)
}

const TAKEN: &str = "taken-";
const READ: &str = "read-";

/// An mbox file as a whole. It is moved aside before it is read, so that what a
/// mail server adds from then on goes into a new one; while the server still
/// writes the old one, that waits for the next time.
fn mbox(place: &Path, now: Timestamp) -> Result<Vec<Unread>, NoticeError> {
    if fs::metadata(place).is_ok_and(|file| file.len() > 0) {
        let aside = place.with_extension(format!("{TAKEN}{}", now.as_microsecond()));
        fs::rename(place, &aside).map_err(unreadable(place))?;
    }
    let mut unread = Vec::new();
    for path in taken(place)? {
        let file = fs::File::open(&path).map_err(unreadable(&path))?;
        if rustix::fs::fcntl_lock(&file, FlockOperation::NonBlockingLockShared).is_err() {
            continue;
        }
        let messages = messages(&fs::read(&path).map_err(unreadable(&path))?);
        let name = path.extension().unwrap_or_default().to_string_lossy().into_owned();
        let moved_to = path.with_extension(name.replacen(TAKEN, READ, 1));
        unread.push(Unread { messages, path, moved_to });
    }
    Ok(unread)
}

/// The mbox files that were moved aside and are not read yet.
fn taken(place: &Path) -> Result<Vec<PathBuf>, NoticeError> {
    let folder = place.parent().unwrap_or(place);
    let mut taken = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable(folder))? {
        let path = entry.map_err(unreadable(folder))?.path();
        let ending = path.extension().unwrap_or_default().to_string_lossy().into_owned();
        if ending.starts_with(TAKEN) && path.file_stem() == place.file_stem() {
            taken.push(path);
        }
    }
    taken.sort();
    Ok(taken)
}

fn messages(text: &[u8]) -> Vec<Vec<u8>> {
    let mut messages: Vec<Vec<u8>> = Vec::new();
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        match messages.last_mut() {
            _ if line.starts_with(b"From ") => messages.push(Vec::new()),
            Some(message) => message.extend_from_slice(line),
            None => {}
        }
    }
    messages
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead as _, BufReader};
    use std::process::{Command, Stdio};

    use super::*;

    fn read(place: &Path, second: i64) -> Vec<Vec<Vec<u8>>> {
        let unread = mbox(place, Timestamp::from_second(second).unwrap()).unwrap();
        unread
            .into_iter()
            .map(|one| {
                let messages = one.messages.clone();
                one.seen().unwrap();
                messages
            })
            .collect()
    }

    #[test]
    fn what_is_added_to_an_mbox_while_it_is_read_is_read_the_next_time() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("bounces");
        look(&place).unwrap();
        assert!(was_never_there(&place));
        fs::write(&place, "From a\none\nFrom b\ntwo\n").unwrap();
        look(&place).unwrap();
        let reading = mbox(&place, Timestamp::from_second(1).unwrap()).unwrap();
        fs::write(&place, "From c\nthree\n").unwrap();
        assert_eq!(reading[0].messages, [b"one\n", b"two\n"]);
        reading.into_iter().for_each(|one| one.seen().unwrap());
        assert_eq!(read(&place, 2), [[b"three\n"]]);
        assert_eq!(read(&place, 3), [[b""; 0]; 0]);
        assert!(!place.exists() && !was_never_there(&place), "what was read shows that it was");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "nothing was removed");
    }

    #[test]
    fn an_mbox_that_is_still_written_is_left_until_it_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("bounces");
        fs::write(&place, "From a\none\n").unwrap();
        let script = "import fcntl, sys; f = open(sys.argv[1], 'a'); fcntl.lockf(f, fcntl.LOCK_EX); \
                      print('locked', flush=True); sys.stdin.read()";
        let mut writer = Command::new("python3")
            .args(["-c", script])
            .arg(&place)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = String::new();
        BufReader::new(writer.stdout.take().unwrap()).read_line(&mut said).unwrap();
        assert_eq!(said, "locked\n");
        assert_eq!(read(&place, 1), [[b""; 0]; 0]);
        drop(writer.stdin.take());
        assert!(writer.wait().unwrap().success());
        assert_eq!(read(&place, 2), [[b"one\n"]]);
    }
}
