//! `retaind completions` and `retaind man`: made from the command line itself,
//! so they are never behind it.

use clap::CommandFactory;
use clap_complete::Shell;

use crate::cli::{Cli, Context, Failure, Outcome};

/// Print a completion script for a shell
///
/// For bash: retaind completions bash > /usr/share/bash-completion/completions/retaind
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The shell
    shell: Shell,
}

/// Print the manual page
///
/// retaind man > /usr/share/man/man1/retaind.1
#[derive(Debug, clap::Args)]
pub(super) struct ManArgs {}

pub(super) fn run(_: &Context, args: &Args) -> Result<Outcome, Failure> {
    clap_complete::generate(args.shell, &mut Cli::command(), "retaind", &mut std::io::stdout());
    Ok(Outcome::Done)
}

pub(super) fn man(_: &Context, _: &ManArgs) -> Result<Outcome, Failure> {
    let out = &mut std::io::stdout();
    let command = Cli::command();
    clap_mangen::Man::new(command.clone()).render(out)?;
    for subcommand in command.get_subcommands() {
        writeln_section(out, subcommand)?;
    }
    Ok(Outcome::Done)
}

/// Each command's own options, after the page of the whole.
fn writeln_section(out: &mut impl std::io::Write, command: &clap::Command) -> std::io::Result<()> {
    let man = clap_mangen::Man::new(command.clone());
    man.render_synopsis_section(out)?;
    man.render_description_section(out)?;
    man.render_options_section(out)
}
