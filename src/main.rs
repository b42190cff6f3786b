//! The `cytosift` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    cytosift::cli::main()
}
