//! `serve`: model files answer over HTTP.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use clap::builder::RangedU64ValueParser;
use serde_json::{Map, Value as Json, json};

use super::access::{self, AccessArgs};
use super::args::{Global, some_time};
use super::failures::Failures;
use super::printer::Printer;
use super::session::{self, Session};
use super::{logging, signals};
use crate::config::{CHAMPION, Config, Entries, Main, Serve, is_model_name};
use crate::error::{Error, Result};
use crate::event::Silent;
use crate::fs;
use crate::project::Project;
use crate::serving::{
    Limits, LineLog, Listen, Logs, Models, Notes, PredictionLog, Server, Service, Settings, Source, Stop,
};
use crate::stages::{self, Context};

const EXAMPLES: &str = "\
Examples:
  mlops serve                                  the champion, on http://127.0.0.1:8000
  mlops serve --model models/xgb_wine_v1.bin --port 0
  mlops serve --model a=old.bin --model b=new.bin      two, under /models/a/ and /models/b/
  mlops serve --sagemaker                      in a container: port 8080, the model of /opt/ml/model
  curl -s localhost:8000/example_request | curl -s localhost:8000/predict -H 'content-type: application/json' -d @-";

/// What SageMaker asks of a container.
const SAGEMAKER_PORT: (&str, u16) = ("SAGEMAKER_BIND_TO_PORT", 8080);
const SAGEMAKER_HOST: &str = "0.0.0.0";

/// Options of `serve`; where one is absent, configs/serve.yaml decides.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ServeArgs {
    /// A model file, for which no project is needed, in place of those of configs/serve.yaml; with a name it comes beside
    /// those that stand there. `champion` in place of a file is that of the project, and the default
    #[arg(long, short, value_name = "[NAME=]FILE")]
    pub model: Vec<PathBuf>,
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
    #[arg(long, value_name = "DURATION", value_parser = some_time)]
    pub read_timeout: Option<Duration>,
    /// The longest an answer may take; 60s by default
    #[arg(long, value_name = "DURATION", value_parser = some_time)]
    pub answer_timeout: Option<Duration>,
    /// Who may ask
    #[command(flatten)]
    pub access: AccessArgs,
    /// Where each request leaves a line of JSON: a file, `-` for stdout
    #[arg(long, value_name = "FILE")]
    pub access_log: Option<PathBuf>,
}

/// Loads the models, listens and answers until it is interrupted.
pub fn run(printer: &Printer, global: &Global, args: &ServeArgs) -> Result<(), Failures> {
    let threads = session::threads(global)?;
    let Opened { project, config } = open(printer, global, args)?;
    let models = models(global, args, project.as_ref(), &config)?;
    let host = if args.sagemaker { SAGEMAKER_HOST } else { config.host.as_str() };
    let host = args.host.as_deref().unwrap_or(host);
    let port = match args.port {
        Some(port) => port,
        None if args.sagemaker => sagemaker_port()?,
        None => config.port.value,
    };
    // As a URL has it.
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host).to_owned();
    if host.is_empty() {
        return Err(Error::usage("`--host` is empty").hint("127.0.0.1 for this machine alone, 0.0.0.0 for all").into());
    }
    let tls = args.access.tls(global, &config.access)?;
    let guard = access::guard(&config.access, project.as_ref())?;
    // Whoever reaches a container of SageMaker is SageMaker.
    let listen = Listen { host, port, open: args.access.open || config.access.open || args.sagemaker, tls };
    let shown = models.shown();
    let logs = logs(global, args, project.as_ref(), &config)?;
    let server = Server::bind(listen, Service::new(models, settings(args, &config), logs, guard)?)?;
    access::warn(printer, &config.access, &server);
    let stop = Stop::new();
    let asked = stop.clone();
    signals::instead_of_exit(Some(Box::new(move || asked.ask())));
    // Whoever starts it reads the address from the first line.
    let address = server.url();
    if printer.is_json() {
        let models: Map<String, Json> = shown.iter().map(|(name, file)| (name.clone(), json!(file))).collect();
        printer.line(&json!({ "address": address, "models": models }).to_string())?;
    } else {
        printer.line(&address)?;
        let files: Vec<&str> = shown.iter().map(|(_, file)| file.as_str()).collect();
        printer.note(&format!("serving {}; Ctrl-C ends it", files.join(", ")));
    }
    let ended = server.run(threads, &stop);
    signals::instead_of_exit(None);
    ended?;
    printer.note("stopped");
    Ok(())
}

/// What says how to serve: a project, if there is one, and its configs/serve.yaml.
struct Opened {
    project: Option<Project>,
    config: Serve,
}

/// Opens the project as far as it is needed: for a champion in whole, else configs/serve.yaml and logging.yaml alone.
fn open(printer: &Printer, global: &Global, args: &ServeArgs) -> Result<Opened, Failures> {
    let found = Project::discover(&session::start(global));
    let is_alone = is_alone(args);
    let mut config = match &found {
        Ok(project) => Config::serve(project)?,
        Err(_) => Serve::default(),
    };
    // The champion comes where nobody names a model.
    if !args.model.is_empty() && !config.names_models() {
        config.models = Entries::default();
    }
    let is_champion = |model: &PathBuf| named(model).map_or(model.as_path(), |(_, file)| file) == Path::new(CHAMPION);
    let wants_champion =
        args.model.iter().any(is_champion) || !is_alone && config.models.iter().any(|(_, file)| file.value == CHAMPION);
    if wants_champion || !global.set.is_empty() {
        let session = Session::open(printer, global)?;
        return Ok(Opened { project: Some(session.project), config: session.config.serve });
    }
    let project = found.ok();
    let logs = project.as_ref().and_then(|project| Config::logging(project).ok());
    logging::start(&logs.unwrap_or_default(), global.verbose);
    Ok(Opened { project, config })
}

