//! A batch that waits for its owner, made of real files that name people.

use retaind::audit::Action;
use retaind::catalogue::entity::{asset, batch, mapping, person, setting};
use retaind::catalogue::values::Micros;
use retaind::catalogue::words::Enforcement;
use retaind::disposal::Desk;
use retaind::disposal::propose::{Proposer, Run, Wanted, propose};
use sea_orm::{ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, QueryFilter as _, Set};
use serde_json::json;
use uuid::Uuid;

use crate::council::{Council, Open};
use crate::office::put_on_record;
use crate::share::Share;

const STORE: &str = "kind = 'filesystem'\n[settings]\nroot = '{folder}/share'\n\
    [[mapping]]\nrecord_type = 'PLAN-14'\nlocation = 'planning'\n\
    [mapping.dates]\nlast-modified = { from = 'modified' }\n";

/// The folder of the files, and how many there are.
pub(crate) const FILES: (&str, usize) = ("share/planning", 3);

/// The id of a person.
pub(crate) async fn id_of(open: &Open, name: &str) -> Uuid {
    let found = person::Entity::find().filter(person::Column::Name.eq(name));
    found.one(open.catalogue.read()).await.unwrap().expect("a person").id
}

/// What acts on batches need.
pub(crate) fn desk<'a>(open: &'a Open, council: &'a Council) -> Desk<'a> {
    Desk { config: &open.config, catalogue: &open.catalogue, clock: &council.clock }
}

/// Proposes a batch of Nadia Shah's on 23 November 2026, at nine.
pub(crate) async fn proposed(council: &Council) -> batch::Model {
    council.clock.set("2026-11-20T09:00:00Z".parse().unwrap());
    let share = Share::make(council.path("share"));
    for number in 1..=FILES.1 {
        let name = format!("planning/Marjorie Blenkinsop 943 476 5919 {number}.pdf");
        share.file(&name, "2015-06-01T10:00:00Z");
    }
    council.store("share", STORE);
    council.accept(&[("PLAN-14", "Planning", "6 years after last modified", "")]).await;
    council.scan("share").await;
    let open = council.open().await;
    promoted(&open).await;
    council.clock.set("2026-11-23T09:00:00Z".parse().unwrap());
    let desk = desk(&open, council);
    let made = propose(&desk, Proposer::Program, &Wanted::default(), Run::Real).await.unwrap();
    let lists = made.into_iter().next().expect("a list").lists;
    lists.unwrap_or_else(|why| panic!("{why}")).batches.remove(0)
}

/// What change control let through long ago.
pub(crate) async fn promoted(open: &Open) {
    let nadia = id_of(open, "Nadia Shah").await;
    let long_ago: jiff::Timestamp = "2026-01-01T09:00:00Z".parse().unwrap();
    let tx = open.catalogue.write_tx().await.unwrap();
    for row in asset::Entity::find().all(&*tx).await.unwrap() {
        let mut row: asset::ActiveModel = row.into();
        row.enforcement = Set(Enforcement::Propose);
        row.iao = Set(Some(nadia));
        let id = row.update(&*tx).await.unwrap().id.to_string();
        let now = json!(Enforcement::Propose);
        put_on_record(&tx, Action::EnforcementLowered, ("asset", id), &now).await;
    }
    for row in mapping::Entity::find().all(&*tx).await.unwrap() {
        let mut row: mapping::ActiveModel = row.into();
        row.approved_by = Set(Some(nadia));
        row.approved_at = Set(Some(Micros::from(long_ago)));
        row.update(&*tx).await.unwrap();
    }
    let share = setting::ActiveModel {
        key: Set("ceiling.max-share-percent".to_owned()),
        value: Set("100".to_owned()),
    };
    setting::Entity::insert(share).exec_without_returning(&*tx).await.unwrap();
    let about = ("ceiling", "max-share-percent".to_owned());
    put_on_record(&tx, Action::CeilingLowered, about, &json!(100)).await;
    tx.commit().await.unwrap();
}
