//! `DATABASE_URL` beside its form: where it leads in production, and what only stands in for a value.

use domain::configuration::Rule;

use Rule::{
    Loopback, Placeholder, PlainText, Port, PostgresDatabaseMissing, PostgresParameter,
    PostgresShortScheme,
};

/// What a URL stands for, the URL, what it breaks anywhere, and what in production beside that.
pub(crate) const VECTORS: &[(&str, &str, &[Rule], &[Rule])] = &[
    ("a service of the stack", "postgresql://u:p@postgres/d", &[], &[]),
    ("a service, not encrypted", "postgresql://u:p@db/d?sslmode=disable", &[], &[]),
    ("a socket", "postgresql://u:p@/d?host=/run/pg", &[], &[]),
    ("the machine of the containers", "postgresql://u:p@host.docker.internal/d", &[], &[]),
    ("this machine", "postgresql://u:p@localhost/d", &[], &[Loopback]),
    ("this machine, in capitals", "postgresql://u:p@LocalHost/d", &[], &[Loopback]),
    ("this machine's address", "postgresql://u:p@127.0.0.1/d", &[], &[Loopback]),
    ("the address in short", "postgresql://u:p@127.1/d", &[], &[Loopback]),
    ("another of its addresses", "postgresql://u:p@127.8.8.8/d", &[], &[Loopback]),
    ("no address", "postgresql://u:p@0.0.0.0/d", &[], &[Loopback]),
    ("its IPv6 address", "postgresql://u:p@[::1]/d", &[], &[Loopback]),
    ("encrypted to oneself", "postgresql://u:p@localhost/d?sslmode=require", &[], &[Loopback]),
    ("the second host", "postgresql://u:p@postgres,localhost/d", &[], &[Loopback]),
    ("another machine", "postgresql://u:p@db.example.org/d", &[], &[PlainText]),
    ("another machine's address", "postgresql://u:p@10.0.0.5/d", &[], &[PlainText]),
    ("its IPv6 address", "postgresql://u:p@[fd00::5]/d", &[], &[PlainText]),
    ("perhaps encrypted", "postgresql://u:p@db.example.org/d?sslmode=prefer", &[], &[PlainText]),
    ("encrypted if need be", "postgresql://u:p@db.example.org/d?sslmode=allow", &[], &[PlainText]),
    ("encrypted", "postgresql://u:p@db.example.org/d?sslmode=require", &[], &[]),
    ("encrypted, JDBC's way", "postgresql://u:p@db.example.org/d?ssl=true", &[], &[]),
    ("with a known authority", "postgresql://u:p@db.example.org/d?sslmode=verify-ca", &[], &[]),
    ("with a certificate", "postgresql://u:p@10.0.0.5/d?sslmode=verify-full", &[], &[]),
    (
        "the last mode holds",
        "postgresql://u:p@10.0.0.5/d?sslmode=require&sslmode=allow",
        &[],
        &[PlainText],
    ),
    (
        "a mode that is none",
        "postgresql://u:p@10.0.0.5/d?sslmode=verify_full",
        &[PostgresParameter],
        &[],
    ),
    ("the address behind a name", "postgresql://u:p@db/d?hostaddr=10.0.0.5", &[], &[PlainText]),
    ("both at once", "postgresql://u:p@localhost,db.example.org/d", &[], &[Loopback, PlainText]),
    (
        "far away, and wrong beside that",
        "postgres://u:p@db.example.org:0/d?wrong=1",
        &[Port, PostgresParameter, PostgresShortScheme],
        &[PlainText],
    ),
    ("a placeholder for a password", "postgresql://u:changeme@postgres/d", &[Placeholder], &[]),
    ("an encoded one", "postgresql://u:change%5Fme@postgres/d", &[Placeholder], &[]),
    ("a masked password", "postgresql://u:***@postgres/d", &[Placeholder], &[]),
    ("a bracket for a password", "postgresql://u:<password>@postgres/d", &[Placeholder], &[]),
    ("an encoded bracket", "postgresql://u:%3Cpassword%3E@postgres/d", &[Placeholder], &[]),
    ("a password in the query", "postgresql://u@postgres/d?password=changeme", &[Placeholder], &[]),
    (
        "brackets everywhere",
        "postgresql://<user>:<password>@<host>:<port>/<db>",
        &[Placeholder],
        &[],
    ),
    ("a placeholder for a host", "postgresql://u:p@your-db-host/d", &[Placeholder], &[]),
    ("a placeholder for a user", "postgresql://your_user:p@postgres/d", &[Placeholder], &[]),
    (
        "a placeholder for a database",
        "postgresql://u:p@postgres/your_database",
        &[Placeholder],
        &[],
    ),
    ("a placeholder for the far host", "postgresql://u:p@db.yourdomain.com/d", &[Placeholder], &[]),
    (
        "a placeholder, and wrong beside that",
        "postgresql://u:changeme@localhost:0/",
        &[Placeholder, Port, PostgresDatabaseMissing],
        &[Loopback],
    ),
    (
        "brackets, and this machine",
        "postgresql://u:<password>@localhost/d",
        &[Placeholder],
        &[Loopback],
    ),
    ("brackets inside of a password", "postgresql://u:a<b>c@postgres/d", &[], &[]),
    (
        "the template's own",
        "<postgresql://toogoodtogo:database password@postgres:5432/toogoodtogo>",
        &[Placeholder],
        &[],
    ),
];
