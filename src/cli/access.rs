//! Who may ask `serve`: its options beside `serve.access`.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::Args;

use super::args::Global;
use super::printer::Printer;
use super::session;
use crate::config::{Access, WebOrigin};
use crate::error::{Error, Result};
use crate::fs;
use crate::project::Project;
use crate::serving::{Guard, Server, Tls, Tokens};

/// Options of access.
#[derive(Debug, Clone, Default, Args)]
pub struct AccessArgs {
    /// Listen where other machines reach it, though no token is set by `MLOPS_TOKEN_<NAME>` or `serve.access`
    #[arg(long)]
    pub open: bool,
    /// The certificate, for HTTPS: a file of PEM, those of its authorities after it; read anew when it changes
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,
    /// Its private key: a file of PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,
}

impl AccessArgs {
    /// The certificate: that of the options, else that of the config.
    pub fn tls(&self, global: &Global, access: &Access) -> Result<Option<Tls>> {
        if let (Some(certificate), Some(key)) = (&self.tls_cert, &self.tls_key) {
            return Tls::load(session::resolve(global, certificate), session::resolve(global, key)).map(Some);
        }
        let Some(tls) = &access.tls else { return Ok(None) };
        let project = Project::discover(&session::start(global))?;
        Tls::load(project.path(&tls.certificate.value), project.path(&tls.key.value)).map(Some)
    }
}

/// Where a project keeps what nobody else is to know.
const SECRETS: &str = ".env";

/// Who may ask, by tokens of this process's environment, and beside it of the project's `.env`.
pub fn guard(access: &Access, project: Option<&Project>) -> Result<Guard> {
    let mut variables: Vec<(OsString, OsString)> = std::env::vars_os().collect();
    if let Some(path) = project.map(|project| project.path(SECRETS)).filter(|path| path.is_file()) {
        for (name, value) in secrets(&path)? {
            if variables.iter().all(|(known, _)| *known != *name) {
                variables.push((name.into(), value.into()));
            }
        }
    }
    Ok(Guard::new(access, Tokens::new(&access.tokens, variables)?))
}

/// The variables of a file. What stands there is never repeated.
fn secrets(path: &Path) -> Result<Vec<(String, String)>> {
    let text = fs::read_to_string(path)?;
    dotenvy::from_read_iter(text.as_bytes()).collect::<Result<_, _>>().map_err(|_| {
        Error::usage(format!("`{}` has a line that is no `NAME=value`", path.display()))
            .hint("values with blanks or `#` stand in quotes")
    })
}

/// Says what is unusual.
pub fn warn(printer: &Printer, access: &Access, server: &Server) {
    if server.tells_tokens() {
        printer.warning(
            "tokens travel in clear text; give a certificate by `--tls-cert`, or put a proxy in front that has one",
        );
    }
    if access.cors.iter().any(|origin| origin.value == WebOrigin::Any) {
        printer.warning("`serve.access.cors` is `*`: pages of every origin may ask");
    }
}
