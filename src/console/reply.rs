//! Replying to a mail that asks for no approval: that a batch must stop (M4), or
//! that records which fall due are needed (M1).
//!
//! The link is that of one notice, and whoever the notice went to may use it: a
//! person while they may act, a mailbox or a director while the service area has
//! one. It approves nothing. "Stop" halts the batch until a records manager lets
//! it go on; "needed" tells those who place holds. Only the form's POST does
//! either, and what people write stays here: no mail and no audit entry has it.

use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use jiff::civil::Date;
use retaind_schedules::batch::BatchState;
use retaind_schedules::calendar::london_date;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
};
use serde::Deserialize;
use uuid::Uuid;

use super::Console;
use super::page::{page, refused};
use crate::audit::{self, Action, By, Entry, Subject};
use crate::catalogue::entity::{batch, mail_reply, notice, person};
use crate::catalogue::values::Micros;
use crate::catalogue::words::ReplyKind;
use crate::catalogue::{CatalogueError, WriteTx};
use crate::clock::id_at;
use crate::disposal::execution::DisposalError;
use crate::disposal::execution::halt::{STOPPABLE, at_request};
use crate::notices::link::{LinkError, Reply};
use crate::notices::payload::{Batch, Coming, HoldAsked};
use crate::notices::recipient::{Directory, Recipient};
use crate::notices::{self, Payload};
use crate::people::{Role, may_act, roles_of};
use crate::scan::run::Scanner;

/// As much of a reason as is kept, in characters.
const REASON: usize = 2000;

/// What records may be needed for, as the form and a mail say it.
const MATTERS: [(&str, &str); 5] = [
    ("claim", "a claim"),
    ("complaint", "a complaint"),
    ("request", "a request for information"),
    ("inquiry", "an inquiry or an audit"),
    ("other", "another reason"),
];

/// What the form sends.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Sent {
    /// That it is our form.
    #[serde(default)]
    form: String,
    /// Why.
    #[serde(default)]
    reason: String,
    /// Which record type is needed.
    #[serde(default)]
    record_type: String,
    /// For what, of a few words.
    #[serde(default)]
    matter: String,
}

/// A reply that was not taken.
#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error(transparent)]
    Link(#[from] LinkError),
    #[error(
        "this link belongs to somebody who is not written to any more. Ask a records manager; a \
         hold stops everything at once"
    )]
    NotYours,
    #[error("what this link asked about is not known any more")]
    Gone,
    #[error("batch {0} is stopped already, and stays so until a records manager lets it go on")]
    Stopped(String),
    #[error("batch {0} is {1}: there is nothing left to stop")]
    NothingToStop(String, BatchState),
    #[error(
        "somebody has said so of {0} already by this link, and the records managers know. To say \
         more, write to them"
    )]
    Said(String),
    #[error("this form was not sent from the page itself. Open the link in your mail again")]
    Form,
    #[error("say why, in a few words that a records manager understands")]
    Reason,
    #[error("choose the record type that is needed")]
    RecordType,
    #[error("choose what it is needed for")]
    Matter,
    #[error("the batch cannot be stopped from here. Ask a records manager to place a hold")]
    Disposal(DisposalError),
    #[error("the catalogue does not answer. Open the link in your mail again later")]
    Catalogue(#[from] CatalogueError),
}

impl From<sea_orm::DbErr> for Refusal {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Catalogue(error.into())
    }
}

impl From<DisposalError> for Refusal {
    fn from(refused: DisposalError) -> Self {
        match refused {
            DisposalError::Catalogue(fault) => Self::Catalogue(fault),
            refused => Self::Disposal(refused),
        }
    }
}

