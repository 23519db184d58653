//! Answering to a batch by the link in a mail.
//!
//! The link says who answers to which batch, until when and once. The page
//! shows the batch as it is now and asks; only the form's POST answers. It does
//! what the command would: "agree" signs the list that was shown, "keep" keeps
//! every line of it until the date given, under the same guards; "not mine"
//! tells the records managers. Only then is the answer noted.

use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use jiff::civil::Date;
use retaind_schedules::batch::{BatchState, Verdict};
use retaind_schedules::calendar::london_date;
use retaind_schedules::ids::PersonId;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
};
use serde::Deserialize;

use super::Console;
use super::page::{page, refused};
use crate::audit::{self, Action, By, Entry, Subject};
use crate::catalogue::entity::{answer, batch, person};
use crate::catalogue::values::{CivilDate, Micros};
use crate::catalogue::words::AnswerKind;
use crate::catalogue::{CatalogueError, WriteTx};
use crate::clock::id_at;
use crate::config::MailAddress;
use crate::disposal::approve::{Approving, approve};
use crate::disposal::show::{self, Shown};
use crate::disposal::verdict::{Keeping, Which, keep};
use crate::disposal::{ApprovalError, Desk};
use crate::notices::link::{Claim, LinkError};
use crate::notices::payload::{Ask, Batch, BatchProposed};
use crate::notices::recipient::Directory;
use crate::notices::{self, NoticeError, batches};
use crate::people::{Actor, Role, may_act, roles_of};

/// What the form sends.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Sent {
    /// That it is our form.
    #[serde(default)]
    form: String,
    /// Which answer.
    #[serde(default)]
    answer: String,
    /// The digest of the list that was shown.
    #[serde(default)]
    digest: String,
    /// The number of the batch and of the items that go, typed.
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
    #[error("batch {0} waits for no answer of its owner any more: it is {1}")]
    NotAsked(String, BatchState),
    #[error(
        "the list has changed since the page was shown. Open the link in your mail again and look \
         at it as it is now"
    )]
    OtherList,
    #[error(
        "{0} of the items have changed since they were proposed, so the list cannot be agreed to as \
         it is. The records manager takes them out of it, and you are asked again"
    )]
    Changed(u64),
    #[error(transparent)]
    Batch(ApprovalError),
    #[error("this form was not sent from the page itself. Open the link in your mail again")]
    Form,
    #[error("say why the records are to be kept")]
    Reason,
    #[error("give a date after today until which they are kept, such as {0}")]
    Until(Date),
    #[error("give the e-mail address of the person whose records these are")]
    Whose,
    #[error("choose one of the three answers")]
    Choice,
    #[error("the catalogue does not answer. Open the link in your mail again later")]
    Catalogue(#[from] CatalogueError),
    #[error("the batch cannot be shown. Ask the records manager")]
    Notice(#[from] NoticeError),
}

impl From<ApprovalError> for Refusal {
    fn from(refused: ApprovalError) -> Self {
        match refused {
            ApprovalError::Catalogue(fault) => Self::Catalogue(fault),
            ApprovalError::OtherDigest(_) | ApprovalError::ShortDigest => Self::OtherList,
            ApprovalError::Changed { changed, .. } => Self::Changed(changed),
            refused => Self::Batch(refused),
        }
    }
}

impl From<sea_orm::DbErr> for Refusal {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Catalogue(error.into())
    }
}

impl Refusal {
    fn status(&self) -> StatusCode {
        use ApprovalError::{Author, Left, MayNot, NotTheOwner, SamePerson};
        match self {
            Self::Link(LinkError::Forged) | Self::NotYours | Self::Form => StatusCode::FORBIDDEN,
            Self::Batch(
                Author { .. }
                | Left(_)
                | MayNot { .. }
                | NotTheOwner { .. }
                | SamePerson { .. }
                | ApprovalError::NoOwner(_),
            ) => StatusCode::FORBIDDEN,
            Self::Link(LinkError::Expired) => StatusCode::GONE,
            Self::Answered(_) | Self::NotAsked(..) | Self::OtherList | Self::Changed(_) => {
                StatusCode::CONFLICT
            }
            Self::NoBatch => StatusCode::NOT_FOUND,
            Self::Catalogue(_) | Self::Notice(_) => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        }
    }

    fn shown(&self) -> Response {
        if let Self::Catalogue(_) | Self::Notice(_) = self {
            tracing::error!(fault = ?self, "an answer could not be read or written");
        }
        refused(self.status(), self)
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
    actor: Actor,
    role: Role,
    row: batch::Model,
    shown: Shown,
    batch: Batch,
    now: Timestamp,
}

impl Asked {
    fn shown(&self, console: &Console) -> serde_json::Value {
        serde_json::json!({
            "batch": self.batch,
            "digest": self.row.digest,
            "expires_on": london_date(self.row.expires_at.timestamp()),
            "since_last": self.shown.since_last.as_ref().map(batches::since_last),
            "held": self.shown.held_now,
            "form": self.claim.form_token(&console.keys),
            "organisation": console.config.organisation.name,
        })
    }
}

fn desk(console: &Console) -> Desk<'_> {
    Desk { config: &console.config, catalogue: &console.catalogue, clock: &*console.clock }
}

