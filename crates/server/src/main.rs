//! The program `greenroom`.

fn main() -> std::process::ExitCode {
    greenroom_server::cli::main()
}
