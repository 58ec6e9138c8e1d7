//! The arguments.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::{PossibleValuesParser, RangedU64ValueParser};
use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use super::compare::CompareArgs;
use super::dag::DagArgs;
use super::diff::{MetricsCommand, ParamsCommand};
use super::explain::ExplainArgs;
use super::explore::ExploreArgs;
use super::runs::RunsArgs;
use super::sagemaker::Sagemaker;
use super::serve::ServeArgs;
use crate::config::FILES;
use crate::yaml::parse_duration;

const EXAMPLES: &str = "\
Examples:
  mlops init churn --data churn.csv --target churned
                                       make a project of a table
  mlops run-all                        run the whole pipeline of dvc.yaml
  mlops validate                       check every config and dvc.yaml, run nothing
  mlops train --algorithm rf           train one algorithm
  mlops --set train.folds=3 run-all    change a value in configs/train.yaml and run
  mlops predict --input new.csv        predict new rows with the champion
  mlops show models/rf_wine_v1.bin     what is in a model file
";

const INIT_EXAMPLES: &str = "\
Examples:
  mlops init churn --data churn.csv --target churned     a project in the folder churn
  mlops init --data train.csv --test test.csv --target y  with a test part of its own
  mlops init --data x.csv                                 lists the columns to choose from
  mlops init hotel --template hotel                       a known project";

const RUN_ALL_EXAMPLES: &str = "\
Examples:
  mlops run-all                      bring everything up to date
  mlops run-all --dry-run            what would run, and why
  mlops run-all --to split           the data, no model
  mlops run-all --only train --force train all algorithms again
  mlops run-all --keep-going --retries 2 --timeout 1h";

const FEATURES_EXAMPLES: &str = "\
Examples:
  mlops features                     the stage: what configs/features.yaml derives
  mlops features --suggest           look for columns worth deriving, and show the lines for it
  mlops features --suggest --algorithm lr --max 3 --write";

const TUNE_EXAMPLES: &str = "\
Examples:
  mlops tune                         search, and show what it would change in configs/train.yaml
  mlops tune --resume --trials 100   go on with the search
  mlops tune --resume --write        change configs/train.yaml as the search has found";

const EXIT_CODES: &str = "\
Exit codes:
  0 success · 1 failure · 2 usage or config · 3 data contract · 4 quality gate · 130 interrupted

Environment:
  MLOPS_THREADS                            threads, as --threads
  MLOPS_TOKEN_<NAME>                       a token of `serve`, for rows and metrics
  MLOPS_ADMIN_TOKEN_<NAME>                 the same, for everything
  MLOPS_HTTP_TOKEN                         bearer token for the URLs of sources
  MLOPS_HTTP_USER, MLOPS_HTTP_PASSWORD     or user and password
  MLOPS_HTTP_HOST                          the only host that is given them; else each source's own
  MLOPS_HTTP_STALL_SECONDS                 a server silent for so long has failed (30)
  MLOPS_HTTP_BACKOFF_SECONDS               pause before the second of five attempts; then it doubles (1)
  HTTPS_PROXY, HTTP_PROXY, NO_PROXY        proxies, with user and password in their URL
  SSL_CERT_FILE                            certificate authorities beside those built in
  NO_COLOR                                 no colours";

