//! A table's name, as a dump writes it.

/// A table, its schema and its name in the encoding of the database, without quotes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Table {
    /// The schema.
    pub schema: Vec<u8>,
    /// The table's own name.
    pub name: Vec<u8>,
}

impl Table {
    /// A table by the two parts of its name.
    #[must_use]
    pub fn new(schema: impl Into<Vec<u8>>, name: impl Into<Vec<u8>>) -> Self {
        Self { schema: schema.into(), name: name.into() }
    }

    /// The table of `schema.name`, quoted as in SQL. `None` when it is anything else.
    #[must_use]
    pub fn of_sql(name: &str) -> Option<Self> {
        let (schema, rest) = identifier(name.as_bytes())?;
        let (name, rest) = identifier(rest.strip_prefix(b".")?)?;
        rest.is_empty().then_some(Self { schema, name })
    }

    /// The table of a `COPY schema.name (…) FROM stdin` statement. `None` when it is anything else.
    pub(super) fn of_copy(statement: &[u8]) -> Option<Self> {
        let rest = statement.strip_prefix(b"COPY ")?.strip_suffix(b" FROM stdin")?;
        let (schema, rest) = identifier(rest)?;
        let (name, rest) = identifier(rest.strip_prefix(b".")?)?;
        let columns = rest.trim_ascii();
        let listed = columns.starts_with(b"(") && columns.ends_with(b")");
        (columns.is_empty() || listed).then_some(Self { schema, name })
    }
}

fn identifier(text: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let Some(mut rest) = text.strip_prefix(b"\"") else {
        let end = text.iter().position(|byte| !is_plain(*byte)).unwrap_or(text.len());
        return (end > 0).then(|| (text[..end].to_vec(), &text[end..]));
    };
    let mut name = Vec::new();
    loop {
        let quote = rest.iter().position(|byte| *byte == b'"')?;
        name.extend_from_slice(&rest[..quote]);
        rest = &rest[quote + 1..];
        match rest.strip_prefix(b"\"") {
            Some(more) => {
                name.push(b'"');
                rest = more;
            }
            None => return Some((name, rest)),
        }
    }
}

fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$' || !byte.is_ascii()
}

#[cfg(test)]
mod tests {
    use super::Table;

    #[test]
    fn a_name_in_sql_is_a_table() {
        for (name, expected) in [
            ("public.t", Some(("public", "t"))),
            (r#""My ""S"".x".t"#, Some(("My \"S\".x", "t"))),
            ("public.t u", None),
            ("t", None),
            ("public.\"t", None),
        ] {
            let expected = expected.map(|(schema, name)| Table::new(schema, name));
            assert_eq!(Table::of_sql(name), expected, "{name}");
        }
    }

    #[test]
    fn the_table_of_a_copy_statement_is_found() {
        for (statement, expected) in [
            ("COPY public.t (a, b) FROM stdin", Some(("public", "t"))),
            ("COPY public.nocolumns  FROM stdin", Some(("public", "nocolumns"))),
            (r#"COPY "My ""S""".t (a) FROM stdin"#, Some(("My \"S\"", "t"))),
            ("COPY public.\"new\nline. (\" (\"x)\") FROM stdin", Some(("public", "new\nline. ("))),
            ("COPY public.t (a) FROM stdout", None),
            ("COPY t (a) FROM stdin", None),
            ("COPY public.t (a FROM stdin", None),
            ("COPY public.\"t (a) FROM stdin", None),
        ] {
            let expected = expected.map(|(schema, name)| Table::new(schema, name));
            assert_eq!(Table::of_copy(statement.as_bytes()), expected, "{statement}");
        }
    }
}
