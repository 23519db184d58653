//! Citations as registers write them, and what is found in them.

use proptest::prelude::*;
use retaind_schedules::basis::{BasisKind, Sets};
use retaind_schedules::citation::find;

/// What is found, each in its normal form.
fn normal_forms(text: &str) -> Vec<String> {
    find(text).iter().map(ToString::to_string).collect()
}

#[track_caller]
fn finds(text: &str, expected: &[&str]) {
    assert_eq!(normal_forms(text), expected, "in {text:?}");
}

#[test]
fn acts_are_found_however_their_sections_are_written() {
    for (text, expected) in [
        ("Limitation Act 1980, s.5", "Limitation Act 1980 s.5"),
        ("Limitation Act 1980 (Section 2)", "Limitation Act 1980 s.2"),
        ("s. 2 of the Limitation Act 1980", "Limitation Act 1980 s.2"),
        ("LGA 1972 s224", "Local Government Act 1972 s.224"),
        ("section 386 Companies Act 2006", "Companies Act 2006 s.386"),
        ("FOIA", "Freedom of Information Act 2000"),
        ("FOIA s.46", "Freedom of Information Act 2000 s.46"),
        ("FOI Act 2000", "Freedom of Information Act 2000"),
        ("DPA 2018 Sch 1", "Data Protection Act 2018 Sch.1"),
        ("DPA2018", "Data Protection Act 2018"),
        ("DPA 2018, Schedule 1, paragraph 39", "Data Protection Act 2018 Sch.1 para.39"),
        ("VAT Act 1994 Sch.11 para 6", "Value Added Tax Act 1994 Sch.11 para.6"),
        (
            "paragraph 6 of Schedule 11 to the Value Added Tax Act 1994",
            "Value Added Tax Act 1994 Sch.11 para.6",
        ),
        ("Limitation Act 1980 ss 2 and 5", "Limitation Act 1980 s.2, s.5"),
        ("sections 2, 5 and 14A of the Limitation Act 1980", "Limitation Act 1980 s.2, s.5, s.14A"),
        ("limitation act 1980", "Limitation Act 1980"),
        ("LIMITATION ACT (1980)", "Limitation Act 1980"),
        ("Limitation Act", "Limitation Act"),
        ("Local Government\nAct 1972", "Local Government Act 1972"),
        ("Health & Safety at Work Act 1974", "Health and Safety at Work etc. Act 1974"),
        ("Births and Deaths Registration Act 1953", "Births and Deaths Registration Act 1953"),
        ("Part III of the Mental Health Act 1983", "Mental Health Act 1983 Part III"),
        ("See the Reservoirs Act 1975", "Reservoirs Act 1975"),
        ("KEPT UNDER LIMITATION ACT 1980", "Limitation Act 1980"),
        ("Protection of Children Act 1999", "Protection of Children Act 1999"),
        ("Planning and Housing Act 1986", "Planning and Housing Act 1986"),
        (
            "Employers' Liability (Defective Equipment) Act 1969",
            "Employers' Liability (Defective Equipment) Act 1969",
        ),
        ("Mental Capacity Act 2005 Schedule A1", "Mental Capacity Act 2005 Sch.A1"),
        (
            "Housing Grants, Construction and Regeneration Act 1996",
            "Housing Grants, Construction and Regeneration Act 1996",
        ),
        (
            "Prescription and Limitation (Scotland) Act 1973 s.6",
            "Prescription and Limitation (Scotland) Act 1973 s.6",
        ),
    ] {
        finds(text, &[expected]);
    }
}

#[test]
fn instruments_are_found_by_title_and_by_number() {
    for (text, expected) in [
        ("SI 2003/2682", "SI 2003/2682"),
        ("S.I. 2003 No. 2682, reg. 97", "SI 2003/2682 reg.97"),
        ("WSI 2015/1818", "WSI 2015/1818"),
        ("SSI 2009/210 regulation 43", "SSI 2009/210 reg.43"),
        (
            "The Income Tax (Pay As You Earn) Regulations 2003",
            "Income Tax (Pay As You Earn) Regulations 2003",
        ),
        (
            "Income Tax (PAYE) Regs 2003 (SI 2003/2682) reg 97",
            "Income Tax (Pay As You Earn) Regulations 2003 (SI 2003/2682) reg.97",
        ),
        (
            "regulation 50 Care Planning, Placement and Case Review (England) Regulations 2010",
            "Care Planning, Placement and Case Review (England) Regulations 2010 reg.50",
        ),
        (
            "Town and Country Planning (Development Management Procedure) (England) Order 2015 art.40",
            "Town and Country Planning (Development Management Procedure) (England) Order 2015 art.40",
        ),
        ("COSHH 2002", "Control of Substances Hazardous to Health Regulations 2002"),
        ("COSHH Regulations 2002", "Control of Substances Hazardous to Health Regulations 2002"),
        (
            "Gas Safety (Installation and Use) Regulations 1998 reg.36(3)(c)",
            "Gas Safety (Installation and Use) Regulations 1998 reg.36(3)(c)",
        ),
        ("Civil Procedure Rules 1998", "Civil Procedure Rules 1998"),
    ] {
        finds(text, &[expected]);
    }
}

