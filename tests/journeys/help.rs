//! What `--help` prints: examples that can be copied, each on a line of its own.

use clap::{Command, CommandFactory as _};
use retaind::cli::Cli;

/// Calls `hear` with every command there is.
fn each(command: &Command, hear: &mut impl FnMut(&Command)) {
    hear(command);
    command.get_subcommands().for_each(|inner| each(inner, hear));
}

/// How often the program is called in a line, but for what only names a command
/// between backticks.
fn calls(line: &str) -> usize {
    let said: String = line.split('`').step_by(2).collect();
    said.matches("retaind ").count()
}

#[test]
fn every_example_stands_on_a_line_of_its_own_as_it_is_typed() {
    let (mut examples, mut wrong) = (0, Vec::new());
    each(&Cli::command().term_width(0), &mut |command| {
        let help = command.clone().render_long_help().to_string();
        for line in help.lines().filter(|line| !line.starts_with("Usage:")) {
            let is_example = line.starts_with("  retaind ") && calls(line) == 1;
            let is_prose = calls(line) == 0 || line.starts_with("retaind enforces ");
            examples += usize::from(is_example);
            if !is_example && !is_prose {
                wrong.push(format!("{}: {line}", command.get_name()));
            }
        }
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(examples >= 15, "{examples}");
}
