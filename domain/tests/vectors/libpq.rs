//! Connection URIs, what libpq says of each, and what we say.
//!
//! Written from PostgreSQL's documentation ("Connection URIs", "Parameter Key Words"). The column of
//! libpq is held to the library itself by `tests/it/preflight/libpq.rs`.

use domain::configuration::Rule;

/// What is said of a URI.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Said {
    /// libpq and we take it, and understand the same.
    Both(Parts),
    /// libpq refuses to parse it, and so do we, by these rules.
    Refused(&'static [Rule]),
    /// libpq parses it, and refuses it before it connects.
    RefusedLater(&'static [Rule]),
    /// libpq takes it. We don't, and say why.
    Stricter(&'static [Rule], &'static str),
    /// We take it, and so does libpq from this major version on.
    Since(u32),
}

/// User, password, hosts with ports, database.
pub(crate) type Parts = (&'static str, &'static str, &'static [(&'static str, u16)], &'static str);

use Rule::{
    HostMissing, PasswordNotEncoded, PercentEncoding, Port, PostgresDatabaseMissing,
    PostgresParameter, PostgresPasswordMissing, PostgresScheme, PostgresUserMissing, UrlSyntax,
};
use Said::{Both, Refused, RefusedLater, Since, Stricter};

const H: &[(&str, u16)] = &[("h", 5432)];
const USUAL: Said = Both(("u", "p", H, "d"));

const LOGIN: &str = "a login by password is what the stack makes: no default of the system's user";
const DATABASE: &str = "the database is named, and not taken from the user's name";
const HOST: &str = "without a host libpq takes a socket's default folder, which a container lacks";
const SPACE: &str = "white space is a slip; libpq 18 asks for %20 too";
const NAME: &str = "no name and no address holds this character";
const ENCODED: &str = "other libraries cut the URL at each of these signs, as libpq does at some";
const NOT_ENCODED: Said = Stricter(&[PasswordNotEncoded], ENCODED);
const TEXT: &str = "what is no UTF-8 can't be compared with DATABASE_PASSWORD";

