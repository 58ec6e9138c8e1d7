//! `serve`: a model file answers over HTTP.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use clap::builder::RangedU64ValueParser;
use serde_json::json;

use super::access::{self, AccessArgs};
use super::args::{Global, timeout};
use super::failures::Failures;
use super::printer::Printer;
use super::session::{self, Session};
use super::{logging, signals};
use crate::config::{Config, Serve};
use crate::error::{Error, Result};
use crate::fs;
use crate::package::ModelPackage;
use crate::project::Project;
use crate::serving::{Limits, LineLog, Listen, Model, Server, Service, Settings, Stop};
use crate::stages;

const EXAMPLES: &str = "\
Examples:
  mlops serve                                  the champion, on http://127.0.0.1:8000
  mlops serve --model models/xgb_wine_v1.bin --port 0
  mlops serve --sagemaker                      in a container: port 8080, the model of /opt/ml/model
  curl -s localhost:8000/example_request | curl -s localhost:8000/predict -H 'content-type: application/json' -d @-";

/// What SageMaker asks of a container.
const SAGEMAKER_PORT: u16 = 8080;
const SAGEMAKER_HOST: &str = "0.0.0.0";

/// Options of `serve`; where one is absent, configs/serve.yaml decides.
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
    /// Bytes of a request's body at the most; 16 MiB by default
    #[arg(long, value_name = "BYTES", value_parser = RangedU64ValueParser::<u64>::new().range(1..=1 << 32))]
    pub max_body: Option<u64>,
    /// Rows of a request at the most; 100,000 by default
    #[arg(long, value_name = "N", value_parser = RangedU64ValueParser::<u64>::new().range(1..=1 << 32))]
    pub max_rows: Option<u64>,
    /// Connections at once, 1024 by default; others wait
    #[arg(long, value_name = "N", value_parser = RangedU64ValueParser::<u64>::new().range(1..=100_000))]
    pub max_connections: Option<u64>,
    /// The longest a request may take to arrive, its head and its body each; 10s by default
    #[arg(long, value_name = "DURATION", value_parser = timeout)]
    pub read_timeout: Option<Duration>,
    /// The longest an answer may take; 60s by default
    #[arg(long, value_name = "DURATION", value_parser = timeout)]
    pub answer_timeout: Option<Duration>,
    /// Who may ask
    #[command(flatten)]
    pub access: AccessArgs,
    /// Where each request leaves a line of JSON: a file, `-` for stdout
    #[arg(long, value_name = "FILE")]
    pub access_log: Option<PathBuf>,
}

/// Loads the model, listens and answers until it is interrupted.
pub fn run(printer: &Printer, global: &Global, args: &ServeArgs) -> Result<(), Failures> {
    let threads = session::threads(global)?;
    let (path, shown, config) = model_file(printer, global, args)?;
    let package = ModelPackage::load(&path, &shown)?;
    let model = Model::new(package, &shown);
    let (host, port) = match args.sagemaker {
        true => (SAGEMAKER_HOST, SAGEMAKER_PORT),
        false => (config.host.as_str(), config.port.value),
    };
    let (host, port) = (args.host.as_deref().unwrap_or(host).to_owned(), args.port.unwrap_or(port));
    let tls = args.access.tls(global, &config.access)?;
    let guard = access::guard(&config.access)?;
    // Whoever reaches a container of SageMaker is SageMaker.
    let listen = Listen { host, port, open: args.access.open || config.access.open || args.sagemaker, tls };
    let log = access_log(global, args, &config).map(LineLog::open).transpose()?;
    let server = Server::bind(listen, Service::new(model, settings(args, &config), log, guard))?;
    access::warn(printer, &config.access, &server);
    let stop = Stop::new();
    let asked = stop.clone();
    signals::instead_of_exit(Some(Box::new(move || asked.ask())));
    // Whoever starts it reads the address from the first line.
    let address = server.url();
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

/// What the options say, and where they say nothing, configs/serve.yaml.
fn settings(args: &ServeArgs, config: &Serve) -> Settings {
    let size = |asked: Option<u64>, configured: u64| usize::try_from(asked.unwrap_or(configured)).unwrap_or(usize::MAX);
    let limits = Limits {
        body: size(args.max_body, config.max_body.value),
        rows: size(args.max_rows, config.max_rows.value),
        connections: size(args.max_connections, config.max_connections.value),
        read: args.read_timeout.unwrap_or(**config.read_timeout),
        answer: args.answer_timeout.unwrap_or(**config.answer_timeout),
        grace: **config.grace,
    };
    Settings { lenient: args.lenient || config.lenient, limits }
}

fn access_log(global: &Global, args: &ServeArgs, config: &Serve) -> Option<PathBuf> {
    let asked = args.access_log.as_deref().map(|path| session::resolve(global, path));
    asked.or_else(|| config.access_log.as_ref().map(|path| PathBuf::from(path.as_str())))
}

/// The model file, its name in messages, and configs/serve.yaml.
fn model_file(printer: &Printer, global: &Global, args: &ServeArgs) -> Result<(PathBuf, String, Serve), Failures> {
    let named = match &args.model {
        Some(path) => Some(session::resolve(global, path)),
        None if args.sagemaker => Some(only_model(&args.sagemaker_root.join("model"))?),
        None => None,
    };
    let Some(path) = named else {
        let session = Session::open(printer, global)?;
        let champion = stages::champion(&session.context())?;
        return Ok((session.project.path(&champion), champion, session.config.serve));
    };
    // A project may say how to serve and to log; without one, the defaults do.
    let project = Project::discover(&session::start(global)).ok();
    let serve = project.as_ref().map(Config::serve).transpose()?.unwrap_or_default();
    let config = project.and_then(|project| Config::logging(&project).ok());
    logging::start(&config.unwrap_or_default(), global.verbose);
    let shown = path.display().to_string();
    Ok((path, shown, serve))
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
