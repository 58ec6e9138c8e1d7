//! The dependency policy: licences and known-unmaintained crates, from deny.toml.

use std::path::Path;
use std::process::Command;

/// The strings of a list in deny.toml.
fn list(policy: &str, key: &str) -> Vec<String> {
    let from = policy.find(&format!("{key} = [")).unwrap_or_else(|| panic!("{key} not in deny.toml"));
    let body = &policy[from..from + policy[from..].find("\n]").unwrap()];
    body.lines().skip(1).filter_map(|line| line.split('"').nth(1)).map(str::to_owned).collect()
}

#[test]
fn every_dependency_has_an_allowed_licence() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let allowed = list(&std::fs::read_to_string(root.join("deny.toml")).unwrap(), "allow");
    // Only this platform's packages are sure to be there without network.
    let rustc = Command::new("rustc").arg("-vV").output().unwrap();
    let host = String::from_utf8(rustc.stdout).unwrap();
    let host = host.lines().find_map(|line| line.strip_prefix("host: ")).unwrap().to_owned();
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--offline", "--locked", "--filter-platform", &host])
        .current_dir(root)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let mut refused = Vec::new();
    for package in metadata["packages"].as_array().unwrap() {
        let licence = package["license"].as_str().unwrap_or("none").replace('/', " OR ");
        let fits = |one: &str| allowed.iter().any(|a| a == one.trim_matches(['(', ')', ' ']));
        let fine = licence.split(" OR ").any(|choice| choice.split(" AND ").all(fits));
        if !fine {
            refused.push(format!("{}: {licence}", package["name"]));
        }
    }
    assert!(refused.is_empty(), "{}", refused.join("\n"));
}
