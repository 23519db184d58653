//! The table of what the program must work out before it can be told: by the
//! same functions that raise the alarms, so that both say the same.

use futures_util::future::BoxFuture;
use metrics::Label;
use retaind_schedules::ids::StoreId;
use sea_orm::{DatabaseTransaction, EntityTrait as _};

use crate::audit;
use crate::catalogue::CatalogueError;
use crate::catalogue::entity::store;
use crate::disposal::execution::clock;
use crate::holds::feed;
use crate::scan::leaving;
use crate::upkeep::restore;

/// A figure for each set of labels.
pub type Samples = Vec<(Vec<Label>, f64)>;

/// One figure that is worked out, or one for each set of labels; not told where
/// there is none.
pub struct Figure {
    /// Its name, as alert rules give it.
    pub name: &'static str,
    /// What it says, in one sentence.
    pub help: &'static str,
    /// Works it out.
    pub read: for<'a> fn(&'a DatabaseTransaction) -> BoxFuture<'a, Result<Samples, CatalogueError>>,
}

/// Everything that is worked out. To add one, add a line.
pub const FIGURES: &[Figure] = &[
    Figure {
        name: "retaind_audit_looked_timestamp_seconds",
        help: "When the audit chain was last verified; not told where it never was",
        read: |db| Box::pin(looked(db, |looked| seconds(looked.at))),
    },
    Figure {
        name: "retaind_audit_chain_broken",
        help: "Whether the audit chain was found broken when it was last verified",
        read: |db| {
            Box::pin(looked(db, |looked| match looked.found {
                audit::Found::Broken(_) => 1.0,
                audit::Found::Whole | audit::Found::Differs(_) => 0.0,
            }))
        },
    },
    Figure {
        name: "retaind_audit_rows_differing",
        help: "Things in force that were not what the audit chain says when it was last verified",
        read: |db| {
            Box::pin(looked(db, |looked| match looked.found {
                audit::Found::Differs(things) => things as f64,
                audit::Found::Whole | audit::Found::Broken(_) => 0.0,
            }))
        },
    },
    Figure {
        name: "retaind_clock_last_seen_timestamp_seconds",
        help: "The last time of this machine that could follow on the one before: it stands \
               still once the clock jumps, until a person says that it is right",
        read: |db| Box::pin(async move { Ok(at(clock::last_seen(db).await?)) }),
    },
    Figure {
        name: "retaind_restore_unconfirmed_timestamp_seconds",
        help: "When the catalogue was restored, where nobody has said yet that what was held \
               since its backup is entered again",
        read: |db| Box::pin(async move { Ok(at(restore::unconfirmed(db).await?.map(|it| it.at))) }),
    },
    Figure {
        name: "retaind_items_missing",
        help: "Items that two complete scans in a row did not meet, though no batch took them",
        read: |db| Box::pin(missing(db)),
    },
];

/// Of the list of open requests, where one is configured.
pub const FEED: Figure = Figure {
    name: "retaind_hold_feed_read_timestamp_seconds",
    help: "When the list of open requests was last read to its end; not told where it never was, \
           or none is configured",
    read: |db| Box::pin(async move { Ok(at(feed::read::last(db).await?)) }),
};

/// A figure of the last look at the audit chain.
async fn looked(
    db: &DatabaseTransaction,
    figure: fn(audit::Looked) -> f64,
) -> Result<Samples, CatalogueError> {
    Ok(audit::last_look(db).await?.map(|looked| alone(figure(looked))).into_iter().collect())
}

async fn missing(db: &DatabaseTransaction) -> Result<Samples, CatalogueError> {
    let mut samples = Samples::new();
    for store in store::Entity::find().all(db).await? {
        let gone = leaving::unexplained(db, StoreId(store.id)).await?.len();
        samples.push((vec![Label::new("store", store.name)], gone as f64));
    }
    Ok(samples)
}

fn at(instant: Option<jiff::Timestamp>) -> Samples {
    instant.map(|instant| alone(seconds(instant))).into_iter().collect()
}

fn seconds(instant: jiff::Timestamp) -> f64 {
    instant.as_microsecond() as f64 / 1e6
}

fn alone(value: f64) -> (Vec<Label>, f64) {
    (Vec::new(), value)
}
