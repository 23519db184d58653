//! On whose authority a period stands.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// The kind of authority. The order of the list says nothing of their weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BasisKind {
    /// An Act.
    Statute,
    /// Regulations, rules or an order made under an Act.
    Regulation,
    /// A code of practice or sector guidance.
    Code,
    /// The time within which a claim may be brought.
    Limitation,
    /// What a contract or funder requires.
    Contract,
    /// The organisation's own need, to be justified.
    BusinessNeed,
    /// Worth keeping for history.
    HistoricalValue,
}

/// Which side of the rule the authority fixes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sets {
    /// Keep at least.
    Minimum,
    /// Not beyond.
    Maximum,
    /// Both.
    Both,
}

/// One authority for a rule, as the register words it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct BasisCitation {
    /// What sort of authority it is.
    pub kind: BasisKind,
    /// The words of the citation, such as `Limitation Act 1980 s.5`.
    pub citation: String,
    /// What it fixes.
    pub sets: Sets,
    /// When someone last compared it with a source, and which; nothing where
    /// nobody has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checked: Option<Check>,
}

/// A comparison of a citation with a source. A day without a source proves
/// nothing, and a source without a day grows old unseen, so they come together.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// The day.
    pub on: Date,
    /// What was read: `legislation.gov.uk, SI 2010/959 reg.50`.
    pub against: String,
}

/// What a minimum rests on, asked where a person wants a record to go before it ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Footing<'a> {
    /// On the organisation's own need, the time for claims or historical value,
    /// and on nothing else.
    OwnNeed,
    /// On what no request for erasure sets aside.
    Authority(Vec<&'a BasisCitation>),
    /// On nothing that is recorded: who knows no footing takes none away.
    Unsaid,
}

/// What the minimum of a rule of this basis rests on. A justification says nothing
/// here: it may be a law in words that nobody could read.
#[must_use]
pub fn footing_of_minimum(basis: &[BasisCitation]) -> Footing<'_> {
    let fixing: Vec<&BasisCitation> =
        basis.iter().filter(|citation| citation.sets != Sets::Maximum).collect();
    let firm: Vec<&BasisCitation> =
        fixing.iter().copied().filter(|citation| !citation.kind.is_own_need()).collect();
    match (firm.is_empty(), fixing.is_empty()) {
        (false, _) => Footing::Authority(firm),
        (true, true) => Footing::Unsaid,
        (true, false) => Footing::OwnNeed,
    }
}

impl BasisKind {
    /// Whether it may yield to a person who asks for erasure. A code of practice
    /// does not: somebody else wrote it.
    #[must_use]
    pub const fn is_own_need(self) -> bool {
        matches!(self, Self::BusinessNeed | Self::Limitation | Self::HistoricalValue)
    }

    /// Whether there is a published text to compare a citation of it with.
    #[must_use]
    pub const fn is_published(self) -> bool {
        matches!(self, Self::Statute | Self::Regulation | Self::Code | Self::Limitation)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cited(kind: BasisKind, sets: Sets) -> BasisCitation {
        BasisCitation { kind, citation: "words".to_owned(), sets, checked: None }
    }

    #[test]
    fn only_what_an_organisation_chose_itself_yields_to_a_request_for_erasure() {
        use BasisKind::{
            BusinessNeed, Code, Contract, HistoricalValue, Limitation, Regulation, Statute,
        };
        for (kind, yields) in [
            (Statute, false),
            (Regulation, false),
            (Code, false),
            (Contract, false),
            (Limitation, true),
            (BusinessNeed, true),
            (HistoricalValue, true),
        ] {
            for sets in [Sets::Minimum, Sets::Both] {
                let basis = [cited(BusinessNeed, Sets::Both), cited(kind, sets)];
                let footing = footing_of_minimum(&basis);
                assert_eq!(footing == Footing::OwnNeed, yields, "{kind:?} {footing:?}");
            }
        }
    }

    #[test]
    fn what_fixes_a_maximum_keeps_nothing_and_no_footing_at_all_is_not_known() {
        let maximum = [cited(BasisKind::Statute, Sets::Maximum)];
        assert_eq!(footing_of_minimum(&maximum), Footing::Unsaid);
        assert_eq!(footing_of_minimum(&[]), Footing::Unsaid);
    }
}
