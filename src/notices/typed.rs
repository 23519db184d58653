//! What people typed, where it can name nobody, so that a mail may have it.
//!
//! A hold's reference and authority and an approver's comment are free text, and
//! free text may name anybody. A mail has it only where every word is one of
//! those below (law, offices, courts, what is done with records) and every number
//! counts a section, a year or a case; a reference, where its letters are a word
//! for a register of cases. **One word that is not known, and none of it is
//! written**: the reader is told which command shows it.

/// As much as stands in a mail, in characters.
const LONGEST: usize = 160;

/// The most numbers in a phrase: more would spell something.
const NUMBERS: usize = 5;

/// The words of phrases, in lower case and without the signs around them.
const WORDS: &str = "
    a an the this that it its of or and for to in into on under by from with at as is are be been
    no not nothing none all any before after until still we our i have has was were will can
    head director deputy assistant chief executive officer manager monitoring legal service services
    solicitor solicitors lawyers counsel council councils borough county district city corporate
    data protection information governance records record risk senior owner owners asset siro dpo iao
    iaa auditor auditors audit internal external insurance insurer insurers archivist archive archives
    team office committee cabinet leader's
    court courts high crown magistrates tribunal tribunals first-tier upper supreme appeal family
    employment coroner coroners inquest inquests inquiry inquiries chair independent statutory public
    police ombudsman commissioner commissioners regulator ico lgsco phso hse ofsted cqc hmrc
    nao government local national department ministry
    act acts regulation regulations rules order orders notice notices letter letters direction
    directions warrant code practice procedure civil criminal common law duty formal written
    freedom environmental equality human rights children adoption education planning town country
    limitation investigatory powers finance accountability proceeds crime housing social justice
    uk gdpr eu
    hold holds litigation claim claims claimant defence disclosure preservation preserve keep kept
    request requests access subject complaint complaints investigation investigations moratorium
    review restriction objection objections erasure rectification portability appraisal incident
    freeze safeguarding covid-19 covid iicsa abuse sexual child
    agree agreed approve approved approval ok okay yes fine check checked confirm confirmed reviewed
    destroy destroyed dispose disposed disposal transfer file files batch list needed longer past
    period periods expired retention schedule due go ahead content happy
";

/// After one of these stands the number of a section.
const SECTIONS: &[&str] = &[
    "s",
    "ss",
    "section",
    "sections",
    "article",
    "articles",
    "art",
    "regulation",
    "regulations",
    "reg",
    "paragraph",
    "paragraphs",
    "para",
    "part",
    "rule",
    "rules",
    "schedule",
];

/// After one of these stands a year.
const DATED: &[&str] = &["act", "acts", "regulations", "rules", "order", "code"];

/// The words by which registers of cases begin their references.
const REGISTERS: &[&str] = &[
    "foi",
    "foia",
    "eir",
    "sar",
    "dsar",
    "dpsar",
    "ico",
    "ic",
    "lgo",
    "lgsco",
    "phso",
    "lit",
    "legal",
    "leg",
    "claim",
    "clm",
    "ins",
    "inq",
    "inquiry",
    "iicsa",
    "covid",
    "audit",
    "aud",
    "case",
    "req",
    "request",
    "ref",
    "hold",
    "era",
    "erasure",
    "dp",
    "dpa",
    "ig",
    "ir",
    "irr",
    "gdpr",
    "comp",
    "complaint",
    "appeal",
    "review",
    "police",
    "crime",
    "mo",
    "sg",
    "arch",
    "inc",
    "incident",
];

/// A phrase as it may be written: all of it, or its part before a colon.
pub(super) fn phrase(text: &str) -> Option<String> {
    let text = text.trim();
    let first = text.split_once(':').map(|(first, _)| first.trim());
    [Some(text), first].into_iter().flatten().find(|said| is_plain(said)).map(str::to_owned)
}

/// A reference as it may be written.
pub(crate) fn reference(text: &str) -> Option<String> {
    let text = text.trim();
    let parts = parts(text)?;
    let is_word = |part: &&&str| part.starts_with(|letter: char| letter.is_ascii_alphabetic());
    let words = parts.iter().filter(is_word);
    let known = words.clone().all(|word| REGISTERS.contains(&word.to_lowercase().as_str()));
    let numbers: Vec<&&str> = parts.iter().filter(|part| !is_word(part)).collect();
    let is_case = match numbers[..] {
        [case] => case.len() <= 6,
        [year, case] => is_year(year) && case.len() <= 6,
        _ => false,
    };
    let begins = parts.first().is_some_and(|first| is_word(&first));
    (known && is_case && begins && words.count() <= 3).then(|| text.to_owned())
}

/// The runs of letters and of digits in a reference of nothing else but signs
/// between them.
fn parts(text: &str) -> Option<Vec<&str>> {
    let mut parts = Vec::new();
    for piece in text.split(['-', '/', '.', '_', ' ', '#']) {
        let at = piece.find(|letter: char| letter.is_ascii_digit()).unwrap_or(piece.len());
        let (letters, digits) = piece.split_at(at);
        let is_plain = letters.chars().all(|letter| letter.is_ascii_alphabetic())
            && digits.chars().all(|letter| letter.is_ascii_digit());
        if !is_plain || piece.is_empty() {
            return None;
        }
        parts.extend([letters, digits].into_iter().filter(|part| !part.is_empty()));
    }
    Some(parts)
}

