//! What every question that a mail asks has in common: the link is read, the
//! thing shown as it is now, and one answer taken.
//!
//! Looking changes nothing. An answer is taken from the page's own form only, by
//! whom the link was written to, while what it asks about is open, and once: the
//! use of the link is noted after what it did, and what it did has closed the
//! question by then, so that a process that ends in between lets nobody answer
//! twice.

use std::future::Future;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{MethodRouter, get};
use jiff::Timestamp;
use retaind_schedules::calendar::london_date;
use sea_orm::{ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _};

use super::page::page;
use super::refusal::Refusal;
use super::sent::{Incoming, Sent};
use super::sheet::{Done, Sheet, Uses};
use super::who::{Reader, Who};
use super::{Console, Site};
use crate::catalogue::CatalogueError;
use crate::catalogue::entity::{link_use, notice};
use crate::catalogue::values::Micros;
use crate::clock::id_at;
use crate::notices::link::{Claim, Topic};
use crate::notices::{Payload, words};

/// A question as it stands now: one kind for each [`Topic`].
pub(super) trait Question: Sized + Send + Sync + 'static {
    /// Of which links.
    const TOPIC: Topic;

    /// Finds what is asked about.
    ///
    /// # Errors
    ///
    /// Where it is not asked any more, or not of this reader.
    fn find(ask: &Ask<'_>) -> impl Future<Output = Result<Self, Refusal>> + Send;

    /// Its page.
    fn sheet(&self, ask: &Ask<'_>) -> Sheet;

    /// Does what was answered, by the function that the command calls too.
    ///
    /// # Errors
    ///
    /// Where the answer is not whole, or may not be taken; then nothing is done.
    fn take(
        &self,
        ask: &Ask<'_>,
        who: &Who,
        sent: &Sent,
    ) -> impl Future<Output = Result<Done, Refusal>> + Send;
}

/// Somebody who is asked something.
pub(super) struct Ask<'a> {
    pub(super) console: &'a Console,
    pub(super) claim: Claim,
    /// To whom the link was written.
    pub(super) reader: Reader,
    /// On behalf of which service area; may be empty.
    pub(super) area: String,
    /// What they were told.
    pub(super) said: Payload,
    pub(super) now: Timestamp,
}

/// The pages of one kind of question.
pub(super) fn pages<Q: Question>() -> MethodRouter<Site> {
    get(show::<Q>).post(take::<Q>)
}

async fn show<Q: Question>(State(console): State<Console>, Path(token): Path<String>) -> Response {
    match asked::<Q>(&console, &token).await {
        Ok((ask, question)) => ask.page(question.sheet(&ask)),
        Err(refusal) => refusal.shown(),
    }
}

async fn take<Q: Question>(
    State(console): State<Console>,
    Path(token): Path<String>,
    form: Incoming,
) -> Response {
    match taken::<Q>(&console, &token, form).await {
        Ok(done) => page(StatusCode::OK, "done.html", done),
        Err(refusal) => refusal.shown(),
    }
}

async fn asked<'a, Q: Question>(
    console: &'a Console,
    token: &str,
) -> Result<(Ask<'a>, Q), Refusal> {
    let ask = Ask::read(console, Q::TOPIC, token).await?;
    let question = Q::find(&ask).await?;
    Ok((ask, question))
}

async fn taken<Q: Question>(
    console: &Console,
    token: &str,
    form: Incoming,
) -> Result<Done, Refusal> {
    let _turn = console.turn.0.lock().await;
    let (ask, question) = asked::<Q>(console, token).await?;
    let sent = Sent::read(form)?;
    if !ask.claim.is_form_token(&console.keys, sent.get("form")) {
        return Err(Refusal::Form);
    }
    let who = ask.reader.answering(&ask, &sent).await?;
    let done = question.take(&ask, &who, &sent).await?;
    if let Err(fault) = ask.note(&done, &who).await {
        // What was done stands, and has closed the question.
        tracing::error!(?fault, "an answer was acted on and its link not noted as used");
    }
    Ok(done)
}

impl<'a> Ask<'a> {
    async fn read(console: &'a Console, topic: Topic, token: &str) -> Result<Self, Refusal> {
        let now = console.clock.now();
        let claim = Claim::read(topic, token, &console.keys, now)?;
        let read = console.catalogue.read();
        let row = notice::Entity::find_by_id(claim.notice).one(read).await?;
        let row = row.ok_or(Refusal::Gone)?;
        let said = serde_json::from_value(row.payload.clone())
            .map_err(|why| CatalogueError::impossible("notice.payload", why))?;
        let asks = Claim::of(&console.keys, &row, &said).map(|(asks, _)| asks);
        let is_it = |asks: Claim| {
            (asks.topic, asks.to, asks.nonce) == (topic, claim.to.clone(), claim.nonce.clone())
        };
        if !asks.is_some_and(is_it) {
            return Err(Refusal::Gone);
        }
        let reader = Reader::of(read, &claim.to, now).await?;
        let area = row.service_area.unwrap_or_default();
        let ask = Self { console, claim, reader, area, said, now };
        ask.not_used().await?;
        Ok(ask)
    }

    async fn not_used(&self) -> Result<(), Refusal> {
        let used = link_use::Entity::find().filter(link_use::Column::Nonce.eq(&self.claim.nonce));
        match used.one(self.console.catalogue.read()).await? {
            Some(used) => Err(Refusal::Used(words::day(london_date(used.at.timestamp())))),
            None => Ok(()),
        }
    }

    /// Notes what the link has done.
    async fn note(&self, done: &Done, who: &Who) -> Result<(), CatalogueError> {
        let (said_name, said_address) = who.typed();
        let row = link_use::Model {
            id: id_at(self.now),
            nonce: match &done.uses {
                Uses::Up => self.claim.nonce.clone(),
                Uses::Part(part) => format!("{}:{part}", self.claim.nonce),
            },
            topic: self.claim.topic,
            notice_id: self.claim.notice,
            recipient: self.claim.to.to_string(),
            person_id: who.person(),
            said_name,
            said_address,
            answer: done.answer.to_owned(),
            subject: done.of.clone(),
            at: Micros::from(self.now),
        };
        let tx = self.console.catalogue.write_tx().await?;
        link_use::Entity::insert(row.into_active_model()).exec_without_returning(&*tx).await?;
        tx.commit().await
    }

    /// The page, its forms signed, and who answers asked where the link does not
    /// say.
    fn page(&self, mut sheet: Sheet) -> Response {
        for choice in &mut sheet.choices {
            choice.fields.extend(self.reader.fields());
        }
        let said = serde_json::json!({
            "sheet": sheet,
            "form": self.claim.form_token(&self.console.keys),
            "organisation": self.console.config.organisation.name,
        });
        page(StatusCode::OK, "question.html", said)
    }
}
