//! What a panic says: where, and nothing else. Its payload may quote a value.

use std::panic::PanicHookInfo;

use crate::exit::ExitCode;

/// Makes a panic log its location and end the process with [`ExitCode::Fault`].
pub(super) fn install_panic_hook() {
    std::panic::set_hook(Box::new(|info| {
        log(info);
        // Not `std::process::exit`, whose exit handlers may wait for what the panic left locked.
        signal_hook::low_level::exit(i32::from(ExitCode::Fault.code()));
    }));
}

fn log(info: &PanicHookInfo<'_>) {
    if let Some(at) = info.location() {
        tracing::error!(file = at.file(), line = at.line(), "the program panicked");
    } else {
        tracing::error!("the program panicked");
    }
}