async fn asked(console: &Console, token: &str) -> Result<Asked, Refusal> {
    let now = console.clock.now();
    let claim = Claim::read(token, &console.keys, now)?;
    let read = console.catalogue.read();
    let found = person::Entity::find_by_id(claim.person).one(read).await?;
    let today = london_date(now);
    let found = found.filter(|person| may_act(person, today)).ok_or(Refusal::NotYours)?;
    let actor = roles_of(found)?;
    let role = actor.first_of(&[Role::Iao, Role::RecordsManager]).ok_or(Refusal::NotYours)?;
    not_answered(read, &claim).await?;
    let row = batch::Entity::find_by_id(claim.batch).one(read).await?;
    let row = row.ok_or(Refusal::NoBatch)?;
    if row.state.0 != BatchState::Proposed {
        return Err(Refusal::NotAsked(row.number, row.state.0));
    }
    let shown = show::show(&desk(console), &row.number).await?;
    let batch = batches::facts(&console.catalogue, &row, &shown).await?;
    Ok(Asked { claim, actor, role, row, shown, batch, now })
}

/// Refuses a link that was used.
async fn not_answered(db: &impl ConnectionTrait, claim: &Claim) -> Result<(), Refusal> {
    let used = answer::Entity::find().filter(answer::Column::Nonce.eq(&claim.nonce));
    match used.one(db).await? {
        Some(answer) => {
            let on = london_date(answer.at.timestamp());
            Err(Refusal::Answered(notices::words::day(on)))
        }
        None => Ok(()),
    }
}

/// A whole answer.
enum Answered {
    Agree,
    Keep { reason: String, until: Date },
    NotMine { whose: String },
}

fn whole(sent: &Sent, today: Date) -> Result<Answered, Refusal> {
    match sent.answer.parse() {
        Ok(AnswerKind::Agree) => Ok(Answered::Agree),
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
    let answered = whole(sent, london_date(asked.now))?;
    act(console, &asked, &answered, sent).await?;
    let row = row(&asked, answered);
    let said = serde_json::json!({
        "answer": row.answer,
        "number": row.batch_number,
        "until": row.keep_until,
        "organisation": console.config.organisation.name,
    });
    let is_done = row.answer != AnswerKind::NotMine;
    match note(console, &asked, row).await {
        // The signature or the verdict stands, and forbids a second one.
        Err(fault) if is_done => tracing::error!(?fault, "an answer was acted on and not noted"),
        noted => noted?,
    }
    Ok(said)
}

/// What the answer does to the batch, under every guard of the command.
async fn act(
    console: &Console,
    asked: &Asked,
    answered: &Answered,
    sent: &Sent,
) -> Result<(), Refusal> {
    let (desk, number) = (desk(console), asked.row.number.as_str());
    match answered {
        Answered::Agree => {
            let (digest, confirmation) = (sent.digest.as_str(), sent.number.as_str());
            let approving = Approving { number, digest, confirmation, comment: None };
            approve(&desk, &asked.actor, approving).await?;
        }
        Answered::Keep { reason, until } => {
            let verdict = Verdict::Defer;
            let keeping = Keeping { which: Which::All, verdict, until: Some(*until), reason };
            keep(&desk, &asked.actor, number, &keeping).await?;
        }
        Answered::NotMine { .. } => {}
    }
    Ok(())
}

/// Notes the answer; of records that are somebody else's, the records managers
/// are told in the same transaction.
async fn note(console: &Console, asked: &Asked, row: answer::Model) -> Result<(), Refusal> {
    let tx = console.catalogue.write_tx().await?;
    not_answered(&*tx, &asked.claim).await?;
    answer::Entity::insert(row.clone().into_active_model()).exec_without_returning(&*tx).await?;
    let by = By::Person { id: PersonId(asked.claim.person), role: asked.role };
    let entry = Entry::new(by, Action::BatchAnswered, Subject::new("batch", row.batch_id))
        .after(digest(&row))
        .because(row.answer.to_string());
    audit::append(&tx, asked.now, &entry).await?;
    if row.answer == AnswerKind::NotMine {
        not_theirs(&tx, asked, &row).await?;
    }
    Ok(tx.commit().await?)
}

/// The records managers are told, and whoever it is said to belong to, where
/// that is somebody the people list knows.
async fn not_theirs(tx: &WriteTx, asked: &Asked, row: &answer::Model) -> Result<(), Refusal> {
    let directory = Directory::read(&**tx).await?;
    let managers = directory.with_role(&[Role::RecordsManager]);
    let named = row.named_address.as_deref().and_then(|it| directory.by_address(it));
    let named = named.into_iter().filter(|it| !managers.contains(it)).collect();
    for (ask, to) in [(Ask::NotTheirs, managers), (Ask::Named, named)] {
        let said = BatchProposed {
            batch: asked.batch.clone(),
            ask,
            proposed_on: london_date(asked.row.proposed_at.timestamp()),
            expires_on: london_date(asked.row.expires_at.timestamp()),
            since_last: None,
        };
        let notice = notices::Notice {
            to: directory.once(to),
            service_area: None,
            period_key: format!("batch:{}:not-theirs:{}", row.batch_id, row.id),
            payload: said.into(),
            thread: batches::thread_of(row.batch_id),
            attachments: Vec::new(),
        };
        notices::enqueue(tx, asked.now, &notice).await?;
    }
    Ok(())
}

fn row(asked: &Asked, answered: Answered) -> answer::Model {
    let row = answer::Model {
        id: id_at(asked.now),
        nonce: asked.claim.nonce.clone(),
        batch_id: asked.claim.batch,
        batch_number: asked.row.number.clone(),
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
