//! How large the parts of an upload are: one at a time is in memory, and there are 10,000 at most
//! (Amazon's "multipart upload limits", which every store keeps to).

const MEBIBYTE: u64 = 1024 * 1024;
const SMALLEST: u64 = 8 * MEBIBYTE;
const LARGEST: u64 = 40 * MEBIBYTE;
const MOST_PARTS: u64 = 10_000;

/// The size of the parts of a file of `size_bytes`, in bytes; `None` for one that has no room in
/// 10,000 parts, which is over 390 GiB.
pub(super) fn part_bytes(size_bytes: u64) -> Option<usize> {
    let needed = size_bytes.div_ceil(MOST_PARTS).next_multiple_of(MEBIBYTE).max(SMALLEST);
    (needed <= LARGEST).then_some(needed).and_then(|bytes| usize::try_from(bytes).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_ten_thousand_parts_at_most_and_each_has_room_in_memory() {
        let gibibyte = 1024 * MEBIBYTE;
        for size in [0, 1, SMALLEST, 80_000 * MEBIBYTE, 80_000 * MEBIBYTE + 1, 390 * gibibyte] {
            let part = part_bytes(size).unwrap() as u64;
            assert!(size.div_ceil(part) <= MOST_PARTS, "{size}");
            assert!(
                (SMALLEST..=LARGEST).contains(&part) && part.is_multiple_of(MEBIBYTE),
                "{size}"
            );
        }
        assert_eq!(part_bytes(400_000 * MEBIBYTE), Some(40 * 1024 * 1024));
        assert_eq!(part_bytes(400_000 * MEBIBYTE + 1), None);
    }
}
