//! Holds as predicates: does this hold cover what stands at this place?
//!
//! A hold is never a flag on an item. It is asked anew each time, so an item
//! that arrives tomorrow is covered today, and a stale flag cannot free one.
//! Every comparison errs towards covering: case, slashes, white space and the ways
//! in which machines write one letter are ignored, a hold on one member of a unit
//! holds the unit, and a hold on records of certain days holds whatever is not known
//! to lie outside them.

use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;

use crate::ids::{AssetId, HoldId, RecordTypeId, ServiceAreaId, StoreId};

macro_rules! hold_kinds {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $words:literal;)*) => {
        /// Why disposal is interrupted. One hold for each matter.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum HoldKind { $($(#[$doc])* $name,)* }

        impl HoldKind {
            /// Every kind, in the order people are shown them.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The word for it in commands, files and tables.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// The words people are shown.
            #[must_use]
            pub const fn words(self) -> &'static str {
                match self { $(Self::$name => $words,)* }
            }
        }
    };
}

hold_kinds! {
    /// Litigation, a claim, or an anticipated claim.
    LegalHold = "legal-hold", "legal hold";
    /// A public inquiry's preservation order over whole classes.
    InquiryMoratorium = "inquiry-moratorium", "inquiry moratorium";
    /// A freedom of information request.
    Foi = "foi", "freedom of information request";
    /// An environmental information request.
    Eir = "eir", "environmental information request";
    /// A subject access request.
    SubjectAccess = "subject-access", "subject access request";
    /// A portability request.
    Portability = "portability", "portability request";
    /// UK GDPR Art. 18: stored, and nothing else.
    Restriction18 = "restriction18", "restriction of processing (Art. 18)";
    /// Accuracy is being looked into.
    RectificationPending = "rectification-pending", "rectification pending";
    /// UK GDPR Art. 21: an objection is being considered.
    ObjectionPending = "objection-pending", "objection pending";
    /// UK GDPR Art. 17: whether to erase early is being considered.
    ErasureUnderConsideration = "erasure-under-consideration", "erasure under consideration";
    /// A data protection complaint (DPA 2018 s.164A).
    DpComplaint = "dp-complaint", "data protection complaint";
    /// An Ombudsman or ICO case.
    OmbudsmanOrIco = "ombudsman-or-ico", "Ombudsman or ICO case";
    /// An audit.
    AuditHold = "audit-hold", "audit";
    /// A criminal investigation.
    CrimeInvestigation = "crime-investigation", "criminal investigation";
    /// A monitoring officer investigation.
    MonitoringOfficer = "monitoring-officer", "monitoring officer investigation";
    /// Safeguarding.
    Safeguarding = "safeguarding", "safeguarding";
    /// An insurance claim.
    InsuranceClaim = "insurance-claim", "insurance claim";
    /// The archive is appraising the records.
    ArchiveAppraisal = "archive-appraisal", "archive appraisal";
    /// The whole system is frozen.
    IncidentFreeze = "incident-freeze", "incident freeze";
}

impl fmt::Display for HoldKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl std::str::FromStr for HoldKind {
    type Err = UnknownHoldKind;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let known = Self::ALL.iter().copied().find(|kind| kind.name() == text);
        known.ok_or_else(|| UnknownHoldKind(text.to_owned()))
    }
}

/// A word that names no kind of hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a kind of hold: use one of {kinds}", kinds = kinds())]
pub struct UnknownHoldKind(String);

fn kinds() -> String {
    HoldKind::ALL.iter().map(|kind| kind.name()).collect::<Vec<_>>().join(", ")
}

/// A keyed digest of a person's reference; the reference itself is never kept.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SubjectKey(pub String);

