//! Connections: accepted, limited in number and time, and ended without losing a request.

use std::net::{SocketAddr, TcpListener};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tokio::sync::{Semaphore, watch};

use super::app::{App, Client};
use super::reload::Reloader;
use super::service::{Limits, Service};
use crate::error::{Error, Result};

/// Headers of a request, and bytes of its head.
const HEADERS: usize = 64;
const HEAD: usize = 16 << 10;

/// Pause after accepting failed for want of something, such as free files.
const PAUSE: Duration = Duration::from_millis(50);

/// Tells a server to stop, from any thread.
#[derive(Debug, Clone)]
pub struct Stop(Arc<watch::Sender<bool>>);

impl Stop {
    /// Not asked yet.
    pub fn new() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }

    /// No more connections are accepted; what was accepted is answered.
    pub fn ask(&self) {
        self.0.send_replace(true);
    }

    async fn asked(&self) {
        let mut receiver = self.0.subscribe();
        // The sender is here, so that waiting cannot fail.
        receiver.wait_for(|asked| *asked).await.map(|_| ()).unwrap_or_default();
    }
}

impl Default for Stop {
    fn default() -> Self {
        Self::new()
    }
}

/// A server that listens.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    app: App,
}

impl Server {
    /// Listens on an address: port 0 is any that is free. Connections wait until the server runs.
    ///
    /// # Errors
    /// Exit code 1 where the address is taken or not to be had, 2 for a host that is none.
    pub fn bind(host: &str, port: u16, service: Service) -> Result<Self> {
        let failed = |error: std::io::Error| {
            let hint = match error.kind() {
                std::io::ErrorKind::AddrInUse => "another program listens there; choose another `--port`, 0 for any",
                std::io::ErrorKind::PermissionDenied => "ports below 1024 are for the system; choose another `--port`",
                _ => "`--host` is an address of this machine, such as 127.0.0.1 or 0.0.0.0",
            };
            Error::failure(format!("cannot listen on `{host}` port {port}")).because(error).hint(hint)
        };
        let listener = TcpListener::bind((host, port)).map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(Self { listener, address, app: App::new(Arc::new(service)) })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
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
        let listener = tokio::net::TcpListener::from_std(self.listener)?;
        let limits = self.app.service.settings.limits;
        let room = Arc::new(Semaphore::new(limits.connections));
        let mut asked = pin!(stop.asked());
        loop {
            let next = async {
                let permit = Arc::clone(&room).acquire_owned().await;
                (permit, listener.accept().await)
            };
            let (permit, accepted) = tokio::select! {
                () = &mut asked => break,
                next = next => next,
            };
            match accepted {
                Ok((stream, address)) => {
                    let (app, stop) = (self.app.clone(), stop.clone());
                    tokio::spawn(async move {
                        let _permit = permit;
                        serve(stream, address, app, &stop, &limits).await;
                    });
                }
                Err(error) => {
                    tracing::warn!("cannot accept a connection: {error}");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
        drop(listener);
        // Every connection holds a permit, so that all of them are free when the last one has ended.
        let all = u32::try_from(limits.connections).unwrap_or(u32::MAX);
        let ended = tokio::time::timeout(limits.grace, room.acquire_many(all)).await;
        if ended.is_err() {
            tracing::warn!("connections were cut: they did not end within {} seconds", limits.grace.as_secs_f64());
        }
        Ok(())
    }
}

/// Serves one connection to its end.
async fn serve(stream: TcpStream, address: SocketAddr, app: App, stop: &Stop, limits: &Limits) {
    // Without it, small answers wait for more.
    stream.set_nodelay(true).unwrap_or_default();
    let service = Arc::clone(&app.service);
    let _ongoing = service.metrics.connection();
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.read)
        .max_headers(HEADERS)
        .max_buf_size(HEAD)
        .serve_connection(TokioIo::new(stream), Client { app, address });
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stop.asked() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(client = %address, "connection ended: {error}");
    }
}
