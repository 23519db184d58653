//! What every kind of store does alike.

use std::sync::Arc;

use jiff::civil::date;
use retaind_connectors::contract::{Look, ScanEvent, StoreErrorKind};
use retaind_connectors::order::{DateSource, MappingOrder, TextSource, Unit};
use retaind_connectors::sighting::Seen;
use retaind_connectors::store::{KINDS, Otherwise};
use tokio_util::sync::CancellationToken;

use crate::fixtures::Fixture;
use crate::support::{self, mapping, open, order, scan};

/// The same tests for each store.
macro_rules! suite {
    ($($store:ident)*) => {$(
        mod $store {
            use super::Fixture;
            suite!(@tests $store
                a_store_that_is_not_there_is_unavailable_and_is_not_made
                it_knows_itself_again
                every_item_is_sighted_once_and_the_rest_counted
                units_fold_their_members
                a_look_agrees_with_the_scan
                what_is_gone_is_absent_and_changes_its_unit
                what_was_never_of_the_mapping_is_not_called_absent
                a_cancelled_scan_does_not_finish
                a_scan_whose_reader_leaves_ends
                an_order_that_cannot_be_right_is_refused_with_the_way_out
                what_it_cannot_do_is_refused_and_not_skipped
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

suite! { filesystem sqlite postgres }

#[tokio::test]
async fn every_kind_in_the_table_is_tried_here() {
    let tried = [Fixture::filesystem().await.kind, Fixture::sqlite().await.kind];
    for kind in KINDS {
        assert!(tried.contains(&kind.name), "{} has no fixture", kind.name);
        assert!(kind.describes.len() > 10);
    }
}

#[test]
fn every_setting_is_documented_and_no_other_is_taken() {
    for kind in KINDS {
        let error = open(kind.name, "there_is_no_such = 1").unwrap_err();
        assert_eq!(error.kind, StoreErrorKind::Misconfigured);
        let known: Vec<_> = kind.settings.iter().map(|setting| setting.name).collect();
        let expected: Vec<_> = known.iter().map(|name| format!("`{name}`")).collect();
        assert!(
            error.context.contains(&format!("expected one of {}", expected.join(", "))),
            "{error}"
        );
        assert!(error.remedy.contains(&known.join(", ")), "{error}");
        for setting in kind.settings {
            assert!(setting.what.len() > 20, "{} {}", kind.name, setting.name);
        }
        let required = kind.settings.iter().filter(|one| one.otherwise == Otherwise::Required);
        for setting in required {
            let error = open(kind.name, "").unwrap_err().to_string();
            assert!(error.contains(&format!("missing field `{}`", setting.name)), "{error}");
        }
    }
}

async fn a_store_that_is_not_there_is_unavailable_and_is_not_made(store: Fixture) {
    let error = store.missing.identify().await.unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::Unavailable, "{error}");
    let error = store.missing.check(&order(vec![store.items.clone()])).await.unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::Unavailable, "{error}");
    let error = store.missing.look(&store.items, store.locators[0]).await.unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::Unavailable, "{error}");
    let scanned = scan(&store.missing, order(vec![store.items])).await;
    assert_eq!(scanned.error.unwrap().kind, StoreErrorKind::Unavailable);
    assert_eq!(scanned.finished, None);
    assert!(store.missing_path.is_none_or(|path| !path.exists()));
}

async fn it_knows_itself_again(store: Fixture) {
    let identity = store.connector.identify().await.unwrap();
    store.lose_the_oldest().await;
    assert_eq!(store.connector.identify().await.unwrap(), identity);
}

async fn every_item_is_sighted_once_and_the_rest_counted(store: Fixture) {
    let order = order(vec![store.items.clone()]);
    store.connector.check(&order).await.unwrap();
    let scanned = scan(&store.connector, order).await;
    assert_eq!(scanned.of(0), store.locators);
    assert_eq!(scanned.problems, []);
    assert_eq!(scanned.unmapped_items(), [(store.unmapped, 2)]);
    let totals = scanned.finished.unwrap();
    assert_eq!(totals.items, 3 + 2, "sighted and counted are all there is");
    let mut dates: Vec<_> = scanned.found.iter().map(|(_, found)| found.dates.clone()).collect();
    dates.sort_by_key(|dates| format!("{dates:?}"));
    let on = |year| vec![Seen::On(date(year, 3, 1))];
    assert_eq!(dates, [on(2019), on(2020), on(2021)]);
}

async fn units_fold_their_members(store: Fixture) {
    let scanned = scan(&store.connector, order(vec![store.units])).await;
    assert_eq!(scanned.of(0), store.unit_locators);
    let [(_, jones), (_, smith)] = &scanned.found[..] else { panic!("two units") };
    assert_eq!((jones.members, jones.members_differ), (1, false));
    assert_eq!((smith.members, smith.members_differ), (2, true));
    assert_eq!(smith.dates, [Seen::On(date(2020, 3, 1))], "the latest counts");
    assert_eq!(smith.reference.as_deref(), Some("smith"));
    assert_eq!(scanned.finished.unwrap().items, 5);
}

async fn a_look_agrees_with_the_scan(store: Fixture) {
    for mapping in [&store.items, &store.units] {
        let scanned = scan(&store.connector, order(vec![mapping.clone()])).await;
        assert!(!scanned.found.is_empty());
        for (_, found) in scanned.found {
            let look = store.connector.look(mapping, &found.locator).await.unwrap();
            assert_eq!(look, Look::Present(found));
        }
    }
}

async fn what_is_gone_is_absent_and_changes_its_unit(store: Fixture) {
    let before = scan(&store.connector, order(vec![store.units.clone()])).await;
    let items = scan(&store.connector, order(vec![store.items.clone()])).await;
    store.lose_the_oldest().await;
    let after = scan(&store.connector, order(vec![store.units.clone()])).await;
    assert_eq!(before.found[0], after.found[0]);
    assert_ne!(before.found[1].1.fingerprint, after.found[1].1.fingerprint);
    let mut absent = Vec::new();
    for (_, found) in items.found {
        match store.connector.look(&store.items, &found.locator).await.unwrap() {
            Look::Absent => absent.push(found.dates[0]),
            Look::Present(still) => assert_eq!(still, found),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(absent, [Seen::On(date(2019, 3, 1))]);
}

async fn what_was_never_of_the_mapping_is_not_called_absent(store: Fixture) {
    for locator in ["elsewhere/1", "cases", "cases/../other/1", "/etc/passwd", ""] {
        for mapping in [&store.items, &store.units] {
            let look = store.connector.look(mapping, locator).await;
            assert_eq!(look.unwrap_err().kind, StoreErrorKind::Misconfigured, "{locator}");
        }
    }
}

async fn a_cancelled_scan_does_not_finish(store: Fixture) {
    let cancel = CancellationToken::new();
    cancel.cancel();
    let mut stream = store.connector.scan(order(vec![store.items]), cancel);
    let mut last = None;
    while let Some(event) = stream.recv().await {
        assert!(!matches!(event, Ok(ScanEvent::Finished(_))));
        last = Some(event);
    }
    assert_eq!(last.unwrap().unwrap_err().kind, StoreErrorKind::Cancelled);
}

async fn a_scan_whose_reader_leaves_ends(store: Fixture) {
    let weak = Arc::downgrade(&store.connector);
    let stream =
        Arc::clone(&store.connector).scan(order(vec![store.items]), CancellationToken::new());
    drop((stream, store.connector));
    while weak.upgrade().is_some() {
        tokio::task::yield_now().await;
    }
}

async fn an_order_that_cannot_be_right_is_refused_with_the_way_out(store: Fixture) {
    for location in ["nowhere", "../cases", "/cases"] {
        let error = store.connector.check(&order(vec![mapping(location)])).await.unwrap_err();
        assert!(error.context.contains(location), "{error}");
        assert!(error.remedy.len() > 10, "{error}");
        let scanned = scan(&store.connector, order(vec![mapping(location)])).await;
        assert!(scanned.finished.is_none() && scanned.error.is_some(), "{location}");
    }
}

async fn what_it_cannot_do_is_refused_and_not_skipped(store: Fixture) {
    let capability = store.connector.capability();
    let column = || "closed".to_owned();
    let path = || ".(?<date>.).".to_owned();
    let source = |from| support::date(from);
    let mut wrong = Vec::new();
    if !capability.modified {
        wrong.push(MappingOrder { dates: vec![source(DateSource::Modified)], ..mapping("cases") });
    }
    if !capability.born {
        wrong.push(MappingOrder { dates: vec![source(DateSource::Born)], ..mapping("cases") });
    }
    if !capability.columns {
        let name = column();
        wrong.push(MappingOrder {
            dates: vec![source(DateSource::Column { name })],
            ..mapping("cases")
        });
        let name = column();
        wrong.push(MappingOrder { subject: Some(TextSource::Column { name }), ..mapping("cases") });
    }
    if !capability.path {
        let date = DateSource::Path { pattern: path(), format: "%Y-%m-%d".to_owned() };
        wrong.push(MappingOrder { dates: vec![source(date)], ..mapping("cases") });
        wrong.push(MappingOrder {
            reference: Some(TextSource::Path { pattern: path() }),
            ..mapping("cases")
        });
        wrong.push(MappingOrder { pattern: Some("*".to_owned()), ..mapping("cases") });
    }
    if !capability.folder_units {
        wrong.push(MappingOrder { unit: Unit::Folder { depth: 1 }, ..mapping("cases") });
    }
    if !capability.key_units {
        wrong.push(MappingOrder { unit: Unit::Key { column: column() }, ..mapping("cases") });
    }
    assert!(!wrong.is_empty(), "each kind lacks something");
    for mapping in wrong {
        let error = store.connector.check(&order(vec![mapping.clone()])).await.unwrap_err();
        assert_eq!(error.kind, StoreErrorKind::Unsupported, "{mapping:?}");
        let scanned = scan(&store.connector, order(vec![mapping])).await;
        assert_eq!(scanned.error.unwrap().kind, StoreErrorKind::Unsupported);
    }
}