/// What one part of a hold covers. A hold with several covers what any covers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "scope", content = "of")]
pub enum Scope {
    /// Everything, as in an incident freeze.
    Everything,
    /// All record types of an asset.
    Asset(AssetId),
    /// A line of the schedule, in whichever version.
    RecordType(RecordTypeId),
    /// All assets of a service area.
    ServiceArea(ServiceAreaId),
    /// A part of a store, from this location down.
    Location {
        /// Which store.
        store: StoreId,
        /// The location, empty for all of the store.
        prefix: String,
    },
    /// A case reference: that of a record, or a name in its path. The names of what
    /// lies inside a unit are not known here, and not searched.
    Reference(String),
    /// A person.
    Subject(SubjectKey),
    /// Of another scope, what was made or worked on in these days.
    Within {
        /// The other.
        what: Box<Self>,
        /// The days.
        days: Days,
    },
}

/// The days a scope is narrowed to, both ends counted. One end at least is there,
/// and they are in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "Ends", into = "Ends")]
pub struct Days {
    from: Option<Date>,
    to: Option<Date>,
}

/// As they are written down.
#[derive(Clone, Copy, Serialize, Deserialize)]
struct Ends {
    from: Option<Date>,
    to: Option<Date>,
}

impl Days {
    /// The days from the one to the other; none where neither is said, or the
    /// first is after the last.
    #[must_use]
    pub fn new(from: Option<Date>, to: Option<Date>) -> Option<Self> {
        let is_one = from.or(to).is_some() && from.zip(to).is_none_or(|(from, to)| from <= to);
        is_one.then_some(Self { from, to })
    }

    /// Whether what lived so long may have been made or worked on in these days:
    /// it was not, only where it is known that it ended before or began after.
    fn may_meet(self, life: Life) -> bool {
        let ended_before = life.last.zip(self.from).is_some_and(|(last, from)| last < from);
        let begun_after = life.first.zip(self.to).is_some_and(|(first, to)| first > to);
        !ended_before && !begun_after
    }
}

impl TryFrom<Ends> for Days {
    type Error = String;

    fn try_from(Ends { from, to }: Ends) -> Result<Self, String> {
        Self::new(from, to).ok_or_else(|| "the days of the scope are none".to_owned())
    }
}

impl From<Days> for Ends {
    fn from(Days { from, to }: Days) -> Self {
        Self { from, to }
    }
}

impl fmt::Display for Days {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.from, self.to) {
            (Some(from), Some(to)) => write!(f, "from {from} to {to}"),
            (Some(from), None) => write!(f, "from {from} on"),
            (None, Some(to)) => write!(f, "to {to}"),
            (None, None) => Ok(()),
        }
    }
}

/// From when to when a record was worked on, as far as that is known for sure.
/// An end that is not known rules nothing out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Life {
    /// It was not there before this day.
    pub first: Option<Date>,
    /// Nothing happened to it after this day.
    pub last: Option<Date>,
}

/// Where an item stands: in the register and in a store. What is not known is
/// left out and cannot match; an unmapped item still has a store and a locator.
#[derive(Debug, Clone, Default)]
pub struct Place<'item> {
    /// Its asset.
    pub asset: Option<AssetId>,
    /// Its record types, the primary and those that only lengthen.
    pub record_types: Vec<RecordTypeId>,
    /// The service area of its asset.
    pub service_area: Option<ServiceAreaId>,
    /// Its store.
    pub store: Option<StoreId>,
    /// Its locator in the store.
    pub locator: &'item str,
    /// Whether the locator names a unit with members below it.
    pub is_unit: bool,
    /// The case references the mapping reads for it.
    pub references: Vec<&'item str>,
    /// The people it is about.
    pub subjects: Vec<SubjectKey>,
    /// From when to when it was worked on.
    pub life: Life,
}

impl Scope {
    /// Whether what stands at `place` is covered.
    #[must_use]
    pub fn covers(&self, place: &Place<'_>) -> bool {
        match self {
            Self::Everything => true,
            Self::Asset(asset) => place.asset == Some(*asset),
            Self::RecordType(record_type) => place.record_types.contains(record_type),
            Self::ServiceArea(area) => place.service_area == Some(*area),
            Self::Location { store, prefix } => {
                place.store == Some(*store) && location_covers(prefix, place)
            }
            Self::Reference(reference) => reference_occurs(reference, place),
            Self::Subject(key) => place.subjects.contains(key),
            Self::Within { what, days } => days.may_meet(place.life) && what.covers(place),
        }
    }