/// From a table and a few YAML files to a reproducible, evaluated, versioned model.
#[derive(Debug, Parser)]
#[command(name = "mlops", version, before_help = EXAMPLES, after_help = EXIT_CODES, max_term_width = 100)]
#[command(subcommand_required = true, arg_required_else_help = true, disable_help_subcommand = true)]
pub struct Arguments {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

/// Options of every subcommand.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// Run as if started in DIR
    #[arg(short = 'C', value_name = "DIR", global = true)]
    pub directory: Option<PathBuf>,
    /// Set a value in the configs, such as train.folds=3; the file keeps its comments
    #[arg(long = "set", value_name = "KEY=VALUE", global = true, action = ArgAction::Append)]
    pub set: Vec<String>,
    /// Results as JSON on stdout, errors as JSON on stderr
    #[arg(long, global = true)]
    pub json: bool,
    /// Nothing but results and errors
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// Say more about the inner workings; twice for everything
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub verbose: u8,
    /// Threads to use; they never change a result
    #[arg(long, value_name = "N", global = true)]
    pub threads: Option<usize>,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a project of a table: configs, dvc.yaml and folders that run at once
    Init(Box<InitArgs>),
    /// Read the sources into data/raw; no value is changed
    Ingest,
    /// Type and fix the raw table into data/interim
    Clean,
    /// Derive columns that learn nothing; with `--suggest`, look for columns that would raise the score
    Features(FeaturesArgs),
    /// Look at the rows before any model is trained: columns, correlations, the target, and what deserves a second look
    Explore(ExploreArgs),
    /// Hold out the test rows
    Split,
    /// Fit the learned transforms and train one algorithm, or all
    Train {
        /// One of those in configs/train.yaml; all of them where none is named
        #[arg(long, short, value_name = "NAME")]
        algorithm: Option<String>,
    },
    /// Search the parameters that tune.yaml names, scored over the folds of training
    Tune(TuneArgs),
    /// Measure all models on the test rows and choose the champion
    Evaluate,
    /// Draw the figures of the evaluation and of the models
    Report,
    /// Predict new rows
    Predict(PredictArgs),
    /// Tell what each feature adds to the scores of rows
    Explain(ExplainArgs),
    /// Compare two models: by file, version, algorithm or git revision
    Compare(CompareArgs),
    /// Answer rows over HTTP, as `predict` does
    Serve(ServeArgs),
    /// Train or serve as a container of SageMaker
    Sagemaker {
        #[command(subcommand)]
        what: Sagemaker,
    },
    /// Write the trees of a model as XGBoost's JSON model, or rows as the matrix that they see
    Export(ExportArgs),
    /// Make a model file of trees that XGBoost grew on the matrix of `export`
    Import(ImportArgs),
    /// Bring the stages of dvc.yaml up to date: run what changed, restore what was made before
    RunAll(RunAllArgs),
    /// Say what would run and why, run nothing
    Status {
        /// Exit with 1 where something is not up to date
        #[arg(long)]
        exit_code: bool,
    },
    /// Bring back from the cache what dvc.lock and .dvc files name: after another branch, or after `dvc fetch`
    Checkout {
        /// Stages or files; all where none is named
        #[arg(value_name = "TARGET")]
        targets: Vec<String>,
        /// Replace files that were changed and stand in no cache
        #[arg(long, short)]
        force: bool,
    },
    /// Show the graph of dvc.yaml
    Dag(DagArgs),
    /// Compare parameters at two revisions
    Params {
        #[command(subcommand)]
        what: ParamsCommand,
    },
    /// Show metrics, or compare them at two revisions
    Metrics {
        #[command(subcommand)]
        what: MetricsCommand,
    },
    /// List the runs of `run-all`, or show one
    Runs(RunsArgs),
    /// Show what is in a model file, a dataset or the configs
    Show {
        /// A model file, a dataset CSV, or `configs`
        #[arg(default_value = "configs")]
        what: String,
        /// As Markdown; of a dataset or a model the data dictionary, with the descriptions of `config.columns`
        #[arg(long, conflicts_with = "json")]
        md: bool,
    },
    /// Check all configs and dvc.yaml, run nothing
    Validate {
        /// Bring the lists of dvc.yaml up to date: what the configs ask for and it lacks, or has too much
        #[arg(long)]
        fix: bool,
    },
    /// Look at this machine and at the project, and run a small pipeline in a temporary folder
    Doctor,
    /// Move to the next version or a new snapshot date
    Bump {
        #[command(subcommand)]
        what: Bump,
    },
    /// Print the reference of commands or configuration, or JSON Schemas of the config files
    Docs(DocsArgs),
    /// Print completions for a shell
    Completions {
        /// The shell
        shell: Shell,
    },
}

/// Options of `run-all`. A STAGE may be that of a `foreach` or `matrix` group, such as `train`.
#[derive(Debug, Args)]
#[command(after_help = RUN_ALL_EXAMPLES)]
pub struct RunAllArgs {
    /// Say what would run and why, run nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Stages at work at once; where not given, as many as processors, and mlops' own only while they read little together
    #[arg(long, short, value_name = "N", value_parser = RangedU64ValueParser::<usize>::new().range(1..))]
    pub jobs: Option<usize>,
    /// This stage and what comes after it
    #[arg(long, value_name = "STAGE")]
    pub from: Vec<String>,
    /// This stage and what it needs
    #[arg(long, value_name = "STAGE")]
    pub to: Vec<String>,
    /// This stage alone
    #[arg(long, value_name = "STAGE")]
    pub only: Vec<String>,
    /// Run even what is up to date
    #[arg(long, short)]
    pub force: bool,
    /// After a failure, go on with what does not depend on it
    #[arg(long, short)]
    pub keep_going: bool,
    /// Run even what was made before with the same inputs
    #[arg(long)]
    pub no_run_cache: bool,
    /// Tries after the first, of each stage; `retries` under its `meta:` where not given
    #[arg(long, value_name = "N")]
    pub retries: Option<u32>,
    /// The longest a try of a stage may take, such as 90s, 10m or 2h; `timeout` under its `meta:` where not given
    #[arg(long, value_name = "DURATION", value_parser = timeout)]
    pub timeout: Option<Duration>,
}

