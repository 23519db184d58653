//! The kinds of notice.

use crate::catalogue::values::words;
use crate::catalogue::words::Urgency;

words! {
    /// What a notice tells.
    Kind, "a kind of notice" {
        /// M1: items fall due in a coming month.
        ComingDue = "coming-due",
        /// M2: a batch waits for its owner's answer.
        BatchProposed = "batch-proposed",
        /// M3: a batch waits for the records manager.
        Authorise = "authorise",
        /// M4: a batch is authorised, and cools off.
        CoolingOff = "cooling-off",
        /// M5: a batch is done, and certified.
        Certified = "certified",
        /// M6: a hold is in force.
        HoldPlaced = "hold-placed",
        /// M7: a hold is to be looked at.
        HoldReview = "hold-review",
        /// M8: a hold was released.
        HoldReleased = "hold-released",
        /// M9: records are to be reviewed.
        ReviewDue = "review-due",
        /// M10: records are offered to the archive.
        TransferOffer = "transfer-offer",
        /// M11: records are kept beyond their maximum.
        OverRetention = "over-retention",
        /// M12: the register: an import, or a yearly look at it.
        Register = "register",
        /// M13: something is wrong.
        Alarm = "alarm",
        /// M14: a person's request.
        RightsRequest = "rights-request",
        /// M15: someone asks to lift a restriction.
        RestrictionLifting = "restriction-lifting",
        /// M16: the owner's yearly statement.
        AnnualStatement = "annual-statement",
        /// The end of the audit chain, once a week.
        AuditHead = "audit-head",
        /// Changes wait for signatures.
        ChangesWait = "changes-wait",
        /// A service says that records which fall due are needed.
        HoldAsked = "hold-asked",
    }
}

impl Kind {
    /// Whether it can wait for the day's digest. Three kinds cannot: each asks
    /// people to stop something. A fourth cannot where it would come late
    /// (`super::chase`): a batch that cools off. A release (M8) asks for nothing and destroys
    /// nothing, so it waits for the morning; a second "at once" would only teach
    /// people to look away from the first.
    #[must_use]
    pub const fn urgency(self) -> Urgency {
        match self {
            Self::HoldPlaced | Self::Alarm | Self::RestrictionLifting => Urgency::Now,
            _ => Urgency::Digest,
        }
    }

    /// Its template.
    #[must_use]
    pub const fn template(self) -> (&'static str, &'static str) {
        macro_rules! template {
            ($name:literal) => {
                (concat!($name, ".txt"), include_str!(concat!("templates/", $name, ".txt")))
            };
        }
        match self {
            Self::ComingDue => template!("m01-coming-due"),
            Self::BatchProposed => template!("m02-batch-proposed"),
            Self::Authorise => template!("m03-authorise"),
            Self::CoolingOff => template!("m04-cooling-off"),
            Self::Certified => template!("m05-certified"),
            Self::HoldPlaced => template!("m06-hold-placed"),
            Self::HoldReview => template!("m07-hold-review"),
            Self::HoldReleased => template!("m08-hold-released"),
            Self::ReviewDue => template!("m09-review-due"),
            Self::TransferOffer => template!("m10-transfer-offer"),
            Self::OverRetention => template!("m11-over-retention"),
            Self::Register => template!("m12-register"),
            Self::Alarm => template!("m13-alarm"),
            Self::RightsRequest => template!("m14-rights-request"),
            Self::RestrictionLifting => template!("m15-restriction-lifting"),
            Self::AnnualStatement => template!("m16-annual-statement"),
            Self::AuditHead => template!("audit-head"),
            Self::ChangesWait => template!("changes-wait"),
            Self::HoldAsked => template!("hold-asked"),
        }
    }
}
