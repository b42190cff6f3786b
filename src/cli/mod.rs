//! The command line: the only place that names clap and anyhow.

mod args;
mod benchmark;
mod collate;
mod engines;
mod evaluate;
mod extract;
mod input;
mod inspect;
mod interrupt;
mod interruptible;
mod lexicon;
mod log;
mod metrics;
mod outputs;
mod progress;
mod runs;

use std::io::{ErrorKind, Write};
use std::process::ExitCode;

use clap::Parser;

use crate::Error;
use args::{Cli, Command};
use log::LogForm;

/// How a command ended, if it did not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Done,
    /// Records or files were rejected.
    Rejected,
    Interrupted,
}

/// Parses the command line, runs the command, and returns the exit code.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let log = match &cli.command {
        Command::Extract(args) => args.watch.log,
        Command::Collate(args) => args.watch.log,
        _ => LogForm::Text,
    };
    match run(cli) {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::Rejected) => ExitCode::from(3),
        Ok(Outcome::Interrupted) => ExitCode::from(interrupt::INTERRUPTED),
        // Whoever reads our output has seen enough.
        Err(error) if error.downcast_ref().is_some_and(is_closed_pipe) => ExitCode::SUCCESS,
        Err(error) => {
            log.fail(&error);
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> anyhow::Result<Outcome> {
    match cli.command {
        Command::Extract(args) => extract::extract(&args),
        Command::Collate(args) => collate::collate(&args),
        Command::Lexicon(command) => lexicon::run(command),
        Command::Inspect(args) => inspect::inspect(&args),
        Command::Benchmark(args) => benchmark::benchmark(&args),
        Command::Evaluate(args) => evaluate::evaluate(&args),
        Command::EngineCost(args) => evaluate::engine_cost(&args),
    }
}

/// Writes to standard output.
fn print(bytes: &[u8]) -> anyhow::Result<Outcome> {
    std::io::stdout().write_all(bytes).map_err(|e| Error::io("<stdout>", e))?;
    Ok(Outcome::Done)
}

fn is_closed_pipe(error: &Error) -> bool {
    matches!(error, Error::Io { cause, .. } if cause.kind() == ErrorKind::BrokenPipe)
}
