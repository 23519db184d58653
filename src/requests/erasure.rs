//! What a granted request for erasure lets go early (UK GDPR Art. 17; domain G8): who
//! signs it over which items, and whether it stands.
//!
//! The data protection officer and the owner of the asset sign, two people, over the
//! decision and the items of that asset which nothing but the organisation's own need
//! keeps; the archivist too where historical value keeps one. Another item, another
//! verdict on one, or a decision taken back makes another digest, and what was signed
//! before no longer counts. Whether it stands is asked anew by whoever proposes,
//! approves or carries out a list under it: it is written nowhere that it does.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Timestamp;
use jiff::civil::Date;
use retaind_schedules::batch::{LineState, Verdict};
use retaind_schedules::erasure::{self, Decided, Granted, NotGranted, Ruling};
use retaind_schedules::evaluation::{Bearing, HoldOn};
use retaind_schedules::hold::Hold;
use retaind_schedules::ids::{HoldId, PersonId, RequestItemId, StoreId};
use retaind_schedules::permit::Cause;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
    QueryOrder as _,
};
use uuid::Uuid;

use super::{Handling, ItemVerdict, RequestDecision, RequestError, RequestKind, Seat};
use super::{called, find, items, locked, said};
use crate::audit::{self, Action, By, Differs, Entry, Motive, Odd, Subject};
use crate::catalogue::CatalogueError;
use crate::catalogue::entity::{
    asset, batch, batch_line, erasure_signature, person, rights_item, rights_request,
};
use crate::catalogue::values::Micros;
use crate::clock::id_at;
use crate::disposal::execution::under;
use crate::keys::Keys;
use crate::people::{self, Actor, Role, may_act_as};
use crate::plural::counted;

/// What the chain calls what is signed of a request.
const ERASURE: &str = "erasure";

/// The least of a digest that says which it is.
const DIGITS: usize = 12;

/// Who may take back what was signed: whoever may stop a batch, and who handles requests.
pub const MAY_RETRACT: &[Role] = &[
    Role::Dpo,
    Role::InformationRequests,
    Role::Iao,
    Role::RecordsManager,
    Role::Legal,
    Role::Archivist,
    Role::Siro,
];

/// The items of one asset that a request lets go early, once it is signed for.
#[derive(Debug, Clone)]
pub struct Part {
    /// The asset.
    pub asset: Uuid,
    /// The items.
    pub items: Vec<rights_item::Model>,
    /// What is signed.
    pub digest: String,
    /// Who signed it as it is now, and whether they may still act.
    pub signed: Vec<(erasure_signature::Model, bool)>,
}

impl Part {
    /// The decision for these items, where it stands.
    fn decision(&self, request: &rights_request::Model) -> Result<Decision, NotGranted> {
        let signatures: Vec<erasure::Signature> = self
            .signed
            .iter()
            .map(|(row, may_act)| erasure::Signature {
                person: PersonId(row.person_id),
                seat: row.seat.seat(),
                digest: row.digest.clone(),
                may_act: *may_act,
            })
            .collect();
        let granted = Granted::of(&Decided {
            ruling: if lets_go(request) { Ruling::Granted } else { Ruling::NotGranted },
            hold: request.hold_id.map(HoldId),
            items: self.items.iter().map(|item| RequestItemId(item.id)).collect(),
            digest: &self.digest,
            signatures: &signatures,
        })?;
        Ok(Decision {
            granted,
            request: request.id,
            called: called(request),
            digest: self.digest.clone(),
            places: self
                .items
                .iter()
                .map(|item| (item.id, (item.store_id, item.locator_mac.clone())))
                .collect(),
        })
    }
}

/// A decision that stands, for the items of one asset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    granted: Granted,
    /// The request.
    pub request: Uuid,
    /// What lists, certificates and stubs call it.
    pub called: String,
    /// What was signed.
    pub digest: String,
    /// The store and the keyed digest of the place of each item.
    places: HashMap<Uuid, (Uuid, String)>,
}

/// What a list stands under.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Under {
    /// The minimums of the rules.
    Minimum,
    /// A decision that stands as it did when the list was proposed.
    Decision(Box<Decision>),
    /// A decision that does not, or not as it did.
    Void,
}

