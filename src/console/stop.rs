//! Must a batch stop that two people approved? Asked of everybody who is told
//! that it goes (M4).
//!
//! "Stop" halts the batch until a records manager lets it go on: nobody needs a
//! right to keep records. What people write stays here: no mail and no audit
//! entry has it.

use jiff::civil::Date;
use retaind_schedules::batch::BatchState;
use sea_orm::{ConnectionTrait, EntityTrait as _, IntoActiveModel as _};
use uuid::Uuid;

use super::question::{Ask, Question};
use super::refusal::Refusal;
use super::sent::Sent;
use super::sheet::{Choice, Done, Sheet, Uses, of_batch, reason};
use super::who::Who;
use crate::audit::{self, Action, Entry, Motive, Subject};
use crate::catalogue::entity::{batch, mail_reply};
use crate::catalogue::values::Micros;
use crate::catalogue::words::ReplyKind;
use crate::catalogue::{CatalogueError, WriteTx};
use crate::clock::id_at;
use crate::disposal::execution::halt::{STOPPABLE, at_request};
use crate::notices::link::Topic;
use crate::notices::payload::{Batch, CoolingOff};
use crate::notices::{Payload, words};

/// A batch that goes unless somebody stops it.
pub(super) struct MustStop {
    batch: Batch,
    acts_on: Date,
    destroyed_from: Option<Date>,
}

impl Question for MustStop {
    const TOPIC: Topic = Topic::Stop;

    async fn find(ask: &Ask<'_>) -> Result<Self, Refusal> {
        let Payload::CoolingOff(said) = ask.said.clone() else { return Err(Refusal::Gone) };
        let CoolingOff { batch, acts_on, destroyed_from } = said;
        still_goes(ask.console.catalogue.read(), batch.id).await?;
        Ok(Self { batch, acts_on, destroyed_from })
    }

    fn sheet(&self, ask: &Ask<'_>) -> Sheet {
        let mut facts = of_batch(&self.batch);
        facts.push(("Put out of reach from", words::day(self.acts_on)));
        if let Some(day) = self.destroyed_from {
            facts.push(("Destroyed from", words::day(day)));
        }
        let why = reason(
            "The whole batch stops at once, and stays so until a records manager lets it go on. \
             What is needed for a claim, a complaint, a request or an inquiry is to be held too: \
             the records manager sees what you write.",
        );
        let organisation = &ask.console.config.organisation.name;
        Sheet {
            title: format!("Batch {}", self.batch.number),
            heading: format!("Batch {}: must it stop?", self.batch.number),
            lead: format!("You were told of it at {organisation}."),
            facts,
            samples: Vec::new(),
            silence: "If nobody stops it, what two people approved goes ahead on that day."
                .to_owned(),
            digest: String::new(),
            choices: vec![Choice {
                answer: ReplyKind::Stop.name(),
                legend: "Stop it",
                fields: vec![why],
                button: "Stop the batch",
            }],
        }
    }

    /// Halts the batch, and keeps who asked for it and why.
    async fn take(&self, ask: &Ask<'_>, who: &Who, sent: &Sent) -> Result<Done, Refusal> {
        let reason =
            sent.needed("reason", "say why, in a few words that a records manager understands")?;
        let tx = ask.console.catalogue.write_tx().await?;
        still_goes(&*tx, self.batch.id).await?;
        let halted = at_request(&tx, &ask.console.scanner(), self.batch.id, &who.by()).await?;
        let row = mail_reply::Model {
            batch_id: Some(halted.id),
            batch_number: Some(halted.number),
            ..reply(ask, who, ReplyKind::Stop, reason)
        };
        let subject = Subject::new("batch", halted.id);
        enter(&tx, ask, who, (Action::BatchAnswered, subject), row).await?;
        tx.commit().await?;
        Ok(Done {
            answer: ReplyKind::Stop.name(),
            of: self.batch.number.clone(),
            uses: Uses::Up,
            heading: format!("Batch {} is stopped", self.batch.number),
            next: "Nothing more of it goes until a records manager lets it go on. They are told, \
                   and see what you wrote. What is needed for longer is to be held: ask them."
                .to_owned(),
        })
    }
}

async fn still_goes(read: &impl ConnectionTrait, id: Uuid) -> Result<(), Refusal> {
    let row = batch::Entity::find_by_id(id).one(read).await?.ok_or(Refusal::Gone)?;
    let why = match row.state.0 {
        state if STOPPABLE.contains(&state) => return Ok(()),
        BatchState::Halted => "is stopped already, and stays so until a records manager lets it \
                               go on"
            .to_owned(),
        state => format!("is {state}: there is nothing left to stop"),
    };
    Err(Refusal::Closed(format!("batch {} {why}", row.number)))
}

/// What somebody replied, for the list that records managers see.
pub(super) fn reply(
    ask: &Ask<'_>,
    who: &Who,
    reply: ReplyKind,
    reason: String,
) -> mail_reply::Model {
    let id = id_at(ask.now);
    let (said_name, said_address) = who.typed();
    mail_reply::Model {
        id,
        once: id.to_string(),
        notice_id: ask.claim.notice,
        recipient: ask.claim.to.to_string(),
        reply,
        batch_id: None,
        batch_number: None,
        record_type: None,
        reason,
        at: Micros::from(ask.now),
        person_id: who.person(),
        said_name,
        said_address,
    }
}

/// Keeps a reply and enters it, without what was written.
pub(super) async fn enter(
    tx: &WriteTx,
    ask: &Ask<'_>,
    who: &Who,
    (action, subject): (Action, Subject),
    row: mail_reply::Model,
) -> Result<(), CatalogueError> {
    let said = serde_json::json!([
        row.notice_id,
        row.recipient,
        row.reply,
        row.batch_id,
        row.record_type,
        row.reason,
        row.person_id,
        row.said_name,
        row.said_address,
    ]);
    let entry = Entry::new(who.by(), action, subject)
        .after(audit::digest::of_json(&said))
        .because(Motive::own(format!("{}, {}", row.reply, who.standing())));
    mail_reply::Entity::insert(row.into_active_model()).exec_without_returning(&**tx).await?;
    audit::append(tx, ask.now, &entry).await.map(|_| ())
}
