//! The parameters behind the `?` of a connection URI, and what libpq takes for their values.

use super::super::rule::Rule;

/// What libpq takes for a parameter's value.
#[derive(Clone, Copy)]
enum Value {
    /// Anything.
    Text,
    /// One of these words.
    Word(&'static [&'static str]),
    /// A whole number.
    Number,
}

use Value::{Number, Text, Word};

const PROTOCOLS: Value = Word(&["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"]);

/// Parameters that libpq 17 knows (PostgreSQL documentation, "Parameter Key Words"); some of them are
/// younger than libpq 15. A value that is none of the words is refused when libpq connects.
const PARAMETERS: &[(&str, Value)] = &[
    ("application_name", Text),
    ("channel_binding", Word(&["disable", "prefer", "require"])),
    ("client_encoding", Text),
    ("connect_timeout", Number),
    ("dbname", Text),
    ("fallback_application_name", Text),
    ("gssdelegation", Text),
    ("gssencmode", Word(&["disable", "prefer", "require"])),
    ("gsslib", Text),
    ("host", Text),
    ("hostaddr", Text),
    ("keepalives", Number),
    ("keepalives_count", Number),
    ("keepalives_idle", Number),
    ("keepalives_interval", Number),
    ("krbsrvname", Text),
    ("load_balance_hosts", Word(&["disable", "random"])),
    ("options", Text),
    ("passfile", Text),
    ("password", Text),
    ("port", Text),
    ("replication", Text),
    ("require_auth", Text),
    ("requirepeer", Text),
    ("service", Text),
    ("ssl_max_protocol_version", PROTOCOLS),
    ("ssl_min_protocol_version", PROTOCOLS),
    ("sslcert", Text),
    ("sslcertmode", Word(&["disable", "allow", "require"])),
    ("sslcompression", Text),
    ("sslcrl", Text),
    ("sslcrldir", Text),
    ("sslkey", Text),
    ("sslmode", Word(&["disable", "allow", "prefer", "require", "verify-ca", "verify-full"])),
    ("sslnegotiation", Word(&["postgres", "direct"])),
    ("sslpassword", Text),
    ("sslrootcert", Text),
    ("sslsni", Text),
    (
        "target_session_attrs",
        Word(&["any", "read-write", "read-only", "primary", "standby", "prefer-standby"]),
    ),
    ("tcp_user_timeout", Number),
    ("user", Text),
];

/// The value of a parameter, both percent-decoded. An empty one counts as absent for libpq, and is
/// held to nothing.
pub(super) fn parse(key: &str, value: &str) -> Result<String, Rule> {
    // For JDBC's sake, libpq takes this one value of a key that it does not know, for sslmode.
    if (key, value) == ("ssl", "true") {
        return Ok("require".to_owned());
    }
    let known = PARAMETERS.iter().find(|(name, _)| *name == key);
    let (_, values) = known.ok_or(Rule::PostgresParameter)?;
    let fits = match values {
        Text => true,
        Word(words) => words.contains(&value),
        Number => value.parse::<i32>().is_ok(),
    };
    if fits || value.is_empty() { Ok(value.to_owned()) } else { Err(Rule::PostgresParameter) }
}
