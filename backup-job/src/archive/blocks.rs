//! A script compressed by several threads, in blocks: each is a member of its own, and such a file is
//! gzip like any other (RFC 1952, 2.2).
//!
//! A fixed number of blocks goes round: from who reads, through one of the workers, to who writes, and
//! back. So memory is bounded, and whoever is faster waits. The workers are served in turns, and what
//! they have done is taken in the same turns: that keeps the order. When anyone ends, for whatever
//! reason, those beside find their channel closed and end too.

use std::io::{self, Read, Write};
use std::num::NonZero;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{available_parallelism, scope};

use libdeflater::{CompressionLvl, Compressor};

use super::WriteError;

/// Larger ones gain under 0.1 % in size.
const BLOCK_BYTES: usize = 256 * 1024;

/// What reads and writes beside them, and the server, have no use for more.
const MAX_WORKERS: usize = 4;

/// One is at work, one waits for it, one is being written.
const BLOCKS_PER_WORKER: usize = 3;

#[derive(Default)]
struct Block {
    script: Vec<u8>,
    gzip: Vec<u8>,
}

/// Writes `script` to `file`, compressed, until its end, and gives the file back.
///
/// # Errors
/// [`WriteError`].
pub(super) fn compress<W: Write>(
    script: impl Read + Send,
    mut file: W,
    level: u8,
) -> Result<W, WriteError> {
    let workers = available_parallelism().map_or(1, NonZero::get).min(MAX_WORKERS);
    let (free, empty) = channel();
    for _ in 0..workers * BLOCKS_PER_WORKER {
        let _ = free.send(Block::default());
    }
    scope(|scope| {
        let (mut filled, mut packed) = (Vec::new(), Vec::new());
        for _ in 0..workers {
            let (to_worker, from_reader) = channel();
            let (to_writer, from_worker) = channel();
            scope.spawn(move || pack(level, &from_reader, &to_writer));
            filled.push(to_worker);
            packed.push(from_worker);
        }
        let reader = scope.spawn(move || fill(script, &empty, &filled));
        let written = store(&mut file, packed, free);
        let read = reader.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        written.map_err(WriteError::Write)?;
        read.map_err(WriteError::Read)
    })?;
    Ok(file)
}

/// Cuts the script into blocks. An empty script is one empty block.
fn fill(
    mut script: impl Read,
    empty: &Receiver<Block>,
    workers: &[Sender<Block>],
) -> io::Result<()> {
    for worker in workers.iter().cycle() {
        let Ok(mut block) = empty.recv() else { break };
        block.script.clear();
        let room = BLOCK_BYTES as u64;
        script.by_ref().take(room).read_to_end(&mut block.script)?;
        let last = block.script.len() < BLOCK_BYTES;
        if worker.send(block).is_err() || last {
            break;
        }
    }
    Ok(())
}

/// Makes a member of gzip of each block.
fn pack(level: u8, filled: &Receiver<Block>, writer: &Sender<io::Result<Block>>) {
    let level = CompressionLvl::new(level.into()).unwrap_or_default();
    let mut compressor = Compressor::new(level);
    for mut block in filled {
        block.gzip.resize(compressor.gzip_compress_bound(block.script.len()), 0);
        let made = compressor.gzip_compress(&block.script, &mut block.gzip);
        let made = made.map_err(io::Error::other).map(|length| {
            block.gzip.truncate(length);
            block
        });
        if writer.send(made).is_err() {
            break;
        }
    }
}

/// Writes the members in their order, and lets their blocks go round again.
#[expect(clippy::needless_pass_by_value, reason = "the channels close here, which ends the others")]
fn store(
    file: &mut impl Write,
    workers: Vec<Receiver<io::Result<Block>>>,
    free: Sender<Block>,
) -> io::Result<()> {
    for worker in workers.iter().cycle() {
        let Ok(block) = worker.recv() else { break };
        let block = block?;
        file.write_all(&block.gzip)?;
        let _ = free.send(block);
    }
    file.flush()
}

#[cfg(test)]
mod tests {
    use flate2::read::MultiGzDecoder;

    use super::*;

    fn unpacked(file: &[u8]) -> Vec<u8> {
        let mut script = Vec::new();
        MultiGzDecoder::new(file).read_to_end(&mut script).unwrap();
        script
    }

    #[test]
    fn blocks_keep_their_order_however_many_there_are_and_wherever_the_last_ends() {
        let counted: Vec<u8> = (0_u32..1_000_000).flat_map(u32::to_le_bytes).collect();
        for length in [0, 1, BLOCK_BYTES - 1, BLOCK_BYTES, BLOCK_BYTES + 1, counted.len()] {
            let script = &counted[..length];
            let file = compress(script, Vec::new(), 1).unwrap();
            assert!(unpacked(&file) == script, "{length}");
        }
    }

    #[test]
    fn every_level_makes_gzip() {
        let script = b"1\tsome row\n".repeat(1000);
        for level in 1..=12 {
            assert!(unpacked(&compress(&*script, Vec::new(), level).unwrap()) == script, "{level}");
        }
    }

    /// Rows without end.
    struct Endless;

    impl Read for Endless {
        fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
            bytes.fill(b'x');
            Ok(bytes.len())
        }
    }

    #[test]
    fn a_disk_that_is_full_ends_those_who_read_and_compress() {
        let mut small = vec![0; 100_000];
        let full = compress(Endless, small.as_mut_slice(), 1);
        assert!(matches!(full, Err(WriteError::Write(_))));
    }

    struct Panics;

    impl Read for Panics {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            panic!("told")
        }
    }

    #[test]
    #[should_panic(expected = "told")]
    fn a_panic_of_the_reader_is_not_taken_for_the_end_of_the_script() {
        let _ = compress(Panics, io::sink(), 1);
    }
}
