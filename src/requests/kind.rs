//! What can be asked, and what follows from the kind of it: the hold it places,
//! whether it needs a ground, and who is to be told of the decision.

use retaind_schedules::erasure;
use retaind_schedules::hold::HoldKind;

use crate::catalogue::values::words;
use crate::people::Role;

words! {
    /// What a person asks.
    RequestKind, "a kind of request" {
        /// UK GDPR Art. 17: to be erased.
        Erasure = "erasure",
        /// UK GDPR Art. 18: to be stored and nothing else.
        Restriction = "restriction",
        /// UK GDPR Art. 21: not to be processed.
        Objection = "objection",
        /// UK GDPR Art. 16: to be put right.
        Rectification = "rectification",
        /// UK GDPR Art. 15: to be seen.
        Access = "access",
        /// UK GDPR Art. 20: to be taken elsewhere.
        Portability = "portability",
        /// UK GDPR Art. 17, of something on a website.
        WebTakedown = "web-takedown",
        /// UK GDPR Art. 7(3): consent is withdrawn.
        ConsentWithdrawal = "consent-withdrawal",
    }

    /// What was decided.
    RequestDecision, "a decision on a request" {
        /// What was asked is done.
        Granted = "granted",
        /// Part of it is.
        Partly = "partly",
        /// None of it is.
        Refused = "refused",
        /// The person took the request back.
        Withdrawn = "withdrawn",
    }

    /// What is to become of one place that a request names.
    ItemVerdict, "what becomes of an item" {
        /// Kept to a day, or for ever.
        Kept = "kept",
        /// Kept as part of a public register.
        PublicRegister = "public-register",
        /// Kept while another hold is on it.
        Held = "held",
        /// Nothing but the organisation's own need keeps it.
        MayGoEarly = "may-go-early",
        /// Past its time: it goes in the ordinary way.
        Due = "due",
        /// Kept: nobody can say yet how long.
        NotKnown = "not-known",
        /// It is not there, or not any more.
        Absent = "absent",
    }

    /// Where a recipient of the records stands who is to be told of a decision.
    RecipientState, "the state of a recipient" {
        /// Has not acknowledged.
        Outstanding = "outstanding",
        /// Has acknowledged.
        Acknowledged = "acknowledged",
        /// Cannot be told.
        Impossible = "impossible",
        /// To tell them would be out of all proportion.
        Disproportionate = "disproportionate",
    }

    /// In whose place it is signed that items go early.
    Seat, "a seat" {
        /// The data protection officer's.
        Dpo = "dpo",
        /// That of the owner of the asset.
        Owner = "iao",
        /// The archivist's.
        Archivist = "archivist",
    }

    /// What was done about a request.
    StepKind, "a kind of step" {
        /// A store was searched to its end.
        Searched = "searched",
        /// A store could not be searched.
        Failed = "failed",
        /// A person noted something.
        Noted = "noted",
    }
}

impl RequestKind {
    /// The kind of hold that keeps what it is about. What is to come off a
    /// website, and consent that is withdrawn, say nothing of records that are to
    /// stay as they are.
    #[must_use]
    pub const fn hold(self) -> Option<HoldKind> {
        match self {
            Self::Erasure => Some(HoldKind::ErasureUnderConsideration),
            Self::Restriction => Some(HoldKind::Restriction18),
            Self::Objection => Some(HoldKind::ObjectionPending),
            Self::Rectification => Some(HoldKind::RectificationPending),
            Self::Access => Some(HoldKind::SubjectAccess),
            Self::Portability => Some(HoldKind::Portability),
            Self::WebTakedown | Self::ConsentWithdrawal => None,
        }
    }

    /// Whether it is decided on a ground that the person names.
    #[must_use]
    pub const fn needs_ground(self) -> bool {
        matches!(self, Self::Erasure | Self::Restriction | Self::Objection)
    }

    /// Whether what is granted is that records go.
    #[must_use]
    pub const fn erases(self) -> bool {
        matches!(self, Self::Erasure | Self::WebTakedown)
    }

    /// Whether those the records were shared with are told of what is granted
    /// (UK GDPR Art. 19: rectification, erasure and restriction).
    #[must_use]
    pub const fn tells_recipients(self) -> bool {
        matches!(self, Self::Erasure | Self::Restriction | Self::Rectification | Self::WebTakedown)
    }

    /// The words people are shown, as the first of a sentence.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Erasure => "Request for erasure",
            Self::Restriction => "Request for restriction",
            Self::Objection => "Objection to processing",
            Self::Rectification => "Request for rectification",
            Self::Access => "Subject access request",
            Self::Portability => "Request for portability",
            Self::WebTakedown => "Request to take something off a website",
            Self::ConsentWithdrawal => "Withdrawal of consent",
        }
    }
}

impl Seat {
    /// The role of whoever signs in it.
    #[must_use]
    pub const fn role(self) -> Role {
        match self {
            Self::Dpo => Role::Dpo,
            Self::Owner => Role::Iao,
            Self::Archivist => Role::Archivist,
        }
    }

    /// The words people are shown.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Dpo => "the data protection officer",
            Self::Owner => "the owner of the asset",
            Self::Archivist => "the archivist",
        }
    }

    /// As a decision takes it.
    pub(super) const fn seat(self) -> erasure::Seat {
        match self {
            Self::Dpo => erasure::Seat::Dpo,
            Self::Owner => erasure::Seat::Owner,
            Self::Archivist => erasure::Seat::Archivist,
        }
    }
}

impl RequestDecision {
    /// What became of the request, as the end of a sentence.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Granted => "granted",
            Self::Partly => "refused in part",
            Self::Refused => "refused",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// Whether anything of what was asked is refused.
    #[must_use]
    pub const fn refuses(self) -> bool {
        matches!(self, Self::Partly | Self::Refused)
    }

    /// Whether anything of what was asked is granted.
    #[must_use]
    pub const fn grants(self) -> bool {
        matches!(self, Self::Granted | Self::Partly)
    }
}
