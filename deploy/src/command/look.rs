//! The commands that only look.

use platform::lock;
use platform::records::deployment_lock;

use super::Failure;
use crate::cli::Format;
use crate::docker::Compose;
use crate::intent::Intent;
use crate::status::Work;
use crate::{artifacts as table, books, history as events, status as state};

/// `deploy status`.
pub(crate) async fn status(compose: &Compose, format: Format) -> Result<String, Failure> {
    let stack = compose.stack().await?;
    let history = books::newest(&stack.folders.log, 1)?;
    let artifacts = books::artifacts(&stack.folders.state)?;
    let instances = compose.instances(&stack.project).await?;
    let newest = history.events().last();
    let state_dir = &stack.folders.state;
    let is_held = lock::is_held(&deployment_lock(state_dir)).unwrap_or_default();
    let is_noted = matches!(Intent::left_in(state_dir), Ok(Some(_)) | Err(_));
    let work = match (is_held, is_noted) {
        (true, _) => Work::UnderWay,
        (false, true) => Work::Interrupted,
        (false, false) => Work::None,
    };
    Ok(state::render(&artifacts, newest, work, &instances, format))
}

/// `deploy history`.
pub(crate) async fn history(
    compose: &Compose,
    limit: usize,
    format: Format,
) -> Result<String, Failure> {
    let stack = compose.stack().await?;
    let history = books::newest(&stack.folders.log, limit)?;
    Ok(events::render(history.events(), limit, format))
}

/// `deploy artifacts`.
pub(crate) async fn artifacts(compose: &Compose, format: Format) -> Result<String, Failure> {
    let stack = compose.stack().await?;
    Ok(table::render(&books::artifacts(&stack.folders.state)?, format))
}
