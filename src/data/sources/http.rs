//! Files on the web: fetched once, checked, and kept as they came.
//!
//! The bytes grow in `<file>.part` beside their place, which they take when they are complete and have the
//! right checksum. What a killed run left is gone on with, where the server can tell that it is the same file.

mod address;
mod attempt;
mod client;
mod failure;
mod origin;
mod partial;
mod settings;

use std::io::Read;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::error::{Error, Result};
use crate::event::{Event, Observer};
use crate::fs;
use address::Address;
use failure::Failure;
use origin::Origin;
use partial::Partial;
use settings::Settings;

/// A file to have.
#[derive(Debug, Clone, Copy)]
pub struct Download<'a> {
    /// Where it is on the web: `https://` or `http://`.
    pub url: &'a str,
    /// Where it is to be here.
    pub to: &'a Path,
    /// `to` as messages name it.
    pub shown: &'a str,
    /// SHA-256 of its bytes in hexadecimal digits, where that is known.
    pub sha256: Option<&'a str>,
}

/// A file that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// Its size.
    pub bytes: u64,
    /// SHA-256 of its bytes, in lower case.
    pub sha256: String,
    /// What it took.
    pub how: How,
}

/// What it took to have a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// It was there; nobody was asked.
    Present,
    /// It was fetched.
    Downloaded,
    /// It was fetched, in more than one piece.
    Resumed,
    /// It was fetched in place of a file that had come from another address.
    Renewed,
}

/// Sees to it that a file is there. A file that is there already is used, if its checksum is right and it
/// came from no other address.
///
/// # Errors
/// Exit code 1 where it cannot be fetched or written, 2 for a wrong address or environment, or a file of another
/// address, 3 for a wrong checksum and for what is no table; a file that is there stays as it is.
pub fn fetch(download: &Download, observer: &dyn Observer) -> Result<Fetched> {
    match present(download, observer)? {
        Some(Present::Right(fetched)) => Ok(fetched),
        Some(Present::Of(address)) => {
            Err(Error::usage(format!("`{}` is there already, fetched from {address}", download.shown))
                .hint("remove it, or move it away; it is not overwritten"))
        }
        None => fetch_with(download, &Settings::from_env()?, observer),
    }
}

/// [`fetch`], which replaces a file that came from another address, once the new one is whole.
///
/// # Errors
/// As for [`fetch`].
pub fn update(download: &Download, observer: &dyn Observer) -> Result<Fetched> {
    update_with(download, Settings::from_env, observer)
}

fn update_with(
    download: &Download,
    settings: impl FnOnce() -> Result<Settings>,
    observer: &dyn Observer,
) -> Result<Fetched> {
    match present(download, observer)? {
        Some(Present::Right(fetched)) => Ok(fetched),
        Some(Present::Of(_)) => {
            let fetched = fetch_with(download, &settings()?, observer)?;
            Ok(Fetched { how: How::Renewed, ..fetched })
        }
        None => fetch_with(download, &settings()?, observer),
    }
}

fn fetch_with(download: &Download, settings: &Settings, observer: &dyn Observer) -> Result<Fetched> {
    let address = Address::parse(download.url)?;
    let mut partial = Partial::open(download.to, &address)?;
    let task = format!("download {}", download.shown);
    let outcome = attempt::all(&address, &mut partial, settings, &|done, total| {
        observer.event(Event::Progress { task: task.clone(), done, total });
    });
    observer.event(Event::Finished { task: task.clone() });
    if let Err(failure) = outcome {
        partial.leave();
        return Err(match failure {
            Failure::Final(error) => error.maybe_hint(Some(by_hand(download, &address))),
            Failure::Passing(error, _) => {
                error.maybe_hint(Some(format!("run again to go on; or {}", by_hand(download, &address))))
            }
        });
    }
    let fetched = Fetched {
        bytes: partial.length(),
        sha256: partial.sha256(),
        how: if partial.is_resumed() { How::Resumed } else { How::Downloaded },
    };
    if let Some(expected) = download.sha256.filter(|expected| !expected.eq_ignore_ascii_case(&fetched.sha256)) {
        partial.discard();
        return Err(wrong(&format!("what {address} gives is not what the config expects"), &fetched.sha256, expected)
            .hint("the file may have changed, or something in between answered: look at it, then correct `sha256`"));
    }
    if download.sha256.is_none() {
        partial = refuse_no_table(partial, &address, &fetched)?;
    }
    partial.place(download.to)?;
    // After the file: a record of other bytes than are there tells nothing.
    Origin::new(&address, &fetched.sha256).write(download.to)?;
    Ok(fetched)
}

