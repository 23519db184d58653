//! May a batch be carried out that its owner approved? Asked of the records
//! managers (M3).
//!
//! "Authorise" is the second signature over the list that was shown; "refuse" ends
//! the batch. Both are what the commands do: whoever signed as the owner is refused
//! here as there.

use retaind_schedules::batch::BatchState;
use sea_orm::EntityTrait as _;

use super::question::{Ask, Question};
use super::refusal::Refusal;
use super::sent::Sent;
use super::sheet::{
    Choice, Done, Sheet, Uses, confirmation, counted, reason, to_be_signed, unsigned,
};
use super::who::Who;
use crate::catalogue::entity::batch;
use crate::disposal::approve::{Approving, approve, reject};
use crate::disposal::show;
use crate::notices::link::Topic;
use crate::notices::payload::Batch;
use crate::notices::{Payload, batches};

const AUTHORISE: &str = "authorise";
const REFUSE: &str = "refuse";

/// A batch that waits for a second signature.
pub(super) struct MayBeDone {
    row: batch::Model,
    batch: Batch,
    readings: Vec<String>,
}

impl Question for MayBeDone {
    const TOPIC: Topic = Topic::Authorise;

    async fn find(ask: &Ask<'_>) -> Result<Self, Refusal> {
        let Payload::Authorise(said) = &ask.said else { return Err(Refusal::Gone) };
        ask.reader.person()?;
        let catalogue = &ask.console.catalogue;
        let row = batch::Entity::find_by_id(said.batch.id).one(catalogue.read()).await?;
        let row = row.ok_or(Refusal::Gone)?;
        if row.state.0 != BatchState::IaoApproved {
            return Err(Refusal::Closed(format!(
                "batch {} waits for no second signature: it is {}",
                row.number, row.state.0
            )));
        }
        let shown = show::show(&ask.console.desk(), &row.number).await?;
        let batch = batches::facts(catalogue, &row, &shown).await?;
        Ok(Self { row, batch, readings: batches::readings(&shown) })
    }

    fn sheet(&self, ask: &Ask<'_>) -> Sheet {
        let batch = &self.batch;
        let mut facts = to_be_signed(batch);
        facts.push(("Holds checked", counted(batch.holds_checked)));
        facts.push(("What the guards read", self.readings.join("; ")));
        Sheet {
            title: format!("Batch {}", batch.number),
            heading: format!("Batch {}: may it be carried out?", batch.number),
            lead: format!(
                "Its owner approved it at {}. What they said stands in `retaind batch show {}`.",
                ask.console.config.organisation.name, batch.number
            ),
            facts,
            samples: batch.samples.clone(),
            silence: unsigned(&self.row),
            digest: self.row.digest.clone().unwrap_or_default(),
            choices: self.choices(),
        }
    }

    async fn take(&self, ask: &Ask<'_>, _: &Who, sent: &Sent) -> Result<Done, Refusal> {
        let (desk, actor, number) =
            (ask.console.desk(), ask.reader.person()?, self.row.number.as_str());
        let done = |answer, heading: String, next: &str| Done {
            answer,
            of: number.to_owned(),
            uses: Uses::Up,
            heading,
            next: next.to_owned(),
        };
        match sent.get("answer") {
            AUTHORISE => {
                let (digest, confirmation) = (sent.get("digest"), sent.get("number"));
                let asked = Approving { number, digest, confirmation, comment: None };
                approve(&desk, actor, asked).await?;
                Ok(done(
                    AUTHORISE,
                    format!("Batch {number} is authorised"),
                    "It waits for some days now, in which everybody concerned is told and may \
                     stop it.",
                ))
            }
            REFUSE => {
                let reason = sent.needed("reason", "say why the batch is refused")?;
                reject(&desk, actor, number, &reason).await?;
                let next = "The records are kept. What is still due is proposed anew.";
                Ok(done(REFUSE, format!("Batch {number} is refused"), next))
            }
            _ => Err(Refusal::Wrong("choose one of the two answers".to_owned())),
        }
    }
}

impl MayBeDone {
    fn choices(&self) -> Vec<Choice> {
        let typed = format!("{} {}", self.batch.number, self.batch.of.units);
        let label = "Type the number of the batch and how many items go";
        let authorise = Choice {
            answer: AUTHORISE,
            legend: "It may be carried out",
            fields: vec![confirmation(label, &typed, "Yours is the second signature.")],
            button: "Authorise",
        };
        let why = "It is kept for good. Name no person the records are about.";
        let refuse = Choice {
            answer: REFUSE,
            legend: "It may not",
            fields: vec![reason(why)],
            button: "Refuse",
        };
        vec![authorise, refuse]
    }
}
