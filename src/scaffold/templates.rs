//! Known projects to start from: this repository's own, and those of `examples/`, as they stand there.

use crate::error::{Error, Result, suggest};
use crate::project::FOLDERS;

/// What [`files`] knows.
pub const NAMES: &[&str] = &["wine", "adult", "hotel", "reviews"];

/// Path from the project folder, and content.
type File = (&'static str, &'static str);

/// The named files of one project, read when this program is compiled.
macro_rules! project {
    ($root:literal: $($path:literal)*) => {
        &[$(($path, include_str!(concat!("../../", $root, $path)))),*]
    };
}

const WINE: &[File] = project!("":
    "configs/config.yaml" "configs/clean.yaml" "configs/features.yaml" "configs/explore.yaml" "configs/split.yaml"
    "configs/train.yaml" "configs/tune.yaml" "configs/evaluate.yaml" "configs/report.yaml"
    "configs/predict.yaml" "configs/serve.yaml" "configs/logging.yaml"
    "dvc.yaml" ".gitignore" ".dvc/config" ".dvc/.gitignore");

const ADULT: &[File] = project!("examples/adult/":
    "configs/config.yaml" "configs/clean.yaml" "configs/features.yaml" "configs/explore.yaml" "configs/split.yaml"
    "configs/train.yaml" "configs/tune.yaml" "configs/evaluate.yaml" "configs/report.yaml"
    "configs/predict.yaml" "configs/logging.yaml"
    "holdout/config.yaml" "holdout/split.yaml" "ensemble/train.yaml"
    "dvc.yaml" ".gitignore" ".dvcignore" ".dvc/config" ".dvc/.gitignore" "Makefile" "README.md");

const HOTEL: &[File] = project!("examples/hotel/":
    "configs/config.yaml" "configs/clean.yaml" "configs/features.yaml" "configs/explore.yaml" "configs/split.yaml"
    "configs/train.yaml" "configs/evaluate.yaml" "configs/report.yaml"
    "configs/predict.yaml" "configs/logging.yaml"
    "dvc.yaml" ".gitignore" ".dvcignore" ".dvc/config" ".dvc/.gitignore" "Makefile" "README.md");

const REVIEWS: &[File] = project!("examples/reviews/":
    "configs/config.yaml" "configs/clean.yaml" "configs/features.yaml" "configs/explore.yaml" "configs/split.yaml"
    "configs/train.yaml" "configs/evaluate.yaml" "configs/report.yaml"
    "configs/predict.yaml" "configs/logging.yaml"
    "dvc.yaml" ".gitignore" ".dvcignore" ".dvc/config" ".dvc/.gitignore" "Makefile" "README.md");

/// All files of a template, by path from the project folder.
///
/// # Errors
/// Exit code 2 for a name that is not in [`NAMES`].
pub fn files(name: &str) -> Result<Vec<(String, Vec<u8>)>> {
    let (project, shared): (&[File], &[File]) = match name {
        // The repository's own Makefile and .dvcignore are those of the program; any example's serve.
        "wine" => (WINE, project!("examples/adult/": ".dvcignore" "Makefile")),
        "adult" => (ADULT, &[]),
        "hotel" => (HOTEL, &[]),
        "reviews" => (REVIEWS, &[]),
        _ => {
            return Err(Error::usage(format!("unknown template `{name}`")).maybe_hint(suggest(
                name,
                "templates",
                NAMES,
            )));
        }
    };
    let texts = project.iter().chain(shared).map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec()));
    let folders = FOLDERS.iter().map(|folder| (format!("{folder}/.gitkeep"), Vec::new()));
    Ok(texts.chain(folders).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn templates_hold_every_file_of_their_example() {
        fn collect(folder: &Path, root: &Path, found: &mut Vec<String>) {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    collect(&path, root, found);
                } else {
                    found.push(path.strip_prefix(root).unwrap().to_str().unwrap().to_owned());
                }
            }
        }
        // What runs leave behind is no part of the example.
        let made = |name: &String| {
            let folders =
                ["data/", "models/", "reports/", ".dvc/cache", ".dvc/tmp", ".dvc/config.local", ".mlops/", "dvc.lock"];
            !name.ends_with(".gitkeep") && folders.iter().any(|f| name.starts_with(f))
        };
        for name in ["adult", "hotel", "reviews"] {
            let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name);
            let mut there = Vec::new();
            collect(&root, &root, &mut there);
            there.retain(|name| !made(name));
            there.sort();
            let mut held: Vec<String> = files(name).unwrap().into_iter().map(|(path, _)| path).collect();
            held.sort();
            assert_eq!(held, there, "{name}");
        }
    }

    #[test]
    fn wine_has_all_configs_of_the_root_and_names_are_suggested() {
        let held: Vec<String> = files("wine").unwrap().into_iter().map(|(path, _)| path).collect();
        for entry in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("configs")).unwrap() {
            let name = format!("configs/{}", entry.unwrap().file_name().to_str().unwrap());
            assert!(held.contains(&name), "{name}");
        }
        let error = files("hotels").unwrap_err();
        assert_eq!(error.hint_text(), Some("did you mean `hotel`? templates: wine, adult, hotel, reviews"));
        assert!(NAMES.iter().all(|name| files(name).is_ok()));
    }
}
