//! The written files against the checks that every project must pass; whole projects run in tests/cli/init.rs.

use super::folder::{GITIGNORE, dvc_config};

#[test]
fn a_folder_outside_git_runs_under_dvc_and_the_lock_is_never_ignored() {
    assert!(dvc_config(false).contains("no_scm = true") && !dvc_config(true).contains("no_scm"));
    assert!(!GITIGNORE.lines().any(|line| line.contains("dvc.lock") && !line.starts_with('#')));
}
