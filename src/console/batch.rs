//! May the records of a batch go? Asked of their owner (M2).
//!
//! "Agree" signs the list that was shown, "keep" keeps every line of it until the
//! date given, under the same guards as the commands; "not mine" tells the
//! records managers.

use jiff::Span;
use jiff::civil::Date;
use retaind_schedules::batch::{BatchState, Verdict};
use retaind_schedules::calendar::london_date;
use retaind_schedules::ids::PersonId;
use sea_orm::{EntityTrait as _, IntoActiveModel as _};

use super::question::{Ask, Question};
use super::refusal::Refusal;
use super::sent::Sent;
use super::sheet::{
    Choice, Done, Field, Input, Sheet, Uses, confirmation, counted, reason, to_be_signed, unsigned,
};
use super::who::Who;
use crate::audit::{self, Action, By, Entry, Motive, Subject};
use crate::catalogue::entity::{answer, batch};
use crate::catalogue::values::{CivilDate, Micros};
use crate::catalogue::words::AnswerKind;
use crate::catalogue::{CatalogueError, WriteTx};
use crate::clock::id_at;
use crate::config::MailAddress;
use crate::disposal::approve::{Approving, approve};
use crate::disposal::show::{self, Shown};
use crate::disposal::verdict::{Keeping, Which, keep};
use crate::notices::link::Topic;
use crate::notices::payload::{Ask as Asking, Batch, BatchProposed};
use crate::notices::recipient::Directory;
use crate::notices::{self, Payload, batches, words};
use crate::people::{Actor, Role};

/// A batch that waits for its owner.
pub(super) struct MayGo {
    actor: Actor,
    role: Role,
    row: batch::Model,
    shown: Shown,
    batch: Batch,
}

/// A whole answer.
enum Answered {
    Agree,
    Keep { reason: String, until: Date },
    NotMine { whose: String },
}

impl Question for MayGo {
    const TOPIC: Topic = Topic::Batch;

    async fn find(ask: &Ask<'_>) -> Result<Self, Refusal> {
        let Payload::BatchProposed(said) = &ask.said else { return Err(Refusal::Gone) };
        let actor = ask.reader.person()?.clone();
        let role = actor.first_of(&[Role::Iao, Role::RecordsManager]).ok_or(Refusal::NotYours)?;
        let catalogue = &ask.console.catalogue;
        let row = batch::Entity::find_by_id(said.batch.id).one(catalogue.read()).await?;
        let row = row.ok_or(Refusal::Gone)?;
        if row.state.0 != BatchState::Proposed {
            return Err(Refusal::Closed(format!(
                "batch {} waits for no answer of its owner any more: it is {}",
                row.number, row.state.0
            )));
        }
        let shown = show::show(&ask.console.desk(), &row.number).await?;
        let batch = batches::facts(catalogue, &row, &shown).await?;
        Ok(Self { actor, role, row, shown, batch })
    }

    fn sheet(&self, ask: &Ask<'_>) -> Sheet {
        let batch = &self.batch;
        let mut facts = to_be_signed(batch);
        let held = match self.shown.held_now {
            0 => String::new(),
            held => format!("; {} items are held now and would be kept", counted(held)),
        };
        facts.push(("Holds checked", counted(batch.holds_checked) + &held));
        if let Some(last) = &self.shown.since_last {
            facts.push(("Since the last batch", batches::since_last(last)));
        }
        Sheet {
            title: format!("Batch {}", batch.number),
            heading: format!("Batch {}: may these records go?", batch.number),
            lead: format!("You answer for them at {}.", ask.console.config.organisation.name),
            facts,
            samples: batch.samples.clone(),
            silence: unsigned(&self.row),
            digest: self.row.digest.clone().unwrap_or_default(),
            choices: self.choices(),
        }
    }

    async fn take(&self, ask: &Ask<'_>, _: &Who, sent: &Sent) -> Result<Done, Refusal> {
        let answered = whole(sent, london_date(ask.now))?;
        if let Answered::NotMine { whose } = &answered {
            is_somebodys(ask, whose).await?;
        }
        self.act(ask, &answered, sent).await?;
        let row = self.row(ask, answered);
        let done = said(&row);
        match self.note(ask, row).await {
            // The signature or the verdict stands, and forbids a second one.
            Err(fault) if done.answer != AnswerKind::NotMine.name() => {
                tracing::error!(?fault, "an answer was acted on and not noted");
            }
            noted => noted?,
        }
        Ok(done)
    }
}

impl MayGo {
    fn choices(&self) -> Vec<Choice> {
        let typed = format!("{} {}", self.batch.number, self.batch.of.units);
        let label = "Type the number of the batch and how many items go";
        let then = "A second person must still authorise it.";
        let agree = Choice {
            answer: AnswerKind::Agree.name(),
            legend: "They may go",
            fields: vec![confirmation(label, &typed, then)],
            button: "Agree",
        };
        let keep = Choice {
            answer: AnswerKind::Keep.name(),
            legend: "They must be kept",
            fields: vec![
                reason(
                    "All of them are kept and this batch ends; to keep only some, ask the records \
                     manager. Name no person the records are about.",
                ),
                Field::new("until", "Until when", Input::Date),
            ],
            button: "Keep them",
        };
        let whose = "The e-mail address of the person whose they are";
        let not_mine = Choice {
            answer: AnswerKind::NotMine.name(),
            legend: "They are not mine",
            fields: vec![Field::new("whose", whose, Input::Email)],
            button: "They are theirs",
        };
        vec![agree, keep, not_mine]
    }

