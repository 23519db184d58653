//! What the law asks of a line that holds personal data. Only a column that is
//! there is asked for: a retention schedule is no record of processing.

use jiff::civil::Date;

use super::seen::Seen;
use crate::register::column::{Column, normalised};

/// Checks the row.
pub(super) fn check(seen: &mut Seen<'_>) {
    let special = holds(&seen.text(Column::SpecialCategory));
    let personal = special || holds(&seen.text(Column::PersonalData));
    if personal {
        lawful_basis(seen);
    }
    if special {
        condition(seen);
    }
    consent(seen);
    schedule1(seen);
    transfers(seen);
    sharing(seen);
    review_date(seen);
}

/// Whether a cell that asks for a yes or a list says there is something.
fn holds(text: &str) -> bool {
    let word = normalised(text);
    !matches!(word.as_str(), "" | "no" | "n" | "none" | "na" | "false" | "0" | "notapplicable")
        && !text.trim().to_lowercase().starts_with("no ")
        && !text.trim().to_lowercase().starts_with("none ")
}

fn lawful_basis(seen: &mut Seen<'_>) {
    if seen.has_column(Column::Art6Basis) && !holds(&seen.text(Column::Art6Basis)) {
        let reason = "the line holds personal data but names no lawful basis for it".to_owned();
        let remedy = "Name the basis in Article 6 of the UK GDPR, such as public task or legal \
                      obligation."
            .to_owned();
        seen.reject(Some(Column::Art6Basis), reason, remedy);
    }
}

fn condition(seen: &mut Seen<'_>) {
    if seen.has_column(Column::Art9Condition) && !holds(&seen.text(Column::Art9Condition)) {
        let reason =
            "the line holds special category data but names no condition for it".to_owned();
        let remedy = "Name the condition in Article 9 of the UK GDPR.".to_owned();
        seen.reject(Some(Column::Art9Condition), reason, remedy);
    }
}

fn consent(seen: &mut Seen<'_>) {
    let basis = seen.text(Column::Art6Basis).to_lowercase();
    if basis.contains("consent") && seen.text(Column::ConsentRef).is_empty() {
        let reason = "the lawful basis is consent, but no record of consent is named".to_owned();
        let remedy = "Say where the record of consent is kept.".to_owned();
        seen.warn(Some(Column::Art6Basis), reason, remedy);
    }
}

fn schedule1(seen: &mut Seen<'_>) {
    let relied_on = holds(&seen.text(Column::Schedule1));
    if relied_on && seen.text(Column::ApdRef).is_empty() {
        let reason = "a condition of Schedule 1 to the Data Protection Act 2018 is relied on, but \
                      no appropriate policy document is named"
            .to_owned();
        let remedy = "Name the appropriate policy document.".to_owned();
        seen.warn(Some(Column::Schedule1), reason, remedy);
    }
    let policy = normalised(&seen.text(Column::RetainedPerPolicy));
    if matches!(policy.as_str(), "no" | "n" | "false") && seen.text(Column::ReasonsIfNot).is_empty()
    {
        let reason = "records are not retained and erased as the policy document says, and no \
                      reason is given"
            .to_owned();
        let remedy = "Give the reason.".to_owned();
        seen.warn(Some(Column::RetainedPerPolicy), reason, remedy);
    }
}

fn transfers(seen: &mut Seen<'_>) {
    let country = seen.text(Column::Transfers);
    let abroad = holds(&country)
        && !matches!(normalised(&country).as_str(), "uk" | "unitedkingdom" | "uknone");
    if abroad && !holds(&seen.text(Column::Safeguard)) {
        let reason = "data is transferred abroad, but no safeguard is named".to_owned();
        let remedy = "Name the safeguard, such as an adequacy decision or the ICO's transfer \
                      agreement."
            .to_owned();
        seen.warn(Some(Column::Transfers), reason, remedy);
    }
}

fn sharing(seen: &mut Seen<'_>) {
    if !holds(&seen.text(Column::Recipients)) {
        return;
    }
    let demands = [
        (Column::Agreement, "no agreement or contract with them is named", "Name the agreement."),
        (Column::PrivacyNotice, "no privacy notice is named", "Name the privacy notice."),
    ];
    for (column, wanting, remedy) in demands {
        if seen.has_column(column) && !holds(&seen.text(column)) {
            let reason = format!("data is shared, but {wanting}");
            seen.warn(Some(column), reason, remedy.to_owned());
        }
    }
    let special = holds(&seen.text(Column::SpecialCategory));
    if special && seen.has_column(Column::Dpia) && !holds(&seen.text(Column::Dpia)) {
        let reason = "special category data is shared, but no impact assessment is named";
        let remedy = "Name the data protection impact assessment.";
        seen.warn(Some(Column::Dpia), reason.to_owned(), remedy.to_owned());
    }
}

fn review_date(seen: &mut Seen<'_>) {
    let text = seen.text(Column::ReviewDue);
    if text.is_empty() || date_of(&text).is_some() {
        return;
    }
    let reason = "the review date is not a date".to_owned();
    let remedy = "Write it as a date, such as 2027-03-31 or 31/03/2027.".to_owned();
    seen.warn(Some(Column::ReviewDue), reason, remedy);
}

/// `2027-03-31`, or as it is written in the United Kingdom.
pub(super) fn date_of(text: &str) -> Option<Date> {
    let british = || {
        ["%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%d %B %Y", "%d %b %Y"]
            .iter()
            .find_map(|format| Date::strptime(format, text).ok())
    };
    text.parse().ok().or_else(british)
}