impl Under {
    /// What this list stands under today.
    pub(crate) async fn of(
        database: &impl ConnectionTrait,
        list: &batch::Model,
        today: Date,
    ) -> Result<Self, CatalogueError> {
        let (request, digest) = match (list.erasure_request_id, &list.erasure_digest) {
            (None, None) => return Ok(Self::Minimum),
            (Some(request), Some(digest)) => (request, digest),
            _ => return Ok(Self::Void),
        };
        let stands = standing(database, request, list.asset_id, today).await?;
        Ok(match stands {
            Ok(decision) if decision.digest == *digest => Self::Decision(Box::new(decision)),
            _ => Self::Void,
        })
    }

    /// Why its items may go, by the rules that bear on them; none where nothing of
    /// it may.
    pub(crate) fn cause<'a>(&'a self, rules: &'a [Bearing<'a>]) -> Option<Cause<'a>> {
        match self {
            Self::Minimum => Some(Cause::PastMinimum),
            Self::Decision(decision) => Some(Cause::Erasure { decision: &decision.granted, rules }),
            Self::Void => None,
        }
    }

    /// The holds of these that stand against what is on it.
    pub(crate) fn against(&self, holds: Vec<HoldOn>) -> Vec<HoldOn> {
        match self {
            Self::Decision(decision) => decision.granted.against(holds),
            Self::Minimum | Self::Void => holds,
        }
    }

    /// The item of the request that this line is, where it lies where that does.
    pub(crate) fn named(
        &self,
        keys: &Keys,
        store: StoreId,
        line: &batch_line::Model,
    ) -> Option<RequestItemId> {
        let item = line.rights_item_id?;
        match self {
            Self::Decision(decision) if !decision.is_at(item, keys, store, &line.locator) => None,
            _ => Some(RequestItemId(item)),
        }
    }

    /// Whether the decision that it was proposed under is no more.
    pub(crate) const fn is_void(&self) -> bool {
        matches!(self, Self::Void)
    }
}

impl Decision {
    /// The decision itself.
    #[must_use]
    pub const fn granted(&self) -> &Granted {
        &self.granted
    }

    /// Whether the item it names by this id stands at this place.
    #[must_use]
    pub fn is_at(&self, item: Uuid, keys: &Keys, store: StoreId, locator: &str) -> bool {
        let place = (store.0, keys.locator_mac(store, locator));
        self.places.get(&item) == Some(&place)
    }

    /// The holds of these that stand against its items.
    #[must_use]
    pub fn against(&self, mut holds: Vec<Hold>) -> Vec<Hold> {
        holds.retain(|hold| !self.granted.sets_aside(hold.id, hold.kind));
        holds
    }
}

/// Whether anything of it may go early: a request for erasure that was granted, whole
/// or in part.
fn lets_go(request: &rights_request::Model) -> bool {
    let granted = request.decision.is_some_and(RequestDecision::grants);
    request.kind == RequestKind::Erasure && granted
}

/// What a request lets go early, by asset.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn parts(
    database: &impl ConnectionTrait,
    request: &rights_request::Model,
    today: Date,
) -> Result<Vec<Part>, CatalogueError> {
    if !lets_go(request) {
        return Ok(Vec::new());
    }
    let mut by_asset: BTreeMap<Uuid, Vec<rights_item::Model>> = BTreeMap::new();
    for item in items::of(database, request.id).await? {
        if let (Some(asset), ItemVerdict::MayGoEarly) = (item.asset_id, item.verdict) {
            by_asset.entry(asset).or_default().push(item);
        }
    }
    let subject = (ERASURE, request.id);
    let retracted = audit::times(database, subject, Action::ErasureRetracted).await?;
    let mut parts = Vec::with_capacity(by_asset.len());
    for (asset, items) in by_asset {
        let digest = digest(request, asset, retracted, &items);
        let signed = signed(database, request.id, asset, &digest, today).await?;
        parts.push(Part { asset, items, digest, signed });
    }
    Ok(parts)
}

