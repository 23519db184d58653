//! A small register for tests: an asset of a service area, a record type, a
//! store, and people of every kind.

use jiff::Timestamp;
use jiff::civil::{Date, date};
use sea_orm::{EntityTrait as _, IntoActiveModel as _};
use uuid::Uuid;

use super::entity::{asset, import, record_type, service_area, store};
use super::values::Micros;
use super::words::{AssetStatus, Enforcement, ImportState, StoreState};
use super::{Catalogue, WriteTx};
use crate::clock::id_at;
use crate::people::{self, Actor, PersonEntry, Role};

/// The day of the tests.
pub(crate) const TODAY: Date = date(2026, 11, 22);

/// The instant of the tests, on that day.
pub(crate) fn now() -> Timestamp {
    "2026-11-22T09:00:00Z".parse().expect("an instant")
}

/// What was sown.
pub(crate) struct Seed {
    pub(crate) area: Uuid,
    pub(crate) asset: Uuid,
    pub(crate) record_type: Uuid,
    pub(crate) store: Uuid,
    /// Legal.
    pub(crate) lena: Actor,
    /// Data protection officer.
    pub(crate) dipa: Actor,
    /// Two information asset owners.
    pub(crate) owners: [Actor; 2],
    /// Reads, and no more.
    pub(crate) auditor: Actor,
}

/// Sows the register.
pub(crate) async fn sow(catalogue: &Catalogue) -> Seed {
    let people = [
        ("lena", Role::Legal),
        ("dipa", Role::Dpo),
        ("ivan", Role::Iao),
        ("olga", Role::Iao),
        ("audrey", Role::Auditor),
    ];
    let list = people.map(|(name, role)| PersonEntry {
        name: name.to_owned(),
        email: format!("{name}@council.example"),
        os_user: Some(name.to_owned()),
        left_on: None,
        roles: [role].into(),
    });
    let tx = catalogue.write_tx().await.expect("a transaction");
    people::sync(&tx, &list, now(), TODAY).await.expect("people");
    tx.commit().await.expect("people");
    let acting = async |user| people::acting(catalogue, user).await.expect("a person");
    let lena = acting("lena").await;

    let tx = catalogue.write_tx().await.expect("a transaction");
    let [area, asset, record_type, store] = register(&tx, lena.person.0).await;
    tx.commit().await.expect("a register");
    Seed {
        area,
        asset,
        record_type,
        store,
        lena,
        dipa: acting("dipa").await,
        owners: [acting("ivan").await, acting("olga").await],
        auditor: acting("audrey").await,
    }
}

async fn register(tx: &WriteTx, by: Uuid) -> [Uuid; 4] {
    let ids = [(); 5].map(|()| id_at(now()));
    let [area, asset, record_type, store, import] = ids;
    let row = service_area::Model { id: area, name: "Housing".to_owned() };
    let row = row.into_active_model();
    service_area::Entity::insert(row).exec(&**tx).await.expect("a service area");
    let row = imported(import, by).into_active_model();
    import::Entity::insert(row).exec(&**tx).await.expect("an import");
    let row = listed(asset, area, import).into_active_model();
    asset::Entity::insert(row).exec(&**tx).await.expect("an asset");
    let row = record_type::Model {
        id: record_type,
        code: "HOU 1.01".to_owned(),
        title: "Tenancy files".to_owned(),
        asset_id: asset,
        irreplaceable: false,
        titles_nonpersonal: false,
        superseded_by: None,
    };
    let row = row.into_active_model();
    record_type::Entity::insert(row).exec(&**tx).await.expect("a record type");
    let row = store::Model {
        id: store,
        name: "housing-share".to_owned(),
        kind: "filesystem".to_owned(),
        identity: None,
        state: StoreState::Ok,
        state_since: Micros::from(now()),
        state_why: None,
    };
    store::Entity::insert(row.into_active_model()).exec(&**tx).await.expect("a store");
    [area, asset, record_type, store]
}

fn imported(id: Uuid, by: Uuid) -> import::Model {
    import::Model {
        id,
        file_name: "register.xlsx".to_owned(),
        file_sha256: "0".repeat(64),
        profile: "own".to_owned(),
        state: ImportState::Checked,
        rows_read: 1,
        accepted: 1,
        rejected: 0,
        blank: 0,
        section: 0,
        added: 1,
        changed: 0,
        unchanged: 0,
        removed: 0,
        imported_by: by,
        imported_at: Micros::from(now()),
        accepted_by: None,
        accepted_at: None,
    }
}

fn listed(id: Uuid, service_area_id: Uuid, import_id: Uuid) -> asset::Model {
    asset::Model {
        id,
        reference: "IA-7".to_owned(),
        name: "Tenancies".to_owned(),
        description: String::new(),
        service_area_id,
        iao: None,
        enforcement: Enforcement::Flag,
        status: AssetStatus::Active,
        fields: serde_json::json!({}),
        import_id,
        source_file: "register.xlsx".to_owned(),
        source_sheet: "IAR".to_owned(),
        source_row: 2,
    }
}
