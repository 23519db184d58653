//! Certificates and stubs, against what the chain says was issued: one that was
//! taken away answers nobody any more.

use std::collections::HashMap;

use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QuerySelect as _,
};

use uuid::Uuid;

use super::Signed;
use crate::audit::{self, Action, Differs, Odd};
use crate::catalogue::CatalogueError;
use crate::catalogue::entity::{certificate, stub};

pub(crate) async fn differing(read: &impl ConnectionTrait) -> Result<Vec<Differs>, CatalogueError> {
    let issued = audit::entered(read, "certificate", &[Action::CertificateIssued]).await?;
    let rows = certificate::Entity::find().all(read).await?.into_iter();
    let rows: HashMap<String, certificate::Model> =
        rows.map(|row| (row.number.clone(), row)).collect();
    let stubs = stubs(read).await?;
    let mut found = Vec::new();
    for entry in issued {
        let number = &entry.subject;
        let what = format!("certificate {number}");
        let Some(row) = rows.get(number) else {
            found.push(Differs::new(what, Odd::Gone(entry.seq)));
            continue;
        };
        if entry.after.as_ref() != Some(&row.digest)
            || audit::digest::of_bytes(row.json.as_bytes()) != row.digest
        {
            found.push(Differs::new(what, Odd::Changed(entry.seq)));
            continue;
        }
        let signed: Option<Signed> = serde_json::from_str(&row.json).ok();
        let agrees = signed.is_some_and(|Signed { certificate, .. }| {
            let of_batch = (row.batch_id, certificate.batch.number);
            stubs.get(&of_batch).copied().unwrap_or_default() == certificate.count
        });
        if !agrees {
            let what = format!("the stubs of certificate {number}, one for each that went,");
            found.push(Differs::new(what, Odd::Changed(entry.seq)));
        }
    }
    Ok(found)
}

/// How many stubs of items that are wholly gone each batch has, by its id and its
/// number: a certificate's row names the one, and its signature is over the other.
async fn stubs(
    read: &impl ConnectionTrait,
) -> Result<HashMap<(Uuid, String), u64>, CatalogueError> {
    let counted: Vec<(Uuid, String, i64)> = stub::Entity::find()
        .select_only()
        .columns([stub::Column::BatchId, stub::Column::Batch])
        .column_as(stub::Column::Id.count(), "stubs")
        .filter(stub::Column::Partly.eq(false))
        .group_by(stub::Column::BatchId)
        .group_by(stub::Column::Batch)
        .into_tuple()
        .all(read)
        .await?;
    Ok(counted.into_iter().map(|(id, batch, stubs)| ((id, batch), stubs.unsigned_abs())).collect())
}
