//! The commands that only look.

use super::Failure;
use crate::cli::Format;
use crate::docker::Compose;
use crate::{artifacts as table, books, history as events, status as state};

/// `deploy status`.
pub(crate) async fn status(compose: &Compose, format: Format) -> Result<String, Failure> {
    let stack = compose.stack().await?;
    let history = books::newest(&stack.folders.log, 1)?;
    let artifacts = books::artifacts(&stack.folders.state)?;
    let instances = compose.instances(&stack.project).await?;
    Ok(state::render(&artifacts, history.events().last(), &instances, format))
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
