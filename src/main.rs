//! The program; everything in it is in the library.

fn main() -> std::process::ExitCode {
    syntony::cli::main()
}
