//! What may happen next in a history.

use super::dice::Dice;

/// One step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Add,
    Change,
    Remove,
    TakePlace,
    Event,
    Scan,
    Propose,
    Keep,
    Refresh,
    SignWrongly,
    Sign,
    Withdraw,
    Expire,
    Run,
    RunCutShort,
    ScanCutShort,
    SignCutShort,
    PlaceCutShort,
    RestoreCutShort,
    SettleCutShort,
    Settle,
    Restore,
    Resume,
    Place,
    Release,
    Tell,
    Ahead,
    AheadFar,
    Leap,
    Back,
    Unmount,
    Unfit,
    Longer,
    Shorter,
    SignChange,
    Ceiling,
    Leaves,
    Erase,
    Retract,
}

/// How often each happens by itself.
const STEPS: &[(Step, u64)] = &[
    (Step::Add, 4),
    (Step::Change, 3),
    (Step::Remove, 1),
    (Step::TakePlace, 2),
    (Step::Event, 3),
    (Step::Scan, 2),
    (Step::Propose, 3),
    (Step::Keep, 2),
    (Step::Refresh, 2),
    (Step::SignWrongly, 2),
    (Step::Sign, 4),
    (Step::Withdraw, 1),
    (Step::Expire, 1),
    (Step::Run, 6),
    (Step::RunCutShort, 8),
    (Step::ScanCutShort, 2),
    (Step::SignCutShort, 3),
    (Step::PlaceCutShort, 4),
    (Step::RestoreCutShort, 2),
    (Step::SettleCutShort, 2),
    (Step::Settle, 3),
    (Step::Restore, 2),
    (Step::Resume, 2),
    (Step::Place, 8),
    (Step::Release, 3),
    (Step::Tell, 1),
    (Step::Ahead, 3),
    (Step::AheadFar, 2),
    (Step::Leap, 1),
    (Step::Back, 1),
    (Step::Unmount, 1),
    (Step::Unfit, 1),
    (Step::Longer, 1),
    (Step::Shorter, 1),
    (Step::SignChange, 2),
    (Step::Ceiling, 1),
    (Step::Leaves, 1),
    (Step::Erase, 6),
    (Step::Retract, 1),
];

/// The way of a batch that nothing comes between.
const WAY: &[Step] = &[
    Step::Event,
    Step::Propose,
    Step::Sign,
    Step::Sign,
    Step::Sign,
    Step::Sign,
    Step::Ahead,
    Step::Run,
    Step::Run,
    Step::AheadFar,
    Step::Run,
    Step::Run,
];

/// The same in haste: it is tried before it may go, and again when it may.
pub(super) const HASTY_WAY: &[Step] = &[
    Step::Event,
    Step::Propose,
    Step::Sign,
    Step::Sign,
    Step::Sign,
    Step::Sign,
    Step::Run,
    Step::Ahead,
    Step::Run,
    Step::Run,
    Step::AheadFar,
    Step::Run,
    Step::Run,
];

/// The way of what goes early.
const EARLY_WAY: &[Step] = &[
    Step::Erase,
    Step::Sign,
    Step::Sign,
    Step::Ahead,
    Step::Run,
    Step::Run,
    Step::AheadFar,
    Step::Run,
    Step::Run,
];

/// What is held when lists are made.
pub(super) const HELD_WAY: &[Step] =
    &[Step::Event, Step::Place, Step::Place, Step::Propose, Step::Scan, Step::Propose];

/// The steps that a seed comes to: now and then any, and mostly the way of a
/// batch with others between.
pub(super) fn steps_of(dice: &mut Dice) -> Vec<Step> {
    if dice.once_in(5) {
        let length = 10 + dice.below(20);
        return (0..length).map(|_| any(dice)).collect();
    }
    let mut steps = Vec::new();
    let way = if dice.once_in(4) { EARLY_WAY } else { WAY };
    for step in way {
        while dice.below(10) < 3 {
            steps.push(any(dice));
        }
        if *step == Step::Run && dice.once_in(3) {
            steps.push(Step::RunCutShort);
            // Before anyone looks at what it left open.
            let meanwhile = [
                Step::TakePlace,
                Step::Change,
                Step::Place,
                Step::Retract,
                Step::Restore,
                Step::SettleCutShort,
                Step::PlaceCutShort,
            ];
            steps.extend(dice.once_in(2).then(|| dice.one(&meanwhile).copied()).flatten());
        }
        if *step == Step::Sign && dice.once_in(12) {
            steps.push(Step::SignCutShort);
        }
        if *step == Step::AheadFar && dice.once_in(8) {
            steps.push(Step::RestoreCutShort);
        }
        if *step == Step::AheadFar && dice.once_in(4) {
            // A hold in the grace that is over before its end.
            steps.extend([Step::Place, Step::Tell, Step::Release]);
        }
        steps.push(*step);
    }
    steps
}

fn any(dice: &mut Dice) -> Step {
    let total: u64 = STEPS.iter().map(|(_, weight)| weight).sum();
    let mut at = dice.below(total);
    for (step, weight) in STEPS {
        if at < *weight {
            return *step;
        }
        at -= weight;
    }
    Step::Scan
}