/// What each URI stands for, the URI, the verdicts.
pub(crate) const VECTORS: &[(&str, &str, Said)] = &[
    // The whole and its parts.
    ("every part", "postgresql://u:p@h:6432/d", Both(("u", "p", &[("h", 6432)], "d"))),
    ("the default port", "postgresql://u:p@h/d", USUAL),
    ("the short scheme", "postgres://u:p@h/d", USUAL),
    ("an empty port", "postgresql://u:p@h:/d", USUAL),
    (
        "an IPv4 address",
        "postgresql://u:p@10.0.0.1/d",
        Both(("u", "p", &[("10.0.0.1", 5432)], "d")),
    ),
    ("an IPv6 address", "postgresql://u:p@[::1]/d", Both(("u", "p", &[("::1", 5432)], "d"))),
    (
        "an IPv6 address and a port",
        "postgresql://u:p@[2001:db8::1]:6432/d",
        Both(("u", "p", &[("2001:db8::1", 6432)], "d")),
    ),
    (
        "a zone, encoded",
        "postgresql://u:p@[fe80::1%25eth0]/d",
        Both(("u", "p", &[("fe80::1%eth0", 5432)], "d")),
    ),
    (
        "two hosts, each with its port",
        "postgresql://u:p@a:1,b:2/d",
        Both(("u", "p", &[("a", 1), ("b", 2)], "d")),
    ),
    (
        "two hosts, one with a port",
        "postgresql://u:p@a,b:2/d",
        Both(("u", "p", &[("a", 5432), ("b", 2)], "d")),
    ),
    (
        "addresses and names mixed",
        "postgresql://u:p@[::1]:1,127.0.0.1,c/d",
        Both(("u", "p", &[("::1", 1), ("127.0.0.1", 5432), ("c", 5432)], "d")),
    ),
    (
        "a comma of the list, encoded",
        "postgresql://u:p@a%2Cb/d",
        Both(("u", "p", &[("a", 5432), ("b", 5432)], "d")),
    ),
    (
        "a socket's folder",
        "postgresql://u:p@%2Frun%2Fpg/d",
        Both(("u", "p", &[("/run/pg", 5432)], "d")),
    ),
    (
        "a socket's folder and a port",
        "postgresql://u:p@%2Frun%2Fpg:6432/d",
        Both(("u", "p", &[("/run/pg", 6432)], "d")),
    ),
    (
        "a socket's folder in the query",
        "postgresql://u:p@/d?host=/run/pg",
        Both(("u", "p", &[("/run/pg", 5432)], "d")),
    ),
    (
        "the port of no host yet",
        "postgresql://u:p@:6432/d?host=h",
        Both(("u", "p", &[("h", 6432)], "d")),
    ),
    ("no path", "postgresql://u:p@h?dbname=d", USUAL),
    ("an empty path", "postgresql://u:p@h/?dbname=d", USUAL),
    ("a slash in the database's name", "postgresql://u:p@h/a/b", Both(("u", "p", H, "a/b"))),
    ("a hash is a character", "postgresql://u:p@h/d#1", Both(("u", "p", H, "d#1"))),
    // Percent-encoding.
    (
        "encoded everywhere",
        "postgresql://%75:%70@%68:%36432/%64",
        Both(("u", "p", &[("h", 6432)], "d")),
    ),
    (
        "signs in the password",
        "postgresql://u:%40%3A%2F%3F%23%25@h/d",
        Both(("u", "@:/?#%", H, "d")),
    ),
    ("either case of the digits", "postgresql://u:%2f%2F@h/d", Both(("u", "//", H, "d"))),
    ("a plus is a plus", "postgresql://u:a+b@h/d", Both(("u", "a+b", H, "d"))),
    ("UTF-8", "postgresql://u:%C3%A9@h/d", Both(("u", "é", H, "d"))),
    ("UTF-8 as it is", "postgresql://u:é@h/d", Both(("u", "é", H, "d"))),
    ("an encoded space", "postgresql://u:a%20b@h/d", Both(("u", "a b", H, "d"))),
    ("decoded once", "postgresql://u:%2540@h/d", Both(("u", "%40", H, "d"))),
    ("no hex digits", "postgresql://u:%zz@h/d", Refused(&[PercentEncoding])),
    ("one hex digit", "postgresql://u:%4@h/d", Refused(&[PercentEncoding])),
    ("a lone percent sign", "postgresql://u:100%@h/d", Refused(&[PercentEncoding])),
    ("a NUL", "postgresql://u:%00@h/d", Refused(&[PercentEncoding])),
    ("a broken escape of the user", "postgresql://%:p@h/d", Refused(&[PercentEncoding])),
    ("a broken escape of the host", "postgresql://u:p@h%/d", Refused(&[PercentEncoding])),
    ("a broken escape of the port", "postgresql://u:p@h:%/d", Refused(&[PercentEncoding])),
    ("a broken escape of the database", "postgresql://u:p@h/d%", Refused(&[PercentEncoding])),
    (
        "a broken escape of a key",
        "postgresql://u:p@h/d?sslm%ode=allow",
        Refused(&[PercentEncoding]),
    ),
    ("a broken escape of a value", "postgresql://u:p@h/d?user=%x", Refused(&[PercentEncoding])),
    ("a zone, not encoded", "postgresql://u:p@[fe80::1%eth0]/d", Refused(&[PercentEncoding])),
    ("two escapes, two places", "postgresql://%:%@h/d", Refused(&[PercentEncoding])),
    ("Latin-1", "postgresql://u:%E9@h/d", Stricter(&[PercentEncoding], TEXT)),
    // User and password.
    ("a colon in the password", "postgresql://u:a:b@h/d", Both(("u", "a:b", H, "d"))),
    ("a question mark in the password", "postgresql://u:a?b@h/d", NOT_ENCODED),
    ("a question mark in the user", "postgresql://u?v:p@h/d", NOT_ENCODED),
    ("a hash in the password", "postgresql://u:a#b@h/d", NOT_ENCODED),
    ("brackets in the password", "postgresql://u:[x]@h/d", Both(("u", "[x]", H, "d"))),
    ("no user", "postgresql://:p@h/d", Stricter(&[PostgresUserMissing], LOGIN)),
    ("no password", "postgresql://u@h/d", Stricter(&[PostgresPasswordMissing], LOGIN)),
    ("an empty password", "postgresql://u:@h/d", Stricter(&[PostgresPasswordMissing], LOGIN)),
    (
        "nobody",
        "postgresql://h/d",
        Stricter(&[PostgresUserMissing, PostgresPasswordMissing], LOGIN),
    ),
    ("an at sign in the password", "postgresql://u:a@b@h/d", NOT_ENCODED),
    ("two at signs in the password", "postgresql://u:a@@b@h/d", NOT_ENCODED),
    ("an at sign at its beginning", "postgresql://u:@b@h/d", NOT_ENCODED),
    ("an at sign in the user", "postgresql://u@v:p@h/d", NOT_ENCODED),
    ("a slash in the password", "postgresql://u:a/b@h/d", RefusedLater(&[PasswordNotEncoded])),
    ("a slash in a password of digits", "postgresql://u:1/b@h/d", NOT_ENCODED),
    ("a slash and a question mark", "postgresql://u:1/b?c@h/d", Refused(&[PasswordNotEncoded])),
    (
        "a space and a slash in the password",
        "postgresql://u:a b/c@h/d",
        RefusedLater(&[UrlSyntax, PasswordNotEncoded]),
    ),
    ("an at sign in a parameter", "postgresql://u:p@h/d?application_name=a@b", USUAL),
    ("the same without a path", "postgresql://u:p@h?dbname=d&application_name=a@b", USUAL),
    ("the same of a path in it", "postgresql://u:p@h/d?options=/a@b", USUAL),
    ("an at sign in the database's name", "postgresql://u:p@h/a@b", Both(("u", "p", H, "a@b"))),
    (
        "an at sign in a password of the query",
        "postgresql://h/d?user=u&password=a@b",
        Both(("u", "a@b", H, "d")),
    ),
    // Host, port, database.
    ("no host", "postgresql://u:p@/d", Stricter(&[HostMissing], HOST)),
    ("a port and no host", "postgresql://u:p@:6432/d", Stricter(&[HostMissing], HOST)),
    ("an empty host in the list", "postgresql://u:p@a,,b/d", Stricter(&[HostMissing], HOST)),
    ("no database", "postgresql://u:p@h", Stricter(&[PostgresDatabaseMissing], DATABASE)),
    (
        "a slash and no database",
        "postgresql://u:p@h/",
        Stricter(&[PostgresDatabaseMissing], DATABASE),
    ),
    (
        "nothing at all",
        "postgresql://",
        Stricter(
            &[HostMissing, PostgresUserMissing, PostgresPasswordMissing, PostgresDatabaseMissing],
            LOGIN,
        ),
    ),
    ("an open bracket", "postgresql://u:p@[::1/d", Refused(&[UrlSyntax])),
    ("empty brackets", "postgresql://u:p@[]/d", Refused(&[UrlSyntax])),
    ("text behind the bracket", "postgresql://u:p@[::1]x/d", Refused(&[UrlSyntax])),
    (
        "a name in brackets",
        "postgresql://u:p@[h]/d",
        Stricter(&[UrlSyntax], "brackets hold an IPv6 address"),
    ),
    ("a space behind the host", "postgresql://u:p@h /d", Stricter(&[UrlSyntax], SPACE)),
    ("an encoded space in the host", "postgresql://u:p@a%20b/d", Stricter(&[UrlSyntax], NAME)),
    ("a control character in the host", "postgresql://u:p@a%01b/d", Stricter(&[UrlSyntax], NAME)),
    ("an encoded slash in the host", "postgresql://u:p@a%2Fb/d", Stricter(&[UrlSyntax], NAME)),
    ("a newline at the end", "postgresql://u:p@h/d\n", Stricter(&[UrlSyntax], SPACE)),
    ("an angle bracket in the host", "postgresql://u:p@h<x>/d", Stricter(&[UrlSyntax], NAME)),
    (
        "an abstract socket",
        "postgresql://u:p@%40h/d",
        Stricter(&[UrlSyntax], "our programs speak to no abstract socket"),
    ),
    (
        "the first port",
        "postgresql://u:p@127.0.0.1:1/d",
        Both(("u", "p", &[("127.0.0.1", 1)], "d")),
    ),
    (
        "the last port",
        "postgresql://u:p@127.0.0.1:65535/d",
        Both(("u", "p", &[("127.0.0.1", 65535)], "d")),
    ),
    ("a port that is none", "postgresql://u:p@127.0.0.1:x/d", RefusedLater(&[Port])),
    ("port 0", "postgresql://u:p@127.0.0.1:0/d", RefusedLater(&[Port])),
    ("a port too high", "postgresql://u:p@127.0.0.1:65536/d", RefusedLater(&[Port])),
    ("a negative port", "postgresql://u:p@127.0.0.1:-1/d", RefusedLater(&[Port])),
    ("two ports of one host", "postgresql://u:p@127.0.0.1:1:2/d", RefusedLater(&[Port])),
    // The query.
    ("an empty query", "postgresql://u:p@h/d?", USUAL),
    ("an ampersand at the end", "postgresql://u:p@h/d?sslmode=disable&", USUAL),
    ("everything in the query", "postgresql://?user=u&password=p&host=h&dbname=d", USUAL),
    ("a key, encoded", "postgresql://u:p@h/d?%73slmode=disable", USUAL),
    ("JDBC's ssl=true", "postgresql://u:p@h/d?ssl=true", USUAL),
    ("the query wins: user", "postgresql://x:p@h/d?user=u", USUAL),
    ("the query wins: password", "postgresql://u:x@h/d?password=p", USUAL),
    ("the query wins: host", "postgresql://u:p@x/d?host=h", USUAL),
    ("the query wins: port", "postgresql://u:p@h:1/d?port=5432", USUAL),
    ("the query wins: database", "postgresql://u:p@h/x?dbname=d", USUAL),
    ("the last of two wins", "postgresql://u:p@h/d?user=x&user=u", USUAL),
    ("no port after all", "postgresql://u:p@h:1/d?port=", USUAL),
    (
        "one port for all hosts",
        "postgresql://u:p@/d?host=a,b&port=1",
        Both(("u", "p", &[("a", 1), ("b", 1)], "d")),
    ),
    (
        "a port for each host",
        "postgresql://u:p@/d?host=a,b&port=1,2",
        Both(("u", "p", &[("a", 1), ("b", 2)], "d")),
    ),
    (
        "an empty port of the list",
        "postgresql://u:p@/d?host=a,b&port=,2",
        Both(("u", "p", &[("a", 5432), ("b", 2)], "d")),
    ),
    (
        "an IPv6 address without brackets",
        "postgresql://u:p@/d?host=::1",
        Both(("u", "p", &[("::1", 5432)], "d")),
    ),
    ("a parameter of many", "postgresql://u:p@h/d?application_name=a%20b&connect_timeout=5", USUAL),
    ("an option with an encoded =", "postgresql://u:p@h/d?options=-c%20geqo%3Doff", USUAL),
    ("an empty value", "postgresql://u:p@h/d?sslmode=", USUAL),
    ("user emptied", "postgresql://u:p@h/d?user=", Stricter(&[PostgresUserMissing], LOGIN)),
    (
        "password emptied",
        "postgresql://u:p@h/d?password=",
        Stricter(&[PostgresPasswordMissing], LOGIN),
    ),
    (
        "database emptied",
        "postgresql://u:p@h/d?dbname=",
        Stricter(&[PostgresDatabaseMissing], DATABASE),
    ),
    ("an unknown key", "postgresql://u:p@h/d?wrong=1", Refused(&[PostgresParameter])),
    ("a key in capitals", "postgresql://u:p@h/d?SSLMODE=require", Refused(&[PostgresParameter])),
    ("no value", "postgresql://u:p@h/d?sslmode", Refused(&[PostgresParameter])),
    ("no key", "postgresql://u:p@h/d?=1", Refused(&[PostgresParameter])),
    ("two equals signs", "postgresql://u:p@h/d?sslmode=a=b", Refused(&[PostgresParameter])),
    ("an empty pair", "postgresql://u:p@h/d?sslmode=allow&&user=u", Refused(&[PostgresParameter])),
    ("an ampersand alone", "postgresql://u:p@h/d?&", Refused(&[PostgresParameter])),
    ("an ampersand first", "postgresql://u:p@h/d?&sslmode=allow", Refused(&[PostgresParameter])),
    (
        "a second question mark",
        "postgresql://u:p@h/d?sslmode=allow?user=u",
        Refused(&[PostgresParameter]),
    ),
    ("JDBC's ssl=false", "postgresql://u:p@h/d?ssl=false", Refused(&[PostgresParameter])),
    (
        "two faults at once",
        "postgresql://u:%@h/d?wrong=1",
        Refused(&[PercentEncoding, PostgresParameter]),
    ),
    (
        "an unknown sslmode",
        "postgresql://u:p@127.0.0.1:1/d?sslmode=on",
        RefusedLater(&[PostgresParameter]),
    ),
    (
        "an unknown word",
        "postgresql://u:p@127.0.0.1:1/d?channel_binding=on",
        RefusedLater(&[PostgresParameter]),
    ),
    (
        "an unknown protocol",
        "postgresql://u:p@127.0.0.1:1/d?ssl_min_protocol_version=1.2",
        RefusedLater(&[PostgresParameter]),
    ),
    (
        "a number that is none",
        "postgresql://u:p@127.0.0.1:1/d?connect_timeout=5s",
        RefusedLater(&[PostgresParameter]),
    ),
    (
        "an unknown session",
        "postgresql://u:p@127.0.0.1:1/d?target_session_attrs=master",
        RefusedLater(&[PostgresParameter]),
    ),
    ("more ports than hosts", "postgresql://u:p@/d?host=127.0.0.1&port=1,2", RefusedLater(&[Port])),
    (
        "fewer ports than hosts",
        "postgresql://u:p@/d?host=127.0.0.1,127.0.0.1,127.0.0.1&port=1,2",
        RefusedLater(&[Port]),
    ),
    (
        "an address that is none",
        "postgresql://u:p@127.0.0.1:1/d?hostaddr=h",
        RefusedLater(&[PostgresParameter]),
    ),
    (
        "more addresses than hosts",
        "postgresql://u:p@127.0.0.1:1/d?hostaddr=127.0.0.1,127.0.0.2",
        RefusedLater(&[PostgresParameter]),
    ),
    ("a younger parameter", "postgresql://u:p@h/d?require_auth=scram-sha-256", Since(16)),
    ("a younger parameter with words", "postgresql://u:p@h/d?load_balance_hosts=random", Since(16)),
    ("a younger certificate mode", "postgresql://u:p@h/d?sslcertmode=disable", Since(16)),
    ("a younger GSS parameter", "postgresql://u:p@h/d?gssdelegation=0", Since(17)),
    (
        "a younger way to negotiate",
        "postgresql://u:p@h/d?sslnegotiation=direct&sslmode=require",
        Since(17),
    ),
    (
        "the system's authorities, and no name looked at",
        "postgresql://u:p@h/d?sslrootcert=system&sslmode=verify-ca",
        Stricter(
            &[PostgresParameter],
            "libpq 16 refuses it; libpq 15 looks for a file of that name",
        ),
    ),
    // Not a URI. The key/value form is libpq's too, and no other library's.
    (
        "key and value",
        "host=h user=u password=p dbname=d",
        Stricter(&[PostgresScheme], "a URL is read by every library, and by ours"),
    ),
    (
        "key and value, quoted",
        "host = 'h' password = 'it\\'s'",
        Stricter(&[PostgresScheme], "as above"),
    ),
    ("the scheme in capitals", "POSTGRESQL://u:p@h/d", Refused(&[PostgresScheme])),
    ("another scheme", "mysql://u:p@h/d", Refused(&[PostgresScheme])),
    ("SQLAlchemy's scheme", "postgresql+asyncpg://u:p@h/d", Refused(&[PostgresScheme])),
    ("one slash", "postgresql:/u:p@h/d", Refused(&[PostgresScheme])),
    ("a word", "postgres", Refused(&[PostgresScheme])),
];
