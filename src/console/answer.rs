//! Answering to a batch by the link in a mail.
//!
//! The link says who answers to which batch, until when and once. The page
//! shows the batch as the mail told it and asks; only the form's POST answers.
//! An answer is written, with its audit entry, in one transaction.

use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use jiff::civil::Date;
use retaind_schedules::calendar::london_date;
use retaind_schedules::ids::PersonId;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
    QueryOrder as _,
};
use serde::Deserialize;

use super::Console;
use super::page::{page, refused};
use crate::audit::{self, Action, By, Entry, Subject};
use crate::catalogue::CatalogueError;
use crate::catalogue::entity::{answer, notice, person};
use crate::catalogue::values::{CivilDate, Micros};
use crate::catalogue::words::AnswerKind;
use crate::clock::id_at;
use crate::config::MailAddress;
use crate::notices::link::{Claim, LinkError};
use crate::notices::payload::{Batch, BatchProposed};
use crate::notices::{Kind, Payload, Recipient};
use crate::people::{Role, roles_of};

/// What the form sends.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Sent {
    /// That it is our form.
    #[serde(default)]
    form: String,
    /// Which answer.
    #[serde(default)]
    answer: String,
    /// The number of the batch, typed.
    #[serde(default)]
    number: String,
    /// Why it is kept.
    #[serde(default)]
    reason: String,
    /// Until when.
    #[serde(default)]
    until: String,
    /// Whose it is.
    #[serde(default)]
    whose: String,
}

/// An answer that was not taken.
#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error(transparent)]
    Link(#[from] LinkError),
    #[error(
        "this link belongs to somebody who may no longer answer. The batch is told to another, and \
         until someone answers nothing is destroyed"
    )]
    NotYours,
    #[error(
        "you have answered this already, on {0}. To change it, write to the records manager; a \
         hold stops everything at once"
    )]
    Answered(String),
    #[error("this batch is not known any more. Nothing was done")]
    NoBatch,
    #[error("this form was not sent from the page itself. Open the link in your mail again")]
    Form,
    #[error("to agree, type the number of the batch, {0}, as it stands on the page")]
    Number(String),
    #[error("say why the records are to be kept")]
    Reason,
    #[error("give a date after today until which they are kept, such as {0}")]
    Until(Date),
    #[error("give the e-mail address of the person whose records these are")]
    Whose,
    #[error("choose one of the three answers")]
    Choice,
    #[error("the catalogue does not answer. Nothing was done; try again later")]
    Catalogue(#[from] CatalogueError),
}

impl From<sea_orm::DbErr> for Refusal {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Catalogue(error.into())
    }
}

impl Refusal {
    fn shown(&self) -> Response {
        let status = match self {
            Self::Link(LinkError::Forged) | Self::NotYours | Self::Form => StatusCode::FORBIDDEN,
            Self::Link(LinkError::Expired) => StatusCode::GONE,
            Self::Answered(_) => StatusCode::CONFLICT,
            Self::NoBatch => StatusCode::NOT_FOUND,
            Self::Catalogue(fault) => {
                tracing::error!(%fault, "an answer could not be read or written");
                StatusCode::SERVICE_UNAVAILABLE
            }
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        };
        refused(status, self)
    }
}

/// Shows the batch and asks. It changes nothing.
pub async fn show(State(console): State<Console>, Path(token): Path<String>) -> Response {
    match asked(&console, &token).await {
        Ok(asked) => page(StatusCode::OK, "answer.html", asked.shown(&console)),
        Err(refusal) => refusal.shown(),
    }
}

/// Takes the answer.
pub async fn take(
    State(console): State<Console>,
    Path(token): Path<String>,
    Form(sent): Form<Sent>,
) -> Response {
    match taken(&console, &token, &sent).await {
        Ok(said) => page(StatusCode::OK, "answered.html", said),
        Err(refusal) => refusal.shown(),
    }
}

/// Somebody, and what they are asked.
struct Asked {
    claim: Claim,
    said: BatchProposed,
    role: Role,
    now: Timestamp,
}

impl Asked {
    fn shown(&self, console: &Console) -> serde_json::Value {
        serde_json::json!({
            "batch": self.said.batch,
            "expires_on": self.said.expires_on,
            "since_last": self.said.since_last,
            "form": self.claim.form_token(&console.keys),
            "organisation": console.config.organisation.name,
        })
    }
}

async fn asked(console: &Console, token: &str) -> Result<Asked, Refusal> {
    let now = console.clock.now();
    let claim = Claim::read(token, &console.keys, now)?;
    let read = console.catalogue.read();
    let found = person::Entity::find_by_id(claim.person).one(read).await?;
    let found = found.filter(|person| person.active).ok_or(Refusal::NotYours)?;
    let actor = roles_of(found)?;
    let role = actor.first_of(&[Role::Iao, Role::RecordsManager]).ok_or(Refusal::NotYours)?;
    if let Some(answer) = answered(read, &claim).await? {
        let on = london_date(answer.at.timestamp());
        return Err(Refusal::Answered(crate::notices::words::day(on)));
    }
    let said = told(read, &claim).await?.ok_or(Refusal::NoBatch)?;
    Ok(Asked { claim, said, role, now })
}

