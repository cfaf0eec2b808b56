//! What the database is like, as far as its dump does not say it: a restore makes another such one.

use domain::backup::Origin;
use platform::postgres::{Code, Session};

use crate::stop::Stop;

/// Which columns there are depends on the server's version.
const ORIGIN: &str = "\
SELECT pg_catalog.pg_encoding_to_char(d.encoding), d.datcollate, d.datctype, \
coalesce(pg_catalog.to_jsonb(d)->>'datlocprovider', 'c'), \
coalesce(pg_catalog.to_jsonb(d)->>'datlocale', pg_catalog.to_jsonb(d)->>'daticulocale'), \
pg_catalog.pg_database_size(d.oid) \
FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()";

const TABLESPACES: &str = "\
SELECT spcname FROM pg_catalog.pg_tablespace WHERE spcname !~ '^pg_' ORDER BY 1";

const MAY_READ_PASSWORDS: &str = "\
SELECT pg_catalog.has_table_privilege('pg_catalog.pg_authid', 'SELECT')";

/// Looks at the database that `session` is connected to.
///
/// # Errors
/// What PostgreSQL says.
pub async fn look(session: &mut Session, stop: &Stop) -> Result<Origin, Code> {
    let rows = session.rows(ORIGIN, stop.left()).await?;
    let row = rows.first().ok_or(Code::ProtocolError)?;
    let text = |at: usize| row.get(at).cloned().flatten();
    let needed = |at: usize| text(at).ok_or(Code::ProtocolError);
    let tablespaces = session.rows(TABLESPACES, stop.left()).await?;
    Ok(Origin {
        encoding: needed(0)?,
        collate: needed(1)?,
        ctype: needed(2)?,
        locale_provider: needed(3)?,
        locale: text(4),
        size_bytes: needed(5)?.parse().map_err(|_| Code::ProtocolError)?,
        tablespaces: tablespaces.into_iter().filter_map(|row| row.into_iter().next()?).collect(),
    })
}

/// The statement that makes a new, empty database like `origin`, with nothing in it but what every
/// database has.
#[must_use]
pub fn create_statement(name: &str, origin: &Origin) -> String {
    let mut statement = format!(
        "CREATE DATABASE {} TEMPLATE template0 ENCODING {} LC_COLLATE {} LC_CTYPE {}",
        identifier(name),
        literal(&origin.encoding),
        literal(&origin.collate),
        literal(&origin.ctype),
    );
    let (provider, parameter) = match origin.locale_provider.as_str() {
        "i" => ("icu", "ICU_LOCALE"),
        "b" => ("builtin", "BUILTIN_LOCALE"),
        // The word for the system's own came with PostgreSQL 15.
        _ => return statement,
    };
    statement.push_str(" LOCALE_PROVIDER ");
    statement.push_str(provider);
    if let Some(locale) = &origin.locale {
        statement.push_str(&[" ", parameter, " ", &literal(locale)].concat());
    }
    statement
}

/// A name, quoted for SQL.
#[must_use]
pub fn identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A text, quoted for SQL.
#[must_use]
pub fn literal(text: &str) -> String {
    format!("E'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
}

/// Whether the user of `session` may read the passwords of roles.
///
/// # Errors
/// What PostgreSQL says.
pub async fn may_read_passwords(session: &mut Session, stop: &Stop) -> Result<bool, Code> {
    let rows = session.rows(MAY_READ_PASSWORDS, stop.left()).await?;
    Ok(rows.first().and_then(|row| row.first()?.as_deref()) == Some("t"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_made_as_its_origin_was() {
        let mut origin = Origin {
            encoding: "UTF8".to_owned(),
            locale_provider: "c".to_owned(),
            collate: "de_DE.UTF-8".to_owned(),
            ctype: "it's".to_owned(),
            locale: None,
            tablespaces: Vec::new(),
            size_bytes: 0,
        };
        let plain = "CREATE DATABASE \"a \"\"b\"\"\" TEMPLATE template0 ENCODING E'UTF8' \
                     LC_COLLATE E'de_DE.UTF-8' LC_CTYPE E'it''s'";
        assert_eq!(create_statement("a \"b\"", &origin), plain);
        origin.locale_provider = "i".to_owned();
        origin.locale = Some("de-x-icu".to_owned());
        let icu = format!("{plain} LOCALE_PROVIDER icu ICU_LOCALE E'de-x-icu'");
        assert_eq!(create_statement("a \"b\"", &origin), icu);
    }
}