impl RunAllArgs {
    /// The way on after a failure, as one would type it: the same again, but for `--force`, since what ended well
    /// stands, and for `--set`, since the configs have it by now.
    pub fn command_line(&self, global: &Global) -> String {
        let mut words = vec!["mlops".to_owned()];
        words.extend(global.directory.iter().map(|folder| format!("-C {}", quoted(&folder.to_string_lossy()))));
        words.extend(global.json.then(|| "--json".to_owned()));
        words.extend(global.quiet.then(|| "--quiet".to_owned()));
        words.extend((global.verbose > 0).then(|| format!("-{}", "v".repeat(usize::from(global.verbose)))));
        words.extend(global.threads.map(|threads| format!("--threads {threads}")));
        words.push("run-all".to_owned());
        words.extend(self.jobs.map(|jobs| format!("--jobs {jobs}")));
        for (option, names) in [("--from", &self.from), ("--to", &self.to), ("--only", &self.only)] {
            words.extend(names.iter().map(|name| format!("{option} {}", quoted(name))));
        }
        words.extend(self.keep_going.then(|| "--keep-going".to_owned()));
        words.extend(self.no_run_cache.then(|| "--no-run-cache".to_owned()));
        words.extend(self.retries.map(|retries| format!("--retries {retries}")));
        words.extend(self.timeout.map(|timeout| match timeout.subsec_millis() {
            0 => format!("--timeout {}s", timeout.as_secs()),
            _ => format!("--timeout {}ms", timeout.as_millis()),
        }));
        words.join(" ")
    }
}

/// A word for a shell.
fn quoted(word: &str) -> String {
    let safe = |c: char| c.is_alphanumeric() || "@%+=:,./-_".contains(c);
    if !word.is_empty() && word.chars().all(safe) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// A duration of the command line.
pub fn timeout(text: &str) -> Result<Duration, String> {
    parse_duration(text).ok_or_else(|| "expected a duration such as 90, 30s, 10m or 1.5h".to_owned())
}

/// A duration of the command line that is not nothing.
pub fn some_time(text: &str) -> Result<Duration, String> {
    timeout(text).and_then(|time| if time.is_zero() { Err("expected more than nothing".to_owned()) } else { Ok(time) })
}

/// Options of `features`; all but the first go with it.
#[derive(Debug, Args)]
#[command(after_help = FEATURES_EXAMPLES)]
pub struct FeaturesArgs {
    /// Look for columns that raise the cross-validated score, on the training rows alone
    #[arg(long)]
    pub suggest: bool,
    /// What columns are tried with: one of configs/train.yaml; by default xgb where it stands there, else the first but baseline
    #[arg(long, short, value_name = "NAME", requires = "suggest")]
    pub algorithm: Option<String>,
    /// The metric to be raised; by default `evaluate.select`
    #[arg(long, value_name = "NAME", requires = "suggest")]
    pub metric: Option<String>,
    /// Columns at the most
    #[arg(long, value_name = "N", requires = "suggest", default_value_t = 5, value_parser = RangedU64ValueParser::<usize>::new().range(1..=100))]
    pub max: usize,
    /// Candidates that are tried at the most, each by a fit in every fold
    #[arg(long, value_name = "N", requires = "suggest", default_value_t = 30, value_parser = RangedU64ValueParser::<usize>::new().range(1..=100_000))]
    pub trials: usize,
    /// Time after which no candidate is tried, such as 90s, 10m or 2h
    #[arg(long, value_name = "DURATION", requires = "suggest", value_parser = timeout)]
    pub timeout: Option<Duration>,
    /// A column stays where its mean gain over the folds is more than so many standard errors of it
    #[arg(long, value_name = "K", requires = "suggest", default_value_t = 2.0, value_parser = factor)]
    pub standard_errors: f64,
    /// Write the lines into configs/features.yaml
    #[arg(long, requires = "suggest")]
    pub write: bool,
}

fn factor(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(factor) if (0.0..=1e6).contains(&factor) => Ok(factor),
        _ => Err("expected a number, 0 or more".to_owned()),
    }
}

