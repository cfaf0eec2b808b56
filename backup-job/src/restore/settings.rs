//! What a server knows of a database beside its content, which no dump of the database holds: the
//! owner, the grants on it, its settings, its bound of connections and its comment.

use platform::postgres::{Code, Session};

use crate::dump::origin::literal;
use crate::stop::Stop;

/// A statement a row, about the database `target` of `d`. A setting that is a list of names is stored as it is
/// to be written (PostgreSQL's `GUC_LIST_QUOTE`), but for the list of none; any other is a string.
const STATEMENTS: &str = "\
SELECT s FROM ( \
SELECT 1 AS n, format('ALTER DATABASE %I OWNER TO %I', target, pg_get_userbyid(datdba)) AS s FROM d \
UNION ALL SELECT 2, format('ALTER DATABASE %I CONNECTION LIMIT %s', target, datconnlimit) FROM d \
WHERE datconnlimit >= 0 \
UNION ALL SELECT 3, format('COMMENT ON DATABASE %I IS %L', target, shobj_description(oid, 'pg_database')) \
FROM d WHERE shobj_description(oid, 'pg_database') IS NOT NULL \
UNION ALL SELECT 4, format('REVOKE ALL ON DATABASE %I FROM PUBLIC', target) FROM d WHERE datacl IS NOT NULL \
UNION ALL SELECT 5, format('GRANT %s ON DATABASE %I TO %s%s', a.privilege_type, target, \
CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END, \
CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END) \
FROM d, aclexplode(d.datacl) a WHERE a.grantee <> d.datdba \
UNION ALL SELECT 6, format('ALTER %s SET %I TO %s', \
CASE r.setrole WHEN 0 THEN format('DATABASE %I', target) \
ELSE format('ROLE %I IN DATABASE %I', pg_get_userbyid(r.setrole), target) END, \
split_part(c, '=', 1), \
CASE WHEN c ~ '^(search_path|temp_tablespaces|(local|session)_preload_libraries)=\"\"$' THEN quote_literal('') \
WHEN split_part(c, '=', 1) IN ('search_path', 'temp_tablespaces', 'local_preload_libraries', \
'session_preload_libraries') THEN substr(c, strpos(c, '=') + 1) \
ELSE quote_literal(substr(c, strpos(c, '=') + 1)) END) \
FROM d JOIN pg_catalog.pg_db_role_setting r ON r.setdatabase = d.oid, unnest(r.setconfig) c \
) AS all_of_them ORDER BY n";

/// What gives the database `to` all that is said of the database `from`.
///
/// # Errors
/// What PostgreSQL says.
pub(super) async fn carried_over(
    session: &mut Session,
    from: &str,
    to: &str,
    stop: &Stop,
) -> Result<String, Code> {
    let asked = format!(
        "WITH d AS (SELECT *, {}::text AS target FROM pg_catalog.pg_database WHERE datname = {}) \
         {STATEMENTS}",
        literal(to),
        literal(from)
    );
    let rows = session.rows(&asked, stop.left()).await?;
    let statements = rows.into_iter().filter_map(|row| row.into_iter().next()?);
    Ok(statements.map(|statement| statement + "; ").collect())
}
