//! A connection string in libpq's own variables (PostgreSQL documentation, "Environment Variables").

use domain::configuration::{ChannelBinding, PostgresUrl, SslMode, SslRoots};
use platform::child::Command;
use platform::tls::Trust;

/// What libpq calls the public authorities of its machine, since version 16.
const SYSTEM: &str = "system";

/// Gives `command` the connection that `url` asks for, with the authorities that are trusted with it.
///
/// libpq trusts those of one file alone. Where neither `sslrootcert` nor `CA_FILE` names one, those
/// of the machine have to do, and with them libpq takes no mode but `verify-full`.
pub(crate) fn connection(command: Command, url: &PostgresUrl, trust: &Trust) -> Command {
    let list = |parts: Vec<String>| parts.join(",");
    // An address beside an empty one is that of its own name.
    let addresses = url.servers().map(|(host, _, name)| if host == name { "" } else { host });
    let addresses = list(addresses.map(str::to_owned).collect());
    let (mode, authorities) = encryption(url, trust);
    let command = command
        .env("PGHOST", list(url.servers().map(|(_, _, name)| name.to_owned()).collect()))
        .env("PGPORT", list(url.servers().map(|(_, port, _)| port.to_string()).collect()))
        .env("PGUSER", &url.user)
        .env("PGDATABASE", &url.database)
        .env("PGSSLMODE", word(mode))
        .env("PGCHANNELBINDING", binding(url.channel_binding))
        .env("PGAPPNAME", "ballast-backup")
        .env("PGCONNECT_TIMEOUT", "10")
        .secret_env("PGPASSWORD", url.password.clone());
    let command = match authorities {
        Some(file) => command.env("PGSSLROOTCERT", file),
        None => command,
    };
    if addresses.bytes().all(|byte| byte == b',') {
        command
    } else {
        command.env("PGHOSTADDR", addresses)
    }
}

fn encryption(url: &PostgresUrl, trust: &Trust) -> (SslMode, Option<String>) {
    let given = trust.file().map(|path| path.display().to_string());
    match (&url.ssl_roots, url.ssl_mode) {
        (Some(SslRoots::File(path)), mode) => (mode, Some(path.clone())),
        // A file would make libpq verify what these modes leave alone.
        (_, mode @ (SslMode::Disable | SslMode::Allow | SslMode::Prefer | SslMode::Require)) => {
            (mode, None)
        }
        (_, mode @ (SslMode::VerifyCa | SslMode::VerifyFull)) => match given {
            Some(path) => (mode, Some(path)),
            None => (SslMode::VerifyFull, Some(SYSTEM.to_owned())),
        },
    }
}

const fn word(mode: SslMode) -> &'static str {
    match mode {
        SslMode::Disable => "disable",
        SslMode::Allow => "allow",
        SslMode::Prefer => "prefer",
        SslMode::Require => "require",
        SslMode::VerifyCa => "verify-ca",
        SslMode::VerifyFull => "verify-full",
    }
}

const fn binding(binding: ChannelBinding) -> &'static str {
    match binding {
        ChannelBinding::Disable => "disable",
        ChannelBinding::Prefer => "prefer",
        ChannelBinding::Require => "require",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libpq_is_told_of_the_authorities_that_we_trust() {
        let trust = Trust::new(None).unwrap();
        for (query, mode, authorities) in [
            ("", SslMode::Prefer, None),
            ("?sslmode=require", SslMode::Require, None),
            ("?sslmode=require&sslrootcert=/ca", SslMode::Require, Some("/ca")),
            ("?sslmode=verify-ca", SslMode::VerifyFull, Some("system")),
            ("?sslrootcert=system", SslMode::VerifyFull, Some("system")),
            ("?sslmode=verify-full&sslrootcert=/ca", SslMode::VerifyFull, Some("/ca")),
        ] {
            let url = PostgresUrl::parse(&format!("postgresql://u:p@h/d{query}")).unwrap();
            let told = encryption(&url, &trust);
            assert_eq!((told.0, told.1.as_deref()), (mode, authorities), "{query}");
        }
    }
}
