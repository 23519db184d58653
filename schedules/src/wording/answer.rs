//! From what the cells say to one of the three readings.

use super::grammar::amount::period;
use super::grammar::cell::Said;
use super::grammar::clause::Clause;
use super::grammar::start::{Event, Start};
use super::grammar::statement::{Statement, Which};
use super::profile::{Profile, Unit};
use super::reading::{Bound, ReadRule, Reading};
use crate::action::DisposalAction;
use crate::calendar::Alignment;
use crate::period::Period;
use crate::rule::{Condition, Leaf, Rule, Several};
use crate::trigger::Trigger;

/// Why there is no single rule, as the question to ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Doubt {
    pub(super) question: String,
    pub(super) candidates: Vec<Rule>,
}

/// A cell that says more than this says nothing that a person could choose from.
const MOST_STATEMENTS: usize = 8;

type Settled<T> = Result<T, Doubt>;

/// What is known beside the words: the "keep from" cell and the profile.
#[derive(Debug, Clone, Copy)]
pub(super) struct Beside<'a> {
    pub(super) start: Option<&'a Start>,
    pub(super) profile: &'a Profile,
}

/// The reading of what the cells say.
pub(super) fn answer(said: &Said, beside: Beside<'_>, notes: Vec<String>) -> Reading {
    match settle(said, beside) {
        Ok((rule, action, bound)) => Reading::Rule(ReadRule { rule, action, bound, notes }),
        Err(Doubt { question, candidates }) => Reading::Ambiguous { question, candidates },
    }
}

fn settle(said: &Said, beside: Beside<'_>) -> Settled<(Rule, Option<DisposalAction>, Bound)> {
    let (rule, coded) = one_rule(said, beside)?;
    let action = one_action(said, coded, &rule)?;
    let bound = one_bound(said, &rule)?;
    Ok((rule, action, bound))
}

// The rule -------------------------------------------------------------------

fn one_rule(said: &Said, beside: Beside<'_>) -> Settled<(Rule, Option<DisposalAction>)> {
    if said.statements.len() > MOST_STATEMENTS {
        return Err(contradiction(Vec::new()));
    }
    let codes: Vec<_> =
        said.codes.iter().filter_map(|place| beside.profile.codes.values().nth(*place)).collect();
    let coded = codes.iter().map(|code| Ok(code.rule.clone()));
    let stated = without_repeats(&said.statements).into_iter().map(|one| beside.statement(one));
    let mut rules: Vec<Settled<Rule>> = Vec::new();
    for rule in coded.chain(stated) {
        if !rules.contains(&rule) {
            rules.push(rule);
        }
    }
    let action = codes.iter().find_map(|code| code.action);
    match <[Settled<Rule>; 1]>::try_from(rules) {
        Ok([rule]) => rule.map(|rule| (rule, action)),
        Err(rules) => Err(contradiction(rules)),
    }
}

/// Without a bare period that a fuller statement repeats: "7 years: 7 years
/// after closure".
fn without_repeats(statements: &[Statement]) -> Vec<&Statement> {
    let fuller = |bare: Period| {
        statements.iter().any(
            |one| matches!(one, Statement::One((_, Clause::After(period, _))) if *period == bare),
        )
    };
    statements
        .iter()
        .filter(|one| !matches!(one, Statement::One((_, Clause::Bare(bare))) if fuller(*bare)))
        .collect()
}

fn contradiction(rules: Vec<Settled<Rule>>) -> Doubt {
    let candidates: Vec<Rule> = rules
        .into_iter()
        .flat_map(|rule| match rule {
            Ok(rule) => vec![rule],
            Err(doubt) => doubt.candidates,
        })
        .collect();
    Doubt {
        question: "The text says more than one thing: which of them is the rule?".to_owned(),
        candidates,
    }
}

