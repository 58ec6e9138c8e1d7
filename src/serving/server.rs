//! Connections: accepted, limited in number and time, and ended without losing a request.

use std::convert::Infallible;
use std::net::{SocketAddr, TcpListener};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_rustls::server::TlsStream;

use super::app::App;
use super::deadlines::Deadlines;
use super::patience::{self, Client, Patient};
use super::reload::Reloader;
use super::service::{Limits, Service};
use super::stop::Stop;
use super::tls::{PLAIN_HTTP, Tls};
use crate::error::{Error, Result};

/// Bytes of a request's head; of headers it may have 100, as hyper has it.
const HEAD: usize = 16 << 10;

/// Pause after accepting failed for want of something, such as free files.
const PAUSE: Duration = Duration::from_millis(50);

/// Bytes that glibc's allocator may keep where they were freed, once it has seen so many come and go: else it gives what a
/// large request took back to the system, and the next one waits for every page of it.
const KEPT: usize = 4 << 20;

/// How long connections go on as ever once the server is to stop.
const LAST: Duration = Duration::from_millis(100);

/// Pause between two looks at the files of the certificate.
const RENEWAL: Duration = Duration::from_secs(5);

/// Where a server listens, and how it is spoken to.
pub struct Listen {
    /// An address of this machine, or a name of one.
    pub host: String,
    /// The port; 0 is any that is free.
    pub port: u16,
    /// Whether it may listen without tokens where other machines reach it.
    pub open: bool,
    /// The certificate of HTTPS; without one it is HTTP.
    pub tls: Option<Tls>,
}

/// A server that listens.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    tls: Option<Arc<Tls>>,
    app: App,
}

