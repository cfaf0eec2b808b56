//! Names of images: `[registry[:port]/]path[:tag][@digest]`.

/// The longest tag that a registry takes (OCI Distribution Specification, "Pulling manifests").
const MOST_OF_A_TAG: usize = 128;

/// The name without its tag and digest.
#[must_use]
pub fn repository(name: &str) -> &str {
    split(name).0
}

/// The tag; `None` where the name has none, which an engine takes for `latest`.
#[must_use]
pub fn tag(name: &str) -> Option<&str> {
    split(name).1
}

/// Why the image of a release can't be told from the one in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoImage {
    /// The image in force is pinned to a digest.
    #[error(
        "the image in force has a digest, which no other release shares: name the image with --image"
    )]
    Digest,
    /// The image in force has no tag.
    #[error("the image in force has no tag that follows the release: name the image with --image")]
    Untagged,
    /// The tag of the image in force is not the release's.
    #[error("the tag of the image in force is not the deployment tag: name the image with --image")]
    OtherTag,
    /// The release's name can't be an image's tag.
    #[error("the release's name can't be the tag of an image: name the image with --image")]
    Tag,
}

/// The image of the release `next_tag`: that of `current_image`, whose tag is `current_tag`, with or
/// without its leading `v`, and so is the next one's.
///
/// # Errors
/// [`NoImage`], where the tag does not follow the release, or can't.
pub fn for_release(
    current_image: &str,
    current_tag: &str,
    next_tag: &str,
) -> Result<String, NoImage> {
    if current_image.contains('@') {
        return Err(NoImage::Digest);
    }
    let (repository, tag) = split(current_image);
    let next = match tag.ok_or(NoImage::Untagged)? {
        tag if tag == current_tag => next_tag,
        tag if Some(tag) == current_tag.strip_prefix('v') => {
            next_tag.strip_prefix('v').unwrap_or(next_tag)
        }
        _ => return Err(NoImage::OtherTag),
    };
    if is_tag(next) { Ok(format!("{repository}:{next}")) } else { Err(NoImage::Tag) }
}

fn split(name: &str) -> (&str, Option<&str>) {
    let name = name.split_once('@').map_or(name, |(name, _)| name);
    match name.rsplit_once(':') {
        // A colon before the last slash is of a registry's port.
        Some((repository, tag)) if !tag.contains('/') => (repository, Some(tag)),
        _ => (name, None),
    }
}

/// `[A-Za-z0-9_][A-Za-z0-9._-]*`, and no longer than a registry takes.
fn is_tag(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    !text.is_empty()
        && text.len() <= MOST_OF_A_TAG
        && !text.starts_with(['.', '-'])
        && text.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: &str = "@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    #[test]
    fn a_port_is_no_tag_and_a_digest_none_either() {
        for (name, repository_of, tag_of) in [
            ("bot", "bot", None),
            ("bot:1", "bot", Some("1")),
            ("registry:5000/a/bot", "registry:5000/a/bot", None),
            ("registry:5000/a/bot:v1.2.3", "registry:5000/a/bot", Some("v1.2.3")),
            (&format!("registry:5000/bot:v1{DIGEST}"), "registry:5000/bot", Some("v1")),
            (&format!("bot{DIGEST}"), "bot", None),
        ] {
            assert_eq!((repository(name), tag(name)), (repository_of, tag_of), "{name}");
        }
    }

    #[test]
    fn the_next_releases_image_has_its_tag_as_the_current_one_has() {
        let long = format!("v{}", "1".repeat(MOST_OF_A_TAG));
        let longest = &long[1..];
        for (image, current, next, expected) in [
            ("h:5000/bot:v1.2.3", "v1.2.3", "v1.2.4", "h:5000/bot:v1.2.4"),
            ("h:5000/bot:1.2.3", "v1.2.3", "v1.2.4-rc.1", "h:5000/bot:1.2.4-rc.1"),
            ("h/bot:1.2.3", "1.2.3", "1.2.4", "h/bot:1.2.4"),
            ("h/bot:1.2.3", "v1.2.3", "deadbeef", "h/bot:deadbeef"),
            ("h/bot:deadbee", "deadbee", "v1.0.0", "h/bot:v1.0.0"),
            ("bot:v1.2.3", "v1.2.3", "v1.2.3", "bot:v1.2.3"),
            ("bot:1.2.3", "v1.2.3", &long, &format!("bot:{longest}")),
        ] {
            assert_eq!(
                for_release(image, current, next).as_deref(),
                Ok(expected),
                "{image} {next}"
            );
        }
    }

    #[test]
    fn an_image_that_does_not_follow_the_release_is_for_a_person_to_name() {
        let long = "1".repeat(MOST_OF_A_TAG + 1);
        for (image, current, next, expected) in [
            (&*format!("bot:v1.2.3{DIGEST}"), "v1.2.3", "v1.2.4", NoImage::Digest),
            ("h:5000/bot", "v1.2.3", "v1.2.4", NoImage::Untagged),
            ("", "", "v1.2.4", NoImage::Untagged),
            ("bot:latest", "v1.2.3", "v1.2.4", NoImage::OtherTag),
            ("bot:v1.2.3", "1.2.3", "1.2.4", NoImage::OtherTag),
            ("bot:vv1.2.3", "v1.2.3", "v1.2.4", NoImage::OtherTag),
            ("bot:v1.2.3", "v1.2.3", "v1.2.4+build.5", NoImage::Tag),
            ("bot:v1.2.3", "v1.2.3", &long, NoImage::Tag),
            ("bot:v1.2.3", "v1.2.3", "", NoImage::Tag),
            ("bot:v1.2.3", "v1.2.3", ".1", NoImage::Tag),
        ] {
            let refused = for_release(image, current, next);
            assert_eq!(refused, Err(expected), "{image} {next}");
            assert!(expected.to_string().contains("--image"));
        }
    }
}