    /// What the answer does to the batch, under every guard of the command.
    async fn act(&self, ask: &Ask<'_>, answered: &Answered, sent: &Sent) -> Result<(), Refusal> {
        let (desk, number) = (ask.console.desk(), self.row.number.as_str());
        match answered {
            Answered::Agree => {
                let (digest, confirmation) = (sent.get("digest"), sent.get("number"));
                let approving = Approving { number, digest, confirmation, comment: None };
                approve(&desk, &self.actor, approving).await?;
            }
            Answered::Keep { reason, until } => {
                let (which, verdict) = (Which::All, Verdict::Defer);
                let keeping = Keeping { which, verdict, until: Some(*until), reason };
                keep(&desk, &self.actor, number, &keeping).await?;
            }
            Answered::NotMine { .. } => {}
        }
        Ok(())
    }

    /// Notes the answer; of records that are somebody else's, the records managers
    /// are told in the same transaction.
    async fn note(&self, ask: &Ask<'_>, row: answer::Model) -> Result<(), Refusal> {
        let tx = ask.console.catalogue.write_tx().await?;
        answer::Entity::insert(row.clone().into_active_model())
            .exec_without_returning(&*tx)
            .await?;
        let by = By::Person { id: PersonId(row.person_id), role: self.role };
        let entry = Entry::new(by, Action::BatchAnswered, Subject::new("batch", row.batch_id))
            .after(digest(&row))
            .because(Motive::own(row.answer.to_string()));
        audit::append(&tx, ask.now, &entry).await?;
        if row.answer == AnswerKind::NotMine {
            self.not_theirs(&tx, ask, &row).await?;
        }
        Ok(tx.commit().await?)
    }

    /// The records managers are told, and whoever it is said to belong to, where
    /// that is somebody the people list knows.
    async fn not_theirs(
        &self,
        tx: &WriteTx,
        ask: &Ask<'_>,
        row: &answer::Model,
    ) -> Result<(), CatalogueError> {
        let directory = Directory::read(&**tx).await?;
        let managers = directory.with_role(&[Role::RecordsManager]);
        let named = row.named_address.as_deref().and_then(|it| directory.by_address(it));
        let named = named.into_iter().filter(|it| !managers.contains(it)).collect();
        for (asking, to) in [(Asking::NotTheirs, managers), (Asking::Named, named)] {
            let said = BatchProposed {
                batch: self.batch.clone(),
                ask: asking,
                proposed_on: london_date(self.row.proposed_at.timestamp()),
                expires_on: london_date(self.row.expires_at.timestamp()),
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
            notices::enqueue(tx, ask.now, &notice).await?;
        }
        Ok(())
    }

    fn row(&self, ask: &Ask<'_>, answered: Answered) -> answer::Model {
        let row = answer::Model {
            id: id_at(ask.now),
            nonce: ask.claim.nonce.clone(),
            batch_id: self.row.id,
            batch_number: self.row.number.clone(),
            person_id: self.actor.person.0,
            answer: AnswerKind::Agree,
            reason: None,
            keep_until: None,
            named_address: None,
            at: Micros::from(ask.now),
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
}

/// Refuses the address of nobody before the link has done its work, so that one
/// that was mistyped can be put right.
async fn is_somebodys(ask: &Ask<'_>, address: &str) -> Result<(), Refusal> {
    let directory = Directory::read(ask.console.catalogue.read()).await?;
    match directory.by_address(address) {
        Some(_) => Ok(()),
        None => Err(Refusal::Wrong(
            "nobody on the people list has that address, so nobody was told and your link is \
             still good. See whether it is typed right; if it is, write to a records manager, who \
             puts them on the list"
                .to_owned(),
        )),
    }
}

fn whole(sent: &Sent, today: Date) -> Result<Answered, Refusal> {
    let wrong = |why: &str| Refusal::Wrong(why.to_owned());
    match sent.get("answer").parse() {
        Ok(AnswerKind::Agree) => Ok(Answered::Agree),
        Ok(AnswerKind::Keep) => {
            let reason = sent.needed("reason", "say why the records are to be kept")?;
            let example = today.saturating_add(Span::new().years(1));
            let or =
                format!("give a date after today until which they are kept, such as {example}");
            let until = sent.day("until", &or)?;
            if until <= today {
                return Err(wrong(&or));
            }
            Ok(Answered::Keep { reason, until })
        }
        Ok(AnswerKind::NotMine) => {
            let whose = MailAddress::try_from(sent.words("whose")?);
            let or = "give the e-mail address of the person whose records these are";
            whose.map(|it| Answered::NotMine { whose: it.0 }).map_err(|_| wrong(or))
        }
        Err(_) => Err(wrong("choose one of the three answers")),
    }
}

fn said(row: &answer::Model) -> Done {
    let next = match (row.answer, row.keep_until) {
        (AnswerKind::Agree, _) => {
            "You agreed. A second person must authorise it before anything happens, and then it \
             waits for some days in which anybody may stop it."
                .to_owned()
        }
        (AnswerKind::Keep, until) => format!(
            "The records are kept until {}, and the batch is over. From that day they may be \
             proposed to you again.",
            until.map_or_else(String::new, |until| words::day(until.0))
        ),
        (AnswerKind::NotMine, _) => {
            "The records managers are told, and so is the person you named. Nothing is destroyed \
             meanwhile: without an approval the batch expires."
                .to_owned()
        }
    };
    Done {
        answer: row.answer.name(),
        of: row.batch_number.clone(),
        uses: Uses::Up,
        heading: format!("Your answer to batch {} is recorded", row.batch_number),
        next,
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
