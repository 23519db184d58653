//! What taking out of reach, putting back and destroying come to, alike in
//! every kind of store that can.

use std::sync::Arc;

use retaind_connectors::contract::{
    ActOutcome, Connector, InQuarantine, Kept, Look, ProblemKind, StoreErrorKind,
};
use retaind_connectors::order::MappingOrder;
use retaind_connectors::sighting::Fingerprint;
use retaind_connectors::store::KINDS;
use retaind_schedules::permit::{Destroy, Quarantine};

use crate::fixtures::Fixture;
use crate::permits::{line, permit};
use crate::support::{order, scan};

/// The same tests for each store.
macro_rules! acts {
    ($($store:ident)*) => {$(
        mod $store {
            use super::Fixture;
            acts!(@tests $store
                items_taken_out_of_reach_are_absent_and_come_back_as_they_were
                a_unit_goes_and_comes_back_whole
                what_is_destroyed_is_gone_and_nothing_else_is
                a_unit_is_destroyed_whole
                what_changed_since_it_was_approved_stays
                a_unit_that_gained_a_member_stays
                what_is_not_there_is_absent_and_never_done
                a_place_that_is_taken_meanwhile_is_not_overwritten
                nothing_in_its_place_is_ever_destroyed
                what_looks_otherwise_out_of_reach_is_neither_destroyed_nor_put_back
                leashed_it_writes_nothing
                a_locator_of_no_mapping_stops_all_before_anything_is_done
            );
        }
    )*};
    (@tests $store:ident $($test:ident)*) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $test() {
            super::$test(Fixture::$store().await).await;
        }
    )*};
}

acts! { filesystem sqlite postgres }

const TRIED: [&str; 2] = ["filesystem", "sql"];

#[test]
fn every_kind_that_can_act_is_tried_here() {
    for kind in KINDS {
        assert_eq!(kind.capability.quarantine, TRIED.contains(&kind.name), "{}", kind.name);
        assert_eq!(kind.capability.destroy, kind.capability.quarantine, "{}", kind.name);
    }
}

pub(crate) async fn looks(
    store: &Arc<dyn Connector>,
    mapping: &MappingOrder,
    locator: &str,
) -> Fingerprint {
    match store.look(mapping, locator).await.unwrap() {
        Look::Present(found) => found.fingerprint,
        other => panic!("{locator}: {other:?}"),
    }
}

/// Takes items out of reach as they look now, the first for line 1.
pub(crate) async fn take(
    store: &Arc<dyn Connector>,
    mapping: &MappingOrder,
    locators: &[&str],
) -> Vec<ActOutcome> {
    let mut permits = Vec::new();
    for (number, locator) in (1..).zip(locators) {
        permits.push(permit::<Quarantine>(number, locator, looks(store, mapping, locator).await));
    }
    store.quarantine(mapping, permits).await.unwrap()
}

pub(crate) fn done(outcome: ActOutcome) -> Fingerprint {
    match outcome {
        ActOutcome::Done(fingerprint) => fingerprint,
        other => panic!("{other:?}"),
    }
}

pub(crate) fn kept(number: u64, locator: &str, fingerprint: Fingerprint) -> Kept {
    Kept { line: line(number), locator: locator.to_owned(), fingerprint }
}

async fn items_taken_out_of_reach_are_absent_and_come_back_as_they_were(store: Fixture) {
    let (unleashed, items) = (&store.unleashed, &store.items);
    let before = store.inventory().await;
    let outcomes = take(unleashed, items, &store.locators).await;
    let scanned = scan(unleashed, order(vec![items.clone()])).await;
    assert_eq!(scanned.of(0), [""; 0]);
    assert_eq!(scanned.problems, []);
    assert_eq!(scanned.unmapped_items(), [(store.unmapped, 2)], "quarantine is nobody's");
    let locators = store.locators.map(str::to_owned);
    assert_eq!(unleashed.look_all(items, &locators).await.unwrap(), vec![Look::Absent; 3]);
    let lines = [line(1), line(2), line(3)];
    let there: Vec<_> = outcomes.iter().map(|one| InQuarantine::There(done(*one))).collect();
    assert_eq!(unleashed.look_quarantined(items, &lines).await.unwrap(), there);

    let kept: Vec<_> = (1..)
        .zip(store.locators)
        .zip(&outcomes)
        .map(|((number, locator), outcome)| kept(number, locator, done(*outcome)))
        .collect();
    let back = unleashed.restore(items, &kept).await.unwrap();
    for (locator, outcome) in store.locators.iter().zip(back) {
        assert_eq!(looks(unleashed, items, locator).await, done(outcome), "{locator}");
    }
    assert_eq!(store.inventory().await, before);
    let gone = unleashed.look_quarantined(items, &lines).await.unwrap();
    assert_eq!(gone, [InQuarantine::Absent; 3]);
}