impl Refusal {
    fn status(&self) -> StatusCode {
        match self {
            Self::Link(LinkError::Forged) | Self::NotYours | Self::Form => StatusCode::FORBIDDEN,
            Self::Link(LinkError::Expired) => StatusCode::GONE,
            Self::Gone => StatusCode::NOT_FOUND,
            Self::Stopped(_) | Self::NothingToStop(..) | Self::Said(_) => StatusCode::CONFLICT,
            Self::Disposal(_) | Self::Catalogue(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Reason | Self::RecordType | Self::Matter => StatusCode::UNPROCESSABLE_ENTITY,
        }
    }

    fn shown(&self) -> Response {
        if let Self::Catalogue(_) | Self::Disposal(_) = self {
            tracing::error!(fault = ?self, "a reply could not be read or written");
        }
        refused(self.status(), self)
    }
}

/// Shows what was told, and asks. It changes nothing.
pub async fn show(State(console): State<Console>, Path(token): Path<String>) -> Response {
    match asked(&console, &token).await {
        Ok(asked) => page(StatusCode::OK, asked.question.page(), asked.shown(&console)),
        Err(refusal) => refusal.shown(),
    }
}

/// Takes the reply.
pub async fn take(
    State(console): State<Console>,
    Path(token): Path<String>,
    Form(sent): Form<Sent>,
) -> Response {
    match taken(&console, &token, &sent).await {
        Ok(said) => page(StatusCode::OK, "replied.html", said),
        Err(refusal) => refusal.shown(),
    }
}

/// What somebody was told, and may reply to.
enum Question {
    Stop { batch: Box<Batch>, acts_on: Date, destroyed_from: Option<Date> },
    Hold { month: Date, lines: Vec<Coming> },
}

impl Question {
    const fn page(&self) -> &'static str {
        match self {
            Self::Stop { .. } => "stop.html",
            Self::Hold { .. } => "needed.html",
        }
    }
}

struct Asked {
    reply: Reply,
    by: By,
    recipient: Recipient,
    area: String,
    question: Question,
    now: Timestamp,
}

impl Asked {
    fn shown(&self, console: &Console) -> serde_json::Value {
        let form = self.reply.form_token(&console.keys);
        let organisation = &console.config.organisation.name;
        match &self.question {
            Question::Stop { batch, acts_on, destroyed_from } => serde_json::json!({
                "batch": batch, "acts_on": acts_on, "destroyed_from": destroyed_from,
                "form": form, "organisation": organisation,
            }),
            Question::Hold { month, lines } => serde_json::json!({
                "month": month, "lines": lines, "matters": MATTERS,
                "form": form, "organisation": organisation,
            }),
        }
    }

    fn row(&self, reply: ReplyKind, reason: String) -> mail_reply::Model {
        let id = id_at(self.now);
        mail_reply::Model {
            id,
            once: id.to_string(),
            notice_id: self.reply.notice,
            recipient: self.recipient.to_string(),
            reply,
            batch_id: None,
            batch_number: None,
            record_type: None,
            reason,
            at: Micros::from(self.now),
        }
    }
}

async fn asked(console: &Console, token: &str) -> Result<Asked, Refusal> {
    let now = console.clock.now();
    let reply = Reply::read(token, &console.keys, now)?;
    let read = console.catalogue.read();
    let row = notice::Entity::find_by_id(reply.notice).one(read).await?.ok_or(Refusal::Gone)?;
    let recipient: Recipient = row.recipient.parse().map_err(|_| Refusal::NotYours)?;
    let by = replying(read, &recipient, now).await?;
    let said = serde_json::from_value(row.payload)
        .map_err(|why| CatalogueError::impossible("notice.payload", why))?;
    let question = match said {
        Payload::CoolingOff(said) => {
            still_goes(read, said.batch.id).await?;
            let (batch, acts_on) = (Box::new(said.batch), said.acts_on);
            Question::Stop { batch, acts_on, destroyed_from: said.destroyed_from }
        }
        Payload::ComingDue(said) => Question::Hold { month: said.month, lines: said.lines },
        _ => return Err(Refusal::Gone),
    };
    let area = row.service_area.unwrap_or_default();
    Ok(Asked { reply, by, recipient, area, question, now })
}

/// Refuses who is not written to any more; else in whose name the reply stands.
async fn replying(
    read: &impl ConnectionTrait,
    recipient: &Recipient,
    now: Timestamp,
) -> Result<By, Refusal> {
    let Recipient::Person(id) = recipient else {
        let directory = Directory::read(read).await?;
        let known = directory.address(recipient).is_some();
        return if known { Ok(By::Service) } else { Err(Refusal::NotYours) };
    };
    let found = person::Entity::find_by_id(*id).one(read).await?;
    let found = found.filter(|person| may_act(person, london_date(now)));
    let actor = roles_of(found.ok_or(Refusal::NotYours)?)?;
    let role = actor.roles.first().copied().unwrap_or(Role::ServiceContact);
    Ok(By::person(&actor, role))
}

