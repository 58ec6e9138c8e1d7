//! `doctor`: whether this machine has what is needed, and whether the program works on it.

mod machine;
mod place;
mod tools;
mod trial;

use serde_json::{Value as Json, json};

use super::args::Global;
use super::failures::Failures;
use super::printer::{ERROR, FAINT, Printer, STRONG, WARNING};
use super::session;
use crate::error::{Error, Result};
use crate::project::Project;

/// How one check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Status {
    Ok,
    /// Something works less well, or not with other tools.
    Warn,
    /// `mlops` cannot do its work.
    Fail,
}

/// One line of the account.
#[derive(Debug)]
struct Check {
    name: &'static str,
    status: Status,
    message: String,
    hint: Option<String>,
}

impl Check {
    fn ok(name: &'static str, message: impl Into<String>) -> Self {
        Self { name, status: Status::Ok, message: message.into(), hint: None }
    }

    fn warn(name: &'static str, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { name, status: Status::Warn, message: message.into(), hint: Some(hint.into()) }
    }

    fn fail(name: &'static str, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { name, status: Status::Fail, message: message.into(), hint: Some(hint.into()) }
    }

    fn failed(name: &'static str, error: &Error) -> Self {
        Self {
            name,
            status: Status::Fail,
            message: error.message().to_owned(),
            hint: error.hint_text().map(str::to_owned),
        }
    }
}

/// Makes every check and tells what came of it.
///
/// # Errors
/// Exit code 1 where a check failed, 2 for a folder that is none.
pub fn run(printer: &Printer, global: &Global) -> Result<(), Failures> {
    if !global.set.is_empty() {
        return Err(Error::usage("`--set` changes configs, and `doctor` only looks")
            .hint("run `mlops --set … validate` first")
            .into());
    }
    session::threads(global)?;
    let folder = session::start(global);
    if !folder.is_dir() {
        return Err(Error::usage(format!("`{}` is not a folder", folder.display())).into());
    }
    let project = Project::discover(&folder).ok();
    let root = project.as_ref().map_or(folder.as_path(), Project::root);
    let mut account = Account { printer, checks: Vec::new() };
    account.take(machine::version())?;
    account.take(machine::resources())?;
    account.take(machine::proxies())?;
    account.take(tools::own())?;
    account.take(tools::git(root, project.is_some()))?;
    account.take(tools::dvc(project.as_ref()))?;
    account.take(place::configs(printer, global, project.as_ref()))?;
    if let Some(project) = &project {
        account.take(place::folders(project))?;
    }
    account.take(place::space(root, project.as_ref()))?;
    printer.transient("a small pipeline, end to end");
    let trial = trial::run();
    printer.transient("");
    account.take(trial)?;
    account.finish()
}

/// What has been found so far.
struct Account<'a> {
    printer: &'a Printer,
    checks: Vec<Check>,
}

impl Account<'_> {
    fn take(&mut self, check: Check) -> Result<()> {
        let hidden = self.printer.is_json() || (self.printer.is_quiet() && check.status == Status::Ok);
        let wanted = !hidden;
        if wanted {
            let (word, style) = match check.status {
                Status::Ok => ("ok", STRONG),
                Status::Warn => ("warn", WARNING),
                Status::Fail => ("fail", ERROR),
            };
            let word = self.printer.styled(style, &format!("{word:4}"));
            self.printer.line(&format!("{word}  {:8}  {}", check.name, check.message))?;
            if let Some(hint) = &check.hint {
                self.printer.line(&format!("{:16}{}", "", self.printer.styled(FAINT, &format!("hint: {hint}"))))?;
            }
        }
        self.checks.push(check);
        Ok(())
    }

    fn finish(self) -> Result<(), Failures> {
        let count = |status| self.checks.iter().filter(|check| check.status == status).count();
        let (warned, failed) = (count(Status::Warn), count(Status::Fail));
        if self.printer.is_json() {
            let checks: Vec<Json> = self.checks.iter().map(as_json).collect();
            self.printer.document(&json!({ "healthy": failed == 0, "warnings": warned, "checks": checks }))?;
        }
        if failed > 0 {
            let all = self.checks.len();
            return Err(Error::failure(format!("{failed} of {all} checks failed")).into());
        }
        if !self.printer.is_json() && !self.printer.is_quiet() {
            let warnings = match warned {
                0 => "no warning".to_owned(),
                1 => "1 warning".to_owned(),
                _ => format!("{warned} warnings"),
            };
            self.printer.line(&format!("\nready: {} checks, {warnings}", self.checks.len()))?;
        }
        Ok(())
    }
}

fn as_json(check: &Check) -> Json {
    let status = match check.status {
        Status::Ok => "ok",
        Status::Warn => "warn",
        Status::Fail => "fail",
    };
    json!({ "name": check.name, "status": status, "message": check.message, "hint": check.hint })
}
