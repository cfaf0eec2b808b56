//! How many rows each table has: in the database's snapshot, and in the dump made of it.

use std::collections::{BTreeMap, BTreeSet};

use domain::backup::TableRows;

use crate::script::Table;

/// What the snapshot holds of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// The table.
    pub table: Table,
    /// The partitioned table that it is a part of, at the top.
    pub root: Option<Table>,
    /// Its rows.
    pub rows: u64,
    /// The same as the manifest has it, with the names as in SQL.
    pub listed: TableRows,
}

/// How many tables of the dump don't have the rows that they should have. A table of the snapshot
/// that has no rows in the dump at all, not even a block of none, differs too.
///
/// `pg_dump` writes the rows of a partition under the name of its root where they may belong to
/// another partition after the restore (hash partitions of an enum); then the sums are compared.
#[must_use]
pub fn differences(expected: &[Expected], found: &BTreeMap<Table, u64>) -> usize {
    let mut sums: BTreeMap<&Table, u64> = BTreeMap::new();
    for Expected { table, root, rows, .. } in expected {
        let through_root = root.as_ref().filter(|root| found.contains_key(root));
        *sums.entry(through_root.unwrap_or(table)).or_default() += rows;
    }
    let tables: BTreeSet<&Table> = sums.keys().copied().chain(found.keys()).collect();
    tables.iter().filter(|table| sums.get(**table) != found.get(**table)).count()
}

/// How many tables of a restored copy, or trees of partitions, don't have the rows that they should
/// have. Which of its partitions a row of a hash partitioned table goes to may differ between two
/// databases, so those are compared by their sum; each of them has to be there.
#[must_use]
pub fn copied(expected: &[Expected], found: &[Expected]) -> usize {
    let (expected, found) = (trees(expected), trees(found));
    let roots: BTreeSet<&Table> = expected.keys().chain(found.keys()).copied().collect();
    roots.iter().filter(|root| expected.get(**root) != found.get(**root)).count()
}

/// Each table that is no partition, and each root of partitions: which tables it has, and their rows.
fn trees(counted: &[Expected]) -> BTreeMap<&Table, (BTreeSet<&Table>, u64)> {
    let mut trees: BTreeMap<&Table, (BTreeSet<&Table>, u64)> = BTreeMap::new();
    for Expected { table, root, rows, .. } in counted {
        let (tables, sum) = trees.entry(root.as_ref().unwrap_or(table)).or_default();
        tables.insert(table);
        *sum += rows;
    }
    trees
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(name: &str) -> Table {
        Table::new("public", name)
    }

    fn expected(name: &str, root: Option<&str>, rows: u64) -> Expected {
        let listed = TableRows { table: name.to_owned(), root: root.map(str::to_owned), rows };
        Expected { table: table(name), root: root.map(table), rows, listed }
    }

    fn found<const N: usize>(rows: [(&str, u64); N]) -> BTreeMap<Table, u64> {
        rows.map(|(name, rows)| (table(name), rows)).into()
    }

    #[test]
    fn a_table_too_few_too_many_and_of_other_size_differ() {
        let snapshot = [expected("a", None, 1), expected("b", None, 0)];
        assert_eq!(differences(&snapshot, &found([("a", 1), ("b", 0)])), 0);
        assert_eq!(differences(&snapshot, &found([("a", 2), ("b", 0)])), 1);
        assert_eq!(differences(&snapshot, &found([("a", 1)])), 1, "no block for an empty table");
        assert_eq!(differences(&snapshot, &found([])), 2, "a dump of the schema alone");
        assert_eq!(differences(&snapshot, &found([("a", 1), ("b", 0), ("c", 0)])), 1);
    }

    #[test]
    fn partitions_are_compared_alone_or_through_their_root() {
        let snapshot = [expected("p0", Some("p"), 3), expected("p1", Some("p"), 4)];
        assert_eq!(differences(&snapshot, &found([("p0", 3), ("p1", 4)])), 0);
        assert_eq!(differences(&snapshot, &found([("p0", 4), ("p1", 3)])), 2);
        assert_eq!(differences(&snapshot, &found([("p", 7)])), 0);
        assert_eq!(differences(&snapshot, &found([("p", 6)])), 1);
    }

    #[test]
    fn a_copy_has_the_same_tables_and_rows_wherever_its_partitions_put_them() {
        let source =
            [expected("a", None, 1), expected("p0", Some("p"), 3), expected("p1", Some("p"), 4)];
        let copy = |a: u64, p0: u64, p1: u64| {
            vec![
                expected("a", None, a),
                expected("p0", Some("p"), p0),
                expected("p1", Some("p"), p1),
            ]
        };
        assert_eq!(copied(&source, &copy(1, 3, 4)), 0);
        assert_eq!(copied(&source, &copy(1, 7, 0)), 0);
        assert_eq!(copied(&source, &copy(1, 3, 3)), 1);
        assert_eq!(copied(&source, &copy(0, 3, 5)), 2);
        assert_eq!(copied(&source, &copy(1, 3, 4)[..2]), 1, "a partition is missing");
        assert_eq!(copied(&source, &copy(1, 3, 4)[1..]), 1, "a table is missing");
        assert_eq!(copied(&source[..1], &copy(1, 0, 0)), 1, "a table too many");
    }
}
