//! Names that somebody wrote: whether anything reads them, and which one was meant.

use super::Key;

/// What Compose is given for one rollout, by `deploy` or a person, and no template has.
const OF_A_ROLLOUT: &[&str] = &["DEPLOYMENT_OPERATOR", "DEPLOYMENT_EVENT_ID"];
/// What Compose itself reads.
const OF_COMPOSE: &str = "COMPOSE_";
/// A shorter name is near to too many others.
const MIN_LETTERS: usize = 8;
/// From here on a name may differ in two places. A shorter one, such as `MIN_WORKERS` beside
/// `MAX_WORKERS`, is soon a name of its own.
const LONG: usize = 11;

/// Whether something in the stack reads a variable of this name.
#[must_use]
pub fn is_known(name: &str) -> bool {
    Key::find(name).or_else(|| of_file(name)).is_some()
        || OF_A_ROLLOUT.contains(&name)
        || name.starts_with(OF_COMPOSE)
}

/// The key whose name was meant, where `name` is known to nobody and nearly that one: another
/// capitalisation, a `-` for a `_`, a letter more or less or two in the wrong order.
#[must_use]
pub fn nearest(name: &str) -> Option<Key> {
    if is_known(name) {
        return None;
    }
    let letters = letters(name);
    let own = |key: Key| (distance(&letters, key.name()), key);
    let forms = Key::all().map(own).chain(Key::all().filter(|key| key.allows_file()).map(|key| {
        let (distance, key) = (distance(&letters, &format!("{}_FILE", key.name())), key);
        (distance, key)
    }));
    let near = forms.filter_map(|(distance, key)| Some((distance?, !key.is_required(), key)));
    near.min().map(|(.., key)| key)
}

/// The variable whose `_FILE` form this is.
fn of_file(name: &str) -> Option<Key> {
    Key::find(name.strip_suffix("_FILE")?).filter(|key| key.allows_file())
}

/// In how many places `written`, letters alone, differs from `name`; none where it is too many.
fn distance(written: &str, name: &str) -> Option<usize> {
    let name = letters(name);
    let allowed = match name.len() {
        0..MIN_LETTERS => 0,
        MIN_LETTERS..LONG => 1,
        _ => 2,
    };
    // Whoever writes a line of a megabyte waits for nobody.
    if written.len().abs_diff(name.len()) > allowed {
        return None;
    }
    Some(strsim::osa_distance(written, &name)).filter(|distance| *distance <= allowed)
}

/// Letters and digits in capitals: what a slip with `-`, `_` or the shift key leaves of a name.
fn letters(name: &str) -> String {
    let kept = name.chars().filter(|c| !matches!(c, '-' | '_' | '.' | ' '));
    kept.map(|c| c.to_ascii_uppercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_stack_and_compose_read_is_known() {
        for name in [
            "DATABASE_URL",
            "DATABASE_URL_FILE",
            "REDIS_PASSWORD",
            "BOT_IMAGE",
            "DEPLOYMENT_OPERATOR",
            "DEPLOYMENT_EVENT_ID",
            "COMPOSE_PROJECT_NAME",
        ] {
            assert!(is_known(name), "{name}");
            assert_eq!(nearest(name), None, "{name}");
        }
        for name in ["", "_FILE", "LOG_LEVEL_FILE", "database_url", "DATABASE_URL ", "COMPOSE"] {
            assert!(!is_known(name), "{name}");
        }
    }

    #[test]
    fn a_slip_of_the_hand_gets_the_right_name() {
        for (written, meant) in [
            ("database_url", "DATABASE_URL"),
            ("Database-Url", "DATABASE_URL"),
            ("DATABASEURL", "DATABASE_URL"),
            ("DATABSE_URL", "DATABASE_URL"),
            ("DATABASE_ULR", "DATABASE_URL"),
            ("DATABASE_URI", "DATABASE_URL"),
            ("DATABASE_PASWORD", "DATABASE_PASSWORD"),
            ("DATABASE_PASWORD_FILE", "DATABASE_PASSWORD"),
            ("database_password_file", "DATABASE_PASSWORD"),
            ("REDIS_URI", "REDIS_URL"),
            ("REDIS_PASSWD", "REDIS_PASSWORD"),
            ("LOGLEVEL", "LOG_LEVEL"),
            ("LOG_LEVELS", "LOG_LEVEL"),
            ("LOG_LEVL", "LOG_LEVEL"),
            ("REDIS_UR", "REDIS_URL"),
            ("log_dir", "LOG_DIR"),
            ("ENVIROMENT_NAME", "ENVIRONMENT_NAME"),
            ("TELEGRAM_TOKEN_BOT", ""),
            ("TELEGRAM_BOT_TOKNE", "TELEGRAM_BOT_TOKEN"),
            ("STRIPE_APIKEY", "STRIPE_API_KEY"),
            ("BACKUP_RETENTION_DAY", "BACKUP_RETENTION_DAYS"),
        ] {
            let expected = (!meant.is_empty()).then(|| Key::named(meant));
            assert_eq!(nearest(written), expected, "{written}");
        }
    }

    #[test]
    fn a_name_of_its_own_gets_none() {
        for name in [
            "",
            "A",
            "URL",
            "PORT",
            "TOKEN",
            "LOG_FIR",
            "BLOG_DIR",
            "LOGDIRS",
            "SMTP_PORT",
            "REDIS_TTL",
            "MIN_WORKERS",
            "DB_IMAGE",
            "SENTRY_DSN",
            "APP_LEVEL",
            "POSTGRES_HOST",
            "TZ",
        ] {
            assert_eq!(nearest(name), None, "{name}");
        }
        let long = "A".repeat(1 << 20);
        assert_eq!(nearest(&long), None);
    }
}
