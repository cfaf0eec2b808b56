//! Which environment variables of an instance are shown with their values.
//!
//! A value may be a secret under any name, so what is shown is a closed list of names that are known to
//! bear none; of every other variable only the name is shown.

/// What stands for a value that is not shown.
pub const HIDDEN: &str = "[hidden]";

/// The names whose values are shown: settings of Ballast, of the images that it runs, and of every
/// program.
pub const SHOWN: [&str; 26] = [
    "BACKUP_MAX_AGE_HOURS",
    "BACKUP_RETENTION_DAYS",
    "BACKUP_SCHEDULE",
    "BACKUP_TIMEOUT_SECONDS",
    "CHECK_TIMEOUT_SECONDS",
    "DEPLOYMENT_TAG",
    "ENVIRONMENT_NAME",
    "FALL",
    "GATE_DEADLINE_SECONDS",
    "GATE_STABLE_SECONDS",
    "HEALTH_INTERVAL_SECONDS",
    "HTTPS_PORT",
    "LANG",
    "LC_ALL",
    "LOG_FORMAT",
    "LOG_LEVEL",
    "MAX_RESTARTS",
    "MAX_WORKERS",
    "METRICS_INTERVAL_SECONDS",
    "NGINX_VERSION",
    "PG_MAJOR",
    "PG_VERSION",
    "REDIS_VERSION",
    "RISE",
    "SERVICE_NAME",
    "TZ",
];

/// The longest value that is shown, in bytes: none of [`SHOWN`] needs more.
pub const LONGEST_VALUE: usize = 64;

/// How a variable's value is shown: itself, or [`HIDDEN`].
#[must_use]
pub fn shown<'a>(name: &str, value: &'a str) -> &'a str {
    let plain = |byte: u8| byte == b' ' || byte.is_ascii_graphic();
    let fits = value.len() <= LONGEST_VALUE && value.bytes().all(plain);
    if fits && SHOWN.contains(&name) { value } else { HIDDEN }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_values_under_known_names_are_shown() {
        assert_eq!(shown("LOG_LEVEL", "INFO"), "INFO");
        assert_eq!(shown("BACKUP_SCHEDULE", "0 3 * * *"), "0 3 * * *");
        for (name, value) in [
            ("DATABASE_URL", "postgresql://u:p@db/app"),
            ("log_level", "INFO"),
            ("LOG_LEVEL_", "INFO"),
            ("", ""),
            ("TZ", "x\ny"),
            ("TZ", "Zürich"),
            ("LANG", &"C".repeat(LONGEST_VALUE + 1)),
        ] {
            assert_eq!(shown(name, value), HIDDEN, "{name}={value}");
        }
    }

    #[test]
    fn no_shown_name_sounds_like_a_secret() {
        for name in SHOWN {
            let secret = ["PASS", "TOKEN", "SECRET", "KEY", "URL", "AUTH", "USER", "HOST"];
            assert!(!secret.iter().any(|word| name.contains(word)), "{name}");
        }
        assert!(SHOWN.is_sorted());
    }
}