impl Beside<'_> {
    fn statement(self, statement: &Statement) -> Settled<Rule> {
        match statement {
            Statement::One((_, clause)) => self.clause(clause),
            Statement::Several(which, clauses) => self.several(*which, clauses),
            Statement::Died { age, then, otherwise } => self.died(*age, then, otherwise),
        }
    }

    fn several(self, which: Which, clauses: &[Clause]) -> Settled<Rule> {
        let mut rules = clauses.iter().map(|one| self.clause(one)).collect::<Settled<Vec<_>>>()?;
        rules.dedup();
        if rules.contains(&Rule::Permanent) && rules.len() > 1 {
            let question = "Is it kept for ever, or for the period?".to_owned();
            return Err(Doubt { question, candidates: rules });
        }
        let Some(branches) = Several::new(rules.clone()) else { return only(rules) };
        match which {
            Which::Later => Ok(Rule::LaterOf(branches)),
            Which::Earlier => Ok(Rule::EarlierOf(branches)),
            Which::Unsaid => Err(Doubt {
                question: "The text names more than one end and does not say which counts: the later or the earlier?".to_owned(),
                candidates: vec![Rule::LaterOf(branches.clone()), Rule::EarlierOf(branches)],
            }),
        }
    }

    fn died(self, age: u16, then: &Clause, otherwise: &Clause) -> Settled<Rule> {
        let (then, otherwise) = (self.clause(then)?, self.clause(otherwise)?);
        let from_death = then.triggers() == [&Trigger::DateOfDeath];
        let limit = Period::years(age).map(|age| Leaf::new(age, Trigger::DateOfBirth));
        match limit.filter(|_| from_death) {
            Some(limit) => {
                let event = Trigger::DateOfDeath;
                Ok(Rule::If(Box::new(Condition { event, limit, then, otherwise })))
            }
            None => Err(Doubt {
                question: "What is kept how long where the person died young?".to_owned(),
                candidates: vec![then, otherwise],
            }),
        }
    }

    /// The rule of one clause.
    pub(super) fn clause(self, clause: &Clause) -> Settled<Rule> {
        match clause {
            Clause::Fixed(rule) => self.fixed(rule),
            Clause::After(period, start) => self.after(*period, start),
            Clause::Bare(period) => self.bare(*period),
            Clause::Number(count) => self.number(*count),
            Clause::Until(start) => self.until(start),
            Clause::From(start) => self.from(start),
        }
    }

    fn fixed(self, rule: &Rule) -> Settled<Rule> {
        match (rule, self.start) {
            (Rule::Permanent, _) | (_, None) => Ok(rule.clone()),
            (_, Some(_)) => Err(Doubt {
                question:
                    "The code names its own start, and so does the cell beside it: which counts?"
                        .to_owned(),
                candidates: vec![rule.clone()],
            }),
        }
    }

    fn after(self, period: Period, start: &Start) -> Settled<Rule> {
        let start = self.completed(period, start)?;
        let period = aged(period, start.age)?;
        only(self.leaves(period, &start).into_iter().map(Rule::After).collect())
    }

    fn bare(self, period: Period) -> Settled<Rule> {
        match (self.start, &self.profile.default_start) {
            (Some(start), _) => self.after(period, start),
            (None, Some(trigger)) => Ok(Rule::After(Leaf::new(period, trigger.clone()))),
            (None, None) => Err(Doubt {
                question: format!("{} from what?", crate::readback::period(period)),
                candidates: [Trigger::Created, Trigger::LastAction, Trigger::CaseClosed]
                    .map(|trigger| Rule::After(Leaf::new(period, trigger)))
                    .into(),
            }),
        }
    }

    fn number(self, count: u16) -> Settled<Rule> {
        if let Some(period) = self.profile.unit.and_then(|unit| period(count, unit)) {
            return self.bare(period);
        }
        let years_or_months = [Unit::Years, Unit::Months];
        let candidates = years_or_months
            .into_iter()
            .filter_map(|unit| self.bare(period(count, unit)?).ok())
            .collect();
        Err(Doubt { question: format!("{count} of what: years, months, days?"), candidates })
    }

    fn until(self, start: &Start) -> Settled<Rule> {
        let agreed = match self.start {
            Some(beside) => {
                start.agreed(beside).ok_or_else(|| self.two_starts(Period::default(), start))?
            }
            None => start.clone(),
        };
        if agreed.age > 0 {
            return self.after(Period::default(), &agreed);
        }
        let leaves = self.leaves(Period::default(), &agreed);
        if agreed.from_end_of.is_some() {
            return Err(Doubt {
                question: "Is it kept to that year end and no longer?".to_owned(),
                candidates: leaves.into_iter().map(Rule::After).collect(),
            });
        }
        only(leaves.into_iter().map(|leaf| Rule::Until(leaf.trigger)).collect())
    }

    /// A start by itself is a rule only where it is an age.
    fn from(self, start: &Start) -> Settled<Rule> {
        if start.age > 0 && self.start.is_none() {
            return self.after(Period::default(), start);
        }
        Err(Doubt {
            question: "The text says from what it counts, and not how long: how long?".to_owned(),
            candidates: Vec::new(),
        })
    }

    // Starts -----------------------------------------------------------------

    /// The start with what the "keep from" cell adds to it.
    fn completed(self, period: Period, start: &Start) -> Settled<Start> {
        let Some(beside) = self.start.filter(|beside| *beside != start) else {
            return Ok(start.clone());
        };
        let year_end = match (start.from_end_of, beside.from_end_of) {
            (one, None) if start.event == Event::Unsaid => one,
            (one, other) if one == other => one,
            _ => return start.agreed(beside).ok_or_else(|| self.two_starts(period, start)),
        };
        if start.event == Event::Unsaid && start.age == 0 {
            return Ok(Start { from_end_of: year_end, ..beside.clone() });
        }
        if beside.event == Event::Unsaid {
            return Ok(start.clone());
        }
        start.agreed(beside).ok_or_else(|| self.two_starts(period, start))
    }

    fn two_starts(self, period: Period, start: &Start) -> Doubt {
        let starts = std::iter::once(start).chain(self.start);
        let candidates = starts
            .flat_map(|start| self.leaves(aged(period, start.age).unwrap_or(period), start))
            .map(Rule::After)
            .collect();
        Doubt {
            question: "The two cells name different starts: which counts?".to_owned(),
            candidates,
        }
    }

    fn leaves(self, period: Period, start: &Start) -> Vec<Leaf> {
        let from_end_of = start.from_end_of.map(|alignment| self.year(alignment));
        let leaf = |trigger| Leaf { from_end_of, ..Leaf::new(period, trigger) };
        self.triggers(&start.event).into_iter().map(leaf).collect()
    }

    fn triggers(self, event: &Event) -> Vec<Trigger> {
        match event {
            Event::OneOf(triggers) => triggers.clone(),
            Event::Named(place) => {
                self.profile.triggers.values().nth(*place).cloned().into_iter().collect()
            }
            Event::Unsaid => vec![self.profile.default_start.clone().unwrap_or(Trigger::Created)],
        }
    }

    fn year(self, alignment: Alignment) -> Alignment {
        match (alignment, self.profile.current_year) {
            (Alignment::CurrentYearEnd, Some(year)) => year.into(),
            _ => alignment,
        }
    }
}

