//! The key made once, and never made anew.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use retaind_schedules::ids::StoreId;
use uuid::Uuid;

use super::*;
use crate::catalogue::testing::Database;

#[tokio::test]
async fn the_key_is_made_once_for_its_owner_alone_and_found_again() {
    for database in Database::BOTH {
        let fresh = database.fresh().await;
        let state = fresh.place.folder.path();
        let first = Keys::load(state, &fresh).await.unwrap();
        let again = Keys::load(state, &fresh).await.unwrap();
        assert_eq!(first.key, again.key);
        let mode = fs::metadata(state.join(FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let other = Database::Sqlite.fresh().await;
        let elsewhere = Keys::load(other.place.folder.path(), &other).await.unwrap();
        assert_ne!(first.key, elsewhere.key);
    }
}

#[tokio::test]
async fn a_lost_or_exchanged_key_stops_the_program() {
    for database in Database::BOTH {
        let fresh = database.fresh().await;
        let file = fresh.place.folder.path().join(FILE);
        let load = || Keys::load(fresh.place.folder.path(), &fresh);
        let key = load().await.unwrap();

        let cases = [
            ("ab".repeat(32), "is not the one the catalogue was made with"),
            ("ab".repeat(16), "does not hold a key of 64 hexadecimal digits"),
            ("é".repeat(32), "does not hold a key of 64 hexadecimal digits"),
        ];
        for (text, told) in cases {
            fs::write(&file, text).unwrap();
            let error = load().await.unwrap_err().to_string();
            assert!(error.contains(told), "{error}");
        }
        fs::rename(&file, file.with_extension("away")).unwrap();
        assert_eq!(
            load().await.unwrap_err().to_string(),
            format!(
                "the key file {} is missing, and the catalogue was made with it: restore the file \
                 from the backup; a new key would no longer match the holds on people that are in \
                 force",
                file.display()
            )
        );
        assert!(!file.exists());
        fs::write(&file, hex(&key.key)).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        let error = load().await.unwrap_err().to_string();
        assert!(error.contains("may be read by others: run `chmod 600"), "{error}");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        assert_eq!(load().await.unwrap().key, key.key);
    }
}

#[test]
fn a_reference_is_the_same_however_it_is_written() {
    let keys = Keys::from_bytes([7; 32]);
    let key = keys.subject_key("NHS 943 476 5919");
    assert_eq!(keys.subject_key(" nhs 9434765919\t"), key);
    assert_ne!(keys.subject_key("NHS 943 476 5918"), key);
    assert_ne!(Keys::from_bytes([8; 32]).subject_key("NHS 943 476 5919"), key);
    assert!(!key.0.contains("943"));
}

#[test]
fn a_locator_stands_for_itself_in_its_store_only() {
    let keys = Keys::from_bytes([7; 32]);
    let [one, two] = [1, 2].map(|id| StoreId(Uuid::from_u128(id)));
    let mac = keys.locator_mac(one, "cases/Smith, J/letter.pdf");
    assert_eq!(mac.len(), 64);
    assert_ne!(mac, keys.locator_mac(two, "cases/Smith, J/letter.pdf"));
    assert_ne!(mac, keys.locator_mac(one, "cases/smith, j/letter.pdf"));
    assert_eq!(format!("{keys:?}"), "Keys(not shown)");
}

#[test]
fn a_file_that_many_write_at_once_is_always_a_whole_one_of_theirs() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("signing.pub");
    let lines = |writer: usize| format!("{writer}\n").repeat(2_000);
    std::thread::scope(|scope| {
        for writer in 0..8 {
            let path = &path;
            scope.spawn(move || {
                for _ in 0..20 {
                    file::write(path, lines(writer).as_bytes(), 0o644).unwrap();
                    let there = fs::read_to_string(path).unwrap();
                    assert!((0..8).any(|one| there == lines(one)), "{} bytes", there.len());
                }
            });
        }
    });
    let left = fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(left, 1, "nothing is left beside it");
}
