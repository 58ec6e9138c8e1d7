//! What every subcommand works with: the project, its configs, and how to print.

use std::path::{Path, PathBuf};

use super::args::Global;
use super::failures::Failures;
use super::printer::Printer;
use super::{logging, progress, settings};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::event::Observer;
use crate::project::Project;
use crate::stages::{Context, check};

/// Environment variable for `--threads`.
pub const THREADS: &str = "MLOPS_THREADS";

/// More threads than any machine this runs on has processors.
const MOST_THREADS: usize = 1024;

/// A project opened for one command.
pub struct Session<'a> {
    /// How to print.
    pub printer: &'a Printer,
    /// The options.
    pub global: &'a Global,
    /// The project.
    pub project: Project,
    /// Its configs, after `--set`.
    pub config: Config,
    observer: Box<dyn Observer>,
    threads: usize,
}

impl<'a> Session<'a> {
    /// Finds the project, applies `--set`, loads and checks the configs.
    pub fn open(printer: &'a Printer, global: &'a Global) -> Result<Self, Failures> {
        let threads = threads(global)?;
        let project = Project::discover(&start(global))?;
        let config = match settings::parse(&global.set)? {
            changes if changes.is_empty() => Config::load(&project)?,
            changes => {
                let (config, notes) = settings::apply(&project, &changes)?;
                notes.iter().for_each(|note| printer.note(note));
                config
            }
        };
        logging::start(&config.logging, global.verbose);
        Ok(Self { printer, global, project, config, observer: progress::observer(printer), threads })
    }

    /// What a stage is given.
    pub fn context(&self) -> Context<'_> {
        Context {
            project: &self.project,
            config: &self.config,
            observer: self.observer.as_ref(),
            threads: self.threads,
        }
    }

    /// Checks steps, algorithms and names of all stages, since a mistake in the last one should show now.
    pub fn check(&self) -> Result<(), Failures> {
        Failures::none_of(check::configs(&self.context()))
    }

    /// Where a path of the command line lies: relative ones start at `-C`, or at the current folder.
    pub fn resolve(&self, path: &Path) -> PathBuf {
        resolve(self.global, path)
    }
}

/// See [`Session::resolve`], where there may be no project.
pub fn resolve(global: &Global, path: &Path) -> PathBuf {
    match &global.directory {
        Some(folder) if path.as_os_str() != "-" => folder.join(path),
        _ => path.to_path_buf(),
    }
}

/// The folder the search for the project starts in.
pub fn start(global: &Global) -> PathBuf {
    global.directory.clone().unwrap_or_else(|| PathBuf::from("."))
}

/// Threads by option, environment or machine; at least one.
pub fn threads(global: &Global) -> Result<usize> {
    let asked = match (global.threads, std::env::var(THREADS)) {
        (Some(threads), _) => Some(threads),
        (None, Ok(text)) if !text.is_empty() => Some(text.parse().map_err(|_| {
            Error::usage(format!("`{THREADS}` is `{text}`")).hint("set it to a number of threads, such as 4")
        })?),
        (None, _) => None,
    };
    match asked {
        Some(0) => Err(Error::usage("0 threads are too few").hint("leave `--threads` out to use all processors")),
        Some(threads) if threads > MOST_THREADS => Err(Error::usage(format!("{threads} threads are too many"))
            .hint(format!("{MOST_THREADS} at the most; leave `--threads` out to use all processors"))),
        Some(threads) => {
            // It fails only where a pool stands already, which then serves.
            rayon::ThreadPoolBuilder::new().num_threads(threads).build_global().ok();
            Ok(threads)
        }
        None => Ok(std::thread::available_parallelism().map_or(1, std::num::NonZero::get)),
    }
}