#[test]
fn the_gdpr_is_the_uk_one_unless_the_eu_one_is_named() {
    for (text, expected) in [
        ("UK GDPR Art 17(3)(b)", "UK GDPR art.17(3)(b)"),
        ("Article 5(1)(e) of the UK GDPR", "UK GDPR art.5(1)(e)"),
        ("GDPR", "UK GDPR"),
        ("General Data Protection Regulation", "UK GDPR"),
        ("GDPR 2016/679", "EU GDPR 2016"),
        ("Regulation (EU) 2016/679", "EU GDPR 2016"),
        ("General Data Protection Regulation (EU) 2016/679 art 30", "EU GDPR 2016 art.30"),
    ] {
        finds(text, &[expected]);
    }
}

#[test]
fn codes_and_guidance_are_found_by_name() {
    for (text, expected) in [
        ("IRMS Toolkit for Schools", "IRMS Toolkit for Schools"),
        (
            "NHS Records Management Code of Practice 2021",
            "Records Management Code of Practice 2021",
        ),
        ("keeping children safe in education", "Keeping Children Safe in Education"),
        ("Surveillance Camera Code of Practice", "Surveillance Camera Code of Practice"),
    ] {
        finds(text, &[expected]);
        assert_eq!(find(text)[0].kind, BasisKind::Code, "{text}");
    }
}

#[test]
fn the_kind_says_what_sort_of_authority_it_is() {
    for (text, kind) in [
        ("Limitation Act", BasisKind::Limitation),
        ("Limitation Act 1980 s.8", BasisKind::Limitation),
        ("Companies Act 2006", BasisKind::Statute),
        ("Working Time Regulations 1998", BasisKind::Regulation),
        ("UK GDPR", BasisKind::Regulation),
        ("grant conditions", BasisKind::Contract),
        ("Archival value", BasisKind::HistoricalValue),
        ("Council policy", BasisKind::BusinessNeed),
    ] {
        assert_eq!(find(text)[0].kind, kind, "{text}");
    }
}

#[test]
fn reasons_that_stand_together_are_one_reason_in_its_own_words() {
    let text = "Common practice / business need / council policy";
    let found = find(text);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].kind, BasisKind::BusinessNeed);
    assert_eq!(found[0].title, text);
    assert_eq!(found[0].span, 0..text.len());
}

#[test]
fn a_cell_with_several_authorities_gives_each_its_own_provisions() {
    finds(
        "Taxes Management Act 1970, VAT Act 1994 and Limitation Act 1980 s.5; business need",
        &[
            "Taxes Management Act 1970",
            "Value Added Tax Act 1994",
            "Limitation Act 1980 s.5",
            "business need",
        ],
    );
    finds(
        "Limitation Act 1980, section 386 Companies Act 2006",
        &["Limitation Act 1980", "Companies Act 2006 s.386"],
    );
    finds(
        "LGA 1972 s224 Limitation Act 1980 s5",
        &["Local Government Act 1972 s.224", "Limitation Act 1980 s.5"],
    );
    finds(
        "Limitation Act 1980\nEquality Act 2010 s.123\nCommon practice",
        &["Limitation Act 1980", "Equality Act 2010 s.123", "Common practice"],
    );
    finds(
        "Data Protection Act 1998/2018",
        &["Data Protection Act 1998", "Data Protection Act 2018"],
    );
    finds("Children Acts 1989 and 2004", &["Children Act 1989", "Children Act 2004"]);
}

#[test]
fn a_law_and_its_abbreviation_in_brackets_are_one() {
    for (text, expected) in [
        ("General Data Protection Regulations (GDPR)", "UK GDPR"),
        (
            "Control of Substances Hazardous to Health Regulations 2002 (COSHH)",
            "Control of Substances Hazardous to Health Regulations 2002",
        ),
        ("Freedom of Information Act 2000 (FOIA)", "Freedom of Information Act 2000"),
    ] {
        finds(text, &[expected]);
        assert_eq!(find(text)[0].span, 0..text.len(), "{text}");
    }
}

