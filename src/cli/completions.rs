//! `retaind completions` and `retaind man`: made from the command line itself,
//! so they are never behind it.

use std::io::Write;

use clap::CommandFactory;
use clap_complete::Shell;

use crate::cli::output::ignore_closed_pipe;
use crate::cli::{Cli, Context, Failure, Outcome};

/// Print a completion script for a shell
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  retaind completions bash > /usr/share/bash-completion/completions/retaind")]
pub(super) struct Args {
    /// The shell
    shell: Shell,
}

/// Print the manual page
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  retaind man > /usr/share/man/man1/retaind.1")]
pub(super) struct ManArgs {}

pub(super) fn run(_: &Context, args: &Args) -> Result<Outcome, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "retaind", &mut script);
    ignore_closed_pipe(std::io::stdout().write_all(&script))?;
    Ok(Outcome::Done)
}

pub(super) fn man(_: &Context, _: &ManArgs) -> Result<Outcome, Failure> {
    let mut page = Vec::new();
    let mut command = Cli::command();
    command.build();
    clap_mangen::Man::new(command.clone()).render(&mut page)?;
    options_of(&mut page, &command)?;
    ignore_closed_pipe(std::io::stdout().write_all(&page))?;
    Ok(Outcome::Done)
}

/// Each command's own options, and those of the commands below it, after the
/// page of the whole.
fn options_of(page: &mut Vec<u8>, command: &clap::Command) -> std::io::Result<()> {
    for below in command.get_subcommands() {
        let man = clap_mangen::Man::new(below.clone());
        man.render_synopsis_section(page)?;
        man.render_description_section(page)?;
        man.render_options_section(page)?;
        options_of(page, below)?;
    }
    Ok(())
}
