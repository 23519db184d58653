//! The grounds on which people ask, and the exceptions on which they are
//! refused: each with the provision it comes from and the kinds it fits.

use super::RequestKind;
use super::RequestKind::{
    Access, ConsentWithdrawal, Erasure, Objection, Portability, Rectification, Restriction,
    WebTakedown,
};

/// A ground or an exception.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code {
    /// The word for it in commands and in the catalogue.
    pub code: &'static str,
    /// What it says, as the end of a sentence.
    pub words: &'static str,
    /// The provision.
    pub source: &'static str,
    kinds: &'static [RequestKind],
}

const fn code(
    code: &'static str,
    source: &'static str,
    kinds: &'static [RequestKind],
    words: &'static str,
) -> Code {
    Code { code, words, source, kinds }
}

/// What people ask on.
pub const GROUNDS: &[Code] = &[
    code("art17-1-a", "UK GDPR Art. 17(1)(a)", ERASING, "it is no longer needed"),
    code(
        "art17-1-b",
        "UK GDPR Art. 17(1)(b)",
        ERASING,
        "consent is withdrawn and nothing else allows it",
    ),
    code("art17-1-c", "UK GDPR Art. 17(1)(c)", ERASING, "an objection to it is upheld"),
    code("art17-1-d", "UK GDPR Art. 17(1)(d)", ERASING, "it was processed unlawfully"),
    code("art17-1-e", "UK GDPR Art. 17(1)(e)", ERASING, "the law requires its erasure"),
    code("art17-1-f", "UK GDPR Art. 17(1)(f)", ERASING, "it was collected from a child online"),
    code("art18-1-a", "UK GDPR Art. 18(1)(a)", &[Restriction], "its accuracy is contested"),
    code(
        "art18-1-b",
        "UK GDPR Art. 18(1)(b)",
        &[Restriction],
        "it is processed unlawfully and is to be kept",
    ),
    code("art18-1-c", "UK GDPR Art. 18(1)(c)", &[Restriction], "it is needed for a legal claim"),
    code("art18-1-d", "UK GDPR Art. 18(1)(d)", &[Restriction], "an objection is being considered"),
    code("art21-1", "UK GDPR Art. 21(1)", &[Objection], "of the person's particular situation"),
    code(MARKETING, "UK GDPR Art. 21(2)", &[Objection], "it is used for direct marketing"),
    code("art21-6", "UK GDPR Art. 21(6)", &[Objection], "it is used for research or statistics"),
];

/// The ground on which an objection is always upheld (UK GDPR Art. 21(3)).
pub const MARKETING: &str = "art21-2";

const ERASING: &[RequestKind] = &[Erasure, WebTakedown];
const ANY_BUT_CONSENT: &[RequestKind] =
    &[Erasure, Restriction, Objection, Rectification, Access, Portability, WebTakedown];
/// The rights that the exemptions of the Data Protection Act 2018, schedules 2
/// and 3, lift as a whole.
const EXEMPTED: &[RequestKind] = ANY_BUT_CONSENT;

