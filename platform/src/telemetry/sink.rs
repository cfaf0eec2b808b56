//! stderr as the logs see it: a write waits a bounded time for a reader, then the line is lost
//! and counted. It never fails and never panics.

use std::io::{self, Write};
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// A pipe that is ready takes this much without blocking (`PIPE_BUF`).
const CHUNK_BYTES: usize = 4096;

const PATIENCE: Timespec = Timespec { tv_sec: 1, tv_nsec: 0 };
const NO_PATIENCE: Timespec = Timespec { tv_sec: 0, tv_nsec: 0 };

static STALLED: AtomicBool = AtomicBool::new(false);
static LOST: AtomicU64 = AtomicU64::new(0);

/// Writes lines to stderr; `note` makes the line that tells how many were lost.
pub(super) struct Stderr<N>(pub(super) N);

impl<N: Fn(u64) -> String> Write for Stderr<N> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        write_line(&io::stderr(), line, &self.0);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn write_line(to: &impl AsFd, line: &[u8], note: impl Fn(u64) -> String) {
    let lost = LOST.load(Ordering::Relaxed);
    if lost > 0 {
        if !write_all(to, note(lost).as_bytes()) {
            LOST.fetch_add(1, Ordering::Relaxed);
            return;
        }
        LOST.fetch_sub(lost, Ordering::Relaxed);
    }
    if !write_all(to, line) {
        LOST.fetch_add(1, Ordering::Relaxed);
    }
}

fn write_all(to: &impl AsFd, bytes: &[u8]) -> bool {
    let mut left = bytes;
    while !left.is_empty() {
        if !ready(to) {
            return false;
        }
        match rustix::io::write(to, &left[..left.len().min(CHUNK_BYTES)]) {
            Ok(0) => return false,
            Ok(written) => left = &left[written..],
            Err(rustix::io::Errno::INTR | rustix::io::Errno::AGAIN) => {}
            Err(_) => return false,
        }
    }
    true
}

/// Waits until `to` takes bytes. Once a reader has let it wait in vain, it gets no more patience
/// until it reads again, so that its lag costs the program one second and not one for each line.
fn ready(to: &impl AsFd) -> bool {
    let patience = if STALLED.load(Ordering::Relaxed) { NO_PATIENCE } else { PATIENCE };
    let mut files = [PollFd::new(to, PollFlags::OUT)];
    let ready = matches!(poll(&mut files, Some(&patience)), Ok(1..))
        && files[0].revents().contains(PollFlags::OUT);
    STALLED.store(!ready, Ordering::Relaxed);
    ready
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::time::{Duration, Instant};

    use super::*;

    #[test]
    fn a_reader_that_stopped_or_went_away_never_stops_the_writer() {
        let note = |lost| format!("{lost} lost\n");
        let (mut reader, writer) = std::io::pipe().unwrap();
        let begun = Instant::now();
        for _ in 0..100 {
            write_line(&writer, &[b'x'; 4000], note);
        }
        assert!(begun.elapsed() < Duration::from_secs(10));
        assert!(LOST.load(Ordering::Relaxed) > 0);

        let mut buffer = vec![0; 1 << 20];
        while reader.read(&mut buffer).unwrap() == buffer.len() {}
        write_line(&writer, b"again\n", note);
        let read = reader.read(&mut buffer).unwrap();
        let text = String::from_utf8_lossy(&buffer[..read]);
        assert!(text.contains(" lost\n") && text.ends_with("again\n"), "{text}");

        drop(reader);
        write_line(&writer, b"gone\n", note);
    }
}