/// What a word was, as far as the next one is read by it.
#[derive(Clone, Copy, PartialEq)]
enum Last {
    Word,
    /// A word for a section, or what joins two of them.
    Section,
    /// The number of one.
    Numbered,
    /// A word for a law.
    Law,
}

fn is_plain(text: &str) -> bool {
    let (mut last, mut numbers) = (Last::Word, 0);
    for word in text.split_whitespace() {
        let Some(next) = read(word, last) else { return false };
        numbers += usize::from(word.contains(|letter: char| letter.is_ascii_digit()));
        last = next;
    }
    !text.is_empty() && text.chars().count() <= LONGEST && numbers <= NUMBERS
}

/// What a word is, where it may be written after the last.
fn read(word: &str, last: Last) -> Option<Last> {
    let word = word.trim_matches(|sign: char| ",.;:'\"".contains(sign)).to_lowercase();
    let word = word.strip_suffix("'s").unwrap_or(&word);
    if word == "&" || word.is_empty() {
        return Some(last);
    }
    if is_year(word) {
        return (last == Last::Law).then_some(Last::Word);
    }
    if last == Last::Section && is_section(word) {
        return Some(Last::Numbered);
    }
    // s.21, s21, art.18
    let at = word.find(|letter: char| letter.is_ascii_digit()).unwrap_or(word.len());
    let (before, number) = word.split_at(at);
    if SECTIONS.contains(&before.trim_end_matches('.')) && is_section(number) {
        return Some(Last::Numbered);
    }
    if last == Last::Numbered && ["and", "or", "to"].contains(&word) {
        return Some(Last::Section);
    }
    if DATED.contains(&word) {
        // Rules and regulations are numbered too.
        return Some(Last::Law);
    }
    if SECTIONS.contains(&word) {
        return Some(Last::Section);
    }
    WORDS.split_whitespace().any(|known| known == word).then_some(Last::Word)
}

fn is_year(word: &str) -> bool {
    word.len() == 4
        && word.chars().all(|letter| letter.is_ascii_digit())
        && (word.starts_with("19") || word.starts_with("20"))
}

/// `21`, `35A` or `18(1)(d)`.
fn is_section(word: &str) -> bool {
    let digits = word.chars().take_while(char::is_ascii_digit).count();
    let rest = word.chars().skip(digits);
    let short = word.split(['(', ')']).skip(1).all(|part| part.chars().count() <= 2);
    let signs = rest.clone().all(|sign| sign.is_ascii_lowercase() || "()0123456789".contains(sign));
    let letters = rest.take_while(char::is_ascii_lowercase).count();
    (1..=3).contains(&digits) && letters <= 1 && short && signs
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{phrase, reference};

    #[test]
    fn an_authority_of_law_and_office_is_written_and_one_with_any_other_word_is_not() {
        for written in [
            "Head of Legal",
            "the Monitoring Officer",
            "Inquiries Act 2005, sections 21 and 35",
            "Inquiries Act 2005 s.21",
            "Data Protection Act 2018, s173",
            "Article 18(1)(d) of the UK GDPR",
            "Order of the High Court",
            "Coroner's inquest",
            "Approved: none of it is needed any longer.",
        ] {
            assert_eq!(phrase(written).as_deref(), Some(written));
        }
        assert_eq!(
            phrase("the inquiry, under the Inquiries Act 2005: a letter to Ms Blenkinsop")
                .as_deref(),
            Some("the inquiry, under the Inquiries Act 2005"),
        );
        for kept in [
            "",
            "a letter of Marjorie Blenkinsop",
            "Marjorie Blenkinsop: Head of Legal",
            "Head of Legal, M. Blenkinsop",
            "943 476 5919",
            "NHS number 943 476 5919",
            "section 943 476 5919",
            "section 9434765919",
            "the claim of 12 March 1950",
            "Act 1950 12 03",
            "request SAR-2026-044 of 2026-10-01",
            "14 High Street, Trentside",
            "marjorie@council.example",
            "sections 94 and 34 and 76 and 59 and 19 and 1",
        ] {
            assert_eq!(phrase(kept), None, "{kept}");
        }
    }

    #[test]
    fn a_case_number_is_written_and_a_reference_with_a_name_or_a_persons_number_is_not() {
        for written in
            ["SAR-2026-044", "FOI/2026/0123", "FOI2026-17", "IG-FOI-2026-12", "LEGAL-1", "EIR 12"]
        {
            assert_eq!(reference(written).as_deref(), Some(written));
        }
        for kept in [
            "",
            "SAR-1 Blenkinsop",
            "BLENKINSOP-1",
            "COX-2026",
            "943 476 5919",
            "9434765919",
            "SAR-9434765919",
            "SAR-943-476-5919",
            "SAR 943476 5919",
            "SAR-12-03-1950",
            "SAR/QQ123456C",
            "LEGAL-OUTAGE",
            "FOI",
            "2026/044",
            "SAR--1",
        ] {
            assert_eq!(reference(kept), None, "{kept}");
        }
    }

    proptest! {
        #[test]
        fn no_phrase_or_reference_with_a_name_in_it_is_written(
            before in "[A-Za-z0-9 ,.:/-]{0,30}", after in "[A-Za-z0-9 ,.:/-]{0,30}"
        ) {
            for name in ["Blenkinsop", "9434765919", "943 476 5919"] {
                let text = format!("{before}{name}{after}");
                for said in [phrase(&text), reference(&text)].into_iter().flatten() {
                    prop_assert!(!said.contains(name), "{said}");
                }
            }
        }
    }
}