/// The decision and the items, as they are signed. How often it was taken back and
/// when each item was judged are part of it: what was signed before is signed anew or
/// counts for nothing.
fn digest(
    request: &rights_request::Model,
    asset: Uuid,
    retracted: u64,
    items: &[rights_item::Model],
) -> String {
    let items = items
        .iter()
        .map(|item| (item.id, item.store_id, &item.locator_mac, &item.record_type, item.judged_at))
        .collect::<Vec<_>>();
    audit::digest::of_json(&serde_json::json!([
        "retaind erasure 1",
        [request.id.to_string(), request.reference.clone(), asset.to_string()],
        [request.kind, request.decision, request.decided_by, request.decided_at],
        [request.grounds, request.hold_id],
        retracted,
        items,
    ]))
}

/// The signatures over this digest that the chain knows of too.
async fn signed(
    database: &impl ConnectionTrait,
    request: Uuid,
    asset: Uuid,
    digest: &str,
    today: Date,
) -> Result<Vec<(erasure_signature::Model, bool)>, CatalogueError> {
    let rows = erasure_signature::Entity::find()
        .filter(erasure_signature::Column::RequestId.eq(request))
        .filter(erasure_signature::Column::AssetId.eq(asset))
        .filter(erasure_signature::Column::Digest.eq(digest))
        .order_by_asc(erasure_signature::Column::At);
    let owner = asset::Entity::find_by_id(asset).one(database).await?.and_then(|row| row.iao);
    let mut signed = Vec::new();
    for row in rows.all(database).await? {
        let (subject, by) = ((ERASURE, request), Some(row.person_id));
        if !audit::is_entered(database, subject, Action::ErasureSigned, digest, by).await? {
            continue;
        }
        let signer = person::Entity::find_by_id(row.person_id).one(database).await?;
        let may_act = match signer {
            // Whoever owned it before does not answer for it now.
            Some(_) if row.seat == Seat::Owner && owner != Some(row.person_id) => false,
            Some(signer) => may_act_as(signer, row.seat.role(), today)?,
            None => false,
        };
        signed.push((row, may_act));
    }
    Ok(signed)
}

/// The decision for the items of an asset, where it stands today.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn standing(
    database: &impl ConnectionTrait,
    request: Uuid,
    asset: Uuid,
    today: Date,
) -> Result<Result<Decision, NotGranted>, CatalogueError> {
    let row = rights_request::Entity::find_by_id(request).one(database).await?;
    let Some(row) = row else { return Ok(Err(NotGranted::Refused)) };
    let parts = parts(database, &row, today).await?;
    let of_asset = parts.into_iter().find(|part| part.asset == asset);
    Ok(match of_asset {
        Some(part) => part.decision(&row),
        None => Err(NotGranted::NoItems),
    })
}

/// The decisions of a request that stand today, one an asset; and whether there is
/// any item whose does not.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn decisions(
    database: &impl ConnectionTrait,
    request: &rights_request::Model,
    today: Date,
) -> Result<Vec<(Part, Result<Decision, NotGranted>)>, CatalogueError> {
    let parts = parts(database, request, today).await?.into_iter();
    Ok(parts.map(|part| (part.clone(), part.decision(request))).collect())
}

/// What a signature came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// In whose place.
    pub seat: Seat,
    /// The asset's ref.
    pub asset: String,
    /// How many items it is over.
    pub items: usize,
    /// Whether the officer and the owner have both signed now.
    pub stands: bool,
}

/// Signs that the items of an asset which a granted request names go early: the ones
/// whose digest was shown.
///
/// # Errors
///
/// Where the request is closed or lets nothing go early, the digest is another, or the
/// actor has no seat that is free or signed in another already.
pub async fn sign(
    handling: &Handling<'_>,
    reference: &str,
    shown: &str,
    seat: Option<Seat>,
) -> Result<Signed, RequestError> {
    let (now, today) = (handling.now, handling.today());
    let tx = handling.catalogue.write_tx().await?;
    let request = locked(&tx, reference).await?;
    let actor = present(&*tx, handling.actor, today).await?;
    let part = shown_part(parts(&*tx, &request, today).await?, &request, shown)?;
    let asset = asset::Entity::find_by_id(part.asset).one(&*tx).await?;
    let asset = asset.ok_or_else(|| CatalogueError::impossible("rights_item.asset_id", "none"))?;
    let seat = free_seat(&actor, &asset, &part, seat)?;
    let row = erasure_signature::Model {
        id: id_at(now),
        request_id: request.id,
        asset_id: part.asset,
        digest: part.digest.clone(),
        person_id: actor.person.0,
        seat,
        at: Micros::from(now),
    };
    let insert = erasure_signature::Entity::insert(row.into_active_model());
    insert.exec_without_returning(&*tx).await?;
    let by = By::person(&actor, seat.role());
    let entry = Entry::new(by, Action::ErasureSigned, Subject::new(ERASURE, request.id))
        .after(part.digest.clone())
        .because(Motive::own(counted(
            part.items.len() as u64,
            "item goes early",
            "items go early",
        )));
    audit::append(&tx, now, &entry).await?;
    let stands = standing(&*tx, request.id, part.asset, today).await?.is_ok();
    tx.commit().await?;
    Ok(Signed { seat, asset: asset.reference, items: part.items.len(), stands })
}

