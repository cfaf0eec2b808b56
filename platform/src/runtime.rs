//! The tokio runtime: one thread, and an end that waits for nothing.

use std::io;

use tokio::runtime::Builder;

/// How many lookups and other blocking calls run at once, each on a thread of its own.
const BLOCKING_THREADS: usize = 8;

/// Runs `work` to its end on this thread. What is left then, a lookup that hangs for example, is
/// not waited for.
///
/// # Errors
/// The system refuses the runtime its files.
pub fn run<F: Future>(work: F) -> io::Result<F::Output> {
    let runtime = Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .max_blocking_threads(BLOCKING_THREADS)
        .build()?;
    let output = runtime.block_on(work);
    runtime.shutdown_background();
    Ok(output)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    #[test]
    fn a_call_that_hangs_does_not_hold_the_end_up() {
        let begun = Instant::now();
        super::run(async {
            tokio::task::spawn_blocking(|| std::thread::sleep(Duration::from_secs(5)));
            tokio::task::yield_now().await;
        })
        .unwrap();
        assert!(begun.elapsed() < Duration::from_secs(4));
    }
}
