//! Whatever people type as they act (I21): a name typed there is beside the audit
//! chain, where it can be read, and not in it.

use std::collections::BTreeSet;

use retaind::audit::{self, Action, By};
use retaind::catalogue::entity::mapping;
use retaind::catalogue::words::Enforcement;
use retaind::change::{self, Ceiling};
use retaind::clock::Clock as _;
use retaind::disposal::approve::{Approving, approve, reject, withdraw};
use retaind::disposal::execution::restore::{What, restore};
use retaind::disposal::execution::{clock, halt, resume};
use retaind::disposal::show;
use retaind::disposal::verdict::{Keeping, Which, keep};
use retaind::holds::{self, NewHold, NewScope};
use retaind::keys::signing;
use retaind::people::Role;
use retaind_schedules::batch::Verdict;
use retaind_schedules::hold::HoldKind;
use retaind_schedules::ids::MappingId;
use sea_orm::EntityTrait as _;

use crate::catalogue::Database;
use crate::council::present_user;
use crate::office::Office;

const TYPED: &str = "as Marjorie Blenkinsop, 943 476 5919, asked";

/// A hold through its life.
async fn held(office: &Office) {
    let (catalogue, keys) = (&office.open.catalogue, &office.open.keys);
    let (mary, rowan) = (office.actor("mary").await, office.actor(&present_user()).await);
    let (now, today) = (office.clock().now(), office.clock().today());
    let days = |days| today.saturating_add(jiff::Span::new().days(days));
    let hold = NewHold {
        reference: "LEG-1".to_owned(),
        title: "A matter".to_owned(),
        kind: HoldKind::LegalHold,
        ground: None,
        authority: "a letter".to_owned(),
        scopes: vec![NewScope::Reference("none".to_owned())],
        review_on: days(20),
        reason: TYPED.to_owned(),
    };
    holds::place(catalogue, keys, &mary, &hold, now, today).await.unwrap();
    let more = [NewScope::Reference("neither".to_owned())];
    holds::widen(catalogue, keys, &mary, "LEG-1", &more, TYPED, now).await.unwrap();
    holds::review(catalogue, &mary, "LEG-1", days(40), TYPED, now).await.unwrap();
    holds::request_release(catalogue, &mary, "LEG-1", TYPED, TYPED, now).await.unwrap();
    holds::release(catalogue, &rowan, "LEG-1", now).await.unwrap();
}

/// Batches that are approved, refused, taken back, stopped and put back.
async fn disposed(office: &Office) {
    let desk = office.desk();
    let (nadia, mary) = (office.actor("nadia").await, office.actor("mary").await);
    let one = office.propose().await.remove(0).number;
    let verdict = Verdict::Exclude;
    let keeping = Keeping { which: Which::Numbers(vec![1]), verdict, until: None, reason: TYPED };
    keep(&desk, &nadia, &one, &keeping).await.unwrap();
    let shown = show::show(&desk, &one).await.unwrap();
    let digest = office.batch(&one).await.digest.unwrap();
    let (digest, confirmation) = (digest.as_str(), format!("{one} {}", shown.going));
    let comment = Some(TYPED);
    let asked = Approving { number: &one, digest, confirmation: &confirmation, comment };
    approve(&desk, &nadia, asked).await.unwrap();
    reject(&desk, &mary, &one, TYPED).await.unwrap();
    let two = office.propose().await.remove(0).number;
    withdraw(&desk, &mary, &two, TYPED).await.unwrap();

    let three = office.authorised().await;
    office.at("2026-11-09T12:00:00Z").await;
    office.council.scan("share").await;
    assert!(office.run(&three).await.unwrap().quarantined > 0);
    let (scanner, id) = (office.open.scanner(office.clock()), office.batch(&three).await.id);
    let tx = office.open.catalogue.write_tx().await.unwrap();
    halt::at_request(&tx, &scanner, id, &By::Service).await.unwrap();
    tx.commit().await.unwrap();
    resume(&scanner, &mary, &three, TYPED).await.unwrap();
    restore(&scanner, &mary, &three, &What::All, TYPED).await.unwrap();
}

/// What the program may do, the clock and the key.
async fn changed(office: &Office) {
    let (catalogue, now) = (&office.open.catalogue, office.clock().now());
    let (mary, rowan) = (office.actor("mary").await, office.actor(&present_user()).await);
    change::set_ceiling(catalogue, &mary, Ceiling::MaxLines, 20, TYPED, now).await.unwrap();
    change::set_ceiling(catalogue, &mary, Ceiling::MaxLines, 90, TYPED, now).await.unwrap();
    let level = Enforcement::Propose;
    change::set_enforcement(catalogue, &mary, "PLAN-14", level, TYPED, now).await.unwrap();
    let known = mapping::Entity::find().one(catalogue.read()).await.unwrap().unwrap();
    change::unapprove_mapping(catalogue, &mary, MappingId(known.id), TYPED, now).await.unwrap();
    let by = || By::person(&rowan, Role::Operator);
    clock::confirm(catalogue, by(), TYPED, now).await.unwrap();
    let state = &office.open.config.state_directory;
    signing::rotate(state, catalogue, by(), TYPED, now).await.unwrap();
}

#[tokio::test]
async fn i21_no_name_that_people_type_as_they_act_is_in_the_audit_chain() {
    for database in Database::BOTH {
        let office = Office::with_files(database, "2026-10-30T09:00:00Z", 5).await;
        held(&office).await;
        disposed(&office).await;
        changed(&office).await;

        let chain = office.council.audit().await;
        let exported = office.council.run(&["audit", "export"]);
        assert!(exported.out.contains("typed:"), "{exported:?}");
        for all in [format!("{chain:?}"), exported.out] {
            assert!(!all.contains("Blenkinsop") && !all.contains("943 476"), "{all}");
        }
        let read = office.open.catalogue.read();
        let words = audit::words_of(read, chain.iter().map(|entry| entry.seq)).await.unwrap();
        let with_it: BTreeSet<&str> = chain
            .iter()
            .filter(|entry| words.get(&entry.seq).is_some_and(|words| words == TYPED))
            .map(|entry| entry.action.as_str())
            .collect();
        let expected = [
            Action::BatchApproved,
            Action::BatchMoved,
            Action::BatchRejected,
            Action::BatchVerdict,
            Action::BatchWithdrawn,
            Action::CeilingLowered,
            Action::ChangeProposed,
            Action::ChunkOpened,
            Action::ClockConfirmed,
            Action::EnforcementLowered,
            Action::HoldPlaced,
            Action::HoldReleaseRequested,
            Action::HoldReleased,
            Action::HoldReviewed,
            Action::HoldWidened,
            Action::KeyRotated,
            Action::MappingRejected,
        ];
        assert_eq!(with_it, expected.iter().map(|action| action.name()).collect());
        let listed = office.council.run(&["audit", "list"]);
        assert!(listed.out.contains(TYPED), "{listed:?}");
        assert!(listed.out.contains(&format!("from 10000 to 20: {TYPED}")), "{listed:?}");
        let verified = office.council.run(&["audit", "verify"]);
        assert!(verified.out.contains("What is in force is what it says."), "{verified:?}");
    }
}