/// The period and an age before it: "18 plus three years" is 21 from birth.
fn aged(period: Period, age: u16) -> Settled<Period> {
    let (years, months, weeks, days) = period.parts();
    if age > 0 && years == age {
        // "25 years", kept from the "25th birthday": most likely one and the same.
        return Err(Doubt {
            question: format!("Until the age of {age}, or {age} years after that birthday?"),
            candidates: [age, age.saturating_mul(2)]
                .into_iter()
                .filter_map(Period::years)
                .map(|period| Rule::After(Leaf::new(period, Trigger::DateOfBirth)))
                .collect(),
        });
    }
    years.checked_add(age).and_then(|years| Period::new(years, months, weeks, days)).ok_or_else(
        || Doubt {
            question: "The period is longer than any schedule's: how long is it?".to_owned(),
            candidates: Vec::new(),
        },
    )
}

fn only(rules: Vec<Rule>) -> Settled<Rule> {
    match <[Rule; 1]>::try_from(rules) {
        Ok([rule]) => Ok(rule),
        Err(candidates) => Err(Doubt {
            question: "The start can be read in more than one way: which is meant?".to_owned(),
            candidates,
        }),
    }
}

// Action and bound -----------------------------------------------------------

fn one_action(
    said: &Said,
    coded: Option<DisposalAction>,
    rule: &Rule,
) -> Settled<Option<DisposalAction>> {
    let mut actions: Vec<DisposalAction> = said.actions.iter().copied().chain(coded).collect();
    actions.sort();
    actions.dedup();
    let doubt = |question: &str| {
        Err(Doubt { question: question.to_owned(), candidates: vec![rule.clone()] })
    };
    use DisposalAction::{Permanent, Transfer};
    match (actions.as_slice(), rule) {
        ([], _) => Ok(None),
        ([one @ (Permanent | Transfer)], Rule::Permanent) => Ok(Some(*one)),
        (_, Rule::Permanent) => doubt(
            "The record is kept for ever, and yet something is to be done with it: which holds?",
        ),
        ([one], _) => Ok(Some(*one)),
        _ => doubt("The text names more than one action: which is meant?"),
    }
}

fn one_bound(said: &Said, rule: &Rule) -> Settled<Bound> {
    let mut bounds: Vec<Bound> =
        said.statements.iter().map(Statement::bound).chain(said.bounds.iter().copied()).collect();
    bounds.retain(|bound| *bound != Bound::Unstated);
    bounds.dedup();
    match bounds.as_slice() {
        [] => Ok(Bound::Unstated),
        [one] => Ok(*one),
        _ => Err(Doubt {
            question: "Is the period the least or the most that the record is kept?".to_owned(),
            candidates: vec![rule.clone()],
        }),
    }
}
