//! The variables that steer preflight itself, beside those that it checks.

use std::path::PathBuf;
use std::time::Duration;

use platform::env::{self, Env, Fields, Problems, Resolved, Variable, parse};
use platform::telemetry::LOG_FORMAT;
use platform::tls::{CA_FILE, Trust};
use uuid::Uuid;

/// Folder of `configuration.key`.
pub(crate) const STATE_DIR: Variable =
    Variable::plain("STATE_DIR", "Folder of configuration.key, for check --record and --live.")
        .with_default("/opt/toogoodtogo/deployment");

/// Folder of `deployments.log`.
pub(crate) const LOG_DIR: Variable =
    Variable::plain("LOG_DIR", "Folder of deployments.log, for check --record and --live.")
        .with_default("/var/log/toogoodtogo");

/// Folder of the backups.
pub(crate) const BACKUP_DIR: Variable =
    Variable::plain("BACKUP_DIR", "Folder of the backups, for check --live.")
        .with_default("/opt/backups/postgres");

/// The certificate that nginx shows.
pub(crate) const TLS_CERTIFICATE: Variable = Variable::plain(
    "TLS_CERTIFICATE",
    "The certificate chain that nginx shows, in PEM, for check --live.",
)
.with_default("/etc/nginx/tls/fullchain.pem");

/// How long `--live` waits.
pub(crate) const LIVE_TIMEOUT_SECONDS: Variable = Variable::plain(
    "LIVE_TIMEOUT_SECONDS",
    "How long check --live waits for all answers together, from 1 to 60.",
)
.with_default("5");

/// Who started the stack.
pub(crate) const DEPLOYMENT_OPERATOR: Variable = Variable::plain(
    "DEPLOYMENT_OPERATOR",
    "Who started the stack, as the deployment event records it.",
)
.with_default("compose");

/// The event of the program that runs preflight.
pub(crate) const DEPLOYMENT_EVENT_ID: Variable = Variable::plain(
    "DEPLOYMENT_EVENT_ID",
    "The event that the caller has opened itself; with it, --record records nothing.",
);

/// The raw file, as the container sees it.
pub(crate) const ENV_FILE: Variable = Variable::plain(
    "ENV_FILE",
    "Where .env.production is mounted: check and exec then say what Compose makes of its lines.",
);

/// The image of the service.
pub(crate) const BOT_IMAGE: Variable = Variable::plain(
    "BOT_IMAGE",
    "The image that runs; another one under the same tag is a change that --record records.",
);

/// Folder of the probe's state.
pub(crate) const PROBE_STATE_DIR: Variable =
    Variable::plain("PROBE_STATE_DIR", "Folder where probe --restart-after counts failures.")
        .with_default("/tmp");

/// Switches colour off.
pub(crate) const NO_COLOR: Variable =
    Variable::plain("NO_COLOR", "Set to anything: no colour, on a terminal either.");

/// Every variable that steers preflight, but `LOG_LEVEL`, which is an attribute as well.
pub(crate) const VARIABLES: &[Variable] = &[
    ENV_FILE,
    STATE_DIR,
    LOG_DIR,
    BACKUP_DIR,
    TLS_CERTIFICATE,
    CA_FILE,
    LIVE_TIMEOUT_SECONDS,
    DEPLOYMENT_OPERATOR,
    DEPLOYMENT_EVENT_ID,
    BOT_IMAGE,
    PROBE_STATE_DIR,
    LOG_FORMAT,
    NO_COLOR,
];

const MAX_OPERATOR_CHARS: usize = 100;

/// What `check --record` needs to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RecordConfig {
    /// Folder of the key.
    pub(crate) state_dir: PathBuf,
    /// Folder of the journal.
    pub(crate) log_dir: PathBuf,
    /// Who started the stack.
    pub(crate) operator: String,
    /// The caller's own event.
    pub(crate) event_id: Option<Uuid>,
    /// The image that runs, where it is told.
    pub(crate) bot_image: Option<String>,
}

impl RecordConfig {
    /// Reads it from `env`.
    ///
    /// # Errors
    /// Every problem with the variables.
    pub(crate) fn from_env(env: &impl Env) -> Result<Self, Problems> {
        let variables = [STATE_DIR, LOG_DIR, DEPLOYMENT_OPERATOR, DEPLOYMENT_EVENT_ID, BOT_IMAGE];
        let resolved = env::resolve(&variables, env);
        let raw = |variable: &Variable| resolved.get(variable.name).map(str::to_owned);
        let (state_dir, log_dir) = (raw(&STATE_DIR), raw(&LOG_DIR));
        // Compose can't leave a variable out, so it hands these on as empty.
        let given = |text: &String| !text.is_empty();
        let operator =
            raw(&DEPLOYMENT_OPERATOR).filter(given).or(DEPLOYMENT_OPERATOR.default.map(Into::into));
        let event_id = raw(&DEPLOYMENT_EVENT_ID).filter(given);
        let bot_image = raw(&BOT_IMAGE).filter(given);

        let mut fields = Fields::new(resolved);
        let state_dir = fields.required(&STATE_DIR, state_dir, parse::path);
        let log_dir = fields.required(&LOG_DIR, log_dir, parse::path);
        let operator = fields.required(&DEPLOYMENT_OPERATOR, operator, parse_operator);
        let event_id = fields.optional(&DEPLOYMENT_EVENT_ID, event_id, |text| {
            Uuid::parse_str(text).map_err(|_| parse::Expected::new("a UUID"))
        });
        fields.finish(|| {
            Some(Self {
                state_dir: state_dir?,
                log_dir: log_dir?,
                operator: operator?,
                event_id: event_id?,
                bot_image,
            })
        })
    }
}