async fn a_unit_goes_and_comes_back_whole(store: Fixture) {
    let (unleashed, units) = (&store.unleashed, &store.units);
    let before = store.inventory().await;
    let smith = store.unit_locators[1];
    let looked = looks(unleashed, units, smith).await;
    let taken = done(take(unleashed, units, &[smith]).await[0]);
    let scanned = scan(unleashed, order(vec![units.clone()])).await;
    assert_eq!(scanned.of(0), [store.unit_locators[0]]);
    assert_eq!(unleashed.look(units, smith).await.unwrap(), Look::Absent);
    let back = unleashed.restore(units, &[kept(1, smith, taken)]).await.unwrap();
    assert_eq!(done(back[0]), looked, "a unit's members are what they were");
    assert_eq!(looks(unleashed, units, smith).await, looked);
    assert_eq!(store.inventory().await, before);
}

async fn what_is_destroyed_is_gone_and_nothing_else_is(store: Fixture) {
    let (unleashed, items) = (&store.unleashed, &store.items);
    let oldest = store.oldest();
    let taken = done(take(unleashed, items, &[oldest]).await[0]);
    let rest = store.inventory().await;
    let destroy = || vec![permit::<Destroy>(1, oldest, taken)];
    let outcomes = unleashed.destroy(items, destroy()).await.unwrap();
    assert_eq!(outcomes, [ActOutcome::Done(taken)]);
    let gone = unleashed.look_quarantined(items, &[line(1)]).await.unwrap();
    assert_eq!(gone, [InQuarantine::Absent]);
    assert_eq!(unleashed.look(items, oldest).await.unwrap(), Look::Absent);
    assert_eq!(store.inventory().await, rest);
    assert!(store.quarantined().await.is_empty(), "nothing of it is left");
    assert_eq!(unleashed.destroy(items, destroy()).await.unwrap(), [ActOutcome::Absent]);
    let back = unleashed.restore(items, &[kept(1, oldest, taken)]).await.unwrap();
    assert_eq!(back, [ActOutcome::Absent]);
}

async fn a_unit_is_destroyed_whole(store: Fixture) {
    let (unleashed, units) = (&store.unleashed, &store.units);
    let smith = store.unit_locators[1];
    let taken = done(take(unleashed, units, &[smith]).await[0]);
    let rest = store.inventory().await;
    let outcomes = unleashed.destroy(units, vec![permit(1, smith, taken)]).await.unwrap();
    assert_eq!(outcomes, [ActOutcome::Done(taken)]);
    assert_eq!(store.inventory().await, rest);
    assert!(store.quarantined().await.is_empty(), "nothing of it is left");
}

async fn what_changed_since_it_was_approved_stays(store: Fixture) {
    let (unleashed, items) = (&store.unleashed, &store.items);
    let oldest = store.oldest();
    let approved = looks(unleashed, items, oldest).await;
    store.change_the_oldest().await;
    let before = store.inventory().await;
    let permits = vec![permit(1, oldest, approved)];
    let outcomes = unleashed.quarantine(items, permits).await.unwrap();
    assert_eq!(outcomes, [ActOutcome::Changed]);
    assert_eq!(store.inventory().await, before);
    assert!(store.quarantined().await.is_empty());
}

async fn a_unit_that_gained_a_member_stays(store: Fixture) {
    let (unleashed, units) = (&store.unleashed, &store.units);
    let smith = store.unit_locators[1];
    let approved = looks(unleashed, units, smith).await;
    store.add_to_smith().await;
    let before = store.inventory().await;
    let permits = vec![permit(1, smith, approved)];
    let outcomes = unleashed.quarantine(units, permits).await.unwrap();
    assert_eq!(outcomes, [ActOutcome::Changed]);
    assert_eq!(store.inventory().await, before);
    assert!(store.quarantined().await.is_empty());
}

async fn what_is_not_there_is_absent_and_never_done(store: Fixture) {
    let (unleashed, items) = (&store.unleashed, &store.items);
    let oldest = store.oldest();
    let looked = looks(unleashed, items, oldest).await;
    store.lose_the_oldest().await;
    let outcomes = unleashed.quarantine(items, vec![permit(1, oldest, looked)]).await.unwrap();
    assert_eq!(outcomes, [ActOutcome::Absent]);
    let other = store.locators.into_iter().find(|one| *one != oldest).unwrap();
    let looked = looks(unleashed, items, other).await;
    take(unleashed, items, &[other]).await;
    let again = unleashed.quarantine(items, vec![permit(1, other, looked)]).await.unwrap();
    assert_eq!(again, [ActOutcome::Absent], "a second time there is nothing to take");
}

