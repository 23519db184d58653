//! The stores: reached, and the ones they were.

use async_trait::async_trait;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};

use super::{Check, Patient, Said, warning, well, wrong};
use crate::catalogue::entity::store;
use crate::catalogue::words::StoreState;
use crate::config::StoreFile;
use crate::stores;
use crate::upkeep::UpkeepError;

pub(super) struct Stores;

#[async_trait]
impl Check for Stores {
    fn area(&self) -> &'static str {
        "stores"
    }

    async fn look(&self, patient: &Patient<'_>) -> Result<Vec<Said>, UpkeepError> {
        let mut said = Vec::new();
        for file in &patient.config.stores {
            let named = store::Entity::find().filter(store::Column::Name.eq(&file.name));
            let known = named.one(patient.catalogue.read()).await?;
            said.push(verdict(file, known.as_ref()).await);
        }
        if said.is_empty() {
            let remedy = "Describe one in a file in the stores folder";
            said.push(warning("no store is connected", remedy));
        }
        Ok(said)
    }
}

async fn verdict(file: &StoreFile, known: Option<&store::Model>) -> Said {
    let name = &file.name;
    let test =
        format!("`retaind store test {name}` says more; nothing in it is scanned until then");
    let connector = match stores::open(file) {
        Ok(connector) => connector,
        Err(error) => return wrong(error.to_string(), test),
    };
    let identity = match connector.identify().await {
        Ok(identity) => identity,
        Err(error) => return wrong(format!("store `{name}`: {error}"), test),
    };
    let Some(known) = known else {
        return warning(
            format!("store `{name}`: reached, and never scanned"),
            "Run `retaind scan`",
        );
    };
    match known.state {
        _ if known.identity.as_ref().is_some_and(|before| *before != identity.0) => wrong(
            format!("store `{name}`: another disk, share or database answers in its place"),
            format!("Mount the right one; if it was moved, `retaind store test {name} --accept`"),
        ),
        StoreState::Ok => well(format!("store `{name}`: reached, and the one it was")),
        state => {
            let why = known.state_why.as_ref().map(|why| format!(" ({why})")).unwrap_or_default();
            wrong(format!("store `{name}`: answers now, and is marked {state}{why}"), test)
        }
    }
}