    /// The word for it in files and tables.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Everything => "everything",
            Self::Asset(_) => "asset",
            Self::RecordType(_) => "record-type",
            Self::ServiceArea(_) => "service-area",
            Self::Location { .. } => "location",
            Self::Reference(_) => "reference",
            Self::Subject(_) => "subject",
            Self::Within { .. } => "within",
        }
    }

    /// The scope without the days it is narrowed to: it covers no less.
    #[must_use]
    pub fn of_any_day(&self) -> &Self {
        match self {
            Self::Within { what, .. } => what.of_any_day(),
            scope => scope,
        }
    }

    /// The scopes that others stand for, each within the days of this one.
    #[must_use]
    pub fn each(self, stand_for: &impl Fn(Self) -> Vec<Self>) -> Vec<Self> {
        match self {
            Self::Within { what, days } => {
                let what = what.each(stand_for).into_iter().map(Box::new);
                what.map(|what| Self::Within { what, days }).collect()
            }
            scope => stand_for(scope),
        }
    }
}

fn location_covers(prefix: &str, place: &Place<'_>) -> bool {
    let (prefix, locator) = (segments(prefix), segments(place.locator));
    let below = locator.starts_with(&prefix);
    let inside_unit = place.is_unit && prefix.starts_with(&locator);
    below || inside_unit
}

fn reference_occurs(reference: &str, place: &Place<'_>) -> bool {
    let wanted = name(reference);
    let stated = place.references.iter().any(|reference| name(reference) == wanted);
    let in_path = names(place.locator).contains(&wanted);
    !wanted.is_empty() && (stated || in_path)
}

/// The folders of a path from the outermost down to the path itself, as holds
/// compare them: a hold on a location covers what has it among these.
#[must_use]
pub fn folders(path: &str) -> Vec<String> {
    let parts = segments(path);
    (1..=parts.len()).map(|depth| parts[..depth].join("/")).collect()
}

/// The references by which a hold finds a path: its parts, with and without what
/// follows the last dot.
#[must_use]
pub fn names(path: &str) -> Vec<String> {
    parts(path).flat_map(|part| [name(part), name(stem(part))]).collect()
}

/// A name or the reference of a case, as holds compare them.
#[must_use]
pub fn name(reference: &str) -> String {
    let bare: String = reference.chars().filter(|c| !c.is_whitespace()).collect();
    let mut folded = folded(&bare);
    folded.retain(|c| !c.is_whitespace());
    folded
}

/// A text as somebody else may have typed it: each letter with its accent as one
/// character, and as two. None where there is only one way to write it.
#[must_use]
pub fn spellings(text: &str) -> Vec<String> {
    if text.is_ascii() {
        return Vec::new();
    }
    let mut both = vec![text.nfc().collect(), text.nfd().collect()];
    both.retain(|spelling| spelling != text);
    both
}

fn segments(path: &str) -> Vec<String> {
    let folded = parts(path).map(|part| folded(part).trim().to_owned());
    folded.filter(|part| !part.is_empty() && part != ".").collect()
}

fn parts(path: &str) -> impl Iterator<Item = &str> {
    let parts = path.split(['/', '\\']).map(str::trim);
    parts.filter(|part| !part.is_empty() && *part != ".")
}

/// The text with its letters as all who mean the same would write them: without
/// case, each with its accent in one character, and without the forms that only
/// differ in print (Unicode Standard, 3.13: compatibility caseless matching). Whatever
/// is the same in lower case stays the same.
fn folded(text: &str) -> String {
    let lower = text.to_lowercase();
    if lower.is_ascii() {
        return lower;
    }
    lower.nfkd().flat_map(char::to_uppercase).flat_map(char::to_lowercase).nfkc().collect()
}

fn stem(part: &str) -> &str {
    part.rsplit_once('.').map_or(part, |(stem, _)| stem)
}