async fn a_place_that_is_taken_meanwhile_is_not_overwritten(store: Fixture) {
    let (unleashed, items) = (&store.unleashed, &store.items);
    let oldest = store.oldest();
    let taken = done(take(unleashed, items, &[oldest]).await[0]);
    store.put_in_its_place().await;
    let (before, aside) = (store.inventory().await, store.quarantined().await);
    let back = unleashed.restore(items, &[kept(1, oldest, taken)]).await.unwrap();
    assert_eq!(back, [ActOutcome::Failed(ProblemKind::Occupied)]);
    assert_eq!(store.inventory().await, before);
    assert_eq!(store.quarantined().await, aside);
}

async fn nothing_in_its_place_is_ever_destroyed(store: Fixture) {
    let (unleashed, items) = (&store.unleashed, &store.items);
    let oldest = store.oldest();
    let other = store.locators.into_iter().find(|one| *one != oldest).unwrap();
    take(unleashed, items, &[other]).await;
    let before = store.inventory().await;
    let looked = looks(unleashed, items, oldest).await;
    let outcomes = unleashed.destroy(items, vec![permit(2, oldest, looked)]).await.unwrap();
    assert_eq!(outcomes, [ActOutcome::Absent]);
    assert_eq!(store.inventory().await, before);
}

async fn what_looks_otherwise_out_of_reach_is_neither_destroyed_nor_put_back(store: Fixture) {
    let (unleashed, items) = (&store.unleashed, &store.items);
    let oldest = store.oldest();
    let taken = done(take(unleashed, items, &[oldest]).await[0]);
    let (before, aside) = (store.inventory().await, store.quarantined().await);
    let other = Fingerprint { size: taken.size + 1, ..taken };
    let outcomes = unleashed.destroy(items, vec![permit(1, oldest, other)]).await.unwrap();
    assert_eq!(outcomes, [ActOutcome::Changed]);
    let back = unleashed.restore(items, &[kept(1, oldest, other)]).await.unwrap();
    assert_eq!(back, [ActOutcome::Changed]);
    assert_eq!((store.inventory().await, store.quarantined().await), (before, aside));
}

async fn leashed_it_writes_nothing(store: Fixture) {
    let items = &store.items;
    let [oldest, other] = [store.oldest(), store.locators[0]];
    let looked = looks(&store.connector, items, oldest).await;
    let taken = done(take(&store.unleashed, items, &[other]).await[0]);
    let (before, aside) = (store.inventory().await, store.quarantined().await);
    let leashed = &store.connector;
    let refusals = [
        leashed.quarantine(items, vec![permit(2, oldest, looked)]).await,
        leashed.restore(items, &[kept(1, other, taken)]).await,
        leashed.destroy(items, vec![permit(1, other, taken)]).await,
    ];
    for refusal in refusals {
        let error = refusal.unwrap_err();
        assert_eq!(error.kind, StoreErrorKind::Leashed);
        assert!(error.remedy.contains("`unleashed = true`"), "{error}");
    }
    assert_eq!((store.inventory().await, store.quarantined().await), (before, aside));
    let there = leashed.look_quarantined(items, &[line(1)]).await.unwrap();
    assert_eq!(there, [InQuarantine::There(taken)], "a look is no act");
}

async fn a_locator_of_no_mapping_stops_all_before_anything_is_done(store: Fixture) {
    let (unleashed, items) = (&store.unleashed, &store.items);
    let before = store.inventory().await;
    let looked = looks(unleashed, items, store.locators[0]).await;
    for foreign in ["elsewhere/1", "cases/../other/1", "/etc/passwd", ""] {
        let permits = vec![permit(1, store.locators[0], looked), permit(2, foreign, looked)];
        let error = unleashed.quarantine(items, permits).await.unwrap_err();
        assert_eq!(error.kind, StoreErrorKind::Misconfigured, "{foreign}");
    }
    assert_eq!(store.inventory().await, before);
    take(unleashed, items, &[store.locators[0]]).await;
    let (before, aside) = (store.inventory().await, store.quarantined().await);
    for foreign in ["elsewhere/1", "cases/../other/1", "/etc/passwd", ""] {
        let error = unleashed.restore(items, &[kept(1, foreign, looked)]).await.unwrap_err();
        assert_eq!(error.kind, StoreErrorKind::Misconfigured, "{foreign}");
    }
    assert_eq!((store.inventory().await, store.quarantined().await), (before, aside));
}
