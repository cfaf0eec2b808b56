//! What the sidecar serves, for whoever goes through all of it.

/// Every path, as `/openapi.json` lists them.
pub const SIDECAR_PATHS: [&str; 10] = [
    "/",
    "/backups",
    "/deployments",
    "/health",
    "/history",
    "/livez",
    "/metrics",
    "/openapi.json",
    "/readyz",
    "/services",
];