async fn answered(
    db: &impl ConnectionTrait,
    claim: &Claim,
) -> Result<Option<answer::Model>, CatalogueError> {
    let theirs = answer::Entity::find()
        .filter(answer::Column::BatchId.eq(claim.batch))
        .filter(answer::Column::PersonId.eq(claim.person));
    Ok(theirs.one(db).await?)
}

/// What this person was last told of the batch.
async fn told(
    db: &impl ConnectionTrait,
    claim: &Claim,
) -> Result<Option<BatchProposed>, CatalogueError> {
    let recipient = Recipient::Person(claim.person).to_string();
    let told = notice::Entity::find()
        .filter(notice::Column::Kind.eq(Kind::BatchProposed))
        .filter(notice::Column::Recipient.eq(recipient))
        .filter(notice::Column::Thread.eq(thread_of(claim.batch)))
        .order_by_desc(notice::Column::Id)
        .one(db)
        .await?;
    let Some(told) = told else { return Ok(None) };
    match serde_json::from_value(told.payload) {
        Ok(Payload::BatchProposed(said)) => Ok(Some(said)),
        Ok(_) => Ok(None),
        Err(why) => Err(CatalogueError::impossible("notice.payload", why)),
    }
}

/// The thread of a batch's mails.
#[must_use]
pub fn thread_of(batch: uuid::Uuid) -> String {
    format!("batch:{batch}")
}

/// A whole answer.
enum Answered {
    Agree,
    Keep { reason: String, until: Date },
    NotMine { whose: String },
}

fn whole(sent: &Sent, batch: &Batch, today: Date) -> Result<Answered, Refusal> {
    match sent.answer.parse() {
        Ok(AnswerKind::Agree) => {
            let is_typed = sent.number.trim().eq_ignore_ascii_case(&batch.number);
            is_typed.then_some(Answered::Agree).ok_or(Refusal::Number(batch.number.clone()))
        }
        Ok(AnswerKind::Keep) => {
            let reason = sent.reason.trim().to_owned();
            if reason.is_empty() {
                return Err(Refusal::Reason);
            }
            let example = today.saturating_add(jiff::Span::new().years(1));
            let until = sent.until.trim().parse().map_err(|_| Refusal::Until(example))?;
            if until <= today {
                return Err(Refusal::Until(example));
            }
            Ok(Answered::Keep { reason, until })
        }
        Ok(AnswerKind::NotMine) => {
            let whose = MailAddress::try_from(sent.whose.trim().to_owned());
            whose.map(|it| Answered::NotMine { whose: it.0 }).map_err(|_| Refusal::Whose)
        }
        Err(_) => Err(Refusal::Choice),
    }
}

async fn taken(console: &Console, token: &str, sent: &Sent) -> Result<serde_json::Value, Refusal> {
    let asked = asked(console, token).await?;
    if !asked.claim.is_form_token(&console.keys, &sent.form) {
        return Err(Refusal::Form);
    }
    let answer = whole(sent, &asked.said.batch, london_date(asked.now))?;
    let row = row(&asked, answer);
    let tx = console.catalogue.write_tx().await?;
    if let Some(earlier) = answered(&*tx, &asked.claim).await? {
        let on = london_date(earlier.at.timestamp());
        return Err(Refusal::Answered(crate::notices::words::day(on)));
    }
    answer::Entity::insert(row.clone().into_active_model()).exec_without_returning(&*tx).await?;
    let by = By::Person { id: PersonId(asked.claim.person), role: asked.role };
    let entry = Entry::new(by, Action::BatchAnswered, Subject::new("batch", row.batch_id))
        .after(digest(&row))
        .because(row.answer.to_string());
    audit::append(&tx, asked.now, &entry).await?;
    tx.commit().await?;
    Ok(serde_json::json!({
        "answer": row.answer,
        "number": row.batch_number,
        "until": row.keep_until,
        "organisation": console.config.organisation.name,
    }))
}

fn row(asked: &Asked, answered: Answered) -> answer::Model {
    let row = answer::Model {
        id: id_at(asked.now),
        nonce: asked.claim.nonce.clone(),
        batch_id: asked.claim.batch,
        batch_number: asked.said.batch.number.clone(),
        person_id: asked.claim.person,
        answer: AnswerKind::Agree,
        reason: None,
        keep_until: None,
        named_address: None,
        at: Micros::from(asked.now),
    };
    match answered {
        Answered::Agree => row,
        Answered::Keep { reason, until } => answer::Model {
            answer: AnswerKind::Keep,
            reason: Some(reason),
            keep_until: Some(CivilDate(until)),
            ..row
        },
        Answered::NotMine { whose } => {
            answer::Model { answer: AnswerKind::NotMine, named_address: Some(whose), ..row }
        }
    }
}

fn digest(row: &answer::Model) -> String {
    audit::digest::of_json(&serde_json::json!([
        row.batch_id,
        row.person_id,
        row.answer,
        row.reason,
        row.keep_until,
        row.named_address,
    ]))
}