/// 8080, or what the variable says.
fn sagemaker_port() -> Result<u16> {
    let port = std::env::var(SAGEMAKER_PORT.0).unwrap_or_default();
    if port.is_empty() {
        return Ok(SAGEMAKER_PORT.1);
    }
    port.parse().map_err(|_| Error::usage(format!("`{}` is no port: `{port}`", SAGEMAKER_PORT.0)))
}

/// `NAME=FILE` in two; a file whose own name has a `=` is written `./a=b.bin`.
fn named(model: &Path) -> Option<(&str, &Path)> {
    let (name, file) = model.to_str()?.split_once('=')?;
    is_model_name(name).then_some((name, Path::new(file)))
}

/// Refuses a second file of a name, and what is meant as a name and is none.
fn refuse_twice(before: &[PathBuf], model: &Path) -> Result<()> {
    if let Some((name, _)) = named(model) {
        if before.iter().any(|known| named(known).is_some_and(|(known, _)| known == name)) {
            return Err(Error::usage(format!("`--model`: two files are to be called `{name}`")));
        }
    } else if let Some((name, file)) = model.to_str().and_then(|text| text.split_once('='))
        && !name.contains(['/', '\\'])
        && !model.exists()
    {
        return Err(Error::usage(format!("`--model`: `{name}` cannot be the name of `{file}`"))
            .hint("a name has up to 64 letters, digits, `-`, `_` and `.`, and begins with a letter or a digit"));
    }
    Ok(())
}

/// Whether the options alone say what is served, without the models and routes of the config.
fn is_alone(args: &ServeArgs) -> bool {
    args.sagemaker || args.model.iter().any(|model| named(model).is_none())
}

/// The models to serve. A file without a name is served in place of those of the config.
fn models(global: &Global, args: &ServeArgs, project: Option<&Project>, config: &Serve) -> Result<Models> {
    let is_alone = is_alone(args);
    let mut sources: Vec<(String, Source)> = Vec::new();
    for (name, file) in config.models.iter().filter(|_| !is_alone) {
        let source = match (project, file.as_str()) {
            (Some(project), CHAMPION) => champion(project)?,
            (Some(project), file) => Source::File { path: project.path(file), shown: file.to_owned() },
            (None, file) => Source::File { path: PathBuf::from(file), shown: file.to_owned() },
        };
        sources.push((name.value.clone(), source));
    }
    if args.sagemaker && args.model.is_empty() {
        sources.push(from_file(&only_model(&args.sagemaker_root.join("model"))?));
    }
    for (at, model) in args.model.iter().enumerate() {
        refuse_twice(&args.model[..at], model)?;
        let (name, file) = named(model).map_or((None, model.as_path()), |(name, file)| (Some(name), file));
        let mut source = match project.filter(|_| file == Path::new(CHAMPION)) {
            Some(project) => (CHAMPION.to_owned(), champion(project)?),
            None => from_file(&session::resolve(global, file)),
        };
        if let Some(name) = name {
            name.clone_into(&mut source.0);
            // It comes in place of the one of that name.
            if let Some(before) = sources.iter_mut().find(|(known, _)| known == name) {
                *before = source;
                continue;
            }
        }
        sources.push(source);
    }
    let notes = notes(project);
    match is_alone {
        true => Models::open(sources, &Entries::default(), None, notes),
        false => Models::open(sources, &config.routing, config.default.as_ref().map(|name| name.as_str()), notes),
    }
}

/// A file, by the name of it without the ending.
fn from_file(path: &Path) -> (String, Source) {
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let good = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '-' };
    let name: String = stem.chars().take(64).map(good).collect();
    let name = if is_model_name(&name) { name } else { "model".to_owned() };
    (name, Source::File { path: path.to_path_buf(), shown: path.display().to_string() })
}

/// The champion, whichever it will be: another champion, or version of the project, takes its place.
fn champion(project: &Project) -> Result<Source> {
    let by = project.path(Config::load(project)?.names().champion());
    let project = project.clone();
    let locate = move || {
        let config = Config::load(&project)?;
        let context = Context { project: &project, config: &config, observer: &Silent, threads: 1 };
        let shown = stages::champion(&context)?;
        Ok((project.path(&shown), shown))
    };
    Ok(Source::Named { by, locate: Box::new(locate) })
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
    let reload = config.reload.as_ref().map(|every| ***every);
    Settings { lenient: args.lenient || config.lenient, limits, reload }
}

fn logs(global: &Global, args: &ServeArgs, project: Option<&Project>, config: &Serve) -> Result<Logs> {
    let inside = |path: &str| match project {
        Some(project) if path != "-" => project.path(path),
        _ => PathBuf::from(path),
    };
    let access = args.access_log.as_deref().map(|path| session::resolve(global, path));
    let access = access.or_else(|| config.access_log.as_ref().map(|path| inside(path)));
    let predictions = config.predictions.as_ref();
    let predictions = predictions.map(|predictions| PredictionLog::open(predictions, inside(&predictions.path)));
    Ok(Logs { access: access.map(LineLog::open).transpose()?, predictions: predictions.transpose()? })
}

/// What the columns mean, where there is a project that tells it.
fn notes(project: Option<&Project>) -> Notes {
    let main = project.and_then(|project| Config::main(project).ok());
    let of_main = |main: Main| Notes {
        dataset: main.dataset.value,
        columns: main.columns.0.into_iter().map(|(column, note)| (column.value, note)).collect(),
    };
    main.map(of_main).unwrap_or_default()
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
