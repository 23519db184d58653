//! The signing key: made once, exchanged in the open, never made anew.

use std::os::unix::fs::PermissionsExt as _;

use sea_orm::ConnectionTrait as _;

use super::*;
use crate::audit::{Filter, From};
use crate::catalogue::testing::{Database, Fresh};

fn at(hour: i8) -> Timestamp {
    format!("2026-11-22T{hour:02}:00:00Z").parse().unwrap()
}

fn published(fresh: &Fresh) -> PublishedKeys {
    let text = fs::read_to_string(fresh.place.folder.path().join(PUBLIC_FILE)).unwrap();
    text.parse().unwrap()
}

async fn actions(fresh: &Fresh) -> Vec<String> {
    let entries = audit::list(fresh, &Filter::default(), 10).await.unwrap();
    entries.into_iter().map(|entry| entry.action).collect()
}

#[tokio::test]
async fn the_key_is_made_once_published_and_entered_in_the_chain() {
    for database in Database::BOTH {
        let fresh = database.fresh().await;
        let state = fresh.place.folder.path();
        let key = SigningKey::load(state, &fresh, at(9)).await.unwrap();
        let again = SigningKey::load(state, &fresh, at(10)).await.unwrap();
        assert_eq!(key.public(), again.public());
        assert_eq!(published(&fresh).standing(&key.public()), Some(KeyStanding::InUse));
        assert_eq!(actions(&fresh).await, ["key.made"]);
        let mode = fs::metadata(state.join(FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let shown = format!("{key:?}");
        assert!(!shown.contains(fs::read_to_string(state.join(FILE)).unwrap().trim()), "{shown}");
    }
}

#[tokio::test]
async fn a_missing_or_exchanged_key_stops_the_program_and_no_new_one_is_made() {
    for database in Database::BOTH {
        let fresh = database.fresh().await;
        let file = fresh.place.folder.path().join(FILE);
        let load = || SigningKey::load(fresh.place.folder.path(), &fresh, at(9));
        let key = load().await.unwrap();
        fs::rename(&file, file.with_extension("away")).unwrap();
        let error = load().await.unwrap_err().to_string();
        assert_eq!(
            error,
            format!(
                "the signing key {} is missing, and certificates are signed with it (key {}): \
                 restore the file from the backup; where it is gone for good, run `retaind key \
                 replace --lost --reason WHY`, and never copy a key from another instance",
                file.display(),
                key.public().fingerprint()
            )
        );
        assert!(!file.exists());
        file::write(&file, "ab".repeat(32).as_bytes(), 0o600).unwrap();
        let error = load().await.unwrap_err().to_string();
        assert!(error.contains("is not key"), "{error}");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        let error = load().await.unwrap_err().to_string();
        assert!(error.contains("may be read by others"), "{error}");
        assert_eq!(actions(&fresh).await, ["key.made"]);
    }
}

#[tokio::test]
async fn the_old_key_introduces_the_new_one_and_what_it_signed_stays_verifiable() {
    for database in Database::BOTH {
        let fresh = database.fresh().await;
        let state = fresh.place.folder.path();
        let old = SigningKey::load(state, &fresh, at(9)).await.unwrap();
        let signed = old.sign("thing", b"text");
        let new = rotate(state, &fresh, By::Service, " yearly ", at(10)).await.unwrap();
        assert_ne!(old.public(), new.public());
        assert_eq!(SigningKey::load(state, &fresh, at(11)).await.unwrap().public(), new.public());
        let signer = signed.verify("thing", b"text").unwrap();
        let keys = published(&fresh);
        assert_eq!(keys.standing(&signer), Some(KeyStanding::Rotated(at(10))));
        assert_eq!(keys.standing(&new.public()), Some(KeyStanding::InUse));
        let row = list(&fresh).await.unwrap().remove(1);
        let introduction = row.introduction.unwrap();
        let by_old = Signature {
            key: row.introduction_signed_by.unwrap(),
            public_key: old.public().to_string(),
            value: row.introduction_signature.unwrap(),
        };
        by_old.verify(INTRODUCTION, introduction.as_bytes()).unwrap();
        assert!(introduction.contains(&new.public().to_string()));
        assert_eq!(actions(&fresh).await, ["key.rotated", "key.made"]);
        audit::verify(&fresh, From::Genesis).await.unwrap();
        let error = rotate(state, &fresh, By::Service, "  ", at(12)).await.unwrap_err();
        assert!(matches!(error, SigningKeyError::NoReason));
    }
}

#[tokio::test]
async fn an_exchange_that_was_cut_off_is_finished_by_the_next_process() {
    for database in Database::BOTH {
        let fresh = database.fresh().await;
        let state = fresh.place.folder.path();
        let old = SigningKey::load(state, &fresh, at(9)).await.unwrap();
        let kept = fs::read(state.join(FILE)).unwrap();
        let new = rotate(state, &fresh, By::Service, "yearly", at(10)).await.unwrap();
        // As it is after the commit and before the file is put in its place.
        fs::rename(state.join(FILE), state.join(NEXT)).unwrap();
        file::write(&state.join(FILE), &kept, 0o600).unwrap();
        let loaded = SigningKey::load(state, &fresh, at(11)).await.unwrap();
        assert_eq!(loaded.public(), new.public());
        assert!(!state.join(NEXT).exists());
        // As it is before the commit: the next key means nothing.
        file::make(&state.join(NEXT)).unwrap();
        let loaded = SigningKey::load(state, &fresh, at(11)).await.unwrap();
        assert_eq!(loaded.public(), new.public());
        assert_ne!(loaded.public(), old.public());
    }
}

#[tokio::test]
async fn a_lost_key_is_replaced_in_the_open_and_one_that_is_there_is_not() {
    for database in Database::BOTH {
        let fresh = database.fresh().await;
        let state = fresh.place.folder.path();
        let none = replace_lost(state, &fresh, By::Service, "fire", at(8)).await.unwrap_err();
        assert!(matches!(none, SigningKeyError::NoneYet));
        let old = SigningKey::load(state, &fresh, at(9)).await.unwrap();
        let error = replace_lost(state, &fresh, By::Service, "fire", at(10)).await.unwrap_err();
        assert!(matches!(error, SigningKeyError::NotLost(_)));
        fs::rename(state.join(FILE), state.join("away")).unwrap();
        let new = replace_lost(state, &fresh, By::Service, "fire", at(10)).await.unwrap();
        let keys = published(&fresh);
        assert_eq!(keys.standing(&old.public()), Some(KeyStanding::Lost(at(10))));
        assert_eq!(keys.standing(&new.public()), Some(KeyStanding::InUse));
        let entry = audit::list(&fresh, &Filter::default(), 1).await.unwrap().remove(0);
        assert_eq!(entry.action, "key.lost");
        let reason = entry.reason.unwrap();
        assert!(reason.starts_with("what key") && !reason.contains("fire"), "{reason}");
        assert!(reason.contains("up to entry 1 is vouched for by this chain"), "{reason}");
    }
}

#[tokio::test]
async fn the_list_of_keys_refuses_change() {
    for database in Database::BOTH {
        let fresh = database.fresh().await;
        let state = fresh.place.folder.path();
        SigningKey::load(state, &fresh, at(9)).await.unwrap();
        rotate(state, &fresh, By::Service, "yearly", at(10)).await.unwrap();
        for (statement, told) in [
            ("delete from signing_key", "is never removed"),
            ("update signing_key set public_key = upper(public_key)", "is never changed"),
            ("update signing_key set retired_at = 1 where retired_at is not null", "retired once"),
            ("update signing_key set created_at = 1", "is never changed"),
        ] {
            let refused = fresh.read().execute_unprepared(statement).await.unwrap_err();
            assert!(fresh.error(refused).to_string().contains(told), "{statement}");
        }
    }
}

#[test]
fn a_signature_holds_for_its_text_its_kind_and_its_key_only() {
    let key = SigningKey::from_bytes([7; 32]);
    let signature = key.sign("thing", b"text");
    assert_eq!(signature.verify("thing", b"text"), Ok(key.public()));
    let other = SigningKey::from_bytes([8; 32]).sign("thing", b"text");
    let cases = [
        (signature.clone(), "thing", "texts", SignatureError::NotOfThis),
        (signature.clone(), "other", "text", SignatureError::NotOfThis),
        (
            Signature { value: other.value, ..signature.clone() },
            "thing",
            "text",
            SignatureError::NotOfThis,
        ),
        (
            Signature { value: signature.value.to_uppercase(), ..signature.clone() },
            "thing",
            "text",
            SignatureError::NotOfThis,
        ),
        (
            Signature { key: other.key, ..signature.clone() },
            "thing",
            "text",
            SignatureError::OtherFingerprint,
        ),
        (
            Signature { public_key: "00".repeat(32), ..signature.clone() },
            "thing",
            "text",
            SignatureError::NotAKey,
        ),
        (
            Signature { public_key: "é".repeat(32), ..signature },
            "thing",
            "text",
            SignatureError::NotAKey,
        ),
    ];
    for (signature, kind, text, told) in cases {
        assert_eq!(signature.verify(kind, text.as_bytes()), Err(told));
    }
}

#[test]
fn a_list_that_is_not_one_names_the_line() {
    let key = SigningKey::from_bytes([7; 32]).public();
    let good = format!("ed25519 {} {key} in-use\n", key.fingerprint());
    let listed: PublishedKeys = good.parse().unwrap();
    assert_eq!(listed.to_string(), good);
    for bad in [
        "",
        "rsa a b in-use",
        &good.replace("in-use", "spent"),
        &good.replace("ed25519 ", "ed25519 0"),
    ] {
        assert!(bad.parse::<PublishedKeys>().is_err(), "{bad}");
    }
    let second = format!("{good}\nnonsense");
    assert!(second.parse::<PublishedKeys>().unwrap_err().to_string().starts_with("line 3 is not"));
}
