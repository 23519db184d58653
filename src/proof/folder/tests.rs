//! Certificates that the catalogue lost are neither named again nor written over.

use super::*;
use crate::catalogue::seed::now;
use crate::catalogue::testing::Database;
use crate::keys::Keys;
use crate::keys::signing::SigningKey;
use crate::proof::tests::given;

const LOST: &str = "what a lost catalogue certified";

#[tokio::test]
async fn a_number_whose_file_is_there_is_not_given_out_again() {
    for database in Database::BOTH {
        let fresh = database.fresh().await;
        let (keys, state) = (Keys::from_bytes([7; 32]), fresh.place.folder.path());
        let prover = Prover { catalogue: &fresh, keys: &keys, state };
        let key = SigningKey::load(state, &fresh, now()).await.unwrap();
        assert_eq!(given(&fresh, &key, 1).await.number, "C-2026-0001");
        assert_eq!(publish(&prover).await.unwrap(), 1);
        for lost in ["C-2026-0002", "C-2026-0003", "C-2026-0005"] {
            fs::write(prover.certificate_file(lost), LOST).unwrap();
        }
        // Of these the first two are given before either has its file.
        for (batch, number) in [(2, "C-2026-0004"), (3, "C-2026-0006"), (4, "C-2026-0007")] {
            assert_eq!(given(&fresh, &key, batch).await.number, number);
        }
        assert_eq!(publish(&prover).await.unwrap(), 3);
        for lost in ["C-2026-0002", "C-2026-0003", "C-2026-0005"] {
            assert_eq!(fs::read_to_string(prover.certificate_file(lost)).unwrap(), LOST);
        }
        let numbers = certificates(state).unwrap().into_iter();
        let numbers: Vec<_> = numbers.map(|signed| signed.certificate.number).collect();
        assert_eq!(numbers, ["C-2026-0001", "C-2026-0004", "C-2026-0006", "C-2026-0007"]);
    }
}

#[tokio::test]
async fn another_file_in_the_place_of_a_certificate_stays_and_holds_up_no_other() {
    for database in Database::BOTH {
        let fresh = database.fresh().await;
        let (keys, state) = (Keys::from_bytes([7; 32]), fresh.place.folder.path());
        let prover = Prover { catalogue: &fresh, keys: &keys, state };
        let key = SigningKey::load(state, &fresh, now()).await.unwrap();
        for batch in [1, 2, 3] {
            given(&fresh, &key, batch).await;
        }
        let other = prover.certificate_file("C-2026-0002");
        fs::create_dir_all(other.parent().unwrap()).unwrap();
        fs::write(&other, LOST).unwrap();
        let refused = publish(&prover).await.unwrap_err().to_string();
        let words = format!(
            "{} is there and is not certificate C-2026-0002 of this catalogue, so it was not \
             overwritten: it may be the only proof of what went under it. Keep it, move it to \
             another name",
            other.display()
        );
        assert!(refused.starts_with(&words), "{refused}");
        assert_eq!(fs::read_to_string(&other).unwrap(), LOST);
        assert!(prover.certificate_file("C-2026-0001").exists());
        assert!(prover.certificate_file("C-2026-0003").exists());

        fs::rename(&other, other.with_file_name("C-2026-0002.lost.json")).unwrap();
        assert_eq!(publish(&prover).await.unwrap(), 1);
        assert_eq!(certificates(state).unwrap().len(), 3, "what does not verify is none");
    }
}
