//! `serve`: a model file answers over HTTP.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use clap::builder::RangedU64ValueParser;
use serde_json::json;

use super::args::{Global, timeout};
use super::failures::Failures;
use super::printer::Printer;
use super::session::{self, Session};
use super::{logging, signals};
use crate::config::{ColumnNote, Config};
use crate::error::{Error, Result};
use crate::fs;
use crate::package::ModelPackage;
use crate::project::Project;
use crate::serving::{Limits, LineLog, Model, Server, Settings, Stop};
use crate::stages;

const EXAMPLES: &str = "\
Examples:
  mlops serve                                  the champion, on http://127.0.0.1:8000
  mlops serve --model models/xgb_wine_v1.bin --port 0
  mlops serve --sagemaker                      in a container: port 8080, the model of /opt/ml/model
  curl -s localhost:8000/example_request | curl -s localhost:8000/predict -H 'content-type: application/json' -d @-";

/// The port where none is given.
const PORT: u16 = 8000;
/// What SageMaker asks of a container.
const SAGEMAKER_PORT: u16 = 8080;
const SAGEMAKER_HOST: &str = "0.0.0.0";

/// Options of `serve`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ServeArgs {
    /// The model file, for which no project is needed; by default the champion
    #[arg(long, short, value_name = "FILE")]
    pub model: Option<PathBuf>,
    /// The address to listen on: this machine alone by default, `0.0.0.0` for all that reach it
    #[arg(long, value_name = "ADDRESS")]
    pub host: Option<String>,
    /// The port, 0 for any that is free; 8000 by default
    #[arg(long, short, value_name = "PORT")]
    pub port: Option<u16>,
    /// Answer rows with fields that do not fit, and report them beside the answer
    #[arg(long)]
    pub lenient: bool,
    /// The contract of SageMaker's containers: port 8080 on all addresses, the one model file of /opt/ml/model
    #[arg(long)]
    pub sagemaker: bool,
    /// What stands in place of /opt/ml
    #[arg(long, value_name = "DIR", requires = "sagemaker", hide = true, default_value = "/opt/ml")]
    pub sagemaker_root: PathBuf,
    /// Bytes of a request's body at the most
    #[arg(long, value_name = "BYTES", default_value_t = Limits::default().body as u64, value_parser = RangedU64ValueParser::<u64>::new().range(1..=1 << 32))]
    pub max_body: u64,
    /// Rows of a request at the most
    #[arg(long, value_name = "N", default_value_t = Limits::default().rows, value_parser = RangedU64ValueParser::<usize>::new().range(1..))]
    pub max_rows: usize,
    /// Connections at once; others wait
    #[arg(long, value_name = "N", default_value_t = Limits::default().connections, value_parser = RangedU64ValueParser::<usize>::new().range(1..=100_000))]
    pub max_connections: usize,
    /// The longest a request may take to arrive, its head and its body each
    #[arg(long, value_name = "DURATION", default_value = "10s", value_parser = timeout)]
    pub read_timeout: Duration,
    /// The longest an answer may take
    #[arg(long, value_name = "DURATION", default_value = "60s", value_parser = timeout)]
    pub answer_timeout: Duration,
    /// Where each request leaves a line of JSON: a file, `-` for stdout
    #[arg(long, value_name = "FILE")]
    pub access_log: Option<PathBuf>,
}

/// Loads the model, listens and answers until it is interrupted.
pub fn run(printer: &Printer, global: &Global, args: &ServeArgs) -> Result<(), Failures> {
    let threads = session::threads(global)?;
    let (path, shown) = model_file(printer, global, args)?;
    let package = ModelPackage::load(&path, &shown)?;
    let notes = notes(global, &package);
    let model = Model::new(package, &shown).described(notes);
    let host = args.host.as_deref().unwrap_or(if args.sagemaker { SAGEMAKER_HOST } else { "127.0.0.1" });
    let port = args.port.unwrap_or(if args.sagemaker { SAGEMAKER_PORT } else { PORT });
    let access = args.access_log.as_deref().map(|path| LineLog::open(session::resolve(global, path))).transpose()?;
    let server = Server::bind(host, port, model, settings(args), access)?;
    let stop = Stop::new();
    let asked = stop.clone();
    signals::instead_of_exit(Some(Box::new(move || asked.ask())));
    // Whoever starts it reads the address from the first line.
    let address = format!("http://{}", server.address());
    if printer.is_json() {
        printer.line(&json!({ "address": address, "model": shown }).to_string())?;
    } else {
        printer.line(&address)?;
        printer.note(&format!("serving {shown}; Ctrl-C ends it"));
    }
    let ended = server.run(threads, &stop);
    signals::instead_of_exit(None);
    ended?;
    printer.note("stopped");
    Ok(())
}

fn settings(args: &ServeArgs) -> Settings {
    let limits = Limits {
        body: usize::try_from(args.max_body).unwrap_or(usize::MAX),
        rows: args.max_rows,
        connections: args.max_connections,
        read: args.read_timeout,
        answer: args.answer_timeout,
        ..Limits::default()
    };
    Settings { lenient: args.lenient, limits }
}

/// The model file, and its name in messages.
fn model_file(printer: &Printer, global: &Global, args: &ServeArgs) -> Result<(PathBuf, String), Failures> {
    let named = match &args.model {
        Some(path) => Some(session::resolve(global, path)),
        None if args.sagemaker => Some(only_model(&args.sagemaker_root.join("model"))?),
        None => None,
    };
    let Some(path) = named else {
        let session = Session::open(printer, global)?;
        let champion = stages::champion(&session.context())?;
        return Ok((session.project.path(&champion), champion));
    };
    // A project may say how to log; without one, the defaults do.
    let project = Project::discover(&session::start(global)).ok();
    let config = project.and_then(|project| Config::logging(&project).ok());
    logging::start(&config.unwrap_or_default(), global.verbose);
    let shown = path.display().to_string();
    Ok((path, shown))
}

/// What the columns of a model mean, where the project it is served in is about the same dataset.
fn notes(global: &Global, package: &ModelPackage) -> Vec<(String, ColumnNote)> {
    let project = Project::discover(&session::start(global)).ok();
    let main = project.and_then(|project| Config::main(&project).ok());
    let same = main.filter(|main| main.dataset.value == package.info.dataset);
    let notes = same.map(|main| main.columns.0).unwrap_or_default();
    notes.into_iter().map(|(column, note)| (column.value, note)).collect()
}

/// The one model file of a folder.
fn only_model(folder: &Path) -> Result<PathBuf> {
    let names = fs::names_in(folder)?;
    let models: Vec<&String> = names.iter().filter(|name| name.ends_with(".bin")).collect();
    match models[..] {
        [name] => Ok(folder.join(name)),
        [] => Err(Error::usage(format!("no model file in `{}`", folder.display()))
            .hint("a model archive holds one file that ends in `.bin`")),
        [first, second, ..] => {
            Err(Error::usage(format!("several model files in `{}`: `{first}`, `{second}`", folder.display()))
                .hint("name one with `--model`"))
        }
    }
}
