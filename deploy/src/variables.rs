//! The environment variables.

use platform::env::Variable;
use platform::telemetry::{LOG_FORMAT, LOG_LEVEL};

const PATH: Variable = Variable::plain("PATH", "Where the docker command is looked for.");
const HOME: Variable = Variable::plain("HOME", "Where docker keeps its settings and plugins.");
const DOCKER_HOST: Variable = Variable::plain("DOCKER_HOST", "The engine that docker asks.");
const DOCKER_CONTEXT: Variable =
    Variable::plain("DOCKER_CONTEXT", "The context that names the engine.");
const DOCKER_CONFIG: Variable =
    Variable::plain("DOCKER_CONFIG", "Docker's own folder, instead of .docker in HOME.");
const DOCKER_CERT_PATH: Variable =
    Variable::plain("DOCKER_CERT_PATH", "Folder of the certificates for an engine behind TLS.");
const DOCKER_TLS_VERIFY: Variable =
    Variable::plain("DOCKER_TLS_VERIFY", "Set to anything: the engine is behind TLS.");
const COMPOSE_PROJECT_NAME: Variable = Variable::plain(
    "COMPOSE_PROJECT_NAME",
    "The stack's project, where it was started as another.",
);

/// What the docker command needs to find its engine and its plugins.
pub(crate) const PASSED_ON: &[Variable] = &[
    PATH,
    HOME,
    DOCKER_HOST,
    DOCKER_CONTEXT,
    DOCKER_CONFIG,
    DOCKER_CERT_PATH,
    DOCKER_TLS_VERIFY,
    COMPOSE_PROJECT_NAME,
];

/// Who deploys.
pub(crate) const DEPLOYMENT_OPERATOR: Variable = Variable::plain(
    "DEPLOYMENT_OPERATOR",
    "Who deploys, where --operator does not say it; else SUDO_USER, else USER.",
);
pub(crate) const SUDO_USER: Variable = Variable::plain("SUDO_USER", "See DEPLOYMENT_OPERATOR.");
pub(crate) const USER: Variable = Variable::plain("USER", "See DEPLOYMENT_OPERATOR.");

/// How long the stack must be healthy; in `.env.production`.
pub(crate) const GATE_STABLE_SECONDS: Variable = Variable::plain(
    "GATE_STABLE_SECONDS",
    "In .env.production: how long the stack must be healthy until a deployment has succeeded.",
)
.with_default("15");

/// How the application is replaced; in `.env.production`.
pub(crate) const ROLLOUT: Variable = Variable::plain(
    "ROLLOUT",
    "In .env.production: start-first, the new instance beside the old one, or recreate.",
)
.with_default("start-first");

/// How long artifacts are kept; in `.env.production`.
pub(crate) const ARTIFACT_RETENTION_DAYS: Variable = Variable::plain(
    "ARTIFACT_RETENTION_DAYS",
    "In .env.production: how many days artifacts and their images are kept for a rollback.",
)
.with_default("30");

/// Everything that is read.
pub(crate) fn all() -> Vec<Variable> {
    let of_the_host = [DEPLOYMENT_OPERATOR, SUDO_USER, USER];
    let of_the_file = [ROLLOUT, GATE_STABLE_SECONDS, ARTIFACT_RETENTION_DAYS];
    [PASSED_ON, &of_the_host, &of_the_file, &[LOG_LEVEL, LOG_FORMAT]].concat()
}