impl Server {
    /// Listens. Connections wait until the server runs.
    ///
    /// # Errors
    /// Exit code 1 where the address is taken or not to be had, 2 where others reach it and nothing keeps them out.
    pub fn bind(listen: Listen, service: Service) -> Result<Self> {
        let Listen { host, port, open, tls } = listen;
        let failed = |error: std::io::Error| {
            let hint = match error.kind() {
                std::io::ErrorKind::AddrInUse => "another program listens there; choose another `--port`, 0 for any",
                std::io::ErrorKind::PermissionDenied => "ports below 1024 are for the system; choose another `--port`",
                _ => "`--host` is an address of this machine, such as 127.0.0.1 or 0.0.0.0",
            };
            Error::failure(format!("cannot listen on `{host}` port {port}")).because(error).hint(hint)
        };
        let listener = TcpListener::bind((host.as_str(), port)).map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        if !address.ip().to_canonical().is_loopback() && !open && !service.guard.has_tokens() {
            return Err(Error::usage(format!(
                "on `{host}` whoever reaches this machine could ask, and there is no token"
            ))
            .hint(
                "set one by `MLOPS_TOKEN_<NAME>`, such as `MLOPS_TOKEN_CI=$(openssl rand -hex 32)`, or say `--open`",
            ));
        }
        Ok(Self { listener, address, tls: tls.map(Arc::new), app: App::new(Arc::new(service)) })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Whether others can read the tokens that are sent to it.
    pub fn tells_tokens(&self) -> bool {
        self.app.service.guard.has_tokens() && self.tls.is_none() && !self.address.ip().to_canonical().is_loopback()
    }

    /// Its URL.
    pub fn url(&self) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    /// Answers until it is told to stop, on so many threads.
    ///
    /// # Errors
    /// Exit code 1 where the system gives no threads or sockets.
    pub fn run(self, threads: usize, stop: &Stop) -> Result<()> {
        let mut builder = match threads {
            0 | 1 => tokio::runtime::Builder::new_current_thread(),
            _ => tokio::runtime::Builder::new_multi_thread(),
        };
        if threads > 1 {
            builder.worker_threads(threads);
        }
        let failed = |error: std::io::Error| Error::failure("cannot start the server").because(error);
        drop(std::hint::black_box(Vec::<u8>::with_capacity(KEPT)));
        // Large requests are answered beside the others: as many at once as there are threads.
        let runtime = builder.max_blocking_threads(threads.max(1)).enable_all().build().map_err(failed)?;
        let service = Arc::clone(&self.app.service);
        let reloader = service.settings.reload.map(|every| Reloader::start(Arc::clone(&service), every));
        let accepted = runtime.block_on(self.accept(stop));
        // Whatever still goes on has had its time.
        runtime.shutdown_background();
        drop(reloader);
        service.close();
        accepted.map_err(failed)
    }

    async fn accept(self, stop: &Stop) -> std::io::Result<()> {
        let Self { listener, app, tls, .. } = self;
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let limits = app.service.settings.limits;
        let begin = |(stream, address): (TcpStream, SocketAddr), permit: OwnedSemaphorePermit| {
            let (app, tls, stop) = (app.clone(), tls.clone(), stop.clone());
            tokio::spawn(async move {
                let _permit = permit;
                patience::served(connected(stream, address, app, tls, &stop, &limits)).await;
            });
        };
        let room = Arc::new(Semaphore::new(limits.connections));
        let mut asked = pin!(stop.asked());
        let renewing = tls.clone().map(|tls| tokio::spawn(renew(tls)));
        loop {
            let next = async {
                let permit = Arc::clone(&room).acquire_owned().await.map_err(std::io::Error::other)?;
                Ok((listener.accept().await?, permit))
            };
            let accepted: std::io::Result<_> = tokio::select! {
                () = &mut asked => break,
                next = next => next,
            };
            match accepted {
                Ok((connection, permit)) => begin(connection, permit),
                Err(error) => {
                    tracing::warn!("cannot accept a connection: {error}");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
        // Whom the system has let in already is answered, too. The system itself is asked: the runtime may not know yet.
        let listener = listener.into_std()?;
        while let Ok(permit) = Arc::clone(&room).try_acquire_owned() {
            let Ok((stream, address)) = listener.accept() else { break };
            stream.set_nonblocking(true)?;
            begin((TcpStream::from_std(stream)?, address), permit);
        }
        drop(listener);
        renewing.inspect(tokio::task::JoinHandle::abort);
        // Every connection holds a permit, so that all of them are free when the last one has ended.
        let all = u32::try_from(limits.connections).unwrap_or(u32::MAX);
        let ended = tokio::time::timeout(limits.grace, room.acquire_many(all)).await;
        if ended.is_err() {
            tracing::warn!("connections were cut: they did not end within {} seconds", limits.grace.as_secs_f64());
        }
        Ok(())
    }
}

/// Looks for a new certificate from time to time.
async fn renew(tls: Arc<Tls>) {
    loop {
        tokio::time::sleep(RENEWAL).await;
        let tls = Arc::clone(&tls);
        tokio::task::spawn_blocking(move || tls.renew()).await.unwrap_or_default();
    }
}

/// Serves one connection to its end.
async fn connected(
    mut stream: TcpStream,
    address: SocketAddr,
    app: App,
    tls: Option<Arc<Tls>>,
    stop: &Stop,
    limits: &Limits,
) {
    // Without it, small answers wait for more.
    stream.set_nodelay(true).unwrap_or_default();
    let service = Arc::clone(&app.service);
    let _ongoing = service.metrics.connection();
    let Some(tls) = tls else { return serve(stream, address, app, stop, limits).await };
    let mut shaking = pin!(tokio::time::timeout(limits.read, shake_hands(&mut stream, &tls)));
    let shaken = tokio::select! {
        biased;
        shaken = shaking.as_mut() => shaken,
        // The client may have sent its question right behind its last part of it.
        () = stop.asked() => match tokio::time::timeout(LAST, shaking).await {
            Ok(shaken) => shaken,
            Err(_) => return,
        }
    };
    match shaken {
        Ok(Ok(stream)) => serve(stream, address, app, stop, limits).await,
        Ok(Err(error)) => tracing::debug!(client = %address, "no TLS: {error}"),
        Err(_) => tracing::debug!(client = %address, "no TLS within {} seconds", limits.read.as_secs_f64()),
    }
}

/// Agrees on keys with a client; who speaks HTTP is told to speak HTTPS.
async fn shake_hands<'s>(stream: &'s mut TcpStream, tls: &Tls) -> std::io::Result<TlsStream<&'s mut TcpStream>> {
    let mut first = [0];
    if stream.peek(&mut first).await? == 1 && first[0].is_ascii_alphabetic() {
        stream.write_all(PLAIN_HTTP.as_bytes()).await?;
        stream.shutdown().await?;
        // Closed with something unread, the connection would be reset before the answer is read.
        tokio::io::copy(&mut stream.take(HEAD as u64), &mut tokio::io::sink()).await?;
        return Err(std::io::Error::other("the client speaks HTTP"));
    }
    tls.acceptor().accept(stream).await
}

async fn serve<IO>(stream: IO, address: SocketAddr, app: App, stop: &Stop, limits: &Limits)
where
    IO: AsyncRead + AsyncWrite + Client + Unpin,
{
    let stream = Patient::new(stream, limits.read);
    let respond = |request| {
        let app = &app;
        async move { Ok::<_, Infallible>(app.respond(request, Some(address)).await) }
    };
    let connection = http1::Builder::new()
        .timer(Deadlines::new())
        .header_read_timeout(limits.read)
        // `Patient` sees who goes away.
        .half_close(IO::LEAVES)
        .max_buf_size(HEAD)
        .serve_connection(TokioIo::new(stream), service_fn(respond));
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        biased;
        ended = connection.as_mut() => ended,
        // One of which nothing was read yet would be closed at once, though a request may be on its way.
        () = stop.asked() => match tokio::time::timeout(LAST, connection.as_mut()).await {
            Ok(ended) => ended,
            Err(_) => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        }
    };
    if let Err(error) = ended {
        tracing::debug!(client = %address, "connection ended: {error}");
    }
}
