//! Scores the wording parser on a file of wordings with the reading a records
//! manager would give: `score FILE [--show]`.
//!
//! The file is tab-separated with the columns `id period_text trigger_text
//! expect rule action`; `event:*` in a rule stands for any event of the
//! schedule's own.

use std::process::ExitCode;

use retaind_schedules::wording::{Cells, Profile, Reading, read};

fn main() -> ExitCode {
    let Some(path) = std::env::args().nth(1) else {
        eprintln!("usage: score FILE.tsv [--show]");
        return ExitCode::FAILURE;
    };
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) => {
            eprintln!("{path}: {error}");
            return ExitCode::FAILURE;
        }
    };
    let show = std::env::args().any(|argument| argument == "--show");
    let mut tally = [0_usize; 4];
    for line in text.lines().skip(1).filter(|line| !line.is_empty()) {
        let verdict = score(line, show);
        tally[verdict as usize] += 1;
    }
    let [right, missed, misnamed, wrong] = tally;
    let total = right + missed + misnamed + wrong;
    println!(
        "{right} right of {total} ({:.1} %), {missed} missed, {misnamed} refused for another reason, {wrong} wrong",
        100.0 * right as f64 / total.max(1) as f64
    );
    ExitCode::SUCCESS
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Verdict {
    Right,
    Missed,
    Misnamed,
    Wrong,
}

fn score(line: &str, show: bool) -> Verdict {
    let mut columns: Vec<&str> = line.split('\t').collect();
    columns.resize(6, "");
    let [id, period, trigger, expect, rule, action] = columns[..] else { return Verdict::Wrong };
    let reading = read(&Cells { period, trigger, action: "" }, &Profile::default());
    let verdict = match &reading {
        Reading::Rule(found) => {
            let same = expect == "rule" && any_event(&found.rule.to_string(), rule) == rule;
            let named = found.action.map_or("", |action| action.name());
            if same && (action.is_empty() || named == action) {
                Verdict::Right
            } else {
                Verdict::Wrong
            }
        }
        _ if expect == "rule" => Verdict::Missed,
        Reading::Ambiguous { .. } if expect == "ambiguous" => Verdict::Right,
        Reading::NotExecutable { .. } if expect == "not_executable" => Verdict::Right,
        _ => Verdict::Misnamed,
    };
    if show || verdict != Verdict::Right {
        println!(
            "{verdict:?}\t{id}\t{period} | {trigger}\t{expect} {rule} {action}\n\t\t{}",
            told(&reading)
        );
    }
    verdict
}

/// The rule with its own events as `event:*`, where the expected one has that.
fn any_event(found: &str, expected: &str) -> String {
    if !expected.contains("event:*") {
        return found.to_owned();
    }
    let mut parts = found.split("event:");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(part.len());
        text.push_str("event:*");
        text.push_str(&part[end..]);
    }
    text
}

fn told(reading: &Reading) -> String {
    let rules: Vec<String> = reading.rules().iter().map(ToString::to_string).collect();
    format!("{}: {} [{}]", reading.kind(), reading.message().unwrap_or_default(), rules.join(" | "))
}