/// What `check --live` looks at, beside the values that were checked.
#[derive(Debug)]
pub(crate) struct LiveConfig {
    /// How long all of it may take.
    pub(crate) timeout: Duration,
    /// Whom to trust with PostgreSQL and Redis.
    pub(crate) trust: Trust,
    /// The certificate chain.
    pub(crate) certificate: PathBuf,
    /// Folder of the key and the artifacts.
    pub(crate) state_dir: PathBuf,
    /// Folder of the journal.
    pub(crate) log_dir: PathBuf,
    /// Folder of the backups.
    pub(crate) backup_dir: PathBuf,
}

impl LiveConfig {
    /// Reads it from `env`.
    ///
    /// # Errors
    /// Every problem with the variables.
    pub(crate) fn from_env(env: &impl Env) -> Result<Self, Problems> {
        let folders = [STATE_DIR, LOG_DIR, BACKUP_DIR, TLS_CERTIFICATE];
        let resolved =
            env::resolve(&[&folders[..], &[CA_FILE, LIVE_TIMEOUT_SECONDS]].concat(), env);
        let raw = |variable: &Variable| resolved.get(variable.name).map(str::to_owned);
        let paths = folders.map(|variable| (variable, raw(&variable)));
        let (authorities, timeout) = (raw(&CA_FILE), raw(&LIVE_TIMEOUT_SECONDS));

        let mut fields = Fields::new(resolved);
        let paths = paths.map(|(variable, raw)| fields.required(&variable, raw, parse::path));
        let timeout = fields.required(&LIVE_TIMEOUT_SECONDS, timeout, parse::seconds(1..=60));
        let trust = Trust::given(authorities, &mut fields);
        let [state_dir, log_dir, backup_dir, certificate] = paths;
        fields.finish(|| {
            Some(Self {
                timeout: timeout?,
                trust: trust?,
                certificate: certificate?,
                state_dir: state_dir?,
                log_dir: log_dir?,
                backup_dir: backup_dir?,
            })
        })
    }
}

/// The folder of the probe's state.
///
/// # Errors
/// The variable is set to something that is no path.
pub(crate) fn probe_state_dir(env: &impl Env) -> Result<PathBuf, Problems> {
    let resolved: Resolved = env::resolve(&[PROBE_STATE_DIR], env);
    let raw = resolved.get(PROBE_STATE_DIR.name).map(str::to_owned);
    let mut fields = Fields::new(resolved);
    let folder = fields.required(&PROBE_STATE_DIR, raw, parse::path);
    fields.finish(|| folder)
}

/// Whether colour is wanted where it can be shown.
#[must_use]
pub(crate) fn wants_colour(env: &impl Env) -> bool {
    matches!(env.get(NO_COLOR.name), Ok(None)) || env.get(NO_COLOR.name) == Ok(Some(String::new()))
}

fn parse_operator(text: &str) -> Result<String, parse::Expected> {
    if text.chars().count() <= MAX_OPERATOR_CHARS && !text.chars().any(char::is_control) {
        Ok(text.to_owned())
    } else {
        Err(parse::Expected::new("a name of up to 100 characters in one line"))
    }
}

#[cfg(test)]
mod tests {
    use platform::env::MapEnv;

    use super::*;

    #[test]
    fn the_defaults_are_those_of_the_container() {
        let config = RecordConfig::from_env(&MapEnv::default()).unwrap();
        assert_eq!(config.state_dir, PathBuf::from("/opt/toogoodtogo/deployment"));
        assert_eq!(config.log_dir, PathBuf::from("/var/log/toogoodtogo"));
        assert_eq!((config.operator.as_str(), config.event_id), ("compose", None));
    }

    #[test]
    fn what_compose_hands_on_as_empty_counts_as_unset() {
        let env = MapEnv::from([("DEPLOYMENT_OPERATOR", ""), ("DEPLOYMENT_EVENT_ID", "")]);
        let config = RecordConfig::from_env(&env).unwrap();
        assert_eq!((config.operator.as_str(), config.event_id), ("compose", None));
    }

    #[test]
    fn a_live_look_has_its_defaults_and_bounds() {
        let config = LiveConfig::from_env(&MapEnv::default()).unwrap();
        assert_eq!(config.timeout, Duration::from_secs(5));
        assert_eq!(config.certificate, PathBuf::from("/etc/nginx/tls/fullchain.pem"));
        assert_eq!(config.backup_dir, PathBuf::from("/opt/backups/postgres"));
        for wrong in ["0", "61", "5s", "-1", ""] {
            let env = MapEnv::from([("LIVE_TIMEOUT_SECONDS", wrong), ("BACKUP_DIR", "backups")]);
            let problems = LiveConfig::from_env(&env).unwrap_err().to_string();
            assert!(problems.contains("LIVE_TIMEOUT_SECONDS"), "{wrong}: {problems}");
            assert!(problems.contains("BACKUP_DIR"), "{wrong}: {problems}");
        }
    }

    #[test]
    fn every_mistake_is_told_by_name() {
        let env = MapEnv::from([
            ("STATE_DIR", "relative"),
            ("LOG_DIR", ""),
            ("DEPLOYMENT_OPERATOR", "two\nlines"),
            ("DEPLOYMENT_EVENT_ID", "one"),
        ]);
        assert_eq!(
            RecordConfig::from_env(&env).unwrap_err().to_string(),
            "STATE_DIR must be an absolute path; LOG_DIR is set, but empty; DEPLOYMENT_OPERATOR \
             must be a name of up to 100 characters in one line; DEPLOYMENT_EVENT_ID must be a UUID"
        );
    }
}
