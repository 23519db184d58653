//! Dates, kinds and scopes as people read them.

use jiff::Timestamp;
use jiff::civil::Date;
use retaind_schedules::calendar::zone;
use retaind_schedules::hold::HoldKind;

use crate::people::Role;

/// `3 March 2026`.
#[must_use]
pub fn day(date: Date) -> String {
    date.strftime("%-d %B %Y").to_string()
}

/// `3 March 2026 at 09:41`, in London.
#[must_use]
pub fn moment(at: Timestamp) -> String {
    at.to_zoned(zone()).strftime("%-d %B %Y at %H:%M").to_string()
}

/// `March 2026`.
#[must_use]
pub fn month(date: Date) -> String {
    date.strftime("%B %Y").to_string()
}

pub use crate::plural::counted;

/// `4.25 %`, of hundredths of a per cent.
#[must_use]
pub fn share(hundredths: u64) -> String {
    format!("{}.{:02} %", hundredths / 100, hundredths % 100)
}

/// Why something was withheld, by the word that its line and its certificate have.
#[must_use]
pub fn withheld(word: &str) -> String {
    let said = match word {
        "held:several" => "several holds cover it",
        "not-this-list" => "not on the list that was approved",
        "not-approved" => "not approved",
        "kept-by-owner" => "kept by the owner",
        "not-due" => "not due any more",
        "other-action" => "something else is to be done with it now",
        "changed" => "changed since it was approved",
        "unconfirmed" => "its loss could not be made good, and nobody confirms it any more",
        "late-member" => "more was added to the case file",
        "restored" => "put back",
        "unknown:unmapped" => "its mapping does not take it any more",
        word if word.starts_with("unknown:") => "the store could not say what it is now",
        word if word.starts_with("erasure:") => "the request for erasure does not reach it",
        word => {
            let kind = word.strip_prefix("held:").and_then(|kind| kind.parse::<HoldKind>().ok());
            return match kind {
                Some(kind) => format!("a hold covers it ({})", uncapped(hold_kind(kind))),
                None => word.replace(['-', ':'], " "),
            };
        }
    };
    said.to_owned()
}

/// The first words of a sentence within one.
fn uncapped(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(|letter| letter.to_lowercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}

/// Somebody of this role, as part of a sentence.
#[must_use]
pub const fn role(role: Role) -> &'static str {
    match role {
        Role::Iao => "an information asset owner",
        Role::Iaa => "an information asset administrator",
        Role::RecordsManager => "a records manager",
        Role::Archivist => "the archivist",
        Role::Dpo => "the data protection officer",
        Role::Siro => "the senior information risk owner",
        Role::Legal => "the legal team",
        Role::InformationRequests => "the information requests team",
        Role::MonitoringOfficer => "the monitoring officer",
        Role::Auditor => "an auditor",
        Role::ServiceContact => "a service's contact",
        Role::Operator => "the operator",
    }
}

/// On which law a hold of this kind rests, as part of a sentence. It is said of
/// the kind: what was written for one hold may name people.
#[must_use]
pub const fn law(kind: HoldKind) -> &'static str {
    match kind {
        HoldKind::LegalHold => {
            "the duty to keep what a court may ask for (Civil Procedure Rules, Practice Direction 31B)"
        }
        HoldKind::InquiryMoratorium => "the Inquiries Act 2005, sections 21 and 35",
        HoldKind::Foi => "the Freedom of Information Act 2000, section 77",
        HoldKind::Eir => "the Environmental Information Regulations 2004, regulation 19",
        HoldKind::SubjectAccess => "the Data Protection Act 2018, section 173",
        HoldKind::Portability => {
            "the UK GDPR, Article 20, and the Data Protection Act 2018, section 173"
        }
        HoldKind::Restriction18 => "the UK GDPR, Article 18",
        HoldKind::RectificationPending => "the UK GDPR, Article 16",
        HoldKind::ObjectionPending => "the UK GDPR, Article 21",
        HoldKind::ErasureUnderConsideration => "the UK GDPR, Article 17",
        HoldKind::DpComplaint => "the Data Protection Act 2018, section 164A",
        HoldKind::OmbudsmanOrIco => {
            "the Local Government Act 1974, section 29, or the Data Protection Act 2018, section 142"
        }
        HoldKind::AuditHold => "the Local Audit and Accountability Act 2014, section 22",
        HoldKind::CrimeInvestigation => "the Data Protection Act 2018, Schedule 2, paragraph 2",
        HoldKind::MonitoringOfficer => "the Local Government and Housing Act 1989, section 5",
        HoldKind::Safeguarding => {
            "the Children Act 2004, section 11, or the Care Act 2014, section 42"
        }
        HoldKind::InsuranceClaim => "the contract of insurance",
        HoldKind::ArchiveAppraisal => "the Local Government Act 1972, section 224",
        HoldKind::IncidentFreeze => "the organisation's own order after an incident",
    }
}

/// The kind of a hold, as the first words of a sentence.
#[must_use]
pub const fn hold_kind(kind: HoldKind) -> &'static str {
    match kind {
        HoldKind::LegalHold => "Legal hold",
        HoldKind::InquiryMoratorium => "Moratorium for an inquiry",
        HoldKind::Foi => "Freedom of information request",
        HoldKind::Eir => "Environmental information request",
        HoldKind::SubjectAccess => "Subject access request",
        HoldKind::Portability => "Request for portability",
        HoldKind::Restriction18 => "Restriction of processing",
        HoldKind::RectificationPending => "Rectification pending",
        HoldKind::ObjectionPending => "Objection pending",
        HoldKind::ErasureUnderConsideration => "Erasure under consideration",
        HoldKind::DpComplaint => "Data protection complaint",
        HoldKind::OmbudsmanOrIco => "Ombudsman or ICO case",
        HoldKind::AuditHold => "Hold for an audit",
        HoldKind::CrimeInvestigation => "Investigation of a crime",
        HoldKind::MonitoringOfficer => "Hold by the monitoring officer",
        HoldKind::Safeguarding => "Safeguarding",
        HoldKind::InsuranceClaim => "Insurance claim",
        HoldKind::ArchiveAppraisal => "Appraisal for the archive",
        HoldKind::IncidentFreeze => "Freeze after an incident",
    }
}
