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

/// Everything that is read.
pub(crate) fn all() -> Vec<Variable> {
    [PASSED_ON, &[LOG_LEVEL, LOG_FORMAT]].concat()
}
