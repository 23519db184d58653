//! Holds, and changes of the schedule, of a ceiling and of who may act.

use std::time::Duration;

use retaind_schedules::hold::{Hold, HoldKind};
use retaind_schedules::ids::ChangeId;

use super::history::{History, lines};
use super::template::register;
use super::world::{Covers, Held};
use crate::catalogue::words::{ChangeState, Ground};
use crate::change::{self, Answer, Asked, Ceiling};
use crate::clock::Clock as _;
use crate::disposal::execution::tests::office::{CLERK, LAWYER, MANAGER, OWNER, Office, SIRO};
use crate::disposal::execution::under::{self, Met};
use crate::holds::{self, NewHold, NewScope};
use crate::people;

impl History {
    // Holds.

    /// A hold as somebody may ask for it, and what it covers.
    pub(super) fn some_hold(&mut self) -> (NewHold, Held) {
        let name = self.world.name();
        let files = self.world.files.iter();
        let mut places: Vec<String> = files.map(|file| file.path.clone()).collect();
        places.extend(["a", "b", "u", "u/0", "u/1"].map(str::to_owned));
        let (scope, covers) = match self.dice.below(8) {
            0 => (NewScope::Everything, Covers::Everything),
            1 | 2 => {
                let code = ["A-01", "B-01", "U-01"][usize::try_from(self.dice.below(3)).unwrap()];
                (NewScope::RecordType(code.to_owned()), Covers::Code(code))
            }
            _ => {
                let prefix = self.dice.one(&places).unwrap().clone();
                let scope =
                    NewScope::Location { store: "share".to_owned(), prefix: prefix.clone() };
                (scope, Covers::Below(prefix))
            }
        };
        let days: Vec<_> = self.world.files.iter().map(|file| file.changed).collect();
        let dated = self.dice.once_in(4);
        let from = self.dice.one(&days).copied().filter(|_| dated);
        let kinds = [HoldKind::LegalHold, HoldKind::Foi, HoldKind::Restriction18];
        let kind = *self.dice.one(&kinds).unwrap();
        let new = NewHold {
            reference: format!("H-{name}"),
            title: "A claim".to_owned(),
            kind,
            ground: (kind == HoldKind::Restriction18).then_some(Ground::Accuracy),
            authority: "County court".to_owned(),
            scopes: vec![scope.within(from, None)],
            review_on: self.clock.today().saturating_add(jiff::Span::new().months(6)),
            reason: "A claim was made".to_owned(),
        };
        let untold = kind == HoldKind::Restriction18;
        let held = Held { reference: new.reference.clone(), covers, from, untold };
        (new, held)
    }

    pub(super) async fn place(&mut self, office: &Office) {
        let (new, held) = self.some_hold();
        let met = self.places(office, &new).await;
        assert_eq!(met.open, [], "I3: nobody has a chunk open beneath the hold");
        self.is_held_now(held);
    }

    pub(super) async fn places(&self, office: &Office, new: &NewHold) -> Met {
        let lawyer = &self.actors[LAWYER];
        let (now, today) = (self.clock.now(), self.clock.today());
        let (catalogue, keys) = (&office.catalogue, &office.keys);
        let placed = holds::place(catalogue, keys, lawyer, new, now, today).await.unwrap();
        let hold = Hold { id: placed.id, kind: new.kind, scopes: placed.scopes };
        under::meet(&self.scanner(office), &hold, Duration::ZERO).await.unwrap()
    }

    /// The hold is in force, and whoever placed it knows.
    pub(super) fn is_held_now(&mut self, held: Held) {
        let covered = self.listed.iter().filter(|(_, item)| held.covers(item));
        self.held_since.extend(covered.map(|(line, _)| *line));
        self.world.held.push(held);
    }

