//! Who may ask `serve`: its options beside `serve.access`.

use std::path::PathBuf;

use clap::Args;

use super::args::Global;
use super::printer::Printer;
use super::session;
use crate::config::{Access, WebOrigin};
use crate::error::Result;
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

/// Who may ask, by tokens of this process's environment.
pub fn guard(access: &Access) -> Result<Guard> {
    Ok(Guard::new(access, Tokens::new(&access.tokens, std::env::vars_os())?))
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
