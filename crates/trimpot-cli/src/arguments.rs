//! Arguments of the command.

use std::ffi::OsString;

use clap::{Arg, Command, Error, Parser};

/// Reads arguments. A negative number is the value of the option in front of it, so that an error
/// says which numbers there can be, and not that there is no option `-1`.
///
/// # Errors
/// If there are no such arguments; or if they ask for help or the version, which is what the error
/// shows then.
pub fn parse<P: Parser>(
    words: impl IntoIterator<Item = impl Into<OsString> + Clone>,
) -> Result<P, Error> {
    let mut command = with_negative_numbers(P::command());
    let mut matches = command.try_get_matches_from_mut(words)?;
    P::from_arg_matches_mut(&mut matches).map_err(|error| error.format(&mut command))
}

fn with_negative_numbers(command: Command) -> Command {
    let with = |arg: Arg| match arg.get_action().takes_values() {
        true => arg.allow_negative_numbers(true),
        false => arg,
    };
    command.mut_args(with).mut_subcommands(with_negative_numbers)
}

/// Returns whether arguments ask for help: nothing else of them needs to be right then.
pub fn ask_for_help(words: &[OsString]) -> bool {
    words.iter().any(|word| word == "--help" || word == "-h")
}
