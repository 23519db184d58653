//! What a batch came to, as it is signed.
//!
//! The signature is over `retaind-certificate-1`, a line feed, and the value of
//! `certificate` as compact JSON: keys sorted, no spaces, whole numbers only,
//! escapes as in the audit chain (`"`, `\` and control characters). The file is
//! the same JSON indented by two spaces, with a line feed at its end, and its
//! digest is what `sha256sum` prints for it.

use jiff::Timestamp;
use jiff::civil::Date;
use retaind_schedules::action::DisposalAction;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::audit::{Head, digest};
use crate::keys::signing::{Signature, SigningKey};

/// The kind of thing that is signed, and the version of its form.
pub const FORM: &str = "retaind-certificate-1";

/// What happened to one batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    /// [`FORM`].
    pub form: String,
    /// `C-2026-0001`: the London year in which it was signed, and which of that year.
    pub number: String,
    /// The organisation's name.
    pub organisation: String,
    /// The line of the register.
    pub asset: AssetNamed,
    /// The class of record.
    pub record_type: Named,
    /// The rule it went under.
    pub schedule: RuleCertified,
    /// The request for erasure under which it went before that rule's minimum ended,
    /// as the organisation refers to it; never a name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub destroyed_early_under: Option<String>,
    /// Who signed what that request lets go.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub early_signed_by: Vec<ApprovalCertified>,
    /// The days from which the period ran, first and last.
    pub triggers: Option<Range>,
    /// The last days it had to be kept, first and last.
    pub due: Option<Range>,
    /// Items or units disposed of.
    pub count: u64,
    /// Files or rows in them.
    pub members: u64,
    /// Their bytes.
    pub bytes: u64,
    /// The stores they were in, by name; never a path.
    pub stores: Vec<String>,
    /// What was to be done.
    pub action: DisposalAction,
    /// How it was done.
    pub method: String,
    /// When the first was acted on.
    pub started_at: Timestamp,
    /// When the last was.
    pub finished_at: Timestamp,
    /// On whose authority.
    pub authority: Authority,
    /// By which program, on which machine.
    pub executed_by: ExecutedBy,
    /// What was looked up of holds before anything was touched.
    pub hold_check: HoldCheck,
    /// Lines of the approved list.
    pub lines: u64,
    /// Lines that were kept back, by reason.
    pub withheld: Vec<Counted>,
    /// Lines that could not be disposed of, by reason.
    pub failures: Vec<Counted>,
    /// What is known of backups and copies, for each store.
    pub copies: Vec<Copies>,
    /// Those to whom the records were disclosed, who are to be told (Art. 19).
    pub recipients: Vec<String>,
    /// The SHA-256 of the sealed list of items.
    pub manifest_digest: String,
    /// The SHA-256 of the certificate before this one.
    pub previous_digest: Option<String>,
    /// The approved list.
    pub batch: BatchCertified,
    /// The end of the audit chain when this was signed.
    pub audit_head: Head,
    /// When this was signed.
    pub issued_at: Timestamp,
}

/// A line of the register.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AssetNamed {
    /// Its reference.
    pub reference: String,
    /// Its name.
    pub name: String,
}

/// A code and what it stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Named {
    /// The code.
    pub code: String,
    /// Its title in the schedule.
    pub title: String,
}

/// A rule, for people who have no schedule at hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleCertified {
    /// The version of the schedule.
    pub version: String,
    /// The rule in the notation.
    pub rule: String,
    /// The rule in words.
    pub words: String,
    /// The law or need it rests on.
    pub basis: Vec<String>,
}

/// A first and a last day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Range {
    /// The first.
    pub first: Date,
    /// The last.
    pub last: Date,
}

/// On whose authority.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub enum Authority {
    /// Two people approved the list.
    Approvals(Vec<ApprovalCertified>),
    /// A standing authority for a short-lived class.
    Standing(StandingCertified),
}

/// Someone's approval.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApprovalCertified {
    /// Who.
    pub name: String,
    /// Which person of that name, as the catalogue has them; certificates of
    /// earlier versions do not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<Uuid>,
    /// In which role.
    pub role: String,
    /// When.
    pub at: Timestamp,
}

/// An authority given for a class, not a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StandingCertified {
    /// Its reference.
    pub reference: String,
    /// Who gave it.
    pub signed_by: Vec<ApprovalCertified>,
    /// The last day it holds.
    pub expires_on: Date,
}

/// By what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExecutedBy {
    /// The program and its version.
    pub version: String,
    /// The machine.
    pub host: String,
}

/// What was looked up of holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HoldCheck {
    /// When they were last looked up: before the last of it was destroyed.
    pub at: Timestamp,
    /// How many were in force.
    pub active_holds: u64,
    /// The SHA-256 of the holds that were consulted then, with what each covers.
    pub digest: String,
}

/// A reason and how many lines it befell.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counted {
    /// The reason.
    pub reason: String,
    /// How many lines.
    pub count: u64,
}

/// What is known of the backups and copies of a store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Copies {
    /// The store's name.
    pub store: String,
    /// Until when they last.
    pub beyond_use: BeyondUse,
}

/// Until when copies last that nobody may use any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub enum BeyondUse {
    /// There are none.
    NoCopies,
    /// To this day.
    Until(Date),
    /// Nobody has said.
    Unknown,
}

/// Which list was approved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BatchCertified {
    /// Its number.
    pub number: String,
    /// The digest that was approved.
    pub digest: String,
}

/// A certificate with its signature: the whole text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signed {
    /// What is certified.
    pub certificate: Certificate,
    /// By which key.
    pub signature: Signature,
}

impl Certificate {
    /// Signs it.
    #[must_use]
    pub fn sign(self, key: &SigningKey) -> Signed {
        let signature = key.sign(FORM, canonical(&self).as_bytes());
        Signed { certificate: self, signature }
    }

    /// The day on which the last store's backups lose their copies; nothing
    /// where that is not known of every store.
    #[must_use]
    pub fn beyond_use_until(&self) -> Option<Date> {
        let finished = retaind_schedules::calendar::london_date(self.finished_at);
        self.copies.iter().try_fold(finished, |latest, copies| match copies.beyond_use {
            BeyondUse::NoCopies => Some(latest),
            BeyondUse::Until(day) => Some(latest.max(day)),
            BeyondUse::Unknown => None,
        })
    }
}

impl Signed {
    /// The text of the file.
    #[must_use]
    pub fn text(&self) -> String {
        let value = sorted(serde_json::to_value(self).expect("a certificate is JSON"));
        format!("{value:#}\n")
    }

    /// The SHA-256 of the text.
    #[must_use]
    pub fn digest(&self) -> String {
        digest::of_bytes(self.text().as_bytes())
    }
}

/// A value as compact JSON, keys in order: the text that is signed.
#[must_use]
pub fn canonical(value: &impl Serialize) -> String {
    sorted(serde_json::to_value(value).expect("what is certified is JSON")).to_string()
}

/// Keys in order, however maps are kept.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut fields: Vec<_> = map.into_iter().collect();
            fields.sort_by(|(one, _), (other, _)| one.cmp(other));
            Value::Object(fields.into_iter().map(|(key, value)| (key, sorted(value))).collect())
        }
        Value::Array(values) => Value::Array(values.into_iter().map(sorted).collect()),
        plain => plain,
    }
}