/// A hold in force, as evaluation needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// Which hold.
    pub id: HoldId,
    /// Its kind.
    pub kind: HoldKind,
    /// What it covers: what any of these covers.
    pub scopes: Vec<Scope>,
}

impl Hold {
    /// Whether what stands at `place` is held.
    #[must_use]
    pub fn covers(&self, place: &Place<'_>) -> bool {
        self.scopes.iter().any(|scope| scope.covers(place))
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const STORE: StoreId = StoreId(Uuid::from_u128(1));

    fn location(prefix: &str) -> Scope {
        Scope::Location { store: STORE, prefix: prefix.to_owned() }
    }

    fn file(locator: &str) -> Place<'_> {
        Place { store: Some(STORE), locator, ..Place::default() }
    }

    #[test]
    fn a_location_covers_what_is_below_it_and_nothing_beside_it() {
        let scope = location("/planning/enforcement/2015/");
        assert!(scope.covers(&file("planning/enforcement/2015/a.pdf")));
        assert!(scope.covers(&file("Planning\\Enforcement\\2015\\b.pdf")));
        assert!(!scope.covers(&file("planning/enforcement/2015b/a.pdf")));
        assert!(!scope.covers(&file("planning/enforcement")));
        assert!(location("").covers(&file("anything")));
    }

    #[test]
    fn a_hold_on_one_member_holds_the_unit() {
        let scope = location("cases/4711/letter.pdf");
        let unit = Place { is_unit: true, ..file("cases/4711/") };
        assert!(scope.covers(&unit));
        assert!(!scope.covers(&Place { is_unit: true, ..file("cases/4712/") }));
    }

    #[test]
    fn a_reference_is_found_in_the_path_and_in_the_mapping() {
        let scope = Scope::Reference("ENF 2015/01".replace('/', "-"));
        assert!(scope.covers(&file("x/enf2015-01/a.pdf")));
        assert!(scope.covers(&file("x/ENF 2015-01.pdf")));
        assert!(scope.covers(&Place { references: vec!["enf2015-01"], ..file("row/9") }));
        assert!(!scope.covers(&file("x/enf2015-012/a.pdf")));
        assert!(!Scope::Reference(" ".into()).covers(&file("x/a.pdf")));
    }

    #[test]
    fn a_path_is_found_by_its_folders_and_names_and_by_no_others() {
        assert_eq!(
            folders("/HR\\Leavers/ 2015 /a.pdf"),
            ["hr", "hr/leavers", "hr/leavers/2015", "hr/leavers/2015/a.pdf"]
        );
        assert_eq!(folders("./"), [""; 0]);
        assert_eq!(names("hr/10049 left.pdf"), ["hr", "hr", "10049left.pdf", "10049left"]);
    }

    /// `Café`, with the accent in one character and in two.
    const CAFE: [&str; 2] = ["Caf\u{e9}", "Cafe\u{301}"];

    #[test]
    fn letters_are_the_same_however_a_machine_writes_them() {
        for hold in CAFE {
            for there in CAFE {
                let path = format!("Licences/{}/{there} 7.pdf", there.to_uppercase());
                assert!(location(&format!("licences/{hold}")).covers(&file(&path)));
                assert!(Scope::Reference(format!("{hold}7")).covers(&file(&path)));
                let stated = Place { references: vec![there], ..file("row/9") };
                assert!(Scope::Reference(hold.to_lowercase()).covers(&stated));
                let unit = format!("Licences/{there}/");
                let unit = Place { is_unit: true, ..file(&unit) };
                assert!(location(&format!("licences/{hold}/a.pdf")).covers(&unit));
            }
            assert!(!location(&format!("licences/{hold}")).covers(&file("licences/cafe/7.pdf")));
        }
        for (one, other) in [("STRASSE", "stra\u{df}e"), ("\u{fb01}le", "FILE"), ("Σάς", "ΣΆΣ")]
        {
            assert!(location(one).covers(&file(other)), "{one} {other}");
        }
        let is_other = |spelling: &String| CAFE.contains(&spelling.as_str());
        assert!(CAFE.iter().all(|text| spellings(text).iter().all(is_other)));
        assert_eq!(spellings("cafe"), [""; 0]);
    }

