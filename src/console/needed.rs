//! Are records needed that fall due? Asked of their service (M1).
//!
//! "Needed" tells those who place holds; it is no hold yet. One link says it once
//! of each record type it was told of.

use jiff::civil::Date;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};

use super::question::{Ask, Question};
use super::refusal::Refusal;
use super::sent::Sent;
use super::sheet::{Choice, Done, Field, Input, Sheet, Uses, counted};
use super::stop::{enter, reply};
use super::who::Who;
use crate::audit::{Action, Subject};
use crate::catalogue::entity::mail_reply;
use crate::catalogue::words::ReplyKind;
use crate::notices::link::Topic;
use crate::notices::payload::{Coming, HoldAsked};
use crate::notices::recipient::Directory;
use crate::notices::{self, Payload, words};
use crate::people::Role;

/// What records may be needed for, as the form and a mail say it.
const MATTERS: [(&str, &str); 5] = [
    ("claim", "a claim"),
    ("complaint", "a complaint"),
    ("request", "a request for information"),
    ("inquiry", "an inquiry or an audit"),
    ("other", "another reason"),
];

/// Who places holds.
const PLACING: [Role; 4] =
    [Role::RecordsManager, Role::Legal, Role::Dpo, Role::InformationRequests];

/// Records that fall due in a month.
pub(super) struct AreNeeded {
    month: Date,
    lines: Vec<Coming>,
}

impl Question for AreNeeded {
    const TOPIC: Topic = Topic::Needed;

    async fn find(ask: &Ask<'_>) -> Result<Self, Refusal> {
        match ask.said.clone() {
            Payload::ComingDue(said) => Ok(Self { month: said.month, lines: said.lines }),
            _ => Err(Refusal::Gone),
        }
    }

    fn sheet(&self, ask: &Ask<'_>) -> Sheet {
        let class = |line: &Coming| {
            let (class, units) = (&line.class, counted(line.units));
            (class.code.clone(), format!("{} {}: {units}", class.code, class.title))
        };
        let which = Input::Radio { options: self.lines.iter().map(class).collect() };
        let matters = MATTERS.map(|(word, says)| (word.to_owned(), says.to_owned())).to_vec();
        let why = Field::new("reason", "What it is about, and which of the records", Input::Long)
            .hint(
                "The records manager, the legal team and the data protection officer decide on a \
             hold. Give a case reference rather than a name.",
            );
        let (month, organisation) =
            (words::month(self.month), &ask.console.config.organisation.name);
        Sheet {
            title: "Records that are needed".to_owned(),
            heading: "Are any of these records needed?".to_owned(),
            lead: format!("They fall due in {month} at {organisation}."),
            facts: Vec::new(),
            samples: Vec::new(),
            silence: "If nobody answers, the records are proposed to their owner when they are \
                      due, and stay until two people have approved."
                .to_owned(),
            digest: String::new(),
            choices: vec![Choice {
                answer: ReplyKind::Hold.name(),
                legend: "Tell the records manager",
                fields: vec![
                    Field::new("record_type", "Which", which),
                    Field::new("matter", "What for", Input::Radio { options: matters }),
                    why,
                ],
                button: "They are needed",
            }],
        }
    }

    /// Tells those who place holds, and keeps what was said.
    async fn take(&self, ask: &Ask<'_>, who: &Who, sent: &Sent) -> Result<Done, Refusal> {
        let wrong = |why: &str| Refusal::Wrong(why.to_owned());
        let or = "say why, in a few words that a records manager understands";
        let reason = sent.needed("reason", or)?;
        let is_told = |line: &&Coming| line.class.code == sent.get("record_type");
        let line = self.lines.iter().find(is_told);
        let code = &line.ok_or_else(|| wrong("choose the record type that is needed"))?.class.code;
        let matter = MATTERS.iter().find(|(word, _)| *word == sent.get("matter"));
        let (_, matter) = matter.ok_or_else(|| wrong("choose what it is needed for"))?;
        let row = mail_reply::Model {
            once: format!("hold:{}:{code}", ask.claim.notice),
            record_type: Some(code.clone()),
            ..reply(ask, who, ReplyKind::Hold, reason)
        };
        let tx = ask.console.catalogue.write_tx().await?;
        let known = mail_reply::Entity::find().filter(mail_reply::Column::Once.eq(&row.once));
        if known.one(&*tx).await?.is_some() {
            return Err(Refusal::Closed(format!(
                "somebody has said so of {code} already by this link, and the records managers \
                 know. To say more, write to them"
            )));
        }
        let directory = Directory::read(&*tx).await?;
        let said = HoldAsked {
            area: ask.area.clone(),
            record_type: code.clone(),
            month: Some(self.month),
            matter: (*matter).to_owned(),
        };
        let notice = notices::Notice {
            to: directory.once(directory.with_role(&PLACING)),
            service_area: Some(ask.area.clone()),
            period_key: format!("reply:{}", row.id),
            payload: said.into(),
            thread: format!("hold-asked:{}", ask.claim.notice),
            attachments: Vec::new(),
        };
        notices::enqueue(&tx, ask.now, &notice).await?;
        let subject = Subject::new("notice", ask.claim.notice);
        enter(&tx, ask, who, (Action::HoldAsked, subject), row).await?;
        tx.commit().await?;
        Ok(Done {
            answer: ReplyKind::Hold.name(),
            of: code.clone(),
            uses: Uses::Part(code.clone()),
            heading: format!("That {code} is needed is noted"),
            next: "The records manager, the legal team and the data protection officer are told, \
                   and see what you wrote. This is no hold yet: they place it, and you are told \
                   when they do."
                .to_owned(),
        })
    }
}
