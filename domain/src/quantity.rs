//! Units as the data model names them.

/// Bytes in one megabyte: `_mb` attributes are decimal megabytes, as disks and registries count.
pub const BYTES_PER_MEGABYTE: u64 = 1_000_000;

/// Bytes as whole megabytes, rounded up, so that only nothing at all is `0`.
#[must_use]
pub const fn megabytes(bytes: u64) -> u64 {
    bytes.div_ceil(BYTES_PER_MEGABYTE)
}

#[cfg(test)]
mod tests {
    use super::megabytes;

    #[test]
    fn a_part_of_a_megabyte_counts_as_one() {
        for (bytes, expected) in [(0, 0), (1, 1), (1_000_000, 1), (1_000_001, 2)] {
            assert_eq!(megabytes(bytes), expected);
        }
    }
}
