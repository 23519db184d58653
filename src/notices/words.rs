//! Dates, kinds and scopes as people read them.

use jiff::civil::Date;
use retaind_schedules::hold::HoldKind;

use crate::people::Role;

/// `3 March 2026`.
#[must_use]
pub fn day(date: Date) -> String {
    date.strftime("%-d %B %Y").to_string()
}

/// `March 2026`.
#[must_use]
pub fn month(date: Date) -> String {
    date.strftime("%B %Y").to_string()
}

/// `4.25 %`, of hundredths of a per cent.
#[must_use]
pub fn share(hundredths: u64) -> String {
    format!("{}.{:02} %", hundredths / 100, hundredths % 100)
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
