//! A connection whose client must take what it is sent, and can read the last answer.

use std::cell::Cell;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep};
use tokio_rustls::server::TlsStream;

/// How long at the most, and how many bytes of it, a client may still send what nobody wants once it was answered.
const REST: (Duration, usize) = (Duration::from_secs(1), 4 << 20);
/// How long nothing may come of it.
const QUIET: Duration = Duration::from_millis(300);

tokio::task_local! {
    /// Whether the connection of this task only waits for work.
    static WORKS: Cell<bool>;
}

/// Has a connection served: in it, [`worked_for`] tells [`Patient`] what is waited for.
pub async fn served<F: Future>(connection: F) -> F::Output {
    WORKS.scope(Cell::new(false), connection).await
}

/// Waits for work that takes long, once the whole question was read. Where the client goes away meanwhile, its connection
/// ends, and this with it.
pub async fn worked_for<F: Future>(work: F) -> F::Output {
    let _works = Works::begin();
    work.await
}

struct Works;

impl Works {
    fn begin() -> Self {
        Self::tell(true);
        Self
    }

    /// Outside of a connection, as in tests of an answer alone, nobody asks.
    fn tell(works: bool) {
        WORKS.try_with(|known| known.set(works)).unwrap_or_default();
    }
}

impl Drop for Works {
    fn drop(&mut self) {
        Self::tell(false);
    }
}

/// A client of which more can be known than what it sends.
pub trait Client {
    /// Whether it can be seen that it has ended, without reading on.
    const LEAVES: bool;

    /// Whether it has ended, as far as nothing that it sent before is still to be read. The task is woken once that may
    /// be so.
    fn has_left(&self, context: &mut Context) -> bool;
}

impl Client for TcpStream {
    const LEAVES: bool = true;

    fn has_left(&self, context: &mut Context) -> bool {
        let mut byte = [0];
        matches!(self.poll_peek(context, &mut ReadBuf::new(&mut byte)), Poll::Ready(Ok(0) | Err(_)))
    }
}

/// Its end is a message like others.
impl Client for TlsStream<&mut TcpStream> {
    const LEAVES: bool = false;

    fn has_left(&self, _: &mut Context) -> bool {
        false
    }
}

/// Fails a write that gets nowhere for so long: else a client that never reads would hold its connection for ever.
///
/// Closed with something unread, a connection is reset, and the client loses an answer that it has not read yet, such as
/// that its request is too large. So that what it still sends is read and dropped, within limits, until it ends too.
///
/// A client that ends while work goes on for it has gone away, and is not waited for. That is looked for without reading
/// on: to read, hyper would need a second buffer for every request, since the question has the first one.
pub struct Patient<IO> {
    io: IO,
    patience: Duration,
    /// When it ends, while a write waits.
    end: Option<Pin<Box<Sleep>>>,
    /// What comes once nothing more is written.
    rest: Option<Rest>,
}

struct Rest {
    dropped: usize,
    /// When it ends in any case.
    end: Instant,
    /// When it ends if nothing comes. Apart from that of writes, which every flush sets back.
    quiet: Pin<Box<Sleep>>,
}

impl Rest {
    fn new() -> Self {
        Self { dropped: 0, end: Instant::now() + REST.0, quiet: Box::pin(tokio::time::sleep(QUIET)) }
    }

    /// Reads until the client ends too, or has had its time.
    fn drop_all(&mut self, io: &mut (impl AsyncRead + Unpin), context: &mut Context) -> Poll<()> {
        let mut bytes = [0; 8 << 10];
        while self.dropped < REST.1 {
            let mut buffer = ReadBuf::new(&mut bytes);
            match Pin::new(&mut *io).poll_read(context, &mut buffer) {
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => {
                    self.dropped += buffer.filled().len();
                    let quiet = self.end.min(Instant::now() + QUIET);
                    self.quiet.as_mut().reset(quiet);
                }
                Poll::Pending => return self.quiet.as_mut().poll(context),
                // The client has ended, or is gone.
                Poll::Ready(_) => break,
            }
        }
        Poll::Ready(())
    }
}

impl<IO: Unpin> Patient<IO> {
    /// Around a connection.
    pub fn new(io: IO, patience: Duration) -> Self {
        Self { io, patience, end: None, rest: None }
    }

    fn watch<T>(&mut self, context: &mut Context, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.end = None;
            return written;
        }
        let patience = self.patience;
        let end = self.end.get_or_insert_with(|| Box::pin(tokio::time::sleep(patience)));
        end.as_mut().poll(context).map(|()| Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<IO: AsyncRead + Unpin> AsyncRead for Patient<IO> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context, buffer: &mut ReadBuf) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(context, buffer)
    }
}

impl<IO: AsyncRead + AsyncWrite + Client + Unpin> AsyncWrite for Patient<IO> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.io).poll_write(context, bytes);
        self.watch(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context,
        bytes: &[IoSlice],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.io).poll_write_vectored(context, bytes);
        self.watch(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context) -> Poll<io::Result<()>> {
        // hyper flushes whenever it has nothing else to do.
        if WORKS.try_with(Cell::get).unwrap_or_default() && self.io.has_left(context) {
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        let flushed = Pin::new(&mut self.io).poll_flush(context);
        self.watch(context, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context) -> Poll<io::Result<()>> {
        let Self { io, rest, .. } = &mut *self;
        if let Some(rest) = rest {
            return rest.drop_all(io, context).map(Ok);
        }
        let ended = Pin::new(io).poll_shutdown(context);
        ready!(self.watch(context, ended))?;
        let Self { io, rest, .. } = &mut *self;
        rest.insert(Rest::new()).drop_all(io, context).map(Ok)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn who_goes_away_while_work_is_done_for_it_is_noticed() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let mut patient = Patient::new(listener.accept().await.unwrap().0, Duration::from_secs(60));
        let mut room = [0; 64];
        served(async {
            client.write_all(b"question").await.unwrap();
            patient.io.readable().await.unwrap();
            worked_for(patient.flush()).await.unwrap();
            assert_eq!(patient.read(&mut room).await.unwrap(), 8);
            worked_for(patient.flush()).await.unwrap();
            client.shutdown().await.unwrap();
            patient.io.readable().await.unwrap();
            // No work goes on: hyper reads, and sees the end as an end.
            patient.flush().await.unwrap();
            assert_eq!(worked_for(patient.flush()).await.unwrap_err().kind(), io::ErrorKind::ConnectionAborted);
            patient.flush().await.unwrap();
            assert_eq!(patient.read(&mut room).await.unwrap(), 0);
        })
        .await;
    }
}
