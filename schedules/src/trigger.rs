//! What a retention period is counted from.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

macro_rules! triggers {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {
        /// The date or event retention is counted from ("keep from", "trigger event").
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Trigger {
            $($(#[$doc])* $name,)*
            /// Any other event, by the name the schedule gives it: `event:lease-granted`.
            Event(EventName),
        }

        impl Trigger {
            /// Every trigger that has a name of its own, in the order of the notation's table.
            pub const NAMED: &[Self] = &[$(Self::$name,)*];

            /// The notation's word for it.
            #[must_use]
            pub fn name(&self) -> Cow<'static, str> {
                match self {
                    $(Self::$name => Cow::Borrowed($text),)*
                    Self::Event(name) => Cow::Owned(format!("event:{name}")),
                }
            }

            fn named(text: &str) -> Option<Self> {
                match text {
                    $($text => Some(Self::$name),)*
                    _ => None,
                }
            }
        }
    };
}

triggers! {
    /// The record was made or received.
    Created = "created";
    /// The record was last changed.
    LastModified = "last-modified";
    /// The last entry or action on the file.
    LastAction = "last-action";
    /// The last contact with the person.
    LastContact = "last-contact";
    /// The case, file, account or complaint was closed.
    CaseClosed = "case-closed";
    /// The service to the person ended (discharge, leaving).
    ServiceEnded = "service-ended";
    /// The person's employment ended.
    EmploymentEnded = "employment-ended";
    /// The contract or agreement ended.
    ContractEnded = "contract-ended";
    /// A newer version took the record's place.
    Superseded = "superseded";
    /// The person was born.
    DateOfBirth = "date-of-birth";
    /// The person died.
    DateOfDeath = "date-of-death";
    /// A court or adoption order was made.
    OrderMade = "order-made";
    /// The decision was taken.
    Decision = "decision";
    /// The term of office ended.
    EndOfTerm = "end-of-term";
    /// A licence, lease, policy or permission ran out.
    Expired = "expired";
    /// The project or works were completed.
    Completed = "completed";
    /// The last payment was made.
    Paid = "paid";
    /// The record was published.
    Published = "published";
    /// Consent was withdrawn.
    ConsentWithdrawn = "consent-withdrawn";
    /// The asset the record is about was disposed of.
    Disposed = "disposed";
    /// An outside verification stopped being accurate.
    VerificationInvalidated = "verification-invalidated";
    /// The case file or folder was closed as a whole.
    AggregationClosed = "aggregation-closed";
    /// Something was last added to the case file or folder.
    LastAddedToAggregation = "last-added-to-aggregation";
    /// The record was last reviewed.
    LastReviewed = "last-reviewed";
}

/// A custom event's name: lower-case letters, digits and single hyphens.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EventName(String);

impl EventName {
    /// The name that `words` make, or nothing where no letter or digit is in them.
    #[must_use]
    pub fn slug(words: &str) -> Option<Self> {
        let slug = words
            .split(|c: char| !c.is_ascii_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(str::to_ascii_lowercase)
            .collect::<Vec<_>>()
            .join("-");
        (!slug.is_empty()).then_some(Self(slug))
    }

    /// The name as it stands in the notation, without `event:`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for EventName {
    type Error = TriggerError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let slug = Self::slug(&text).filter(|slug| slug.0 == text);
        slug.ok_or(TriggerError { text })
    }
}

impl From<EventName> for String {
    fn from(name: EventName) -> Self {
        name.0
    }
}

impl fmt::Display for EventName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A word that names no trigger.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is not a trigger: use one of the schedule's words, such as created, last-modified, case-closed or date-of-birth, or event:NAME for an event of your own"
)]
pub struct TriggerError {
    text: String,
}

impl fmt::Display for Trigger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())
    }
}

impl FromStr for Trigger {
    type Err = TriggerError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let custom = || {
            let name = text.strip_prefix("event:")?;
            EventName::try_from(name.to_owned()).ok().map(Self::Event)
        };
        Self::named(text).or_else(custom).ok_or_else(|| TriggerError { text: text.to_owned() })
    }
}

impl Serialize for Trigger {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Trigger {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_trigger_reads_back() {
        for trigger in Trigger::NAMED {
            assert_eq!(trigger.to_string().parse(), Ok(trigger.clone()));
        }
        let custom: Trigger = "event:lease-granted".parse().expect("a custom event");
        assert_eq!(custom.to_string(), "event:lease-granted");
    }

    #[test]
    fn refuses_what_is_no_trigger() {
        for text in ["", "event:", "event:Two Words", "event:a--b", "Created", "birthday"] {
            assert!(text.parse::<Trigger>().is_err(), "{text}");
        }
    }
}
