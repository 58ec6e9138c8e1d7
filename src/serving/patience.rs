//! A connection whose client must take what it is sent, and can read the last answer.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

/// How long, and how many bytes of it, a client that was answered early may still send what nobody wants.
const REST: (Duration, usize) = (Duration::from_secs(1), 4 << 20);

/// Fails a write that gets nowhere for so long: else a client that never reads would hold its connection for ever.
///
/// Closed with something unread, a connection is reset, and the client loses an answer that it has not read yet, such as
/// that its request is too large. So that the rest of what it sends is read and dropped, within limits.
pub struct Patient<IO> {
    io: IO,
    patience: Duration,
    /// When it ends, while something waits.
    end: Option<Pin<Box<Sleep>>>,
    /// Bytes dropped, once nothing more is written.
    dropped: Option<usize>,
}

impl<IO: Unpin> Patient<IO> {
    /// Around a connection.
    pub fn new(io: IO, patience: Duration) -> Self {
        Self { io, patience, end: None, dropped: None }
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

impl<IO: AsyncRead + Unpin> Patient<IO> {
    /// Drops what has come; where that was something, what comes after it too.
    fn drop_rest(&mut self, mut dropped: usize, context: &mut Context) -> Poll<()> {
        let mut rest = [0; 8 << 10];
        while dropped < REST.1 {
            let mut buffer = ReadBuf::new(&mut rest);
            match Pin::new(&mut self.io).poll_read(context, &mut buffer) {
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => dropped += buffer.filled().len(),
                Poll::Pending if dropped > 0 => {
                    self.dropped = Some(dropped);
                    return self.end.get_or_insert_with(|| Box::pin(tokio::time::sleep(REST.0))).as_mut().poll(context);
                }
                // The client has ended too, is gone, or has nothing on its way.
                _ => break,
            }
        }
        Poll::Ready(())
    }
}

impl<IO: AsyncRead + Unpin> AsyncRead for Patient<IO> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context, buffer: &mut ReadBuf) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(context, buffer)
    }
}

impl<IO: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Patient<IO> {
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
        let flushed = Pin::new(&mut self.io).poll_flush(context);
        self.watch(context, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context) -> Poll<io::Result<()>> {
        if self.dropped.is_none() {
            let ended = Pin::new(&mut self.io).poll_shutdown(context);
            ready!(self.watch(context, ended))?;
            self.dropped = Some(0);
        }
        let dropped = self.dropped.unwrap_or(0);
        self.drop_rest(dropped, context).map(Ok)
    }
}
