//! What waits, was sent and failed: no text, and addresses only for who asks for
//! them. And what was answered.

use std::collections::{BTreeSet, HashMap};

use sea_orm::{
    ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use serde::Serialize;
use uuid::Uuid;

use super::link::Topic;
use super::recipient::{Directory, Recipient};
use super::{held, outbox};
use crate::catalogue::entity::{
    answer, link_use, mail, mail_reply, notice, owner_statement, person,
};
use crate::catalogue::{Catalogue, CatalogueError};

/// One notice and its mail.
#[derive(Debug, Clone, Serialize)]
pub struct Listed {
    /// Which.
    pub id: String,
    /// Its kind.
    pub kind: String,
    /// To whom, by the id of a person or the name of a service area.
    pub recipient: String,
    /// As what that is told: the roles of a person and their part of the
    /// organisation, or whose mailbox it is.
    pub who: String,
    /// Where they are reached now, where addresses are asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
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
pub async fn list(
    catalogue: &Catalogue,
    limit: u64,
    addresses: Addresses,
) -> Result<Vec<Listed>, CatalogueError> {
    let newest = notice::Entity::find().order_by_desc(notice::Column::Id).limit(limit);
    lines(catalogue, newest.all(catalogue.read()).await?, addresses).await
}

/// What is held back, oldest first.
///
/// # Errors
///
/// Where the catalogue does not answer.
pub async fn held_back(
    catalogue: &Catalogue,
    addresses: Addresses,
) -> Result<Vec<Listed>, CatalogueError> {
    lines(catalogue, held::held(catalogue.read()).await?, addresses).await
}

/// Whether a list shows where people are reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Addresses {
    /// They are personal data, and left out.
    Hidden,
    /// For who runs the program, and asks for them.
    Shown,
}

async fn lines(
    catalogue: &Catalogue,
    notices: Vec<notice::Model>,
    addresses: Addresses,
) -> Result<Vec<Listed>, CatalogueError> {
    let directory = Directory::read(catalogue.read()).await?;
    let held: BTreeSet<Uuid> =
        held::held(catalogue.read()).await?.into_iter().map(|notice| notice.id).collect();
    let mut listed = Vec::with_capacity(notices.len());
    for notice in notices {
        let to = outbox::recipient(&notice.recipient)?;
        let address = directory.address(&to).filter(|_| addresses == Addresses::Shown);
        let mail = match notice.mail_id {
            Some(id) => mail::Entity::find_by_id(id).one(catalogue.read()).await?,
            None => None,
        };
        listed.push(Listed {
            id: notice.id.to_string(),
            kind: notice.kind.to_string(),
            who: directory.words(&to, notice.service_area.as_deref()),
            address: address.map(str::to_owned),
            recipient: notice.recipient,
            period_key: notice.period_key,
            state: match held.contains(&notice.id) {
                true => "held-back".to_owned(),
                false => notice.state.to_string(),
            },
            created_at: notice.created_at.to_string(),
            attempts: mail.as_ref().map_or(0, |mail| mail.attempts),
            sent_at: mail.as_ref().and_then(|mail| mail.sent_at).map(|at| at.to_string()),
            last_fault: mail.and_then(|mail| mail.last_fault),
        });
    }
    Ok(listed)
}

/// One answer to a question that a mail asked.
#[derive(Debug, Clone, Serialize)]
pub struct AnswerListed {
    /// When.
    pub at: String,
    /// To which question, by the name of its page.
    pub question: String,
    /// Of what: the number of a batch or a hold, a record type, the end of a year.
    pub of: String,
    /// Whose.
    pub by: String,
    /// Which.
    pub answer: String,
    /// Until when the records are kept.
    pub until: Option<String>,
    /// Whose the records are said to be.
    pub whose: Option<String>,
}

/// The newest answers, but for those that are replies.
///
/// # Errors
///
/// Where the catalogue does not answer.
pub async fn answers(
    catalogue: &Catalogue,
    limit: u64,
) -> Result<Vec<AnswerListed>, CatalogueError> {
    let read = catalogue.read();
    let names = Names::read(catalogue).await?;
    let to_batches =
        answer::Entity::find().order_by_desc(answer::Column::Id).limit(limit).all(read).await?;
    let elsewhere = [Topic::Batch, Topic::Stop, Topic::Needed];
    let to_others = link_use::Entity::find()
        .filter(link_use::Column::Topic.is_not_in(elsewhere))
        .order_by_desc(link_use::Column::Id)
        .limit(limit)
        .all(read)
        .await?;
    let of_batch = |answer: answer::Model| {
        let listed = AnswerListed {
            at: answer.at.to_string(),
            question: Topic::Batch.to_string(),
            of: answer.batch_number,
            by: names.of(answer.person_id),
            answer: answer.answer.to_string(),
            until: answer.keep_until.map(|day| day.0.to_string()),
            whose: answer.named_address,
        };
        (answer.at, listed)
    };
    let of_other = |used: link_use::Model| {
        let listed = AnswerListed {
            at: used.at.to_string(),
            question: used.topic.to_string(),
            of: used.subject,
            by: used.person_id.map(|id| names.of(id)).unwrap_or_default(),
            answer: used.answer,
            until: None,
            whose: None,
        };
        (used.at, listed)
    };
    let mut listed: Vec<_> = to_batches.into_iter().map(of_batch).collect();
    listed.extend(to_others.into_iter().map(of_other));
    listed.sort_by_key(|(at, _)| std::cmp::Reverse(at.0));
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    Ok(listed.into_iter().take(most).map(|(_, listed)| listed).collect())
}

/// What people are called.
struct Names(HashMap<Uuid, String>);

impl Names {
    async fn read(catalogue: &Catalogue) -> Result<Self, CatalogueError> {
        let people = person::Entity::find().all(catalogue.read()).await?;
        Ok(Self(people.into_iter().map(|person| (person.id, person.name)).collect()))
    }

    fn of(&self, id: Uuid) -> String {
        self.0.get(&id).cloned().unwrap_or_default()
    }
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
    /// Whose, and by whose link.
    pub by: String,
    /// How sure that is.
    pub sure: Sure,
    /// Why.
    pub reason: String,
}

/// How sure it is who replied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sure {
    /// It was the link of one person.
    OwnLink,
    /// At a mailbox somebody typed a name and an address that the people list has.
    OnTheList,
    /// At a mailbox somebody typed a name and an address that it does not have.
    Unverified,
    /// A mailbox's link, from before it asked who replies.
    NotSaid,
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
    let names = Names::read(catalogue).await?;
    let replies = mail_reply::Entity::find()
        .order_by_desc(mail_reply::Column::Id)
        .limit(limit)
        .all(catalogue.read())
        .await?;
    let listed = |reply: mail_reply::Model| {
        let (by, sure) = replied_by(&reply, &names);
        ReplyListed {
            at: reply.at.to_string(),
            reply: reply.reply.to_string(),
            of: reply.batch_number.or(reply.record_type).unwrap_or_default(),
            by,
            sure,
            reason: reply.reason,
        }
    };
    Ok(replies.into_iter().map(listed).collect())
}