/// The person as the catalogue knows them now: one who has left signs nothing (I27).
async fn present(
    database: &impl ConnectionTrait,
    actor: &Actor,
    today: Date,
) -> Result<Actor, RequestError> {
    let row = person::Entity::find_by_id(actor.person.0).one(database).await?;
    match row {
        Some(row) if people::may_act(&row, today) => Ok(people::roles_of(row)?),
        _ => Err(RequestError::MaySignNothing(actor.name.clone())),
    }
}

fn shown_part(
    parts: Vec<Part>,
    request: &rights_request::Model,
    shown: &str,
) -> Result<Part, RequestError> {
    let reference = request.reference.clone();
    if parts.is_empty() {
        return Err(RequestError::NothingEarly(reference));
    }
    let shown = shown.trim().to_ascii_lowercase();
    let part = parts.into_iter().find(|part| part.digest.starts_with(&shown));
    part.filter(|_| shown.len() >= DIGITS).ok_or(RequestError::OtherErasure(reference))
}

/// The seat in which this person signs: one that is theirs, and that nobody has taken
/// who may act today. Nobody signs twice.
fn free_seat(
    actor: &Actor,
    asset: &asset::Model,
    part: &Part,
    wanted: Option<Seat>,
) -> Result<Seat, RequestError> {
    let standing = || part.signed.iter().filter(|(_, may_act)| *may_act).map(|(row, _)| row);
    if standing().any(|row| row.person_id == actor.person.0) {
        return Err(RequestError::SignedBefore(actor.name.clone()));
    }
    let taken: BTreeSet<Seat> = standing().map(|row| row.seat).collect();
    let is_theirs = |seat: &Seat| {
        let owns = *seat != Seat::Owner || asset.iao == Some(actor.person.0);
        owns && actor.roles.contains(&seat.role())
    };
    let theirs = Seat::ALL.iter().copied().filter(is_theirs);
    let mut free = theirs.filter(|seat| !taken.contains(seat));
    let found = free.find(|seat| wanted.is_none_or(|wanted| wanted == *seat));
    found.ok_or_else(|| RequestError::NoSeat {
        name: actor.name.clone(),
        asset: asset.reference.clone(),
    })
}

/// Takes back all that was signed of a request: nothing more of it goes early, what is
/// out of reach is put back, and to go on it takes new signatures and new lists.
///
/// # Errors
///
/// Where the actor may not, no reason is given, or nothing was ever signed.
pub async fn retract(
    handling: &Handling<'_>,
    reference: &str,
    reason: &str,
) -> Result<rights_request::Model, RequestError> {
    let reason = said("reason for taking the decision back", reason)?;
    let Handling { catalogue, actor, now } = *handling;
    let role = actor.first_of(MAY_RETRACT);
    let role = role.ok_or_else(|| RequestError::MayNot(actor.name.clone()))?;
    let tx = catalogue.write_tx().await?;
    let request = find(&*tx, reference).await?;
    let any = erasure_signature::Entity::find()
        .filter(erasure_signature::Column::RequestId.eq(request.id))
        .one(&*tx)
        .await?;
    let today = handling.today();
    if any.is_none() && parts(&*tx, &request, today).await?.is_empty() {
        return Err(RequestError::NothingSigned(request.reference));
    }
    // A chunk under it that is being opened now is opened before, or not at all.
    under::close_gate(&tx).await?;
    let subject = Subject::new(ERASURE, request.id);
    let entry = Entry::new(By::person(actor, role), Action::ErasureRetracted, subject);
    audit::append(&tx, now, &entry.because(Motive::typed(reason))).await?;
    tx.commit().await?;
    Ok(request)
}

