//! "Why do you not hold it?", on both databases.

use super::*;
use crate::proof::lookup::{Asked, lookup};

#[tokio::test]
async fn an_officer_learns_what_became_of_a_record_and_the_chain_keeps_only_the_digest() {
    for database in Database::BOTH {
        let fresh = database.fresh().await;
        let keys = Keys::from_bytes([7; 32]);
        let seed = seed::sow(&fresh).await;
        let store = StoreId(seed.store);
        let prover = Prover { catalogue: &fresh, keys: &keys, state: fresh.place.folder.path() };
        let person = keys.subject_key("Smith, J");
        let tx = fresh.write_tx().await.unwrap();
        let unit = NewStub { is_unit: true, ..gone(seed.store, "tenancies/Smith, J/", &person) };
        stub_insert(&tx, &stub_rows(&keys, &[unit])).await.unwrap();
        tx.commit().await.unwrap();
        let class = |from: &str, to: &str| Asked::RecordType {
            code: "HOU 1.01".to_owned(),
            from: from.parse().ok(),
            to: to.parse().ok(),
        };
        signed(&fresh).await;
        let known = [
            Asked::Locator(store, "tenancies/Smith, J/".to_owned()),
            Asked::Locator(store, "tenancies/Smith, J/letters/1.pdf".to_owned()),
            Asked::Locator(store, "tenancies".to_owned()),
            Asked::Locator(store, "/Tenancies\\SMITH, j\\letters".to_owned()),
            Asked::Reference("hou/2015/smith".to_owned()),
            Asked::Reference("Smith,J".to_owned()),
            Asked::Subject("SMITH, J".to_owned()),
            class("2026-10-04", "2026-10-04"),
        ];
        for asked in known {
            let answer = lookup(&prover, &seed.auditor, &asked, now()).await.unwrap();
            assert_eq!((answer.gone.len(), answer.not_known), (1, 0), "{asked:?}");
            assert_eq!(answer.gone[0].items, 1, "{asked:?}");
            assert_eq!(answer.gone[0].certificate.as_deref(), Some("C-2026-0001"));
            assert_eq!(answer.gone[0].authorised_by[0], "Ivan Owner (iao) at 2026-08-27T10:00:00Z");
            let entry = audit::list(&fresh, &Filter::default(), 1).await.unwrap().remove(0);
            assert_eq!(entry.action, "lookup.made");
            assert!(!entry.subject_id.to_lowercase().contains("smith"), "{}", entry.subject_id);
        }
        for unknown in [
            Asked::Locator(store, "tenancies/Smith".to_owned()),
            Asked::Reference("HOU/2015/Smyth".to_owned()),
            Asked::Subject("Jones".to_owned()),
            class("2026-10-05", "2026-10-31"),
            class("2026-10-01", "2026-10-03"),
        ] {
            let answer = lookup(&prover, &seed.auditor, &unknown, now()).await.unwrap();
            assert_eq!((answer.gone.len(), answer.still_listed), (0, 0));
        }
        let asked = Asked::Subject("Jones".to_owned());
        let refused = lookup(&prover, &seed.owners[0], &asked, now()).await.unwrap_err();
        assert!(refused.to_string().starts_with("ivan may not do that: it takes one of"));
    }
}

#[tokio::test]
async fn a_place_is_found_however_its_accents_are_written_then_and_now() {
    let [one, two] = ["Caf\u{e9}", "Cafe\u{301}"];
    for database in Database::BOTH {
        let fresh = database.fresh().await;
        let keys = Keys::from_bytes([7; 32]);
        let seed = seed::sow(&fresh).await;
        let store = StoreId(seed.store);
        let prover = Prover { catalogue: &fresh, keys: &keys, state: fresh.place.folder.path() };
        let person = keys.subject_key("Smith, J");
        let (now_one, then_two) = (format!("now/{one}/letter.pdf"), format!("then/{two}/1.pdf"));
        let stubs = [&now_one, &then_two]
            .map(|place| NewStub { reference: None, ..gone(seed.store, place, &person) });
        let mut rows = stub_rows(&keys, &stubs);
        // As it was written when letters were compared in lower case only.
        let lower = two.to_lowercase();
        let of_old = [keys.folder_trace(store, &format!("then/{lower}")), keys.name_trace(&lower)];
        rows[1].traces = Some(format!(" {} ", of_old.join(" ")));
        let tx = fresh.write_tx().await.unwrap();
        stub_insert(&tx, &rows).await.unwrap();
        tx.commit().await.unwrap();
        for written in [one, two] {
            for (asked, items) in [
                (Asked::Locator(store, format!("now/{written}")), 1),
                (Asked::Locator(store, format!("NOW/{}", written.to_uppercase())), 1),
                (Asked::Locator(store, format!("then/{written}")), 1),
                (Asked::Locator(store, format!("then/{written}/1.pdf")), 1),
                (Asked::Locator(store, "now/cafe".to_owned()), 0),
                (Asked::Reference(written.to_owned()), 2),
            ] {
                let answer = lookup(&prover, &seed.auditor, &asked, now()).await.unwrap();
                let found: u64 = answer.gone.iter().map(|gone| gone.items).sum();
                assert_eq!(found, items, "{asked:?}");
            }
        }
    }
}
