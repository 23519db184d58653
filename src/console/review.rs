//! What becomes of records that wait for a person? Asked of their owner, and of
//! the archivist where they may be for the archive (M9).
//!
//! One answer is for all of a record type that waits: kept until a day, destroyed,
//! or handed over. It is bound to what was shown, item by item, and is what
//! `retaind review file` does with a line for each. Who wants to decide item by
//! item, or has more than a page takes, uses that.

use std::collections::BTreeMap;

use jiff::civil::Date;
use retaind_schedules::calendar::london_date;

use super::question::{Ask, Question};
use super::refusal::{OTHER_LIST, Refusal};
use super::sent::Sent;
use super::sheet::{
    Choice, Done, Field, Input, Sheet, Uses, amount, basis, confirmation, counted, reason,
};
use super::who::Who;
use crate::catalogue::CatalogueError;
use crate::catalogue::words::ItemDecision;
use crate::disposal::review::{self, Awaiting, Because, Ruling};
use crate::notices::link::Topic;
use crate::notices::payload::Class;
use crate::notices::{Payload, words};

/// As many items as are decided by one answer: one transaction that others wait
/// for.
const MOST: usize = 2000;

/// By what the list that was shown is known.
const LIST: &str = "review-list";

/// What waits of one record type.
pub(super) struct Decide {
    class: Class,
    items: Vec<Awaiting>,
    digest: String,
}

impl Question for Decide {
    const TOPIC: Topic = Topic::Review;

    async fn find(ask: &Ask<'_>) -> Result<Self, Refusal> {
        let Payload::ReviewDue(said) = ask.said.clone() else { return Err(Refusal::Gone) };
        ask.reader.person()?;
        let (class, mut items, mut more) = (said.of.class, Vec::new(), 0_usize);
        review::each(&ask.console.desk(), |one| {
            if one.record_type == class.code {
                match items.len() < MOST {
                    true => items.push(one),
                    false => more += 1,
                }
            }
            Ok::<(), CatalogueError>(())
        })
        .await?;
        if items.is_empty() {
            let why = format!("nothing of {} waits for a decision any more", class.code);
            return Err(Refusal::Closed(why));
        }
        if more > 0 {
            return Err(Refusal::Closed(format!(
                "{} items of {} wait for a decision, and a page takes {MOST} at most. Decide them \
                 with `retaind review file FILE`, or ask a records manager to",
                items.len() + more,
                class.code
            )));
        }
        let seen: Vec<[&str; 3]> =
            items.iter().map(|it| [&*it.store, &*it.locator, &*it.fingerprint]).collect();
        let digest = ask.console.keys.link_mac(LIST, &serde_json::json!(seen).to_string());
        Ok(Self { class, items, digest })
    }

    fn sheet(&self, ask: &Ask<'_>) -> Sheet {
        let bytes = self.items.iter().map(|item| item.bytes).sum();
        let due = self.items.iter().filter_map(|item| item.due_on);
        let mut facts = vec![
            ("Record type", format!("{} {}", self.class.code, self.class.title)),
            ("Rule", self.class.rule.clone()),
            ("Basis", basis(&self.class.basis)),
            ("How much waits", amount(self.items.len() as u64, bytes)),
            ("Why a person decides", self.why()),
        ];
        if let (Some(first), Some(last)) = (due.clone().min(), due.max()) {
            let days = format!("{} to {}", words::day(first), words::day(last));
            facts.push(("Last days of keeping", days));
        }
        facts.push(("In", self.stores()));
        let code = &self.class.code;
        Sheet {
            title: format!("Review of {code}"),
            heading: format!("{code}: what becomes of these records?"),
            lead: format!(
                "A person at {} must look at them. This page names none of them: `retaind review \
                 list` does, and decides item by item.",
                ask.console.config.organisation.name
            ),
            facts,
            samples: Vec::new(),
            silence: "If nobody answers, they are kept, and we ask again after 28 days.".to_owned(),
            digest: self.digest.clone(),
            choices: self.choices(),
        }
    }

