//! What a column of a register means, and the headings it goes under.
//!
//! The one table of headings: those of the ICO's record of processing, The
//! National Archives' information asset register, Healthwatch, and the published
//! registers and schedules of Devon, Blackpool, Nottingham City, Bracknell
//! Forest and Mole Valley, with what else was met. Case, punctuation and white
//! space do not count. A heading may stand under several meanings: the first
//! that no other column of the sheet claims is taken.

use std::collections::HashMap;
use std::fmt;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

/// How many columns of a sheet may carry a meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// One: a second is a question for the records manager.
    One,
    /// Several, whose values are joined.
    Many,
}

macro_rules! columns {
    ($($(#[$doc:meta])* $name:ident $word:literal $claim:ident [$($heading:literal),* $(,)?];)*) => {
        /// What a column means.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum Column {
            $($(#[$doc])* $name,)*
        }

        impl Column {
            /// Every meaning, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The word for it in profiles and files.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }

            /// How many columns may carry it.
            #[must_use]
            pub const fn claim(self) -> Claim {
                match self { $(Self::$name => Claim::$claim,)* }
            }

            /// The headings it goes under.
            #[must_use]
            pub const fn headings(self) -> &'static [&'static str] {
                match self { $(Self::$name => &[$($heading),*],)* }
            }
        }
    };
}

columns! {
    /// What the organisation calls the line; unique in the file.
    Ref "ref" One [
        "Ref", "Reference", "Ref No", "Reference number", "Id", "Unique ID", "Asset number",
        "Asset ID", "Asset ref", "Asset reference", "Number", "No", "Code", "Class code",
        "Retention code", "Schedule reference", "Record category ID", "Document reference",
        "Log reference", "Serial number", "Item", "Item no", "Line", "IAR ref", "ROPA ref",
        "Record type code", "Function reference", "Classification number", "LGCS ref",
    ];
    /// The information asset.
    AssetName "asset-name" One [
        "Asset name", "Asset title", "Information asset name", "Information asset", "Asset",
        "Name of asset", "Name of information asset", "System or asset name", "Dataset",
        "Title of asset", "Name",
    ];
    /// The record type: what one line of a schedule is about.
    Title "title" One [
        "Title", "Record type", "Type of record", "Record types", "Record", "Records",
        "Information type", "Type of information", "Records description", "Record description",
        "Description of records", "Record series", "Series", "Class of record", "Record class",
        "Record title", "Type of document", "Document type", "Document", "Documents", "Type",
        "Category", "Category name", "Category/subcategory", "Record category",
        "Categories of records", "Asset category", "Data class", "Data category", "Data type",
        "Types of data", "Data", "Log type", "Metadata", "Record types affected",
        "Name of record", "Basic file description", "File description", "Processing activity",
    ];
    /// What it is, at more length.
    Description "description" One [
        "Description", "Asset description", "What it does", "What does it do", "Scope note",
        "Scope notes", "Examples", "Examples of records", "Description of asset",
        "Description and examples", "Details",
    ];
    /// The part of the organisation that answers for it.
    ServiceArea "service-area" One [
        "Service area", "Service", "Service name", "Business function", "Department",
        "Directorate", "Section", "Team", "Division", "Business unit", "Business area",
        "Function", "Business function/department", "Directorate / Programme", "Directorate/service",
        "Service/team", "Service or team", "Department/service",
    ];
    /// Who owns it: the information asset owner.
    Owner "owner" One [
        "IAO", "Owner", "Asset owner", "Information asset owner", "Information asset owner (IAO)",
        "IAO name", "Lead officer", "Responsible officer", "Responsible owner", "Asset officer",
        "Owner/evidence", "Hosting/Owner", "Data owner", "Record owner", "Owner email",
        "IAO email", "Who owns it", "Responsibility",
    ];
    /// Who looks after it for the owner.
    Administrator "administrator" One [
        "IAA", "Administrator", "Information asset administrator", "Asset administrator",
        "Data steward", "Assessment author", "Reviewer", "Data protection officer", "System administrator",
        "Information asset administrator (IAA)",
    ];
    /// Why personal data is processed.
    Purpose "purpose" One [
        "Purpose", "Purpose of processing", "Purposes of processing", "Purpose of the processing",
        "How will your information be used?", "Purpose/location", "Why do we hold it",
        "Business requirements", "Business purpose", "Purpose of asset",
    ];
    /// Whose data it is.
    DataSubjects "data-subjects" Many [
        "Data subjects", "Categories of individuals", "Categories of data subjects",
        "Data subject category", "Data subject categories", "Data subject", "Who is it about",
    ];
    /// Whether there is personal data, or which kinds.
    PersonalData "personal-data" Many [
        "Personal data", "Personal data?", "Contains personal data", "Contains personal data?",
        "Categories of personal data", "Categories of data", "Data categories",
        "Personal information", "What information is being used?", "Data categories held",
        "Data types", "Attribute", "Personal or special category", "Personal/special category",
        "Personal data held", "Does it contain personal data?",
    ];
    /// Whether there is special category or criminal offence data.
    SpecialCategory "special-category" Many [
        "Special category", "Special category?", "Special category data", "Special categories",
        "Sensitive personal data", "Special category personal data", "Special categories of data",
        "Special category data?", "Criminal offence data", "Criminal convictions data",
    ];
    /// The lawful basis under Article 6 of the UK GDPR.
    Art6Basis "art6-basis" One [
        "Lawful basis", "Legal basis for processing", "Lawful basis for processing",
        "Article 6 basis", "Article 6 lawful basis", "Art 6 basis", "Art. 6", "Article 6",
        "Article 6 lawful basis for processing", "Article 6 lawful basis for processing personal data",
        "Lawful basis (GDPR)", "Legal basis (UK GDPR)", "GDPR lawful basis", "GDPR legal basis",
        "GDPR Article 6 basis", "Article 6 condition", "Legal basis", "Article 6 legal basis",
        "What is the legal basis for processing your information?", "UK GDPR Article 6",
    ];
    /// The condition under Article 9.
    Art9Condition "art9-condition" One [
        "Article 9 condition", "GDPR Article 9 condition", "Article 9 basis", "Art 9 basis",
        "Art 9 condition", "Article 9", "Article 9 condition for processing special category data",
        "Special category condition", "Condition for processing special category data",
        "Article 9 legal basis", "UK GDPR Article 9",
    ];
    /// The condition in Schedule 1 to the Data Protection Act 2018.
    Schedule1 "schedule1" One [
        "DPA 2018 Sch. 1 condition", "DPA 2018 Schedule 1 condition", "Schedule 1 condition",
        "Data Protection Act 2018 Schedule 1 condition for processing", "Sch 1 condition",
        "DPA 2018 Schedule 1 Condition for processing", "Schedule 1", "DPA 2018 condition",
    ];
    /// The appropriate policy document.
    ApdRef "apd-ref" One [
        "Appropriate policy document", "APD", "APD ref", "APD reference", "Link to APD",
        "Link to retention and erasure policy document", "Appropriate policy document ref",
        "GDPR retention and erasure policy document",
    ];
    /// Who receives it.
    Recipients "recipients" Many [
        "Recipients", "Categories of recipients", "Who do we share it with", "Shared with",
        "Sharing", "Data sharing", "Data processor", "Data processors", "Processor", "Processors",
        "Sharing your information", "Joint controllers or processors", "Third parties",
        "Who is it shared with", "Who has access", "Who uses it", "Information shared with",
    ];
    /// The agreement or contract with those who receive it.
    Agreement "agreement" Many [
        "Sharing agreement", "Data sharing agreement", "Link to contract with processor",
        "Link to processor contract", "Processor contract", "Information sharing agreement",
        "Agreement ref", "Agreement", "ISA ref", "DSA ref", "Contract ref",
    ];
    /// Countries it is sent to.
    Transfers "transfers" Many [
        "Transfers", "International transfers", "Overseas transfers", "Third countries",
        "Names of third countries", "Transfer country", "Transfers outside the UK",
        "Third countries or international organisations that personal data are transferred to",
        "Transferred overseas", "Country",
    ];
    /// What protects it there.
    Safeguard "safeguard" Many [
        "Safeguard", "Safeguards", "Transfer safeguards", "Safeguards for transfers",
        "Safeguards for exceptional transfers", "Transfer mechanism",
        "Safeguards for exceptional transfers of personal data to third countries or international organisations",
    ];
    /// How it is secured.
    Security "security" Many [
        "Security", "Security measures", "Technical and organisational measures", "Other security",
        "General description of technical and organisational security measures", "Protection rating",
    ];
    /// Paper, digital, and the like.
    Format "format" Many [
        "Format", "Media", "Media type", "Medium", "Storage media", "Asset type", "Device type",
        "Format/system", "Paper or digital", "Paper/electronic", "Electronic or paper",
    ];
    /// Where it is kept.
    Location "location" Many [
        "Location", "Locations", "Location/system", "System", "Systems", "Storage location",
        "Where is it held", "Where is it kept", "Location of personal data", "Held in",
        "Processing locations", "System name", "Application", "Storage",
    ];
    /// How much of it there is.
    Volume "volume" One [
        "Volume", "Size", "Quantity", "Number of records", "Volume of records", "Estimated volume",
    ];
    /// The protective marking.
    Classification "classification" One [
        "Classification", "Information classification", "Protective marking",
        "Security classification", "GSC", "Record status", "Security marking", "Marking",
    ];
    /// Whether the organisation could not go on without it.
    Vital "vital" One ["Vital", "Vital record", "Vital record?", "Business critical", "Critical"];
    /// The data protection impact assessment.
    Dpia "dpia" Many [
        "DPIA", "DPIA required", "DPIA required?", "DPIA status", "DPIA progress", "DPIA ref",
        "Link to DPIA", "PIA", "Data Protection Impact Assessment required?",
        "Data Protection Impact Assessment progress", "Link to Data Protection Impact Assessment",
    ];
    /// The privacy notice.
    PrivacyNotice "privacy-notice" One [
        "Privacy notice", "Privacy notice ref", "Link to privacy notice", "Privacy notice link",
        "Privacy notice URL", "Fair processing notice",
    ];
    /// How long it is kept; often with the start and the action.
    Period "period" One [
        "Retention period", "Retain for", "Keep for", "Retention", "Retention schedule", "Period",
        "How long do you retain the data?", "How long do we keep it", "How long is it kept",
        "How long will your information be kept for?", "Kept for", "Length of retention",
        "Retention time", "Duration", "Active retention", "Current retention period",
        "Typical retention period", "Final period", "Working retention rule", "Duration/action",
        "Retention and disposal", "Retention rule", "Minimum retention", "Required retention",
        "Statutory minimum retention period", "Minimum retention period", "Statutory retention period",
        "Retention period and action", "Recommended retention period", "Timeframe",
        "Retention schedule (if possible)", "How long kept",
        "Retention timescale", "Period of retention", "Time kept", "Retention requirement",
    ];
    /// What the law fixes, beside what the organisation keeps to.
    PeriodStatutory "period-statutory" One [
        "Statutory minimum retention period", "Statutory retention period", "Minimum retention",
        "Minimum retention period", "Required retention", "Statutory period",
    ];
    /// A period that is only proposed and is not applied.
    PeriodProposed "period-proposed" One ["Proposed retention period", "Proposed period"];
    /// What the period is counted from.
    Trigger "trigger" One [
        "Trigger", "Trigger event", "Retention trigger", "Keep from", "Retention start", "From",
        "Start of retention", "Retention starts", "Counted from", "Start date", "Event",
        "Trigger for retention", "Retention period starts", "Starting from", "Cut off", "Retention start event",
    ];
    /// What happens after the period.
    Action "action" One [
        "Action", "Disposal action", "Disposal", "Disposal policy", "Disposition", "End action",
        "Action at expiry", "Retention and disposal", "Final action", "Action at end of retention",
        "Action at the end of the administrative life of the record", "Disposal method",
        "Method of disposal", "Deletion method", "Archive rule", "Deletion and backup treatment",
        "Disposal instructions", "Destruction", "Action after retention", "Review or destroy",
        "What happens next",
    ];
    /// The law or reason for the period.
    Basis "basis" Many [
        "Basis", "Legislation or business reason", "Legislation or regulations", "Legislation",
        "Rationale", "Authority", "Statutory provision", "Statutory provisions", "Statutory basis",
        "Legal basis", "Legal authority", "Retention basis",
        "Basis detail", "Citation", "Provision/citation", "Regulation name", "Regulation ID",
        "Section/Article", "Extra Information / Source", "Reason for retention",
        "Basis for retention", "Retention authority", "Statutory authority", "Legislation/guidance",
        "Statute", "Basis of retention", "Legal requirement", "Law",
        "Source", "Legal basis for retention", "Relevant legislation", "Reason",
    ];
    /// The kind of basis.
    BasisKind "basis-kind" One ["Basis kind", "Basis type", "Authority type", "Type of basis"];
    /// Why, where no law says so.
    Justification "justification" One [
        "Justification", "Business justification", "Business need", "Business reason",
        "Justification for retention", "Retention notes",
    ];
    /// When the line is to be looked at again.
    ReviewDue "review-due" One [
        "Review due", "Review date", "Next review", "Next review date", "Date of next review",
        "Review by", "Asset review date", "Review due date",
    ];
    /// The record of consent.
    ConsentRef "consent-ref" One [
        "Consent record", "Consent record ref", "Link to record of consent", "Consent ref",
        "Consent record link", "Record of consent",
    ];
    /// Whether it is retained and erased as the policy document says (DPA 2018,
    /// Schedule 1, paragraph 41).
    RetainedPerPolicy "retained-per-policy" One [
        "Retained and erased in accordance with the policy document?", "Retained per policy",
        "Personal data retained and erased in accordance with the policy document?",
        "Retained and erased in line with policy",
    ];
    /// Why not, where it is not.
    ReasonsIfNot "reasons-if-not" One [
        "Reasons for not adhering", "Reasons if not", "Reasons for not adhering to the policy",
        "Reasons for not adhering to retention and erasure policy document (if applicable)",
    ];
    /// Whether what is lost can never be had again.
    Irreplaceable "irreplaceable" One ["Irreplaceable", "Irreplaceable?", "Unique record"];
    /// Whether titles of its items name nobody.
    TitlesNonpersonal "titles-nonpersonal" One ["Titles non-personal", "Non-personal titles"];
    /// Anything else worth keeping.
    Notes "notes" Many [
        "Notes", "Comments", "Remarks", "Note", "Additional information", "Other information",
        "In public domain", "Current implementation", "Legal hold", "Versioning", "Your rights",
        "Risks if lost", "Risk", "Risks", "Risk description", "Business requirements and risks if lost",
        "Joint controller contact", "Rights available", "Automated decisions", "Source of data",
        "Breach occurred", "Link to breach record", "Link to record of personal data breach",
        "Legitimate interests", "Link to LIA", "Last review", "Last reviewed", "Approval date",
        "Version issue date", "Review cycle", "Review trigger", "Data controller", "Grace period",
        "Replacement label", "Mitigation strategy", "Support status", "Penalty for non-compliance",
        "OS / Version", "Published", "Controller",
    ];
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Only letters and digits, in lower case: `How long do you retain the data?`
/// and `HOW LONG DO YOU RETAIN THE DATA` are one heading.
#[must_use]
pub fn normalised(heading: &str) -> String {
    heading.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// What a heading may mean, the likeliest first; empty for one not known. A
/// number after a heading is passed over: `Legal basis (2)`.
#[must_use]
pub fn meanings(heading: &str) -> &'static [Column] {
    static TABLE: LazyLock<HashMap<String, Vec<Column>>> = LazyLock::new(|| {
        let mut table = HashMap::<String, Vec<Column>>::new();
        for column in PREFERENCE.iter().chain(Column::ALL) {
            for heading in column.headings() {
                let meanings = table.entry(normalised(heading)).or_default();
                if !meanings.contains(column) {
                    meanings.push(*column);
                }
            }
        }
        table
    });
    let whole = normalised(heading);
    let bare = whole.trim_end_matches(|c: char| c.is_ascii_digit());
    TABLE.get(&whole).or_else(|| TABLE.get(bare)).map_or(&[], Vec::as_slice)
}

/// Meanings that come before others where a heading has several: "legal basis"
/// in a schedule is the authority for the period.
const PREFERENCE: [Column; 2] = [Column::Basis, Column::Period];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_heading_is_known_whatever_its_case_points_and_spaces() {
        for heading in ["Keep for", "KEEP  FOR:", "keep-for", " Keep\nfor "] {
            assert_eq!(meanings(heading), [Column::Period], "{heading}");
        }
        assert_eq!(meanings("Legal basis (2)"), [Column::Basis, Column::Art6Basis]);
        assert_eq!(meanings("Column A"), []);
        assert_eq!(meanings("7"), []);
    }

    #[test]
    fn only_these_headings_have_several_meanings() {
        let mut several: Vec<&str> = Column::ALL
            .iter()
            .flat_map(|column| column.headings())
            .filter(|heading| meanings(heading).len() > 1)
            .copied()
            .collect();
        several.sort_unstable();
        several.dedup();
        assert_eq!(
            several,
            [
                "Legal basis",
                "Minimum retention",
                "Minimum retention period",
                "Required retention",
                "Retention and disposal",
                "Statutory minimum retention period",
                "Statutory retention period",
            ]
        );
    }

    #[test]
    fn no_meaning_has_a_name_in_common_with_another() {
        let mut names: Vec<&str> = Column::ALL.iter().map(|column| column.name()).collect();
        names.sort_unstable();
        let all = names.len();
        names.dedup();
        assert_eq!(names.len(), all);
    }
}