/// Options of `tune`; what is absent comes from configs/tune.yaml.
#[derive(Debug, Args)]
#[command(after_help = TUNE_EXAMPLES)]
pub struct TuneArgs {
    /// One of those in configs/tune.yaml; all of them where none is named
    #[arg(long, short, value_name = "NAME")]
    pub algorithm: Option<String>,
    /// Trials in all, those of a resumed search among them
    #[arg(long, value_name = "N", value_parser = RangedU64ValueParser::<usize>::new().range(1..=100_000))]
    pub trials: Option<usize>,
    /// Time after which no trial begins, such as 90s, 10m or 2h
    #[arg(long, value_name = "DURATION", value_parser = timeout)]
    pub timeout: Option<Duration>,
    /// Trials at work at once; they never change a result
    #[arg(long, short, value_name = "N", value_parser = RangedU64ValueParser::<usize>::new().range(1..=1024))]
    pub jobs: Option<usize>,
    /// Go on with the trials of a search that has ended, was killed, or runs in another process
    #[arg(long)]
    pub resume: bool,
    /// Begin anew, and lose the trials of the search before
    #[arg(long, conflicts_with = "resume")]
    pub force: bool,
    /// Write the best parameters of each algorithm into configs/train.yaml
    #[arg(long)]
    pub write: bool,
}

/// Options of `init`.
#[derive(Debug, Args)]
#[command(after_help = INIT_EXAMPLES)]
pub struct InitArgs {
    /// The folder of the project; it is made where there is none
    #[arg(default_value = ".", value_name = "DIR")]
    pub folder: PathBuf,
    /// The table: CSV of any kind, JSON or Parquet, plain or compressed; or its address on the web
    #[arg(long, short, value_name = "FILE")]
    pub data: Option<PathBuf>,
    /// The column to predict
    #[arg(long, short, value_name = "COLUMN", requires = "data")]
    pub target: Option<String>,
    /// A table of its own to test on, with the same columns
    #[arg(long, value_name = "FILE", requires = "data")]
    pub test: Option<PathBuf>,
    /// The task, where the inferred one is wrong
    #[arg(long, value_name = "TASK", requires = "data")]
    pub task: Option<TaskArg>,
    /// The positive class of a binary target
    #[arg(long, value_name = "CLASS", requires = "data")]
    pub positive: Option<String>,
    /// Name of the dataset, as it stands in file names
    #[arg(long, value_name = "NAME", requires = "data")]
    pub name: Option<String>,
    /// The sign between values, where the one found is wrong: one character, or `tab`
    #[arg(long, value_name = "SIGN", requires = "data")]
    pub delimiter: Option<String>,
    /// The first line names the columns, where it is taken for data
    #[arg(long, requires = "data", conflicts_with = "no_header")]
    pub header: bool,
    /// The first line is data, and columns are called column_1, column_2, …
    #[arg(long, requires = "data")]
    pub no_header: bool,
    /// Name of the encoding, where the one found is wrong, such as windows-1252
    #[arg(long, value_name = "NAME", requires = "data")]
    pub encoding: Option<String>,
    /// The file inside a zip archive of several
    #[arg(long, value_name = "FILE", requires = "data")]
    pub member: Option<String>,
    /// Link the table into data/external instead of copying it
    #[arg(long, requires = "data")]
    pub link: bool,
    /// Leave the table where it is, inside DIR
    #[arg(long, requires = "data", conflicts_with = "link")]
    pub in_place: bool,
    /// A known project in place of a look at a table: wine, adult, hotel or reviews
    #[arg(long, value_name = "NAME", conflicts_with = "data")]
    pub template: Option<String>,
    /// Overwrite files that differ
    #[arg(long)]
    pub force: bool,
}

/// What kind of answer a model gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TaskArg {
    /// One of two classes
    Binary,
    /// One of several classes
    Multiclass,
    /// A number
    Regression,
}

/// Options of `predict`; what is absent comes from configs/predict.yaml.
#[derive(Debug, Args)]
pub struct PredictArgs {
    /// Rows as CSV or JSON Lines, `-` for stdin; by default the raw dataset
    #[arg(long, short, value_name = "FILE")]
    pub input: Option<PathBuf>,
    /// Where predictions go, `-` for stdout; by default `predict.output`, else stdout for rows given by `--input`, else data/processed/<dataset>-predictions_processed_<date>.csv
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// The model file; by default the champion
    #[arg(long, short, value_name = "FILE")]
    pub model: Option<PathBuf>,
    /// Format of the predictions
    #[arg(long, short, value_name = "FORMAT")]
    pub format: Option<RowFormat>,
}

