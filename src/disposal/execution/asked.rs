//! What people asked for until today is held before anything goes: where the
//! council keeps a list of open requests, it must have been read today.

use jiff::Timestamp;
use sea_orm::ConnectionTrait;

use crate::catalogue::CatalogueError;
use crate::config::Config;
use crate::disposal::execution::stop::Stop;
use crate::holds::feed::{Freshness, read};

/// Why nothing goes now, where the configured list of open requests was not read
/// to its end today.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn unread(
    config: &Config,
    database: &impl ConnectionTrait,
    now: Timestamp,
) -> Result<Option<Stop>, CatalogueError> {
    let Some(feed) = &config.holds.feed else { return Ok(None) };
    let last = match read::freshness(database, &feed.file, now).await? {
        Freshness::Today => return Ok(None),
        Freshness::Before(last) => format!("the last time was {last}"),
        Freshness::Never => "it never was".to_owned(),
    };
    Ok(Some(Stop::FeedNotRead { file: feed.file.display().to_string(), last }))
}
