//! HTTPS: a certificate and its key, read anew when their files change.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::{Error as PemError, PemObject};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{Error as TlsError, ServerConfig};

use crate::error::{Error, Result};
use crate::fs;

/// The answer to a client that speaks HTTP where TLS is spoken.
pub const PLAIN_HTTP: &str = "HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain; charset=utf-8\r\nconnection: close\r\n\
                              content-length: 40\r\n\r\nthis port speaks https: ask for https://";

/// A certificate with its key.
pub struct Tls {
    certificate: PathBuf,
    key: PathBuf,
    current: Mutex<Current>,
}

struct Current {
    acceptor: TlsAcceptor,
    /// What the files looked like when they were last read.
    stamps: [Stamp; 2],
}

/// When a file was last changed, and how long it is.
type Stamp = Option<(SystemTime, u64)>;

impl Tls {
    /// Reads both files, which hold PEM.
    ///
    /// # Errors
    /// Exit code 2 where they hold no certificate or no key, or do not belong together.
    pub fn load(certificate: PathBuf, key: PathBuf) -> Result<Self> {
        let stamps = [stamp(&certificate), stamp(&key)];
        let acceptor = read(&certificate, &key)?;
        if is_open(&key) {
            tracing::warn!("everybody on this machine can read the key `{}`; `chmod 600` keeps it", key.display());
        }
        Ok(Self { certificate, key, current: Mutex::new(Current { acceptor, stamps }) })
    }

    /// Takes a connection with what was last read.
    pub fn acceptor(&self) -> TlsAcceptor {
        self.current.lock().unwrap_or_else(PoisonError::into_inner).acceptor.clone()
    }

    /// Reads the files anew where they have changed. Where that fails, as while one of them is not yet written, those that
    /// were read before stay.
    pub fn renew(&self) {
        let stamps = [stamp(&self.certificate), stamp(&self.key)];
        if self.current.lock().unwrap_or_else(PoisonError::into_inner).stamps == stamps {
            return;
        }
        let read = read(&self.certificate, &self.key);
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        current.stamps = stamps;
        match read {
            Ok(acceptor) => {
                current.acceptor = acceptor;
                tracing::info!("the certificate was read anew");
            }
            Err(error) => tracing::warn!("the certificate has changed and stays as it was: {}", error.message()),
        }
    }
}

/// Whether others than its owner and their group may read a file.
#[cfg(unix)]
fn is_open(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o004 != 0)
}

#[cfg(not(unix))]
fn is_open(_: &Path) -> bool {
    false
}

fn stamp(path: &Path) -> Stamp {
    let metadata = std::fs::metadata(path).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

fn read(certificate: &Path, key: &Path) -> Result<TlsAcceptor> {
    let chain = certificates(certificate)?;
    let private = private_key(key)?;
    let (shown, shown_key) = (certificate.display(), key.display());
    let unusable = |error: TlsError| Error::usage(format!("the certificate `{shown}` cannot be used")).because(error);
    let builder = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(unusable)?;
    let mut config = builder.with_no_client_auth().with_single_cert(chain, private).map_err(|error| match error {
        TlsError::InconsistentKeys(_) => {
            Error::usage(format!("the key `{shown_key}` is not that of the certificate `{shown}`"))
                .hint("the server's own certificate stands first in its file, before those of its authorities")
        }
        other => unusable(other),
    })?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let text = fs::read(path)?;
    let chain: Result<Vec<_>, PemError> = CertificateDer::pem_slice_iter(&text).collect();
    match chain {
        Ok(chain) if !chain.is_empty() => Ok(chain),
        Ok(_) => Err(Error::usage(format!("no certificate in `{}`", path.display()))
            .hint("a file of PEM begins with `-----BEGIN CERTIFICATE-----`")),
        Err(error) => Err(Error::usage(format!("`{}` is no PEM", path.display())).because(error)),
    }
}

/// What is wrong is told without the contents.
fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>> {
    let text = fs::read(path)?;
    let is_encrypted = memchr::memmem::find(&text, b"ENCRYPTED").is_some();
    PrivateKeyDer::from_pem_slice(&text).map_err(|_| {
        let error = Error::usage(format!("no private key in `{}`", path.display()));
        match is_encrypted {
            true => error.hint("it is encrypted; `openssl pkey -in FILE -out PLAIN` decrypts it"),
            false => error.hint("a file of PEM begins with `-----BEGIN PRIVATE KEY-----`"),
        }
    })
}