async fn still_goes(read: &impl ConnectionTrait, id: Uuid) -> Result<(), Refusal> {
    let row = batch::Entity::find_by_id(id).one(read).await?.ok_or(Refusal::Gone)?;
    match row.state.0 {
        state if STOPPABLE.contains(&state) => Ok(()),
        BatchState::Halted => Err(Refusal::Stopped(row.number)),
        state => Err(Refusal::NothingToStop(row.number, state)),
    }
}

async fn taken(console: &Console, token: &str, sent: &Sent) -> Result<serde_json::Value, Refusal> {
    let asked = asked(console, token).await?;
    if !asked.reply.is_form_token(&console.keys, &sent.form) {
        return Err(Refusal::Form);
    }
    let reason: String = sent.reason.trim().chars().take(REASON).collect();
    if reason.is_empty() {
        return Err(Refusal::Reason);
    }
    let said = match &asked.question {
        Question::Stop { batch, .. } => {
            stop(console, &asked, batch, reason).await?;
            serde_json::json!({ "stopped": batch.number })
        }
        Question::Hold { month, lines } => {
            let is_told = |line: &&Coming| line.class.code == sent.record_type;
            let line = lines.iter().find(is_told).ok_or(Refusal::RecordType)?;
            let matter = MATTERS.iter().find(|(word, _)| *word == sent.matter);
            let (_, matter) = matter.ok_or(Refusal::Matter)?;
            needed(console, &asked, (&line.class.code, *month, matter), reason).await?;
            serde_json::json!({ "needed": line.class.code })
        }
    };
    Ok(said)
}

/// Halts the batch, and keeps who asked for it and why.
async fn stop(
    console: &Console,
    asked: &Asked,
    batch: &Batch,
    reason: String,
) -> Result<(), Refusal> {
    let Console { config, catalogue, keys, clock } = console;
    let scanner = Scanner { config, catalogue, keys, clock: &**clock };
    let tx = catalogue.write_tx().await?;
    still_goes(&*tx, batch.id).await?;
    let halted = at_request(&tx, &scanner, batch.id, &asked.by).await?;
    let row = mail_reply::Model {
        batch_id: Some(halted.id),
        batch_number: Some(halted.number),
        ..asked.row(ReplyKind::Stop, reason)
    };
    enter(&tx, asked, Action::BatchAnswered, Subject::new("batch", halted.id), row).await?;
    Ok(tx.commit().await?)
}

/// Tells those who place holds, and keeps what was said.
async fn needed(
    console: &Console,
    asked: &Asked,
    (code, month, matter): (&str, Date, &str),
    reason: String,
) -> Result<(), Refusal> {
    let row = mail_reply::Model {
        once: format!("hold:{}:{code}", asked.reply.notice),
        record_type: Some(code.to_owned()),
        ..asked.row(ReplyKind::Hold, reason)
    };
    let tx = console.catalogue.write_tx().await?;
    let known = mail_reply::Entity::find().filter(mail_reply::Column::Once.eq(&row.once));
    if known.one(&*tx).await?.is_some() {
        return Err(Refusal::Said(code.to_owned()));
    }
    let directory = Directory::read(&*tx).await?;
    let placing = [Role::RecordsManager, Role::Legal, Role::Dpo, Role::InformationRequests];
    let said = HoldAsked {
        area: asked.area.clone(),
        record_type: code.to_owned(),
        month: Some(month),
        matter: matter.to_owned(),
    };
    let notice = notices::Notice {
        to: directory.once(directory.with_role(&placing)),
        service_area: Some(asked.area.clone()),
        period_key: format!("reply:{}", row.id),
        payload: said.into(),
        thread: format!("hold-asked:{}", asked.reply.notice),
        attachments: Vec::new(),
    };
    notices::enqueue(&tx, asked.now, &notice).await?;
    let subject = Subject::new("notice", asked.reply.notice);
    enter(&tx, asked, Action::HoldAsked, subject, row).await?;
    Ok(tx.commit().await?)
}

async fn enter(
    tx: &WriteTx,
    asked: &Asked,
    action: Action,
    subject: Subject,
    row: mail_reply::Model,
) -> Result<(), CatalogueError> {
    let said = serde_json::json!([
        row.notice_id,
        row.recipient,
        row.reply,
        row.batch_id,
        row.record_type,
        row.reason
    ]);
    let entry = Entry::new(asked.by.clone(), action, subject)
        .after(audit::digest::of_json(&said))
        .because(row.reply.to_string());
    mail_reply::Entity::insert(row.into_active_model()).exec_without_returning(&**tx).await?;
    audit::append(tx, asked.now, &entry).await.map(|_| ())
}
