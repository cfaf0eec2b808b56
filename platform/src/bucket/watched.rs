//! A stream that fails when nothing has come or gone for a while.
//!
//! Only waiting counts: a reader that takes its time between two reads finds what came meanwhile.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

/// Watches a stream.
pub(super) struct Watched<S> {
    stream: S,
    silence: Duration,
    end: Pin<Box<Sleep>>,
    waiting: Waiting,
}

/// Who waits for something to come or to go.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Waiting {
    reader: bool,
    writer: bool,
}

impl<S> Watched<S> {
    /// Lets `stream` be silent for `silence`, in both directions at once, and no longer.
    pub(super) fn new(stream: S, silence: Duration) -> Self {
        Self { stream, silence, end: Box::pin(sleep(silence)), waiting: Waiting::default() }
    }

    /// `waiting` is who waits after this `progress`.
    fn watch<T>(
        &mut self,
        context: &mut Context<'_>,
        progress: Poll<io::Result<T>>,
        waiting: Waiting,
    ) -> Poll<io::Result<T>> {
        let began_to_wait = self.waiting == Waiting::default();
        self.waiting = waiting;
        if progress.is_ready() || began_to_wait {
            self.end.as_mut().reset(Instant::now() + self.silence);
        }
        // Also after progress: whoever waits in the other direction is not asked again for that.
        let is_over = self.end.as_mut().poll(context).is_ready();
        if progress.is_pending() && is_over {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        progress
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let progress = Pin::new(&mut self.stream).poll_read(context, buffer);
        let waiting = Waiting { reader: progress.is_pending(), ..self.waiting };
        self.watch(context, progress, waiting)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let progress = Pin::new(&mut self.stream).poll_write(context, bytes);
        let waiting = Waiting { writer: progress.is_pending(), ..self.waiting };
        self.watch(context, progress, waiting)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        // A flush that has nothing to do is no sign of life.
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    const SILENCE: Duration = Duration::from_millis(200);

    #[tokio::test]
    async fn silence_ends_a_read_and_a_write() {
        let (near, mut far) = tokio::io::duplex(8);
        let mut near = Watched::new(near, SILENCE);
        far.write_all(b"x").await.unwrap();
        assert_eq!(near.read_u8().await.unwrap(), b'x');
        assert_eq!(near.read_u8().await.unwrap_err().kind(), io::ErrorKind::TimedOut);
        let write = near.write_all(&[0; 9]).await;
        assert_eq!(write.unwrap_err().kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn a_reader_that_waits_is_not_forgotten_when_something_goes_the_other_way() {
        let (near, _far) = tokio::io::duplex(8);
        let (mut reader, mut writer) = tokio::io::split(Watched::new(near, SILENCE));
        let reading = tokio::time::timeout(10 * SILENCE, async {
            tokio::join!(biased; reader.read_u8(), writer.write_all(b"x")).0
        });
        let read = reading.await.expect("the silence has an end");
        assert_eq!(read.unwrap_err().kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn a_reader_that_takes_its_time_is_no_silence() {
        let (near, mut far) = tokio::io::duplex(8);
        let mut near = Watched::new(near, SILENCE);
        far.write_all(b"ab").await.unwrap();
        assert_eq!(near.read_u8().await.unwrap(), b'a');
        tokio::time::sleep(2 * SILENCE).await;
        assert_eq!(near.read_u8().await.unwrap(), b'b');
        let later = async {
            tokio::time::sleep(SILENCE / 2).await;
            far.write_all(b"c").await.unwrap();
        };
        assert_eq!(tokio::join!(near.read_u8(), later).0.unwrap(), b'c');
    }
}
