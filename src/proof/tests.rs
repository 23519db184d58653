//! Certificates issued, tampered with, closed; manifests sealed and opened.

mod lookup;

use std::fs;

use jiff::civil::date;
use retaind_schedules::action::DisposalAction;
use retaind_schedules::hold::SubjectKey;
use retaind_schedules::ids::StoreId;
use sea_orm::{ConnectionTrait as _, EntityTrait as _};
use serde_json::Value;
use uuid::Uuid;

use super::certificate::*;
use super::verify::{KeyTrust, NotVerified, Unsound, sound, verify};
use super::*;
use crate::audit::{self, Filter, From, Head};
use crate::catalogue::entity::stub as stub_row;
use crate::catalogue::seed::{self, now};
use crate::catalogue::testing::{Database, Fresh};
use crate::catalogue::words::{CertificateState, Disposed};
use crate::keys::signing::PublishedKeys;

pub(super) const DIGEST: &str = "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8";

fn instant(text: &str) -> jiff::Timestamp {
    text.parse().unwrap()
}

pub(super) fn particulars(batch_id: Uuid) -> Particulars {
    let approval = |name: &str, role: &str, at: &str| ApprovalCertified {
        name: name.to_owned(),
        person: None,
        role: role.to_owned(),
        at: instant(at),
    };
    Particulars {
        batch_id,
        batch: BatchCertified { number: "B-2026-0007".to_owned(), digest: DIGEST.to_owned() },
        organisation: "Anytown Council".to_owned(),
        asset: AssetNamed { reference: "IA-7".to_owned(), name: "Tenancies".to_owned() },
        record_type: Named { code: "HOU 1.01".to_owned(), title: "Tenancy files".to_owned() },
        schedule: RuleCertified {
            version: "v2026.2".to_owned(),
            rule: "P6Y after closure".to_owned(),
            words: "Keep for six years after the case is closed".to_owned(),
            basis: vec!["Limitation Act 1980 s.5".to_owned()],
        },
        destroyed_early_under: None,
        early_signed_by: Vec::new(),
        triggers: Some(Range { first: date(2015, 1, 3), last: date(2019, 12, 30) }),
        due: Some(Range { first: date(2021, 1, 3), last: date(2025, 12, 30) }),
        count: 7,
        members: 70,
        bytes: 1_234_567,
        stores: vec!["housing-share".to_owned()],
        action: DisposalAction::Destroy,
        method: "deleted from the file system after 30 days in quarantine".to_owned(),
        started_at: instant("2026-10-04T18:00:00Z"),
        finished_at: instant("2026-10-04T18:10:00Z"),
        authority: Authority::Approvals(vec![
            approval("Ivan Owner", "iao", "2026-08-27T10:00:00Z"),
            approval("Rita Records", "records-manager", "2026-08-28T10:00:00Z"),
        ]),
        executed_by: ExecutedBy { version: "retaind 0.1.0".to_owned(), host: "rm1".to_owned() },
        hold_check: HoldCheck {
            at: instant("2026-10-04T18:00:00Z"),
            active_holds: 3,
            digest: DIGEST.to_owned(),
        },
        lines: 10,
        withheld: vec![Counted { reason: "held".to_owned(), count: 2 }],
        failures: vec![Counted { reason: "store refused".to_owned(), count: 1 }],
        copies: vec![Copies {
            store: "housing-share".to_owned(),
            beyond_use: BeyondUse::Until(date(2026, 11, 30)),
        }],
        recipients: vec!["Housing Ombudsman".to_owned()],
        manifest_expires_on: Some(date(2028, 10, 4)),
    }
}

pub(super) fn sealed() -> Sealed {
    Sealed { digest: DIGEST.to_owned() }
}

pub(super) async fn given(fresh: &Fresh, key: &SigningKey, batch: u128) -> Issued {
    let tx = fresh.write_tx().await.unwrap();
    let of = particulars(Uuid::from_u128(batch));
    let keys = Keys::from_bytes([7; 32]);
    let prover = Prover { catalogue: fresh, keys: &keys, state: fresh.place.folder.path() };
    let issued = issue(&tx, &prover, key, of, &sealed(), now()).await.unwrap();
    tx.commit().await.unwrap();
    issued
}

pub(super) async fn text_of(fresh: &Fresh, number: &str) -> String {
    issue::find(fresh.read(), number).await.unwrap().json
}

