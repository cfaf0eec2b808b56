//! Names of images: `[registry[:port]/]path[:tag][@digest]`.

/// The name without its tag and digest.
#[must_use]
pub fn repository(name: &str) -> &str {
    let name = name.split_once('@').map_or(name, |(name, _)| name);
    match name.rsplit_once(':') {
        // A colon before the last slash is of a registry's port.
        Some((repository, tag)) if !tag.contains('/') => repository,
        _ => name,
    }
}
