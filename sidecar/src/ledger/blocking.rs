//! Work that waits for a disk.

use tokio::task::spawn_blocking;

/// Does `work` on a thread of its own. It is not cancelled with whoever waits for it.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match spawn_blocking(work).await {
        Ok(value) => value,
        // The work is never cancelled, so it panicked: that is a fault of the program, here as there.
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}
