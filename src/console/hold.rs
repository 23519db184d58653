//! Does a hold stay? Asked of who placed it, the legal team and the records
//! managers (M7).
//!
//! "Keep" records the review with the next day of one; "release" asks for the
//! release, which a second person must agree to. Either is what the command does.
//! The hold is shown as a mail tells it, by its number: its reference and its
//! title, which people wrote, may name anybody.

use retaind_schedules::calendar::london_date;
use sea_orm::EntityTrait as _;

use super::question::{Ask, Question};
use super::refusal::Refusal;
use super::sent::Sent;
use super::sheet::{Choice, Done, Field, Input, Sheet, Uses, confirmation, counted, reason};
use super::who::Who;
use crate::catalogue::entity::hold;
use crate::catalogue::words::HoldState;
use crate::holds::{self, number};
use crate::notices::link::Topic;
use crate::notices::payload::HoldReview;
use crate::notices::{Payload, words};

const KEEP: &str = "keep";
const RELEASE: &str = "release";

/// A hold that is to be looked at.
pub(super) struct Stays {
    row: hold::Model,
    said: HoldReview,
}

impl Question for Stays {
    const TOPIC: Topic = Topic::Hold;

    async fn find(ask: &Ask<'_>) -> Result<Self, Refusal> {
        let Payload::HoldReview(said) = ask.said.clone() else { return Err(Refusal::Gone) };
        ask.reader.person()?;
        let read = ask.console.catalogue.read();
        let row = hold::Entity::find_by_id(said.hold.id).one(read).await?.ok_or(Refusal::Gone)?;
        let closed = |why: String| Err(Refusal::Closed(format!("{}: {why}", said.hold.reference)));
        match row.state {
            HoldState::Released => closed("it was released, so nothing is asked of it".to_owned()),
            _ if row.review_on.0 != said.review_on => closed(format!(
                "somebody has looked at it since. It is looked at again by {}",
                words::day(row.review_on.0)
            )),
            HoldState::Active | HoldState::ReleaseRequested => Ok(Self { row, said }),
        }
    }

    fn sheet(&self, ask: &Ask<'_>) -> Sheet {
        let HoldReview { hold, placed_on, review_on, held, past_maximum, .. } = &self.said;
        let is = if *review_on < london_date(ask.now) { "was" } else { "is" };
        let mut facts = vec![
            ("Kind", hold.kind.clone()),
            ("Placed by", hold.authority.clone()),
            ("In force since", words::day(*placed_on)),
            ("Covers", hold.scope.join("; ")),
            ("Past their time and kept by it", counted(*held)),
            ("Of those beyond their maximum", counted(*past_maximum)),
        ];
        if self.row.state == HoldState::ReleaseRequested {
            facts.push(("Release", "asked for; it waits for a second person".to_owned()));
        }
        Sheet {
            title: format!("Hold {}", hold.reference),
            heading: format!("Hold {}: is it still needed?", hold.reference),
            lead: format!(
                "It {is} to be looked at by {} at {}.",
                words::day(*review_on),
                ask.console.config.organisation.name
            ),
            facts,
            samples: Vec::new(),
            silence: "If nobody answers, the hold stays in force and we ask again every week."
                .to_owned(),
            digest: String::new(),
            choices: self.choices(),
        }
    }

    async fn take(&self, ask: &Ask<'_>, _: &Who, sent: &Sent) -> Result<Done, Refusal> {
        let (catalogue, actor) = (&ask.console.catalogue, ask.reader.person()?);
        let reference = &self.row.reference;
        let done = |answer, heading: String, next: String| Done {
            answer,
            of: number(self.row.id),
            uses: Uses::Up,
            heading,
            next,
        };
        let name = &self.said.hold.reference;
        match sent.get("answer") {
            KEEP => {
                let reason = sent.needed("reason", "say why the hold is still needed")?;
                let next = sent.day("review-on", "give the day by which it is looked at again")?;
                holds::review(catalogue, actor, reference, next, &reason, ask.now).await?;
                Ok(done(
                    KEEP,
                    format!("Hold {name} stays"),
                    format!("It is looked at again by {}.", words::day(next)),
                ))
            }
            RELEASE => {
                sent.confirmed(name)?;
                let reason = sent.needed("reason", "say why the hold may be released")?;
                let authority = sent.needed("authority", "say on whose word it may be released")?;
                holds::request_release(catalogue, actor, reference, &reason, &authority, ask.now)
                    .await?;
                Ok(done(
                    RELEASE,
                    format!("The release of hold {name} is asked for"),
                    "It is still in force. Another person releases it, or lets it stay; nothing \
                     is destroyed by that."
                        .to_owned(),
                ))
            }
            _ => Err(Refusal::Wrong("choose one of the two answers".to_owned())),
        }
    }
}

impl Stays {
    fn choices(&self) -> Vec<Choice> {
        let keep = Choice {
            answer: KEEP,
            legend: "It stays",
            fields: vec![
                reason(
                    "Name nobody who need not be named: it is kept for as long as the audit chain.",
                ),
                Field::new("review-on", "Look at it again by", Input::Date)
                    .hint("At most twelve months ahead."),
            ],
            button: "Keep the hold",
        };
        let label = "Type the number of the hold";
        let then = "A second person must still release it.";
        let release = Choice {
            answer: RELEASE,
            legend: "It may be released",
            fields: vec![
                reason(
                    "Name nobody who need not be named: it is kept for as long as the audit chain.",
                ),
                Field::new("authority", "On whose word", Input::Text),
                confirmation(label, &self.said.hold.reference, then),
            ],
            button: "Ask for its release",
        };
        vec![keep, release]
    }
}