#[test]
fn cells_met_in_registers_are_taken_apart() {
    finds("The Limitation Act 1980 - Section 5", &["Limitation Act 1980 s.5"]);
    finds("Local Govt Act 1972 Section 224 & 225", &["Local Government Act 1972 s.224, s.225"]);
    finds("Limitation Act 1980 s.5 and 6 years", &["Limitation Act 1980 s.5"]);
    finds(
        "VAT Act 1994 / Taxes Management Act 1970",
        &["Value Added Tax Act 1994", "Taxes Management Act 1970"],
    );
    finds("Data Protection Act 2018/GDPR", &["Data Protection Act 2018", "UK GDPR"]);
    finds(
        "COSHH Regs 2002, Reg 11",
        &["Control of Substances Hazardous to Health Regulations 2002 reg.11"],
    );
    finds(
        "Section 17 Children Act 1989 & Children Act 2004",
        &["Children Act 1989 s.17", "Children Act 2004"],
    );
    finds(
        "Statutory Maternity Pay (General) Regulations 1986 (SI 1986/1960) as amended; Town & Country Planning Act 1990",
        &[
            "Statutory Maternity Pay (General) Regulations 1986 (SI 1986/1960)",
            "Town and Country Planning Act 1990",
        ],
    );
    finds("6 years as per Limitation Act 1980 (Section 2)", &["Limitation Act 1980 s.2"]);
}

#[test]
fn words_that_only_sound_like_law_cite_nothing() {
    for text in [
        "",
        "the Act",
        "as the act requires",
        "6 years",
        "LGA guidance note",
        "DPA",
        "Financial Regulations",
        "in order to pay",
        "Standing Order mandates",
        "Act of God",
        "house rules",
    ] {
        finds(text, &[]);
    }
}

#[test]
fn a_length_of_time_after_a_list_of_sections_is_not_a_section() {
    finds("Limitation Act 1980 sections 2 and 5, 6 years", &["Limitation Act 1980 s.2, s.5"]);
}

#[test]
fn the_span_covers_the_title_and_its_provisions() {
    let text = "Kept under s. 2 of the Limitation Act 1980 (claims in tort).";
    let found = find(text);
    assert_eq!(&text[found[0].span.clone()], "s. 2 of the Limitation Act 1980");
}

#[test]
fn a_citation_becomes_a_basis_in_its_normal_form() {
    let basis = find("LGA 1972, s.100C").remove(0).into_basis(Sets::Minimum, None);
    assert_eq!(basis.kind, BasisKind::Statute);
    assert_eq!(basis.citation, "Local Government Act 1972 s.100C");
    assert_eq!(basis.sets, Sets::Minimum);
}

/// Pieces that meet the recogniser's every branch, in any order.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "Limitation",
        "Act",
        "Acts",
        "1980",
        "1998",
        "(",
        ")",
        "s.5",
        "s",
        ".",
        ",",
        "/",
        "and",
        "of",
        "the",
        "section",
        "sections",
        "2",
        "Sch",
        "Part",
        "III",
        "SI",
        "2003",
        "Regulations",
        "Code of Practice",
        "GDPR",
        "EU",
        "2016/679",
        "DPA",
        "LGA1972",
        "\n",
        "’",
        "-",
        "&",
        "business need",
        "é",
        "§",
    ]);
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.join(" "))
}

proptest! {
    #[test]
    fn any_text_is_read_without_panic_and_spans_are_in_order(text in prop_oneof![any::<String>(), pieces()]) {
        let mut end = 0;
        for citation in find(&text) {
            prop_assert!(citation.span.start >= end, "overlap in {text:?}");
            prop_assert!(text.get(citation.span.clone()).is_some_and(|words| !words.is_empty()));
            end = citation.span.end;
        }
    }

    #[test]
    fn the_normal_form_of_a_known_law_is_found_again_as_itself(
        title in prop::sample::select(vec!["Limitation Act", "Companies Act", "Income Tax (Pay As You Earn) Regulations"]),
        year in 1900_u16..2030,
        section in 1_u16..400,
    ) {
        let unit = if title.ends_with("Act") { "s." } else { "reg." };
        let text = format!("{title} {year} {unit}{section}");
        prop_assert_eq!(normal_forms(&text), vec![text]);
    }
}