/// Throws away what is no table, for the next run to ask again.
fn refuse_no_table(partial: Partial, address: &Address, fetched: &Fetched) -> Result<Partial> {
    let error = if fetched.bytes == 0 {
        Error::data(format!("{address} gives an empty file"))
            .hint("look at the address in a browser, and correct `url`")
    } else if partial.is_web_page()? {
        Error::data(format!("{address} gives a web page, not a table")).hint(format!(
            "open it in a browser: perhaps it wants credentials, or has a link to the file itself; if it is the table, \
             say so with `sha256: \"{}\"`",
            fetched.sha256
        ))
    } else {
        return Ok(partial);
    };
    partial.discard();
    Err(error)
}

/// What helps where the network does not.
fn by_hand(download: &Download, address: &Address) -> String {
    format!("fetch {address} by other means and put it at `{}`", download.shown)
}

/// A file that is there.
enum Present {
    /// It is the right one.
    Right(Fetched),
    /// It came from this other address.
    Of(String),
}

/// The file that is there; none where there is none.
fn present(download: &Download, observer: &dyn Observer) -> Result<Option<Present>> {
    if !download.to.exists() {
        return Ok(None);
    }
    let task = format!("check {}", download.shown);
    let total = fs::size(download.to)?;
    let (bytes, sha256) = hash(download.to, &|done| {
        observer.event(Event::Progress { task: task.clone(), done, total });
    })?;
    observer.event(Event::Finished { task: task.clone() });
    let is_expected = download.sha256.map(|expected| expected.eq_ignore_ascii_case(&sha256));
    if is_expected != Some(true)
        && let Some(origin) = Origin::of(download.to, &sha256).filter(|origin| !origin.is(download.url))
    {
        return Ok(Some(Present::Of(origin.address)));
    }
    match download.sha256.filter(|_| is_expected == Some(false)) {
        Some(expected) => {
            Err(wrong(&format!("`{}` is not what the config expects", download.shown), &sha256, expected)
                .hint("if it is the right file, correct `sha256` in the config; else remove it, and it is fetched"))
        }
        None => Ok(Some(Present::Right(Fetched { bytes, sha256, how: How::Present }))),
    }
}

fn wrong(what: &str, found: &str, expected: &str) -> Error {
    Error::data(format!("{what}: sha256 found {found}, expected {}", expected.to_ascii_lowercase()))
}

/// Length and SHA-256 of a file.
fn hash(path: &Path, progress: &dyn Fn(u64)) -> Result<(u64, String)> {
    let (hasher, length) = digest(path, progress)?;
    Ok((length, hexadecimal(hasher)))
}

/// The running SHA-256 of a file, and its length.
fn digest(path: &Path, progress: &dyn Fn(u64)) -> Result<(Sha256, u64)> {
    let mut file = fs::open(path)?;
    let mut buffer = vec![0; 1 << 18];
    let (mut hasher, mut length) = (Sha256::new(), 0);
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Ok((hasher, length)),
            Ok(read) => {
                hasher.update(&buffer[..read]);
                length += read as u64;
                progress(length);
            }
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
            Err(e) => return Err(fs::read_error(path, e)),
        }
    }
}

fn hexadecimal(hasher: Sha256) -> String {
    hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
