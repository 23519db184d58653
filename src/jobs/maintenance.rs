//! The catalogue, checked and tidied: what SQLite and PostgreSQL want done now
//! and then so that they stay quick and small.

use futures_util::future::BoxFuture;
use sea_orm::{ConnectionTrait as _, DbBackend, DbErr, Statement};

use super::{JobContext, JobError};
use crate::catalogue::Catalogue;

/// In this order: nothing is tidied in a file that is damaged.
const SQLITE_TIDYING: &[&str] =
    &["pragma optimize", "pragma incremental_vacuum", "pragma wal_checkpoint(truncate)"];

pub(super) fn run(job: &JobContext) -> BoxFuture<'_, Result<String, JobError>> {
    Box::pin(async move {
        let catalogue = &job.catalogue;
        match catalogue.read().get_database_backend() {
            DbBackend::Sqlite => sqlite(job).await,
            _ => {
                let analysed = catalogue.read().execute_unprepared("analyze").await;
                analysed.map_err(|fault| catalogue.error(fault))?;
                Ok("statistics brought up to date".to_owned())
            }
        }
    })
}

async fn sqlite(job: &JobContext) -> Result<String, JobError> {
    let checked = quick_check(&job.catalogue).await;
    let found = checked.map_err(|fault| job.catalogue.error(fault))?;
    if found != ["ok"] {
        return Err(JobError::new(
            "the catalogue's file is damaged: stop the daemon, keep a copy of the file, and \
             restore the last backup",
        ));
    }
    for statement in SQLITE_TIDYING {
        job.progress.moved();
        let done = job.catalogue.read().execute_unprepared(statement).await;
        done.map_err(|fault| job.catalogue.error(fault))?;
    }
    Ok("checked, and tidied".to_owned())
}

async fn quick_check(catalogue: &Catalogue) -> Result<Vec<String>, DbErr> {
    let query = Statement::from_string(DbBackend::Sqlite, "pragma quick_check(1)");
    let rows = catalogue.read().query_all_raw(query).await?;
    rows.iter().map(|row| row.try_get_by_index(0)).collect()
}
