//! Whether an authority is leave for a batch today: in force, signed by two who
//! may act, and bound to what is so now.

use jiff::civil::Date;
use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _};

use crate::catalogue::CatalogueError;
use crate::catalogue::entity::{
    authority_signature, batch, mapping, person, record_type, standing_authority,
};
use crate::catalogue::words::{AuthorityState, Stage};
use crate::disposal::agree::signatures_entered;
use crate::disposal::list::mappings_of;
use crate::people::{Role, may_act_as};
use crate::stores;

/// Why an authority is no leave for a batch today.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    /// The batch cites none that there is.
    #[error("the batch cites no standing authority that there is")]
    None,
    /// Whoever signed it may no longer act (I27).
    #[error("{1} signed the standing authority {0} and may no longer act: it is to be signed anew")]
    SignerGone(String, String),
    /// It was not signed by two, or was taken back.
    #[error("the standing authority {0} is not in force")]
    NotInForce(String),
    /// Its row, or a signature, was written by somebody else than the program.
    #[error(
        "the standing authority {0} is not what was signed, or the audit chain has no entry of \
         who signed it: somebody changed the database. Have a new one signed"
    )]
    Edited(String),
    /// Its last day is past.
    #[error("the standing authority {0} expired on {1}")]
    Expired(String, Date),
    /// It was signed for something else.
    #[error("the standing authority {0} is for another record type or store")]
    Other(String),
    /// The rule, the schedule or a mapping is not the one that was signed.
    #[error("the {1} that the standing authority {0} was signed for has changed, so it is void")]
    Void(String, &'static str),
    /// More lines than a day may have.
    #[error("the standing authority {0} covers {1} lines a day, and this would be more")]
    AboveTheCap(String, u64),
    /// The record type is one that never goes by standing authority.
    #[error("the standing authority {0} is for records that cannot be replaced")]
    Irreplaceable(String),
}

/// Whether the authority that the batch cites still covers it.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn still_valid(
    read: &impl ConnectionTrait,
    batch: &batch::Model,
    today: Date,
) -> Result<Result<(), Why>, CatalogueError> {
    let Some(id) = batch.standing_authority_id else { return Ok(Err(Why::None)) };
    let found = standing_authority::Entity::find_by_id(id).one(read).await?;
    let Some(authority) = found else { return Ok(Err(Why::None)) };
    if let Err(why) = usable(read, &authority, today).await? {
        return Ok(Err(why));
    }
    Ok(covers(&authority, batch, &mappings_of(batch)?))
}

/// Whether the authority is leave for anything today: signed by two, not past,
/// and bound to what is in force.
pub(in crate::disposal) async fn usable(
    read: &impl ConnectionTrait,
    authority: &standing_authority::Model,
    today: Date,
) -> Result<Result<(), Why>, CatalogueError> {
    let number = authority.number.clone();
    let signed = authority_signature::Entity::find()
        .filter(authority_signature::Column::AuthorityId.eq(authority.id))
        .filter(authority_signature::Column::Digest.eq(&authority.digest))
        .all(read)
        .await?;
    let signed_as = |stage| signed.iter().find(|signed| signed.role == stage);
    let by_two = match (signed_as(Stage::Iao), signed_as(Stage::RecordsManager)) {
        (Some(owner), Some(manager)) if owner.person_id != manager.person_id => [owner, manager],
        _ => return Ok(Err(Why::NotInForce(number))),
    };
    if super::digest(authority) != authority.digest || !signatures_entered(read, by_two).await? {
        return Ok(Err(Why::Edited(number)));
    }
    if authority.state != AuthorityState::InForce {
        return Ok(Err(Why::NotInForce(number)));
    }
    if let Some(name) = gone(read, by_two, today).await? {
        return Ok(Err(Why::SignerGone(number, name)));
    }
    if authority.expires_on.0 < today {
        return Ok(Err(Why::Expired(number, authority.expires_on.0)));
    }
    let latest = stores::version_in_force(read).await?;
    if latest.is_none_or(|latest| latest.id != authority.schedule_version_id) {
        return Ok(Err(Why::Void(number, "schedule")));
    }
    let record_type = record_type::Entity::find_by_id(authority.record_type_id).one(read).await?;
    let Some(record_type) = record_type else { return Ok(Err(Why::Other(number))) };
    if record_type.irreplaceable {
        return Ok(Err(Why::Irreplaceable(number)));
    }
    let now = approved_mappings(read, &record_type.code, authority.store_id).await?;
    if now != signed_mappings(authority)? {
        return Ok(Err(Why::Void(number, "mapping")));
    }
    Ok(Ok(()))
}

/// Who of those that signed may no longer act as they did.
async fn gone(
    read: &impl ConnectionTrait,
    signed: [&authority_signature::Model; 2],
    today: Date,
) -> Result<Option<String>, CatalogueError> {
    for (signed, role) in signed.into_iter().zip([Role::Iao, Role::RecordsManager]) {
        let person = person::Entity::find_by_id(signed.person_id).one(read).await?;
        let Some(person) = person else { return Ok(Some("someone".to_owned())) };
        let name = person.name.clone();
        if !may_act_as(person, role, today)? {
            return Ok(Some(name));
        }
    }
    Ok(None)
}

/// Whether this batch is one of those it was signed for.
pub(super) fn covers(
    authority: &standing_authority::Model,
    batch: &batch::Model,
    mappings: &[String],
) -> Result<(), Why> {
    let number = authority.number.clone();
    if (authority.record_type_id, authority.store_id) != (batch.record_type_id, batch.store_id) {
        return Err(Why::Other(number));
    }
    if authority.schedule_version_id != batch.schedule_version_id {
        return Err(Why::Void(number, "schedule"));
    }
    if authority.rule != batch.rule {
        return Err(Why::Void(number, "rule"));
    }
    let signed = signed_mappings(authority).unwrap_or_default();
    if mappings.iter().any(|mapping| !signed.contains(mapping)) {
        return Err(Why::Void(number, "mapping"));
    }
    if batch.lines > authority.daily_cap {
        return Err(Why::AboveTheCap(number, authority.daily_cap.unsigned_abs()));
    }
    Ok(())
}

/// The digests of the mappings an authority was signed for, sorted.
fn signed_mappings(authority: &standing_authority::Model) -> Result<Vec<String>, CatalogueError> {
    serde_json::from_value(authority.mappings.clone())
        .map_err(|why| CatalogueError::impossible("standing_authority.mappings", why))
}

/// The digests of a record type's mappings in a store, as approved now, sorted.
pub(super) async fn approved_mappings(
    read: &impl ConnectionTrait,
    code: &str,
    store: uuid::Uuid,
) -> Result<Vec<String>, CatalogueError> {
    let rows = mapping::Entity::find()
        .filter(mapping::Column::StoreId.eq(store))
        .filter(mapping::Column::RecordTypeCode.eq(code))
        .filter(mapping::Column::Active.eq(true))
        .filter(mapping::Column::ApprovedAt.is_not_null())
        .all(read)
        .await?;
    let mut digests: Vec<String> = rows.into_iter().map(|row| row.digest).collect();
    digests.sort_unstable();
    Ok(digests)
}
