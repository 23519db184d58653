//! The catalogue's database: whether it is sound.

use async_trait::async_trait;
use sea_orm::{ConnectionTrait as _, DbBackend, Statement};

use super::{Check, Patient, Said, well, wrong};
use crate::upkeep::UpkeepError;

pub(super) struct Database;

#[async_trait]
impl Check for Database {
    fn area(&self) -> &'static str {
        "catalogue"
    }

    async fn look(&self, patient: &Patient<'_>) -> Result<Vec<Said>, UpkeepError> {
        let database = patient.catalogue.read();
        let place = patient.catalogue.place();
        if database.get_database_backend() != DbBackend::Sqlite {
            return Ok(vec![well(format!("{place}: it answers, and every change is made"))]);
        }
        let check = Statement::from_string(DbBackend::Sqlite, "pragma integrity_check(1)");
        let said = database.query_one_raw(check).await?;
        let said: Option<String> = said.map(|row| row.try_get_by_index(0)).transpose()?;
        Ok(vec![match said.as_deref() {
            Some("ok") => well(format!("{place}: it is sound, and every change is made")),
            said => wrong(
                format!("{place} is damaged: {}", said.unwrap_or("SQLite does not say how")),
                "Stop the daemon, keep a copy of the files as they are, and restore the last backup",
            ),
        }])
    }
}
