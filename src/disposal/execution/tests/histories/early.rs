//! Requests for erasure that are granted, signed for, listed, and taken back: the one
//! way in which something goes before its time, and what it takes.

use uuid::Uuid;

use super::history::{History, lines};
use crate::clock::Clock as _;
use crate::disposal::execution::tests::office::{LAWYER, MANAGER, OWNER, Office};
use crate::disposal::propose::{Run, propose_early};
use crate::holds::NewScope;
use crate::requests::items::{self, Place};
use crate::requests::{
    self, Handling, Keeping, NewRequest, RequestDecision, RequestKind, Ruling, erasure,
};

/// Who must sign that something goes early.
pub(super) const EARLY_SIGNERS: [&str; 2] = [LAWYER, OWNER];

/// A request for erasure, as people remember it.
#[derive(Debug, Clone)]
pub(super) struct Request {
    pub(super) reference: String,
    /// It was signed by both.
    pub(super) signed: bool,
    /// What was signed was taken back.
    pub(super) retracted: bool,
}

impl History {
    /// Somebody asks for the erasure of what stands somewhere; it is granted, mostly
    /// signed for by both who must, and proposed all the same.
    pub(super) async fn erase(&mut self, office: &Office) {
        let Some(place) = self.some_place() else { return };
        self.scan(office).await;
        let met = self.world.items(&self.world.disk());
        let reference = format!("ERA-{}", self.world.name());
        let named = self.names(office, &reference, &place).await;
        self.note("erase", &named);
        if named.is_err() {
            return;
        }
        let mut signed = true;
        for who in EARLY_SIGNERS {
            let asked = !self.dice.once_in(8);
            signed &= asked && self.signs_erasure(office, &reference, who).await;
        }
        let request = Request { reference: reference.clone(), signed, retracted: false };
        let before: Vec<Uuid> = self.listed.keys().copied().collect();
        let manager = self.actors[MANAGER].clone();
        let proposed = propose_early(&self.scanner(office), &manager, &reference, Run::Real).await;
        self.note("propose early", &proposed);
        for proposal in proposed.iter().flatten() {
            self.note("list early", &proposal.lists);
        }
        for line in lines(office).await {
            if before.contains(&line.id) {
                continue;
            }
            let item = met.get(&line.locator).cloned();
            let item = item.unwrap_or_else(|| panic!("G8: {} was not met", line.locator));
            assert!(signed, "G8: {item:?} is on a list, and nobody signed for it");
            assert_eq!(line.locator, place, "G8: another item than the request names");
            assert!(!self.world.is_held(&item), "G8: {item:?} is held and on a list");
            self.listed.insert(line.id, item);
            self.world.early.insert(line.id, request.clone());
        }
    }

    /// Where something stands: mostly what is young, for what is due goes anyway.
    fn some_place(&mut self) -> Option<String> {
        if self.dice.once_in(4) {
            let met = self.world.items(&self.world.disk());
            let places: Vec<String> = met.into_keys().collect();
            return self.dice.one(&places).cloned();
        }
        let name = self.world.name();
        let (place, path) = match self.dice.below(4) {
            0 => (format!("u/{name}/"), format!("u/{name}/{name}")),
            1 => (format!("b/{name}"), format!("b/{name}")),
            _ => (format!("a/{name}"), format!("a/{name}")),
        };
        self.world.write(&path, jiff::civil::date(2026, 6, 1));
        Some(place)
    }

    /// The officer opens the request, names the item and grants it.
    async fn names(&self, office: &Office, reference: &str, place: &str) -> Result<(), String> {
        let (catalogue, now) = (&office.catalogue, self.clock.now());
        let handling = Handling { catalogue, actor: &self.actors[LAWYER], now };
        let holds = &office.config.holds;
        let working_days = &office.config.working_days;
        let keeping = Keeping { keys: &office.keys, tail: holds.foi_tail, working_days };
        let (store, prefix) = ("share".to_owned(), place.to_owned());
        let new = NewRequest {
            reference: reference.to_owned(),
            kind: RequestKind::Erasure,
            received: self.clock.today(),
            clock_starts: None,
            grounds: vec!["art17-1-b".to_owned()],
            service_area: None,
            scopes: vec![NewScope::Location { store, prefix }],
        };
        let said = |error: requests::RequestError| error.to_string();
        requests::open(&handling, &keeping, &new).await.map_err(said)?;
        let store = office.config.store("share").unwrap();
        let named = Place { store, locator: place, public_register: None };
        items::judge(&handling, &self.scanner(office), reference, named).await.map_err(said)?;
        let ruling = Ruling {
            decision: RequestDecision::Granted,
            grounds: Vec::new(),
            exceptions: Vec::new(),
            compelling: None,
            consequence: None,
        };
        requests::decide(&handling, reference, &ruling).await.map(|_| ()).map_err(said)
    }

    async fn signs_erasure(&mut self, office: &Office, reference: &str, who: &str) -> bool {
        let (catalogue, now) = (&office.catalogue, self.clock.now());
        let shown = requests::show(catalogue, reference, self.clock.today()).await.unwrap();
        let Some(part) = shown.early.first() else { return false };
        let actor = self.actors[who].clone();
        let handling = Handling { catalogue, actor: &actor, now };
        let signed = erasure::sign(&handling, reference, &part.digest, None).await;
        self.note("sign early", &signed);
        assert!(
            signed.is_err() || !self.world.left.contains(who),
            "I27: {who} signed that something goes early, and has left"
        );
        signed.is_ok()
    }

    /// What was signed of a request is taken back, whatever became of it.
    pub(super) async fn retract(&mut self, office: &Office) {
        let references: Vec<String> = self
            .world
            .early
            .values()
            .filter(|request| !request.retracted)
            .map(|request| request.reference.clone())
            .collect();
        let Some(reference) = self.dice.one(&references).cloned() else { return };
        let owner = self.actors[OWNER].clone();
        let handling =
            Handling { catalogue: &office.catalogue, actor: &owner, now: self.clock.now() };
        let retracted = erasure::retract(&handling, &reference, "they think again").await;
        self.note("retract", &retracted);
        if retracted.is_ok() {
            let of_request = self.world.early.values_mut();
            of_request
                .filter(|request| request.reference == reference)
                .for_each(|request| request.retracted = true);
        }
    }

    /// Whether the line may go early: the law of G8 and I1, by what people did.
    pub(super) fn may_go_early(&self, line: Uuid, code: &str) -> bool {
        let left = EARLY_SIGNERS.iter().any(|who| self.world.left.contains(who));
        let by_law = matches!(code, "B-01" | "P-01" | "");
        let stands = |request: &Request| request.signed && !request.retracted;
        !by_law && !left && self.world.early.get(&line).is_some_and(stands)
    }
}
