//! The README's commands are run, so they cannot rot.

use std::path::Path;
use std::process::Command;

use crate::sandbox::Sandbox;

/// The lines of the README's ```sh blocks, in order.
fn commands(text: &str) -> Vec<String> {
    let mut inside = false;
    let mut found = Vec::new();
    for line in text.lines() {
        if line.starts_with("```") {
            inside = line.trim() == "```sh";
        } else if inside && !line.trim().is_empty() && !line.starts_with('#') {
            found.push(line.to_owned());
        }
    }
    found
}

#[test]
fn every_command_of_the_readme_works_in_order() {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let commands = commands(&text);
    assert!(commands.len() >= 8, "{commands:?}");
    assert_eq!(commands[..2], ["cargo run --release -- run-all", "cargo test --release"]);
    let wine = Sandbox::wine();
    let folder = Path::new(env!("CARGO_BIN_EXE_mlops")).parent().unwrap();
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap());
    for command in commands.iter().filter(|c| !c.starts_with("cargo test")) {
        // The binary is built already; what cargo would run is run.
        let line = command.replace("cargo run --release -- ", "mlops ");
        let expected = line.split("# exits ").nth(1).map_or(0, |code| code.trim().parse().unwrap());
        let output =
            Command::new("bash").arg("-c").arg(&line).current_dir(wine.path("")).env("PATH", &path).output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(expected), "`{command}`:\n{told}");
    }
}