/// On what people are refused.
pub const EXCEPTIONS: &[Code] = &[
    code("art17-1", "UK GDPR Art. 17(1)", ERASING, "none of the grounds for erasure applies"),
    code(
        "art17-3-a",
        "UK GDPR Art. 17(3)(a)",
        ERASING,
        "it is needed for freedom of expression and information",
    ),
    code(
        "art17-3-b",
        "UK GDPR Art. 17(3)(b)",
        ERASING,
        "a legal obligation or a public task requires it",
    ),
    code("art17-3-c", "UK GDPR Art. 17(3)(c)", ERASING, "public health requires it"),
    code(
        "art17-3-d",
        "UK GDPR Art. 17(3)(d)",
        ERASING,
        "it serves archiving, research or statistics",
    ),
    code("art17-3-e", "UK GDPR Art. 17(3)(e)", ERASING, "it is needed for legal claims"),
    code(
        "art18-1",
        "UK GDPR Art. 18(1)",
        &[Restriction],
        "none of the grounds for restriction applies",
    ),
    code("art18-2-claims", "UK GDPR Art. 18(2)", &[Restriction], "it is needed for legal claims"),
    code(
        "art18-2-others",
        "UK GDPR Art. 18(2)",
        &[Restriction],
        "the rights of another person require it",
    ),
    code(
        "art18-2-public",
        "UK GDPR Art. 18(2)",
        &[Restriction],
        "an important public interest requires it",
    ),
    code(
        "art21-1-compelling",
        "UK GDPR Art. 21(1)",
        &[Objection],
        "compelling legitimate grounds override the objection",
    ),
    code("art21-1-claims", "UK GDPR Art. 21(1)", &[Objection], "it is needed for legal claims"),
    code(
        "art21-6-public",
        "UK GDPR Art. 21(6)",
        &[Objection],
        "the research is a task in the public interest",
    ),
    code(
        "art16-accurate",
        "UK GDPR Art. 16",
        &[Rectification],
        "it is accurate and complete as it is",
    ),
    code("art15-4", "UK GDPR Art. 15(4)", &[Access], "a copy would harm the rights of others"),
    code(
        "art20-1",
        "UK GDPR Art. 20(1)",
        &[Portability],
        "it does not rest on consent or a contract",
    ),
    code("art20-3", "UK GDPR Art. 20(3)", &[Portability], "it is needed for a public task"),
    code("art20-4", "UK GDPR Art. 20(4)", &[Portability], "it would harm the rights of others"),
    code("art7-3", "UK GDPR Art. 7(3)", &[ConsentWithdrawal], "it does not rest on consent"),
    code(
        "art12-5-unfounded",
        "UK GDPR Art. 12(5)",
        ANY_BUT_CONSENT,
        "the request is manifestly unfounded",
    ),
    code("art12-5-excessive", "UK GDPR Art. 12(5)", ANY_BUT_CONSENT, "the request is excessive"),
    code(
        "dpa-sch2-2",
        "DPA 2018 Sch. 2 para. 2",
        EXEMPTED,
        "it would prejudice the prevention of crime or the collection of tax",
    ),
    code(
        "dpa-sch2-5",
        "DPA 2018 Sch. 2 para. 5",
        EXEMPTED,
        "an enactment or legal proceedings require its disclosure",
    ),
    code(
        "dpa-sch2-7",
        "DPA 2018 Sch. 2 para. 7",
        EXEMPTED,
        "it would prejudice functions that protect the public",
    ),
    code(
        "dpa-sch2-16",
        "DPA 2018 Sch. 2 para. 16",
        &[Access],
        "it would disclose information about another person",
    ),
    code("dpa-sch2-19", "DPA 2018 Sch. 2 para. 19", &[Access], "it is legally privileged"),
    code(
        "dpa-sch2-23",
        "DPA 2018 Sch. 2 para. 23",
        &[Access],
        "it would prejudice negotiations with the person",
    ),
    code("dpa-sch2-24", "DPA 2018 Sch. 2 para. 24", &[Access], "it is a confidential reference"),
    code(
        "dpa-sch2-26",
        "DPA 2018 Sch. 2 para. 26",
        EXEMPTED,
        "it is held for journalism, academia, art or literature",
    ),
    code(
        "dpa-sch2-27",
        "DPA 2018 Sch. 2 para. 27",
        &[Access, Rectification, Restriction, Objection],
        "it would seriously impair research or statistics",
    ),
    code(
        "dpa-sch2-28",
        "DPA 2018 Sch. 2 para. 28",
        &[Access, Rectification, Restriction, Portability, Objection],
        "it would seriously impair archiving in the public interest",
    ),
    code(
        "dpa-sch3",
        "DPA 2018 Sch. 3",
        EXEMPTED,
        "it is health, social work, education or child abuse data that is exempt",
    ),
    code(
        "dpa-sch4",
        "DPA 2018 Sch. 4",
        &[Access],
        "another enactment forbids its disclosure, as of adoption records",
    ),
];

/// Those that fit this kind of request.
pub fn fitting(table: &'static [Code], kind: RequestKind) -> impl Iterator<Item = &'static Code> {
    table.iter().filter(move |code| code.kinds.contains(&kind))
}

/// The one of this word that fits this kind of request.
#[must_use]
pub fn find(table: &'static [Code], kind: RequestKind, word: &str) -> Option<&'static Code> {
    fitting(table, kind).find(|code| code.code == word)
}

/// Those that a column of a request names, apart by spaces.
#[must_use]
pub fn read(table: &'static [Code], kind: RequestKind, column: Option<&str>) -> Vec<&'static Code> {
    let words = column.unwrap_or_default().split_whitespace();
    words.filter_map(|word| find(table, kind, word)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_can_be_refused_and_every_kind_that_needs_a_ground_has_some() {
        for kind in RequestKind::ALL.iter().copied() {
            assert!(fitting(EXCEPTIONS, kind).next().is_some(), "{kind}");
            if kind.needs_ground() {
                assert!(fitting(GROUNDS, kind).next().is_some(), "{kind}");
            }
        }
    }

    #[test]
    fn a_code_stands_once_fits_a_kind_and_names_its_provision() {
        for table in [GROUNDS, EXCEPTIONS] {
            let mut words: Vec<&str> = table.iter().map(|code| code.code).collect();
            words.sort_unstable();
            words.dedup();
            assert_eq!(words.len(), table.len());
            for code in table {
                assert!(!code.kinds.is_empty() && !code.code.contains(' '), "{code:?}");
                assert!(
                    code.source.starts_with("UK GDPR Art. ")
                        || code.source.starts_with("DPA 2018 Sch. ")
                );
            }
        }
    }
}
