//! Does the owner sign their yearly statement? Asked of every owner of assets
//! (M16).
//!
//! The figures are those the owner was told, and what is signed is those figures
//! with the words the owner adds, which stand in no mail and no audit entry.

use super::question::{Ask, Question};
use super::refusal::Refusal;
use super::sent::Sent;
use super::sheet::{Choice, Done, Field, Input, Sheet, Uses, confirmation, counted};
use super::who::Who;
use crate::notices::link::Topic;
use crate::notices::payload::{AnnualStatement, AssetTold};
use crate::notices::yearly::{
    StatementError, asked, confirmation as typed, may_sign, sign_statement, signed,
};
use crate::notices::{Payload, words};

const SIGN: &str = "sign";

const ANEW: &str = "you were asked anew since, for you own other assets now. Open the link in the \
                    newest mail about it";

/// A statement that waits for its owner.
pub(super) struct Signs(AnnualStatement);

impl Question for Signs {
    const TOPIC: Topic = Topic::Statement;

    async fn find(ask: &Ask<'_>) -> Result<Self, Refusal> {
        let Payload::AnnualStatement(said) = ask.said.clone() else { return Err(Refusal::Gone) };
        let owner = ask.reader.person()?;
        let read = ask.console.catalogue.read();
        if let Some(signed) = signed(read, owner.person.0, said.year_end).await? {
            let on = retaind_schedules::calendar::london_date(signed.signed_at.timestamp());
            let (name, year_end) = (owner.name.clone(), said.year_end);
            return Err(StatementError::Signed { name, year_end, on }.into());
        }
        may_sign(read, owner, &said).await?;
        if asked(read, owner.person.0, said.year_end).await?.as_ref() != Some(&said) {
            return Err(Refusal::Closed(ANEW.to_owned()));
        }
        Ok(Self(said))
    }

    fn sheet(&self, ask: &Ask<'_>) -> Sheet {
        let said = &self.0;
        let overdue =
            format!("{}, of which {} are held", counted(said.overdue), counted(said.held));
        let label = "Type the last day of the year and how many assets it is";
        let sign = Choice {
            answer: SIGN,
            legend: "Your signature",
            fields: vec![
                Field::new("reason", "What you know beside these figures", Input::Long).hint(
                    "It may be empty. Name no person the records are about. It is kept with your \
                     signature; the senior information risk owner may read it.",
                ),
                confirmation(label, &typed(said), "Signed once, it stands."),
            ],
            button: "Sign the statement",
        };
        let year = words::day(said.year_end);
        Sheet {
            title: "Yearly statement".to_owned(),
            heading: format!("Your statement for the year to {year}"),
            lead: format!(
                "You answer for these assets at {}. This is what the register and the last scans \
                 said when you were written to.",
                ask.console.config.organisation.name
            ),
            facts: vec![
                ("Assets you own", counted(said.assets)),
                ("Which", named(said)),
                ("Disposed of in the year, with a certificate", counted(said.disposed)),
                ("Beyond their maximum", overdue),
                ("Kept by you in the year though they were due", counted(said.kept)),
            ],
            samples: Vec::new(),
            silence: "If nobody signs, nothing is destroyed, and the senior information risk \
                      owner has no statement for your assets."
                .to_owned(),
            digest: String::new(),
            choices: vec![sign],
        }
    }

    async fn take(&self, ask: &Ask<'_>, _: &Who, sent: &Sent) -> Result<Done, Refusal> {
        sent.confirmed(&typed(&self.0))?;
        let (owner, adds) = (ask.reader.person()?, sent.words("reason")?);
        let tx = ask.console.catalogue.write_tx().await?;
        let signed = sign_statement(&tx, owner, self.0.year_end, &adds, ask.now).await?;
        // What is signed is what was shown.
        if serde_json::to_value(&self.0).ok() != Some(signed.figures) {
            return Err(Refusal::Closed(ANEW.to_owned()));
        }
        tx.commit().await?;
        let year = words::day(self.0.year_end);
        Ok(Done {
            answer: SIGN,
            of: self.0.year_end.to_string(),
            uses: Uses::Up,
            heading: format!("Your statement for the year to {year} is signed"),
            next: "The senior information risk owner is told.".to_owned(),
        })
    }
}

/// The assets it is of, and for how long their records are kept.
fn named(said: &AnnualStatement) -> String {
    let one = |asset: &AssetTold| match &asset.kept[..] {
        [] => format!("{} {}", asset.reference, asset.name),
        kept => format!("{} {} ({})", asset.reference, asset.name, kept.join("; ")),
    };
    let named: Vec<String> = said.of.iter().map(one).collect();
    if named.is_empty() {
        "`retaind schedule list` lists them".to_owned()
    } else {
        named.join(". ")
    }
}
