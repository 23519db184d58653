//! A batch of the demo council that waits for its owner's answer, so that there
//! is a mail to read and to answer. Each step is what the people of a council
//! would do; the demo does it in their names.

use std::path::PathBuf;

use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};

use crate::catalogue::CatalogueError;
use crate::catalogue::entity::{asset, batch, mapping, person};
use crate::catalogue::words::Enforcement;
use crate::change::{self, Asked, Extent, Seat, Signed};
use crate::cli::context::Instance;
use crate::cli::{Failure, mail};
use crate::clock::Clock as _;
use crate::config::Carrier;
use crate::disposal::Desk;
use crate::disposal::propose::{Proposer, Run, Wanted, propose};
use crate::notices;
use crate::people::{Actor, Role, roles_of};
use retaind_schedules::ids::MappingId;

/// Leavers' personnel files: few enough for the ceilings.
const RECORD_TYPE: &str = "HR-01";

const REASON: &str = "the demo council has looked at it";

/// Sees to it that a batch waits and its owner was written to; where the mails are.
pub(super) async fn write(instance: &Instance) -> Result<Option<PathBuf>, Failure> {
    if batch::Entity::find().one(instance.catalogue.read()).await?.is_none() {
        wait(instance).await?;
    }
    let post = mail::post(instance);
    notices::chase(&post).await?;
    notices::send_now(&post).await?;
    Ok(match instance.config.mail.as_ref().map(|mail| &mail.carrier) {
        Some(Carrier::Folder(folder)) => Some(folder.clone()),
        _ => None,
    })
}

async fn wait(instance: &Instance) -> Result<(), Failure> {
    let Instance { config, catalogue, actor, clock, .. } = instance;
    let of_type = mapping::Column::RecordTypeCode.eq(RECORD_TYPE);
    let mapped = mapping::Entity::find().filter(of_type).one(catalogue.read()).await?;
    let Some(mapped) = mapped else { return Ok(()) };
    let (id, now) = (MappingId(mapped.id), clock.now());
    let asked = change::approve_mapping(catalogue, actor, id, Extent::Part, REASON, now).await?;
    sign(instance, asked).await?;
    let level = Enforcement::Propose;
    let asked = change::set_enforcement(catalogue, actor, RECORD_TYPE, level, REASON, now).await?;
    sign(instance, asked).await?;
    let desk = Desk { config, catalogue, clock };
    let wanted = Wanted { record_type: Some(RECORD_TYPE.to_owned()), ..Wanted::default() };
    for proposal in propose(&desk, Proposer::Program, &wanted, Run::Real).await? {
        proposal.lists?;
    }
    Ok(())
}

/// Everyone signs whose seat is open.
async fn sign(instance: &Instance, asked: Asked) -> Result<(), Failure> {
    let Asked::Waits(shown) = asked else { return Ok(()) };
    let Instance { catalogue, actor, clock, .. } = instance;
    for seat in &shown.open {
        let signer = match seat {
            Seat::Owner(reference) => owner(instance, reference).await?,
            Seat::Siro | Seat::OtherThan(_) => siro(instance).await?,
            Seat::RecordsManager => actor.clone(),
        };
        let digest = &shown.request.digest;
        if change::sign(catalogue, &signer, shown.id(), digest, clock.now()).await?
            == Signed::InForce
        {
            break;
        }
    }
    Ok(())
}

async fn owner(instance: &Instance, reference: &str) -> Result<Actor, Failure> {
    let read = instance.catalogue.read();
    let found = asset::Entity::find().filter(asset::Column::Reference.eq(reference));
    let owner = found.one(read).await?.and_then(|asset| asset.iao);
    let missing = || CatalogueError::impossible("asset.iao", "nobody owns the demo's asset");
    let owner = person::Entity::find_by_id(owner.ok_or_else(missing)?).one(read).await?;
    Ok(roles_of(owner.ok_or_else(missing)?)?)
}

async fn siro(instance: &Instance) -> Result<Actor, Failure> {
    for row in person::Entity::find().all(instance.catalogue.read()).await? {
        let actor = roles_of(row)?;
        if actor.roles.contains(&Role::Siro) {
            return Ok(actor);
        }
    }
    Err(Failure::new("the demo's people list names no senior information risk owner".to_owned()))
}