    async fn take(&self, ask: &Ask<'_>, _: &Who, sent: &Sent) -> Result<Done, Refusal> {
        let decision: ItemDecision = sent
            .get("answer")
            .parse()
            .map_err(|_| Refusal::Wrong("choose one of the answers".to_owned()))?;
        if sent.get("digest") != self.digest {
            return Err(Refusal::Closed(OTHER_LIST.to_owned()));
        }
        let reason = sent.needed("reason", "say why, in a few words")?;
        let until = match decision {
            ItemDecision::Keep => {
                Some(sent.day("until", "give the day on which they are looked at again")?)
            }
            ItemDecision::Destroy | ItemDecision::Transfer => {
                sent.confirmed(&self.typed())?;
                None
            }
        };
        let ruling = |item: &Awaiting| Ruling {
            store: item.store.clone(),
            locator: item.locator.clone(),
            decision,
            until,
            reason: reason.clone(),
            seen: Some(item.fingerprint.clone()),
        };
        let rulings: Vec<Ruling> = self.items.iter().map(ruling).collect();
        review::decide(&ask.console.desk(), ask.reader.person()?, &rulings).await?;
        Ok(self.said(decision, until, london_date(ask.now)))
    }
}

impl Decide {
    /// What is typed to decide that they go.
    fn typed(&self) -> String {
        format!("{} {}", self.class.code, self.items.len())
    }

    fn why(&self) -> String {
        let of = |why| self.items.iter().filter(|item| item.why == why).count() as u64;
        match (of(Because::Rule), of(Because::Irreplaceable)) {
            (_, 0) => "their rule says so".to_owned(),
            (0, _) => "their loss could not be made good".to_owned(),
            (rule, lost) => format!(
                "the rule of {} says so; the loss of {} could not be made good",
                counted(rule),
                counted(lost)
            ),
        }
    }

    fn stores(&self) -> String {
        let mut stores: BTreeMap<&str, u64> = BTreeMap::new();
        for item in &self.items {
            *stores.entry(&item.store).or_default() += 1;
        }
        let each = stores.into_iter().map(|(store, items)| format!("{store}: {}", counted(items)));
        each.collect::<Vec<_>>().join("; ")
    }

    fn choices(&self) -> Vec<Choice> {
        let why = || reason("It is kept for good. Name no person the records are about.");
        let label = "Type the record type and how many items it is";
        let confirmed = |then: &str| confirmation(label, &self.typed(), then);
        let keep = Choice {
            answer: ItemDecision::Keep.name(),
            legend: "They are kept",
            fields: vec![why(), Field::new("until", "Look at them again on", Input::Date)],
            button: "Keep them",
        };
        let destroy = Choice {
            answer: ItemDecision::Destroy.name(),
            legend: "They may be destroyed",
            fields: vec![
                why(),
                confirmed("They are proposed as a batch, which two people must approve."),
            ],
            button: "They may go",
        };
        let transfer = Choice {
            answer: ItemDecision::Transfer.name(),
            legend: "They go to the archive",
            fields: vec![
                why(),
                confirmed("They are proposed as a batch and offered to the archive."),
            ],
            button: "They go to the archive",
        };
        let mut choices = vec![keep, destroy];
        choices.extend(self.items.iter().all(|item| item.for_archive).then_some(transfer));
        choices
    }

    fn said(&self, decision: ItemDecision, until: Option<Date>, today: Date) -> Done {
        let next = match decision {
            ItemDecision::Keep => format!(
                "They stay where they are, and you are asked again on {}.",
                words::day(until.unwrap_or(today))
            ),
            ItemDecision::Destroy => {
                "They are proposed as a batch. Nothing goes before two people \
                                      have approved it."
                    .to_owned()
            }
            ItemDecision::Transfer => "They are proposed as a batch for the archive. Nothing goes \
                                       before two people have approved it and the archive has them \
                                       whole."
                .to_owned(),
        };
        let count = counted(self.items.len() as u64);
        Done {
            answer: decision.name(),
            of: self.class.code.clone(),
            uses: Uses::Up,
            heading: format!("Your decision on {count} items of {} is recorded", self.class.code),
            next,
        }
    }
}
