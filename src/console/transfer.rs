//! Does the archive take what it was offered? Asked of the archivist (M10).
//!
//! The archive is told of a batch when its owner is asked; it can answer once two
//! people have approved it and `retaind transfer offer` has written the list with
//! our checksums. "Accept" records the archive's own, by which the local copies
//! may go; "decline" ends the batch, and nothing goes.

use retaind_schedules::batch::BatchState;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};

use super::question::{Ask, Question};
use super::refusal::Refusal;
use super::sent::Sent;
use super::sheet::{
    Choice, Done, Field, Input, Sheet, Uses, amount, confirmation, counted, reason,
};
use super::who::Who;
use crate::catalogue::entity::{batch, transfer as offer};
use crate::disposal::execution::transfer::{self, Checksums};
use crate::notices::link::Topic;
use crate::notices::payload::TransferOffer;
use crate::notices::{Payload, words};
use retaind_schedules::calendar::london_date;

const ACCEPT: &str = "accept";
const DECLINE: &str = "decline";

/// A batch that an archive was offered, or will be.
pub(super) struct Taken {
    said: TransferOffer,
    number: String,
    /// Whether it was offered yet.
    offered: Option<offer::Model>,
}

impl Question for Taken {
    const TOPIC: Topic = Topic::Transfer;

    async fn find(ask: &Ask<'_>) -> Result<Self, Refusal> {
        let Payload::TransferOffer(said) = ask.said.clone() else { return Err(Refusal::Gone) };
        ask.reader.person()?;
        let read = ask.console.catalogue.read();
        let number = said.batch.clone().ok_or(Refusal::Gone)?;
        let row = batch::Entity::find().filter(batch::Column::Number.eq(&number)).one(read).await?;
        let row = row.ok_or(Refusal::Gone)?;
        let offered = offer::Entity::find_by_id(row.id).one(read).await?;
        let is_taken = offered.as_ref().is_some_and(|offer| offer.accepted_ref.is_some());
        match row.state.0 {
            _ if is_taken => {
                Err(Refusal::Closed(format!("the archive took batch {number} already")))
            }
            BatchState::Proposed | BatchState::IaoApproved | BatchState::Authorised => {
                Ok(Self { said, number, offered })
            }
            state => {
                Err(Refusal::Closed(format!("batch {number} is {state}: nothing is offered of it")))
            }
        }
    }

    fn sheet(&self, ask: &Ask<'_>) -> Sheet {
        let TransferOffer { of, first, last, format, .. } = &self.said;
        let mut facts = vec![
            ("Record type", format!("{} {}", of.class.code, of.class.title)),
            ("How much", amount(of.units, of.bytes)),
            ("Form", format.clone()),
        ];
        if let (Some(first), Some(last)) = (first, last) {
            let days = format!("{} to {}", words::day(*first), words::day(*last));
            facts.push(("Last days of keeping", days));
        }
        let stands = match &self.offered {
            Some(offer) => {
                let on = words::day(london_date(offer.offered_at.timestamp()));
                format!("offered to {} on {on}", offer.archive)
            }
            None => "not offered yet. Once two people have approved it, a records manager or you \
                     offer it with `retaind transfer offer`, which writes the list; then it is \
                     answered here"
                .to_owned(),
        };
        facts.push(("Stands", stands));
        Sheet {
            title: format!("Batch {}", self.number),
            heading: format!("Batch {}: does the archive take it?", self.number),
            lead: format!("It is offered by {}.", ask.console.config.organisation.name),
            facts,
            samples: Vec::new(),
            silence: "If nobody answers, they are kept where they are. Nothing is removed before \
                      the archive has confirmed that it has them whole."
                .to_owned(),
            digest: String::new(),
            choices: if self.offered.is_some() { self.choices() } else { Vec::new() },
        }
    }

    async fn take(&self, ask: &Ask<'_>, _: &Who, sent: &Sent) -> Result<Done, Refusal> {
        let (scanner, actor, number) = (ask.console.scanner(), ask.reader.person()?, &self.number);
        let done = |answer, heading: String, next: String| Done {
            answer,
            of: number.clone(),
            uses: Uses::Up,
            heading,
            next,
        };
        match sent.get("answer") {
            ACCEPT => {
                sent.confirmed(number)?;
                let reference = sent.needed("reference", "give the archive's reference")?;
                let on = sent.day("on", "give the day on which the archive accepted")?;
                let theirs = Checksums::parse("the checksums", sent.get("checksums"))?;
                let accepted =
                    transfer::accept(&scanner, actor, number, &reference, on, &theirs).await?;
                let (matched, left) = (counted(accepted.matched), counted(accepted.withheld));
                Ok(done(
                    ACCEPT,
                    format!("That the archive took batch {number} is recorded"),
                    format!(
                        "{matched} items are the same there, and their local copies go next; \
                         {left} stay here, since the archive's checksum is not ours, or is missing."
                    ),
                ))
            }
            DECLINE => {
                let reason = sent.needed("reason", "say what the archive said")?;
                transfer::decline(&scanner, actor, number, &reason).await?;
                Ok(done(
                    DECLINE,
                    format!("That the archive declined batch {number} is recorded"),
                    "The batch is withdrawn, and nothing goes.".to_owned(),
                ))
            }
            _ => Err(Refusal::Wrong("choose one of the two answers".to_owned())),
        }
    }
}

impl Taken {
    fn choices(&self) -> Vec<Choice> {
        let sums = Field::new("checksums", "The archive's own checksums", Input::Long).hint(
            "A CSV table with the columns line and sha256, as the list numbers the lines. What is \
             missing or differs stays here.",
        );
        let then = "The local copies of what the archive has whole go after this.";
        let accept = Choice {
            answer: ACCEPT,
            legend: "The archive has taken them",
            fields: vec![
                Field::new("reference", "The archive's reference", Input::Text),
                Field::new("on", "The day it accepted", Input::Date),
                sums,
                confirmation("Type the number of the batch", &self.number, then),
            ],
            button: "Record what it took",
        };
        let decline = Choice {
            answer: DECLINE,
            legend: "The archive will not take them",
            fields: vec![reason("What the archive said. Name no person the records are about.")],
            button: "Record that it declined",
        };
        vec![accept, decline]
    }
}