/// Options of `export`.
#[derive(Debug, Args)]
pub struct ExportArgs {
    /// The model file: of `dt`, `rf` or `xgb`; for the matrix alone, of any algorithm
    #[arg(value_name = "MODEL")]
    pub model: PathBuf,
    /// Format of the trees
    #[arg(long, short, value_name = "FORMAT", default_value = "xgboost-json")]
    pub format: ModelFormat,
    /// Where the trees go, `-` for stdout, which is also the default; with `--matrix` nowhere by default
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Where the rows of `--input` go as the matrix that the model sees, as CSV, `-` for stdout; missing values are empty
    #[arg(long, value_name = "FILE", requires = "input")]
    pub matrix: Option<PathBuf>,
    /// Rows for `--matrix`, as `predict` takes them
    #[arg(long, short, value_name = "FILE", requires = "matrix")]
    pub input: Option<PathBuf>,
}

/// How a model is written for other programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ModelFormat {
    /// What `xgboost.Booster.load_model` reads
    XgboostJson,
}

/// Options of `import`.
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// XGBoost's JSON model, as its `save_model("model.json")` writes it: of 1 GiB at most
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The model file whose transforms, target and columns it takes over; the trees were grown on its `export --matrix`
    #[arg(long, value_name = "MODEL")]
    pub like: PathBuf,
    /// The model file to be written
    #[arg(long, short, value_name = "FILE")]
    pub output: PathBuf,
}

/// What `docs` prints or writes.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct DocsArgs {
    /// The command reference, as Markdown
    #[arg(long)]
    pub markdown: bool,
    /// The reference of config files, steps, algorithms and metrics, as Markdown
    #[arg(long)]
    pub configuration: bool,
    /// The JSON Schema of a config file
    #[arg(long, value_name = "NAME", value_parser = PossibleValuesParser::new(FILES))]
    pub schema: Option<String>,
    /// Write all of them into DIR: cli.md, configuration.md and schemas/
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// How rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum RowFormat {
    /// Comma-separated values with a header
    Csv,
    /// One JSON object a line
    Jsonl,
}

/// What `bump` moves.
#[derive(Debug, Subcommand)]
pub enum Bump {
    /// The model version: the next one, or N
    Version {
        /// The new version
        #[arg(value_name = "N")]
        value: Option<u32>,
    },
    /// The snapshot date: today (UTC), or YYYYMMDD
    Date {
        /// The new date
        #[arg(value_name = "YYYYMMDD")]
        value: Option<String>,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn arguments_are_consistent_and_help_opens_with_examples() {
        Arguments::command().debug_assert();
        let help = Arguments::command().render_long_help().to_string();
        assert!(help.starts_with("Examples:\n  mlops init "), "{help}");
        assert!(help.contains("4 quality gate · 130 interrupted"), "{help}");
    }

    #[test]
    fn the_way_on_is_what_was_given() {
        for (given, way_on) in [
            (&["run-all"][..], "mlops run-all"),
            (
                &[
                    "run-all",
                    "-C",
                    "my x",
                    "--threads",
                    "2",
                    "-fk",
                    "--retries",
                    "1",
                    "--timeout",
                    "1.5m",
                    "--set",
                    "a.b=1",
                ],
                "mlops -C 'my x' --threads 2 run-all --keep-going --retries 1 --timeout 90s",
            ),
            (
                &[
                    "-vv",
                    "run-all",
                    "--no-run-cache",
                    "--timeout",
                    "50ms",
                    "--from",
                    "a@b",
                    "--only",
                    "c d",
                    "-j3",
                    "--json",
                ],
                "mlops --json -vv run-all --jobs 3 --from a@b --only 'c d' --no-run-cache --timeout 50ms",
            ),
        ] {
            let parsed = Arguments::try_parse_from([&["mlops"], given].concat()).unwrap();
            let Command::RunAll(options) = parsed.command else { panic!("{given:?}") };
            assert_eq!(options.command_line(&parsed.global), way_on);
        }
    }

    #[test]
    fn global_options_stand_anywhere() {
        let parsed = Arguments::try_parse_from([
            "mlops",
            "-C",
            "x",
            "train",
            "--json",
            "--set",
            "a.b=c",
            "--algorithm",
            "rf",
            "-vv",
        ]);
        let Arguments { global, command } = parsed.unwrap();
        assert_eq!((global.directory, global.json, global.verbose), (Some("x".into()), true, 2));
        assert_eq!(global.set, ["a.b=c"]);
        assert!(matches!(command, Command::Train { algorithm: Some(name) } if name == "rf"));
        for wrong in [&["mlops"][..], &["mlops", "trian"], &["mlops", "bump"], &["mlops", "predict", "--format", "xml"]]
        {
            assert_eq!(Arguments::try_parse_from(wrong).unwrap_err().exit_code(), 2);
        }
    }
}
