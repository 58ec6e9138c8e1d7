//! The files around the configs: what git and DVC leave alone, a Makefile, a README.

use super::super::look::{Findings, Role};
use super::text::{grouped, one_line};

/// The folders, each kept by an empty file.
pub const FOLDERS: [&str; 7] = [
    "data/external/.gitkeep",
    "data/raw/.gitkeep",
    "data/interim/.gitkeep",
    "data/processed/.gitkeep",
    "models/.gitkeep",
    "reports/figures/.gitkeep",
    "reports/metrics/.gitkeep",
];

/// Makefile
pub const MAKEFILE: &str = "\
.DEFAULT_GOAL := help
.PHONY: help run check plan repro

help: ## this list
\t@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  \\1\\t/' | expand -t 12

run: ## the whole pipeline
\tmlops run-all

check: ## all configs and dvc.yaml, run nothing
\tmlops validate

plan: ## what would run
\tmlops run-all --dry-run

repro: ## the same pipeline, driven by DVC
\tdvc repro
";

/// .gitignore
pub const GITIGNORE: &str = "\
/.mlops
# Secrets, such as the tokens of `mlops serve`.
/.env
# Tables, models and reports: DVC keeps them, the folders stay. `dvc add data/external/FILE` keeps a source.
# The metrics of each model, `cache: false` in dvc.yaml, are git's to keep. So is dvc.lock: DVC refuses to run when
# git ignores it.
/data/external/*
/data/raw/*
/data/interim/*
/data/processed/*
/models/*
/reports/*
!/reports/figures/
!/reports/metrics/
!/reports/tuning/
/reports/figures/*
/reports/metrics/*
!/reports/metrics/*_v*.json
/reports/metrics/evaluation_*
!.gitkeep
!/data/external/*.dvc
!/data/external/.gitignore
";

/// .dvcignore
pub const DVCIGNORE: &str = "\
# What DVC never looks into.
/.mlops
";

/// .dvc/.gitignore, as `dvc init` writes it.
pub const DVC_GITIGNORE: &str = "/config.local\n/tmp\n/cache\n";

/// .dvc/config
pub fn dvc_config(git: bool) -> String {
    let mut text = "[core]\n    analytics = false\n    autostage = false\n    check_update = false\n".to_owned();
    if !git {
        text += "    # There is no git here yet; take this line out after `git init`.\n    no_scm = true\n";
    }
    text
}

/// README.md
pub fn readme(found: &Findings) -> String {
    let target = &found.target;
    let mut text = format!(
        "# {}\n\nPredicts `{}` ({}) from {} rows.\n\n```sh\nmlops run-all             # the whole pipeline\nmlops validate            # after a change\nmlops show configs        # all settings in force\n```\n\n`dvc repro` runs the same pipeline. After a run, commit `dvc.lock` and the new files of `reports/metrics/` with git; `dvc push` takes the rest.\n\n",
        found.dataset,
        one_line(&target.column),
        target.task.name(),
        grouped(found.rows),
    );
    text += "| | |\n|---|---|\n\
        | `configs/` | what the pipeline does; every decision has its comment |\n\
        | `dvc.yaml` | the stages, their inputs and outputs |\n\
        | `data/` | `external` as found, `raw` as read, `interim` clean, `processed` for training |\n\
        | `models/` | one file a model, and the champion |\n\
        | `reports/` | `metrics`: metrics, leaderboard, test predictions; `plots`: curves for `dvc plots` |\n\n";
    text += "## Columns\n\n| column | kind | used as |\n|---|---|---|\n";
    for column in &found.columns {
        let name = one_line(&column.name).replace('|', "\\|");
        text += &format!("| {name} | {} | {} |\n", column.kind.name(), used_as(column.role));
    }
    if !found.decide.is_empty() {
        text += "\n## To decide\n\n";
        for comment in &found.decide {
            let column = comment.column.as_ref().map(|c| format!("`{}`: ", one_line(c))).unwrap_or_default();
            text += &format!("- {column}{}\n", one_line(&comment.text));
        }
    }
    text
}

/// What becomes of a column, in words.
fn used_as(role: Role) -> &'static str {
    match role {
        Role::Number => "a number",
        Role::Category => "a feature a level",
        Role::Levels => "many levels, by the target's mean",
        Role::Date => "parts of the date",
        Role::Text => "its words and its length",
        Role::Id => "a key, no feature",
        Role::Constant => "nothing: one value",
    }
}