    pub(super) async fn release(&mut self, office: &Office) {
        let Some(held) = self.dice.one(&self.world.held).cloned() else { return };
        let before = (lines(office).await, self.world.disk());
        let (lawyer, other) = (self.actors[LAWYER].clone(), self.actors[SIRO].clone());
        let (now, catalogue) = (self.clock.now(), &office.catalogue);
        let reference = held.reference.as_str();
        // It may have been asked for before, while someone had not been told.
        let _ =
            holds::request_release(catalogue, &lawyer, reference, "settled", "court", now).await;
        let alone = holds::release(catalogue, &lawyer, reference, now).await;
        alone.expect_err("G5: one person is not two");
        let released = holds::release(catalogue, &other, reference, now).await;
        if held.untold {
            released.as_ref().expect_err("I17: a person who was not told");
        }
        self.note("release", &released);
        if released.is_ok() {
            self.world.held.retain(|other| other.reference != held.reference);
        }
        let after = (lines(office).await, self.world.disk());
        assert_eq!(before, after, "I7: a release changes nothing");
    }

    /// The person whose data is restricted is told that it ends.
    pub(super) async fn tell(&mut self, office: &Office) {
        let lawyer = self.actors[LAWYER].clone();
        let (now, today) = (self.clock.now(), self.clock.today());
        for held in self.world.held.iter_mut().filter(|held| held.untold) {
            let reference = held.reference.as_str();
            let told =
                holds::subject_informed(&office.catalogue, &lawyer, reference, today, now).await;
            held.untold = told.is_err();
        }
    }

    // Changes of the rules.

    pub(super) async fn longer(&mut self, office: &Office) {
        let years = self.world.years + 1;
        if matches!(self.import(office, years).await, Some(Answer::Live(_))) {
            self.world.years = years;
        }
    }

    pub(super) async fn shorter(&mut self, office: &Office) {
        let years = self.world.years - 1;
        match self.import(office, years).await {
            Some(Answer::Live(_)) => panic!("I24: nobody signed it"),
            Some(Answer::Waits(shown)) => drop(self.shorter.insert(shown.id(), years)),
            None => {}
        }
    }

    pub(super) async fn import(&mut self, office: &Office, years: i16) -> Option<Answer> {
        let folder = office.config.path.parent().unwrap();
        let clerk = self.actors[CLERK].clone();
        let import = office.import_lines(folder, &register(years), &self.clock).await;
        let answer = change::accept_import(&self.scanner(office), &clerk, import).await;
        self.note("accept a register", &answer);
        answer.ok()
    }

    /// Everyone signs what waits.
    pub(super) async fn sign_change(&mut self, office: &Office) {
        let waiting = change::list(office.catalogue.read(), Some(ChangeState::Pending)).await;
        let Some(request) = waiting.unwrap().into_iter().next() else { return };
        let id = ChangeId(request.id);
        for who in [OWNER, MANAGER, SIRO] {
            let now = self.clock.now();
            let actor = self.actors[who].clone();
            let signed = change::sign(&office.catalogue, &actor, id, &request.digest, now).await;
            self.note("sign a change", &signed);
            assert!(signed.is_err() || !self.world.left.contains(who), "I27: {who} has left");
            if signed.is_ok_and(|signed| signed == change::Signed::InForce) {
                match self.shorter.get(&id) {
                    Some(years) => self.world.years = *years,
                    None => self.world.share_percent = 100,
                }
            }
        }
    }

    pub(super) async fn ceiling(&mut self, office: &Office) {
        let manager = self.actors[MANAGER].clone();
        let (catalogue, now) = (&office.catalogue, self.clock.now());
        let value = if self.world.share_percent == 100 { 70 } else { 100 };
        let of = Ceiling::MaxSharePercent;
        let asked = change::set_ceiling(catalogue, &manager, of, value, "looked at", now).await;
        self.note("ceiling", &asked);
        match asked {
            Ok(Asked::Done) if value < 100 => self.world.share_percent = value,
            Ok(Asked::Done) => panic!("I15: one person raised the ceiling"),
            _ => {}
        }
    }

    /// One of the two who sign leaves the council.
    pub(super) async fn leaves(&mut self, office: &Office) {
        self.world.left.insert(if self.dice.once_in(2) { OWNER } else { MANAGER });
        let (now, today) = (self.clock.now(), self.clock.today());
        let mut list = office.config.people.clone();
        for person in &mut list {
            let user = person.os_user.as_deref().unwrap_or_default();
            person.left_on = self.world.left.contains(user).then_some(today);
        }
        let tx = office.catalogue.write_tx().await.unwrap();
        people::sync(&tx, &list, now, today).await.unwrap();
        tx.commit().await.unwrap();
    }
}