async fn signed(fresh: &Fresh) -> (SigningKey, String) {
    let key = SigningKey::load(fresh.place.folder.path(), fresh, now()).await.unwrap();
    let issued = given(fresh, &key, 1).await;
    (key, text_of(fresh, &issued.number).await)
}

fn published(fresh: &Fresh) -> PublishedKeys {
    let file = fresh.place.folder.path().join(crate::keys::signing::PUBLIC_FILE);
    fs::read_to_string(file).unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_batch_gets_one_certificate_and_each_names_the_one_before() {
    for database in Database::BOTH {
        let fresh = database.fresh().await;
        let keys = Keys::from_bytes([7; 32]);
        let state = fresh.place.folder.path();
        let key = SigningKey::load(state, &fresh, now()).await.unwrap();
        let first = given(&fresh, &key, 1).await;
        assert_eq!((first.number.as_str(), first.now), ("C-2026-0001", issue::IssuedNow::Yes));
        let again = given(&fresh, &key, 1).await;
        assert_eq!(again, Issued { now: issue::IssuedNow::Before, ..first.clone() });
        let second = given(&fresh, &key, 2).await;
        assert_eq!(second.number, "C-2026-0002");
        let third = given(&fresh, &key, 3).await;
        let text = text_of(&fresh, &third.number).await;
        let verified = verify(&text, Some(&published(&fresh))).unwrap();
        assert_eq!(verified.key, KeyTrust::Published);
        assert_eq!(verified.signed.certificate.previous_digest, Some(second.digest));
        let entries = audit::list(&fresh, &Filter::default(), 10).await.unwrap();
        let issued = entries.iter().filter(|entry| entry.action == "certificate.issued");
        assert_eq!(issued.count(), 3);
        let before = &verified.signed.certificate.audit_head;
        assert_eq!(*before, Head { seq: entries[1].seq, hash: entries[1].hash.clone() });
        audit::verify(&fresh, From::Genesis).await.unwrap();

        let prover = Prover { catalogue: &fresh, keys: &keys, state };
        assert_eq!(publish(&prover).await.unwrap(), 3);
        assert_eq!(publish(&prover).await.unwrap(), 0);
        let file = fs::read(prover.certificate_file("C-2026-0003")).unwrap();
        assert_eq!(audit::digest::of_bytes(&file), third.digest);
    }
}

/// Every value of the JSON, one after the other, made another.
fn changed(value: &Value) -> Vec<Value> {
    match value {
        Value::Null => vec![Value::from("x")],
        Value::Bool(truth) => vec![Value::from(!truth)],
        Value::Number(number) => vec![Value::from(number.as_u64().unwrap() + 1)],
        Value::String(text) => {
            let mut other = text.clone();
            let last = other.pop();
            other.push(if last == Some('0') { '1' } else { '0' });
            vec![Value::from(other), Value::from(format!("{text} "))]
        }
        Value::Array(values) => {
            let mut all: Vec<Value> = Vec::new();
            for (at, value) in values.iter().enumerate() {
                all.extend(changed(value).into_iter().map(|value| {
                    let mut values = values.clone();
                    values[at] = value;
                    Value::from(values)
                }));
                let mut fewer = values.clone();
                fewer.remove(at);
                all.push(fewer.into());
            }
            all
        }
        Value::Object(fields) => {
            let mut all = Vec::new();
            for (name, value) in fields {
                all.extend(changed(value).into_iter().map(|value| {
                    let mut fields = fields.clone();
                    fields.insert(name.clone(), value);
                    Value::from(fields)
                }));
                let mut fewer = fields.clone();
                fewer.remove(name);
                all.push(fewer.into());
            }
            let mut more = fields.clone();
            more.insert("zz".to_owned(), Value::Null);
            all.push(more.into());
            all
        }
    }
}

#[tokio::test]
async fn every_field_of_a_certificate_changed_is_found_out() {
    let fresh = Database::Sqlite.fresh().await;
    let (_, text) = signed(&fresh).await;
    verify(&text, None).unwrap();
    let whole: Value = serde_json::from_str(&text).unwrap();
    let cases = changed(&whole);
    assert!(cases.len() > 150, "{}", cases.len());
    for case in cases {
        let case = format!("{case:#}\n");
        let found = verify(&case, None).unwrap_err();
        assert!(!matches!(found, NotVerified::Unsound(_)), "{found}: {case}");
    }
    for rewritten in [whole.to_string(), format!("{text}\n"), text.replace(": 7,", ":  7,")] {
        assert_eq!(verify(&rewritten, None), Err(NotVerified::Rewritten));
    }
    let twice = text.replacen("\"count\": 7,", "\"count\": 9,\n    \"count\": 7,", 1);
    assert!(matches!(verify(&twice, None), Err(NotVerified::NotACertificate(_))));
    let later = text.replace("retaind-certificate-1", "retaind-certificate-2");
    assert!(matches!(verify(&later, None), Err(NotVerified::OtherForm(_))));
    assert!(matches!(verify("%PDF-1.7", None), Err(NotVerified::NotACertificate(_))));
}

#[tokio::test]
async fn a_signature_of_another_certificate_or_another_key_is_found_out() {
    let fresh = Database::Sqlite.fresh().await;
    let (key, text) = signed(&fresh).await;
    let second = text_of(&fresh, &given(&fresh, &key, 2).await.number).await;
    let [first, second]: [Signed; 2] =
        [&text, &second].map(|text| serde_json::from_str(text).unwrap());
    let swapped = Signed { signature: second.signature, ..first.clone() };
    assert!(matches!(verify(&swapped.text(), None), Err(NotVerified::Signature(_))));
    let forged = first.certificate.clone().sign(&SigningKey::from_bytes([9; 32]));
    assert_eq!(verify(&forged.text(), None).unwrap().key, KeyTrust::NotCompared);
    let found = verify(&forged.text(), Some(&published(&fresh)));
    assert!(matches!(found, Err(NotVerified::NotPublished(_))), "{found:?}");
}

#[test]
fn a_certificate_that_contradicts_itself_is_refused_though_it_is_signed() {
    type Change = fn(&mut Certificate);
    let cases: &[(Change, Unsound)] = &[
        (|c| c.count = 8, Unsound::Sum { lines: 10, count: 8, withheld: 2, failed: 1 }),
        (
            |c| c.count = u64::MAX,
            Unsound::Sum { lines: 10, count: u64::MAX, withheld: 2, failed: 1 },
        ),
        (|c| c.failures[0].reason = "held".to_owned(), Unsound::Reason("held".to_owned())),
        (|c| c.finished_at = instant("2026-10-04T17:00:00Z"), Unsound::Instants),
        (|c| c.issued_at = instant("2026-10-04T18:05:00Z"), Unsound::Instants),
        (|c| c.hold_check.at = instant("2026-10-05T18:05:00Z"), Unsound::Instants),
        (
            |c| c.due = Some(Range { first: date(2026, 1, 1), last: date(2025, 1, 1) }),
            Unsound::Days,
        ),
        (|c| c.number = "C-26-1".to_owned(), Unsound::Number("C-26-1".to_owned())),
        (|c| c.batch.digest = "5e88".to_owned(), Unsound::Digest("batch's")),
        (|c| c.stores.clear(), Unsound::Stores),
        (|c| c.copies[0].store = "other".to_owned(), Unsound::Stores),
        (|c| approvals(c).truncate(1), Unsound::Approvals),
        (|c| approvals(c)[1].name = "Ivan Owner ".to_owned(), Unsound::Approvals),
        (|c| approvals(c)[1].at = instant("2026-10-04T18:01:00Z"), Unsound::Approvals),
    ];
    let key = SigningKey::from_bytes([7; 32]);
    let good = certificate_of(particulars(Uuid::nil()));
    verify(&good.clone().sign(&key).text(), None).unwrap();
    for (change, told) in cases {
        let mut certificate = good.clone();
        change(&mut certificate);
        let found = verify(&certificate.sign(&key).text(), None);
        assert_eq!(found, Err(NotVerified::Unsound(told.clone())));
    }
}

pub(super) fn certificate_of(particulars: Particulars) -> Certificate {
    issue::certificate(particulars, "C-2026-0001".to_owned(), &sealed(), now())
}

fn approvals(certificate: &mut Certificate) -> &mut Vec<ApprovalCertified> {
    match &mut certificate.authority {
        Authority::Approvals(approvals) => approvals,
        Authority::Standing(standing) => &mut standing.signed_by,
    }
}

#[test]
fn two_approvers_may_have_one_name_where_it_is_said_that_they_are_two() {
    let mut certificate = certificate_of(particulars(Uuid::from_u128(1)));
    for approval in approvals(&mut certificate) {
        approval.name = "Alex Jones".to_owned();
    }
    assert_eq!(sound(&certificate), Err(Unsound::Approvals));
    for (number, approval) in approvals(&mut certificate).iter_mut().enumerate() {
        approval.person = Some(Uuid::from_u128(number as u128));
    }
    assert_eq!(sound(&certificate), Ok(()));
    for approval in approvals(&mut certificate) {
        approval.person = Some(Uuid::from_u128(7));
        approval.name = format!("{} {}", approval.role, approval.name);
    }
    assert_eq!(sound(&certificate), Err(Unsound::Approvals));
}

#[tokio::test]
async fn what_does_not_add_up_is_not_signed_and_leaves_nothing() {
    for database in Database::BOTH {
        let fresh = database.fresh().await;
        let (keys, state) = (Keys::from_bytes([7; 32]), fresh.place.folder.path());
        let prover = Prover { catalogue: &fresh, keys: &keys, state };
        let key = SigningKey::load(state, &fresh, now()).await.unwrap();
        let tx = fresh.write_tx().await.unwrap();
        let wrong = Particulars { count: 8, ..particulars(Uuid::from_u128(1)) };
        let error = issue(&tx, &prover, &key, wrong, &sealed(), now()).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "no certificate was signed: 10 lines were approved, but 8 done, 2 withheld and 1 \
             failed do not make as many"
        );
        tx.commit().await.unwrap();
        assert!(issue::list(fresh.read()).await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn what_a_retired_key_signed_holds_and_what_it_signs_later_does_not() {
    for database in Database::BOTH {
        let fresh = database.fresh().await;
        let state = fresh.place.folder.path();
        let (old, text) = signed(&fresh).await;
        let later = now() + jiff::SignedDuration::from_hours(1);
        let by = audit::By::Service;
        let new =
            crate::keys::signing::rotate(state, &fresh, by.clone(), "yearly", later).await.unwrap();
        assert_eq!(verify(&text, Some(&published(&fresh))).unwrap().key, KeyTrust::Published);
        let certificate = verify(&text, None).unwrap().signed.certificate;
        let issued_at = later + jiff::SignedDuration::from_secs(1);
        let after = Certificate { issued_at, ..certificate };
        let found = verify(&after.clone().sign(&old).text(), Some(&published(&fresh)));
        assert!(matches!(found, Err(NotVerified::AfterRetirement { .. })), "{found:?}");
        let by_new = after.sign(&new).text();
        assert_eq!(verify(&by_new, Some(&published(&fresh))).unwrap().key, KeyTrust::Published);

        fs::rename(state.join(crate::keys::signing::FILE), state.join("away")).unwrap();
        let lost_at = issued_at + jiff::SignedDuration::from_secs(1);
        crate::keys::signing::replace_lost(state, &fresh, by, "fire", lost_at).await.unwrap();
        assert_eq!(verify(&by_new, Some(&published(&fresh))).unwrap().key, KeyTrust::LostLater);
        assert_eq!(verify(&text, Some(&published(&fresh))).unwrap().key, KeyTrust::Published);
    }
}

#[tokio::test]
async fn a_certificate_closes_only_once_the_last_backup_has_lost_its_copy() {
    for database in Database::BOTH {
        let fresh = database.fresh().await;
        let keys = Keys::from_bytes([7; 32]);
        let state = fresh.place.folder.path();
        let prover = Prover { catalogue: &fresh, keys: &keys, state };
        let (key, _) = signed(&fresh).await;
        let tx = fresh.write_tx().await.unwrap();
        let mut unknown = particulars(Uuid::from_u128(9));
        unknown.copies[0].beyond_use = BeyondUse::Unknown;
        issue(&tx, &prover, &key, unknown, &sealed(), now()).await.unwrap();
        tx.commit().await.unwrap();

        for (day, closed) in [
            (date(2026, 11, 29), vec![]),
            (date(2026, 11, 30), vec![]),
            (date(2026, 12, 1), vec!["C-2026-0001".to_owned()]),
            (date(2099, 1, 1), vec![]),
        ] {
            assert_eq!(close_due(&prover, day, now()).await.unwrap(), closed, "{day}");
        }
        let row = issue::find(fresh.read(), "C-2026-0001").await.unwrap();
        assert_eq!(row.state, CertificateState::Closed);
        for (statement, told) in [
            ("delete from certificate", "is never removed"),
            ("update certificate set json = '{}'", "is never changed"),
            ("update certificate set closed_at = 1 where closed_at is not null", "closed once"),
            ("update certificate set state = 'open', closed_at = null", "closed once"),
            ("update certificate set beyond_use_until = null", "never changed"),
        ] {
            let refused = fresh.read().execute_unprepared(statement).await.unwrap_err();
            assert!(fresh.error(refused).to_string().contains(told), "{statement}");
        }
    }
}

fn lines(count: usize) -> Vec<ManifestLine> {
    let line = |at: usize| ManifestLine {
        store: "housing-share".to_owned(),
        locator: format!("tenancies/Smith, J ({at})/letter \"1\".pdf"),
        outcome: "destroyed".to_owned(),
        stub: Some(Uuid::from_u128(at as u128)),
        went_by: None,
    };
    (0..count).map(line).collect()
}

fn seal(path: &Path, keys: &Keys, batch: Uuid, count: usize) -> Sealed {
    let mut sealer = Sealer::begin(path, keys, batch).unwrap();
    lines(count).iter().for_each(|line| sealer.line(line).unwrap());
    sealer.finish().unwrap()
}

#[test]
fn a_manifest_opens_with_its_key_for_its_batch_and_unchanged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("manifests/one.sealed");
    let keys = Keys::from_bytes([7; 32]);
    let batch = Uuid::from_u128(1);
    for count in [0, 1, 3000] {
        let sealed = seal(&path, &keys, batch, count);
        let bytes = fs::read(&path).unwrap();
        assert_eq!(audit::digest::of_bytes(&bytes), sealed.digest);
        assert_eq!(manifest::open(&path, &keys, batch).unwrap(), lines(count));
        assert!(!String::from_utf8_lossy(&bytes).contains("Smith"));
        assert!(manifest::open(&path, &keys, Uuid::from_u128(2)).is_err());
        let error = manifest::open(&path, &Keys::from_bytes([8; 32]), batch).unwrap_err();
        assert!(error.to_string().contains("`digest.key` is not the key it was sealed with"));
        for at in [0, 20, 40, bytes.len() / 2, bytes.len() - 1] {
            let mut other = bytes.clone();
            other[at] ^= 1;
            fs::write(&path, &other).unwrap();
            assert!(manifest::open(&path, &keys, batch).is_err(), "byte {at} of {count} lines");
        }
        // Cut at the end of a part, where nothing but the mark of the last tells.
        let header = manifest::FORM.len() + 1 + 32;
        for cut in [0, 10, header, bytes.len() - 1, header + 64 * 1024 + 16] {
            fs::write(&path, &bytes[..cut.min(bytes.len() - 1)]).unwrap();
            assert!(manifest::open(&path, &keys, batch).is_err(), "{count} lines cut at {cut}");
        }
    }
}

#[tokio::test]
async fn a_manifest_goes_at_its_time_and_leaves_its_digest() {
    for database in Database::BOTH {
        let fresh = database.fresh().await;
        let keys = Keys::from_bytes([7; 32]);
        let prover = Prover { catalogue: &fresh, keys: &keys, state: fresh.place.folder.path() };
        let path = prover.manifest_file(Uuid::from_u128(1));
        seal(&path, &keys, Uuid::from_u128(1), 10);
        signed(&fresh).await;
        let expired = expire_manifests(&prover, date(2028, 10, 4), now()).await.unwrap();
        assert!(expired.is_empty() && path.exists());
        let expired = expire_manifests(&prover, date(2028, 10, 5), now()).await.unwrap();
        assert_eq!(expired, ["C-2026-0001"]);
        assert!(!path.exists());
        let row = issue::find(fresh.read(), "C-2026-0001").await.unwrap();
        assert_eq!(row.manifest_digest, DIGEST);
        assert!(expire_manifests(&prover, date(2028, 10, 6), now()).await.unwrap().is_empty());
        let entry = audit::list(&fresh, &Filter::default(), 1).await.unwrap().remove(0);
        assert_eq!(
            (entry.action.as_str(), entry.before_digest.as_deref()),
            ("manifest.expired", Some(DIGEST))
        );
    }
}

pub(super) fn gone<'a>(store: Uuid, locator: &'a str, subject: &'a SubjectKey) -> NewStub<'a> {
    NewStub {
        id: crate::clock::id_at(now()),
        record_type_code: "HOU 1.01",
        schedule_version: "v2026.2",
        rule: "P6Y after closure",
        due_on: Some(date(2025, 12, 30)),
        disposed_at: instant("2026-10-04T18:05:00Z"),
        action: Disposed::Destroyed,
        partly: false,
        batch_id: Uuid::from_u128(1),
        batch: "B-2026-0007",
        store: StoreId(store),
        locator,
        is_unit: false,
        reference: Some("HOU/2015/Smith"),
        subject: Some(subject),
    }
}

#[tokio::test]
async fn a_stub_is_never_changed_names_nothing_and_is_found_by_its_locator() {
    for database in Database::BOTH {
        let fresh = database.fresh().await;
        let keys = Keys::from_bytes([7; 32]);
        let seed = seed::sow(&fresh).await;
        let store = StoreId(seed.store);
        let person = keys.subject_key("Smith, J");
        let locator = "tenancies/Smith, J/letter.pdf";
        let tx = fresh.write_tx().await.unwrap();
        stub_insert(&tx, &stub_rows(&keys, &[gone(seed.store, locator, &person)])).await.unwrap();
        tx.commit().await.unwrap();
        let (_, text) = signed(&fresh).await;

        let found = stubs_for(fresh.read(), &keys, store, &[locator, "other"]).await.unwrap();
        assert_eq!(found.len(), 1);
        let certificate = of_batch(fresh.read(), found[locator].batch_id).await.unwrap();
        assert_eq!(certificate.unwrap().number, "C-2026-0001");

        let rows = stub_row::Entity::find().all(fresh.read()).await.unwrap();
        let entries = audit::list(&fresh, &Filter::default(), 50).await.unwrap();
        for said in [format!("{rows:?}"), format!("{entries:?}"), text] {
            for name in ["Smith", "letter", "tenancies/"] {
                assert!(!said.contains(name), "{name} in {said}");
            }
        }
        for (statement, told) in [
            ("delete from stub", "is never removed"),
            ("update stub set batch = 'B-2026-0009'", "is never changed"),
            ("update stub set partly = true", "is never changed"),
        ] {
            let refused = fresh.read().execute_unprepared(statement).await.unwrap_err();
            assert!(fresh.error(refused).to_string().contains(told), "{statement}");
        }
    }
}

#[tokio::test]
async fn the_rest_of_what_is_partly_gone_goes_until_its_batch_is_certified() {
    for database in Database::BOTH {
        let fresh = database.fresh().await;
        let keys = Keys::from_bytes([7; 32]);
        let seed = seed::sow(&fresh).await;
        let person = keys.subject_key("Smith, J");
        let partly = |locator| NewStub { partly: true, ..gone(seed.store, locator, &person) };
        let units = [partly("tenancies/A/"), partly("tenancies/B/")];
        let tx = fresh.write_tx().await.unwrap();
        stub_insert(&tx, &stub_rows(&keys, &units)).await.unwrap();
        wholly_gone(&tx, [units[0].id].into_iter()).await.unwrap();
        tx.commit().await.unwrap();
        let tx = fresh.write_tx().await.unwrap();
        let again = wholly_gone(&tx, [units[0].id].into_iter()).await.unwrap_err();
        assert!(again.to_string().contains("is never changed"), "{again}");
        tx.rollback().await.unwrap();

        signed(&fresh).await;
        let tx = fresh.write_tx().await.unwrap();
        let late = wholly_gone(&tx, [units[1].id].into_iter()).await.unwrap_err();
        assert!(late.to_string().contains("is never changed"), "{late}");
        tx.rollback().await.unwrap();
        let left = partly_gone(fresh.read(), units.iter().map(|unit| unit.id)).await.unwrap();
        assert_eq!(left, [units[1].id].into());
    }
}

#[tokio::test]
async fn opening_a_manifest_takes_a_role_and_a_reason_and_is_entered_in_the_chain() {
    for database in Database::BOTH {
        let fresh = database.fresh().await;
        let keys = Keys::from_bytes([7; 32]);
        let seed = seed::sow(&fresh).await;
        let prover = Prover { catalogue: &fresh, keys: &keys, state: fresh.place.folder.path() };
        seal(&prover.manifest_file(Uuid::from_u128(1)), &keys, Uuid::from_u128(1), 3);
        signed(&fresh).await;
        let open =
            async |actor, reason| open_manifest(&prover, actor, "C-2026-0001", reason, now()).await;
        assert!(matches!(open(&seed.owners[0], "why").await, Err(ProofError::MayNot { .. })));
        assert!(matches!(open(&seed.auditor, " ").await, Err(ProofError::NoReason)));
        assert_eq!(open(&seed.auditor, "spot check").await.unwrap(), lines(3));
        let entry = audit::list(&fresh, &Filter::default(), 1).await.unwrap().remove(0);
        assert_eq!(entry.action, "manifest.opened");
        let words = audit::words_of(fresh.read(), [entry.seq]).await.unwrap();
        assert_eq!(words.get(&entry.seq).map(String::as_str), Some("spot check"));
        expire_manifests(&prover, date(2030, 1, 1), now()).await.unwrap();
        let gone = open(&seed.auditor, "spot check").await.unwrap_err().to_string();
        assert!(gone.contains("was destroyed on 2026-11-22, at its time"), "{gone}");
    }
}

/// Every value of the JSON, as people are shown it.
fn values(value: &Value) -> Vec<String> {
    match value {
        Value::Object(map) => map.values().flat_map(values).collect(),
        Value::Array(list) => list.iter().flat_map(values).collect(),
        Value::Number(number) => vec![indicatif::HumanCount(number.as_u64().unwrap()).to_string()],
        Value::String(text) => match text.parse::<jiff::civil::Date>() {
            Ok(day) if text.len() == 10 => vec![day.strftime("%-d %B %Y").to_string()],
            _ => vec![text.clone()],
        },
        other => panic!("{other} in a certificate"),
    }
}

#[tokio::test]
async fn the_page_of_a_certificate_says_all_of_it_and_asks_for_nothing_else() {
    let fresh = Database::Sqlite.fresh().await;
    let key = SigningKey::load(fresh.place.folder.path(), &fresh, now()).await.unwrap();
    given(&fresh, &key, 1).await;
    let second = given(&fresh, &key, 2).await;
    let signed: Signed = serde_json::from_str(&text_of(&fresh, &second.number).await).unwrap();
    let page = page::html(&signed);
    for value in values(&serde_json::to_value(&signed).unwrap()) {
        assert!(page.contains(&value), "{value} does not stand in {page}");
    }
    assert!(page.contains(&second.digest));
    for asked in ["<script", "src=", "href=", "url(", "@import"] {
        assert!(!page.contains(asked), "{asked}");
    }
    assert!(page.contains("4 October 2026, 19:00 BST (2026-10-04T18:00:00Z)"));
}

#[test]
fn names_on_the_page_of_a_certificate_are_text_and_nothing_more() {
    let evil = "<img src=x onerror=alert(1)> & \"O'Brien\"";
    let said = "&lt;img src=x onerror=alert(1)&gt; &amp; &quot;O&#39;Brien&quot;";
    let standing = Authority::Standing(StandingCertified {
        reference: "SA-1".to_owned(),
        signed_by: vec![ApprovalCertified {
            name: evil.to_owned(),
            person: None,
            role: "siro".to_owned(),
            at: instant("2026-01-01T00:00:00Z"),
        }],
        expires_on: date(2027, 3, 31),
    });
    let of = Particulars {
        organisation: evil.to_owned(),
        recipients: vec![evil.to_owned()],
        copies: vec![Copies { store: evil.to_owned(), beyond_use: BeyondUse::Unknown }],
        authority: standing,
        withheld: Vec::new(),
        triggers: None,
        ..particulars(Uuid::from_u128(1))
    };
    let certificate = issue::certificate(of, "C-2026-0001".to_owned(), &sealed(), now());
    let page = page::html(&certificate.sign(&SigningKey::from_bytes([7; 32])));
    assert!(!page.contains("<img"), "{page}");
    // The title, the first line, who signed, the copies and who is to be told.
    assert_eq!(page.matches(said).count(), 5, "{page}");
    for words in ["nobody has said how long they last", "31 March 2027", "not known", "none"] {
        assert!(page.contains(words), "{words}");
    }
}
