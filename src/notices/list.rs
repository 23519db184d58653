//! What waits, was sent and failed: no text, no addresses. And what was answered.

use sea_orm::{EntityTrait as _, QueryOrder as _, QuerySelect as _};
use serde::Serialize;

use super::recipient::Recipient;
use crate::catalogue::entity::{answer, mail, mail_reply, notice, person};
use crate::catalogue::{Catalogue, CatalogueError};

/// One notice and its mail.
#[derive(Debug, Clone, Serialize)]
pub struct Listed {
    /// Which.
    pub id: String,
    /// Its kind.
    pub kind: String,
    /// To whom.
    pub recipient: String,
    /// Of which period.
    pub period_key: String,
    /// Where it stands.
    pub state: String,
    /// When it was decided.
    pub created_at: String,
    /// How often its mail was tried.
    pub attempts: i64,
    /// When a server took it.
    pub sent_at: Option<String>,
    /// What went wrong last.
    pub last_fault: Option<String>,
}

/// The newest notices.
///
/// # Errors
///
/// Where the catalogue does not answer.
pub async fn list(catalogue: &Catalogue, limit: u64) -> Result<Vec<Listed>, CatalogueError> {
    let notices = notice::Entity::find()
        .order_by_desc(notice::Column::Id)
        .limit(limit)
        .all(catalogue.read())
        .await?;
    let mut listed = Vec::with_capacity(notices.len());
    for notice in notices {
        let mail = match notice.mail_id {
            Some(id) => mail::Entity::find_by_id(id).one(catalogue.read()).await?,
            None => None,
        };
        listed.push(Listed {
            id: notice.id.to_string(),
            kind: notice.kind.to_string(),
            recipient: notice.recipient,
            period_key: notice.period_key,
            state: notice.state.to_string(),
            created_at: notice.created_at.to_string(),
            attempts: mail.as_ref().map_or(0, |mail| mail.attempts),
            sent_at: mail.as_ref().and_then(|mail| mail.sent_at).map(|at| at.to_string()),
            last_fault: mail.and_then(|mail| mail.last_fault),
        });
    }
    Ok(listed)
}

/// One answer to a batch.
#[derive(Debug, Clone, Serialize)]
pub struct AnswerListed {
    /// When.
    pub at: String,
    /// To which batch.
    pub batch: String,
    /// Whose.
    pub by: String,
    /// Which.
    pub answer: String,
    /// Until when the records are kept.
    pub until: Option<String>,
    /// Whose the records are said to be.
    pub whose: Option<String>,
}

/// The newest answers.
///
/// # Errors
///
/// Where the catalogue does not answer.
pub async fn answers(
    catalogue: &Catalogue,
    limit: u64,
) -> Result<Vec<AnswerListed>, CatalogueError> {
    let answers = answer::Entity::find()
        .order_by_desc(answer::Column::Id)
        .limit(limit)
        .all(catalogue.read())
        .await?;
    let mut listed = Vec::with_capacity(answers.len());
    for answer in answers {
        let by = person::Entity::find_by_id(answer.person_id).one(catalogue.read()).await?;
        listed.push(AnswerListed {
            at: answer.at.to_string(),
            batch: answer.batch_number,
            by: by.map(|by| by.name).unwrap_or_default(),
            answer: answer.answer.to_string(),
            until: answer.keep_until.map(|day| day.0.to_string()),
            whose: answer.named_address,
        });
    }
    Ok(listed)
}

/// One reply to a mail that asks for no approval.
#[derive(Debug, Clone, Serialize)]
pub struct ReplyListed {
    /// When.
    pub at: String,
    /// What: that a batch stops, or that records are to be held.
    pub reply: String,
    /// Of which batch, or of which record type.
    pub of: String,
    /// Whose.
    pub by: String,
    /// Why.
    pub reason: String,
}

/// The newest replies.
///
/// # Errors
///
/// Where the catalogue does not answer.
pub async fn replies(
    catalogue: &Catalogue,
    limit: u64,
) -> Result<Vec<ReplyListed>, CatalogueError> {
    let replies = mail_reply::Entity::find()
        .order_by_desc(mail_reply::Column::Id)
        .limit(limit)
        .all(catalogue.read())
        .await?;
    let mut listed = Vec::with_capacity(replies.len());
    for reply in replies {
        let by = match reply.recipient.parse() {
            Ok(Recipient::Person(id)) => {
                let by = person::Entity::find_by_id(id).one(catalogue.read()).await?;
                by.map(|by| by.name).unwrap_or_default()
            }
            Ok(Recipient::Mailbox(area)) => format!("the mailbox of {area}"),
            Ok(Recipient::Director(area)) => format!("the director of {area}"),
            Err(_) => reply.recipient,
        };
        listed.push(ReplyListed {
            at: reply.at.to_string(),
            reply: reply.reply.to_string(),
            of: reply.batch_number.or(reply.record_type).unwrap_or_default(),
            by,
            reason: reply.reason,
        });
    }
    Ok(listed)
}