    /// How folders and names were compared before: by lower case only.
    fn lower(text: &str) -> (Vec<String>, String) {
        let parts = parts(text).map(str::to_lowercase).collect();
        let name = text.chars().filter(|c| !c.is_whitespace());
        (parts, name.flat_map(char::to_lowercase).collect())
    }

    proptest::proptest! {
        #[test]
        fn whatever_was_the_same_in_lower_case_is_the_same(text in "\\PC{0,12}|[a-zA-ZéÉßİΣς./ ]{0,12}") {
            let (parts, plain) = lower(&text);
            proptest::prop_assert_eq!(segments(&text), segments(&parts.join("/")));
            proptest::prop_assert_eq!(name(&text), name(&plain));
        }

        #[test]
        fn one_character_or_two_are_the_same(text in "\\PC{0,12}") {
            let [one, two]: [String; 2] = [text.nfc().collect(), text.nfd().collect()];
            proptest::prop_assert_eq!(segments(&one), segments(&two));
            proptest::prop_assert_eq!(name(&one), name(&two));
        }
    }

    fn days(from: &str, to: &str) -> Option<Days> {
        Days::new(from.parse().ok(), to.parse().ok())
    }

    #[test]
    fn days_hold_whatever_is_not_known_to_lie_outside_them() {
        let scope = |from, to| Scope::Within {
            what: Box::new(location("planning")),
            days: days(from, to).unwrap(),
        };
        let lived = |first: &str, last: &str| Place {
            life: Life { first: first.parse().ok(), last: last.parse().ok() },
            ..file("planning/a.pdf")
        };
        let both = scope("2014-01-01", "2016-12-31");
        for (first, last, held) in [
            ("", "", true),
            ("", "2013-12-31", false),
            ("", "2014-01-01", true),
            ("", "2020-05-05", true),
            ("2016-12-31", "2020-05-05", true),
            ("2017-01-01", "2020-05-05", false),
            ("2017-01-01", "", false),
            ("2010-01-01", "", true),
            ("2010-01-01", "2020-05-05", true),
        ] {
            assert_eq!(both.covers(&lived(first, last)), held, "{first} {last}");
        }
        assert!(!scope("2014-01-01", "").covers(&lived("", "2013-12-31")));
        assert!(!scope("", "2016-12-31").covers(&lived("2017-01-01", "")));
        let elsewhere = Place { locator: "housing/a.pdf", ..lived("", "2015-01-01") };
        assert!(!both.covers(&elsewhere) && !both.of_any_day().covers(&elsewhere));
    }

    #[test]
    fn days_that_are_none_are_none_and_are_never_read() {
        assert_eq!(days("", ""), None);
        assert_eq!(days("2016-01-02", "2016-01-01"), None);
        let one = days("2016-01-01", "2016-01-01").unwrap();
        let text = serde_json::to_string(&one).unwrap();
        assert_eq!(text, r#"{"from":"2016-01-01","to":"2016-01-01"}"#);
        assert_eq!(serde_json::from_str::<Days>(&text).unwrap(), one);
        for none in [text.replacen("2016", "2017", 1), r#"{"from":null,"to":null}"#.to_owned()] {
            assert!(serde_json::from_str::<Days>(&none).is_err(), "{none}");
        }
        assert_eq!(days("2014-01-01", "").unwrap().to_string(), "from 2014-01-01 on");
        assert_eq!(days("", "2014-01-01").unwrap().to_string(), "to 2014-01-01");
    }

    #[test]
    fn what_is_not_known_does_not_match() {
        let nobody = Place::default();
        assert!(!Scope::Asset(AssetId(Uuid::nil())).covers(&nobody));
        assert!(!location("").covers(&nobody));
        assert!(Scope::Everything.covers(&nobody));
    }
}