/// Signatures that the chain does not know, and those it knows that are gone.
///
/// # Errors
///
/// Where the catalogue fails.
pub(super) async fn differing(
    database: &impl ConnectionTrait,
) -> Result<Vec<Differs>, CatalogueError> {
    type Key = (String, String, Option<String>);
    let entered = audit::entered(database, ERASURE, &[Action::ErasureSigned]).await?;
    let mut said: HashMap<Key, i64> =
        entered.into_iter().map(|one| ((one.subject, one.actor, one.after), one.seq)).collect();
    let mut found = Vec::new();
    for row in erasure_signature::Entity::find().all(database).await? {
        let key = (row.request_id.to_string(), row.person_id.to_string(), Some(row.digest));
        if said.remove(&key).is_none() {
            let what = format!("a signature that items of request {} go early", key.0);
            found.push(Differs::new(what, Odd::NeverEntered));
        }
    }
    let gone = said.into_iter().map(|((request, ..), seq)| {
        let what = format!("a signature that items of request {request} go early");
        Differs::new(what, Odd::Gone(seq))
    });
    found.extend(gone);
    Ok(found)
}

/// The lines of lists that are these items and go early, oldest first, each with its
/// list; of lists that are over, only what went.
///
/// # Errors
///
/// Where the catalogue fails.
pub(super) async fn lines(
    database: &impl ConnectionTrait,
    items: impl Iterator<Item = Uuid>,
) -> Result<Vec<(batch_line::Model, batch::Model)>, CatalogueError> {
    let mut found = Vec::new();
    for part in items.collect::<Vec<_>>().chunks(500) {
        let lines = batch_line::Entity::find()
            .filter(batch_line::Column::RightsItemId.is_in(part.iter().copied()))
            .order_by_asc(batch_line::Column::Id);
        for line in lines.all(database).await? {
            let list = batch::Entity::find_by_id(line.batch_id).one(database).await?;
            let Some(list) = list else { continue };
            if !list.state.0.is_over() || line.state.0 == LineState::Destroyed {
                found.push((line, list));
            }
        }
    }
    Ok(found)
}

/// How many items that a granted request says go early neither went nor are about to:
/// nobody has signed for them, they are on no list, or were left where they are by one.
/// Of what was signed and taken back nothing is to go.
///
/// # Errors
///
/// Where the catalogue fails.
pub(super) async fn unlisted(
    database: &impl ConnectionTrait,
    request: &rights_request::Model,
    today: Date,
) -> Result<u64, CatalogueError> {
    let subject = (ERASURE, request.id);
    let retracted = audit::times(database, subject, Action::ErasureRetracted).await? > 0;
    let decided = decisions(database, request, today).await?;
    let agreed = decided.iter().filter(|(_, stands)| stands.is_ok() || !retracted);
    let agreed: Vec<Uuid> = agreed.flat_map(|(part, _)| &part.items).map(|item| item.id).collect();
    let goes = |line: &batch_line::Model| {
        use LineState::{Destroyed, Pending, Quarantined};
        let is_on_its_way = matches!(line.state.0, Pending | Quarantined | Destroyed);
        is_on_its_way && line.verdict.0 == Verdict::Include
    };
    let listed = lines(database, agreed.iter().copied()).await?;
    let listed: BTreeSet<Uuid> = listed
        .into_iter()
        .filter(|(line, _)| goes(line))
        .filter_map(|(line, _)| line.rights_item_id)
        .collect();
    Ok(agreed.iter().filter(|item| !listed.contains(item)).count() as u64)
}

/// When a list that two people approved has its items destroyed for good, if nothing
/// stops it: its cooling-off, its grace, and a week for the hours in which it may run.
#[must_use]
pub(super) fn expected(list: &batch::Model) -> Option<Timestamp> {
    let days = list.grace_days + 7;
    list.not_before?.timestamp().checked_add(jiff::SignedDuration::from_hours(24 * days)).ok()
}