fn replied_by(reply: &mail_reply::Model, names: &Names) -> (String, Sure) {
    let mailbox = match reply.recipient.parse() {
        Ok(Recipient::Person(id)) => return (names.of(id), Sure::OwnLink),
        Ok(Recipient::Mailbox(area)) => format!("the mailbox of {area}"),
        Ok(Recipient::Director(area)) => format!("the director of {area}"),
        Err(_) => reply.recipient.clone(),
    };
    let (Some(name), Some(address)) = (&reply.said_name, &reply.said_address) else {
        return (mailbox, Sure::NotSaid);
    };
    match reply.person_id {
        Some(_) => (format!("{name}, as typed at {mailbox}"), Sure::OnTheList),
        None => {
            let by = format!("{name} ({address}), not on the people list, as typed at {mailbox}");
            (by, Sure::Unverified)
        }
    }
}

/// One owner's signed statement of a year.
#[derive(Debug, Clone, Serialize)]
pub struct StatementListed {
    /// When it was signed.
    pub at: String,
    /// The end of the year.
    pub year_end: String,
    /// Whose.
    pub by: String,
    /// The figures they signed.
    pub figures: serde_json::Value,
    /// What they added.
    pub words: String,
}

/// The newest statements that owners signed.
///
/// # Errors
///
/// Where the catalogue does not answer.
pub async fn statements(
    catalogue: &Catalogue,
    limit: u64,
) -> Result<Vec<StatementListed>, CatalogueError> {
    let statements = owner_statement::Entity::find()
        .order_by_desc(owner_statement::Column::Id)
        .limit(limit)
        .all(catalogue.read())
        .await?;
    let mut listed = Vec::with_capacity(statements.len());
    for signed in statements {
        let by = person::Entity::find_by_id(signed.owner).one(catalogue.read()).await?;
        listed.push(StatementListed {
            at: signed.signed_at.to_string(),
            year_end: signed.year_end.0.to_string(),
            by: by.map(|by| by.name).unwrap_or_default(),
            figures: signed.figures,
            words: signed.words,
        });
    }
    Ok(listed)
}
