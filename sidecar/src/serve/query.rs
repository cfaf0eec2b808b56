//! The one parameter that there is.

use chrono::{DateTime, Utc};
use percent_encoding::percent_decode_str;

/// A query that can't be read, or has a parameter that is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BadQuery;

/// `before` of a query: a time by RFC 3339. A `+` is a plus, for that is what a time zone has.
pub(super) fn before(query: &str) -> Result<Option<DateTime<Utc>>, BadQuery> {
    if query.is_empty() {
        return Ok(None);
    }
    let value = query.strip_prefix("before=").ok_or(BadQuery)?;
    let value = percent_decode_str(value).decode_utf8().map_err(|_| BadQuery)?;
    // RFC 3339 lets others agree on a space; a URL has none.
    if value.as_bytes().get(10).is_none_or(|byte| !byte.eq_ignore_ascii_case(&b'T')) {
        return Err(BadQuery);
    }
    let time = DateTime::parse_from_rfc3339(&value).map_err(|_| BadQuery)?;
    Ok(Some(time.to_utc()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_in_any_zone_and_coding() {
        let time = "2026-01-02T03:04:05Z".parse().unwrap();
        for query in [
            "before=2026-01-02T03:04:05Z",
            "before=2026-01-02t03:04:05z",
            "before=2026-01-02T03%3A04%3A05Z",
            "before=2026-01-02T04:04:05+01:00",
            "before=2026-01-02T04:04:05%2B01:00",
            "before=2026-01-02T03:04:05.000Z",
        ] {
            assert_eq!(before(query), Ok(Some(time)), "{query}");
        }
        assert_eq!(before(""), Ok(None));
    }

    #[test]
    fn anything_else_is_bad() {
        for query in [
            "before=",
            "before",
            "before=2026-01-02",
            "before=2026-13-02T03:04:05Z",
            "before=2026-01-02 03:04:05Z",
            "before=2026-01-02%2003:04:05Z",
            "before=%FF",
            "before=1767323045",
            "before=2026-01-02T03:04:05Z&before=2026-01-02T03:04:05Z",
            "before=2026-01-02T03:04:05Z&x=1",
            "after=2026-01-02T03:04:05Z",
            "Before=2026-01-02T03:04:05Z",
        ] {
            assert_eq!(before(query), Err(BadQuery), "{query}");
        }
    }
}
