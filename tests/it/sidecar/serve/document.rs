//! What is served is what `/openapi.json` says.

use std::fs;

use jsonschema::Draft;
use serde_json::{Value, json};
use tests::SIDECAR_PATHS;
use tests::http::{self, Answer};

use crate::sidecar::deployment::{COMMIT, image_id};
use crate::sidecar::instances::container::Container;
use crate::sidecar::instances::engine::{Engine, OWN};
use crate::sidecar::{SOON, World};

/// The document, as the sidecar serves it.
struct Document(Value);

impl Document {
    fn of(world: &World) -> Self {
        let document = world.get("/openapi.json").expect("a document").json();
        let paths = document["paths"].as_object().expect("paths");
        assert_eq!(paths.keys().collect::<Vec<_>>(), SIDECAR_PATHS.iter().collect::<Vec<_>>());
        Self(document)
    }

    /// The object that a reference, if it is one, points at.
    fn resolved<'a>(&'a self, value: &'a Value) -> &'a Value {
        match value["$ref"].as_str() {
            Some(pointer) => self.0.pointer(&pointer[1..]).expect("a reference leads somewhere"),
            None => value,
        }
    }

    /// What is wrong with `instance` by `schema`, which may refer to the document's components.
    fn faults(&self, schema: &Value, instance: &Value) -> Vec<String> {
        let mut schema = schema.clone();
        schema["components"] = self.0["components"].clone();
        let validator = jsonschema::options()
            .with_draft(Draft::Draft202012)
            .should_validate_formats(true)
            .build(&schema)
            .expect("a schema is one");
        let told =
            |error: jsonschema::ValidationError| format!("{}: {error}", error.instance_path());
        validator.iter_errors(instance).map(told).collect()
    }

    /// Holds an answer to what is written of its path, method and status.
    fn hold(&self, method: &str, path: &str, answer: &Answer) {
        let what = format!("{method} {path} {}", answer.status);
        let bare = path.split('?').next().unwrap_or(path);
        // What another method gets is written with the methods that there are.
        let known = if method == "HEAD" { "head" } else { "get" };
        let responses = &self.0["paths"][bare][known]["responses"];
        let response = self.resolved(&responses[answer.status.to_string()]);
        assert!(response["description"].is_string(), "{what} is not in the document");
        for (name, header) in response["headers"].as_object().into_iter().flatten() {
            let value = answer.header(&name.to_ascii_lowercase());
            let value = value.unwrap_or_else(|| panic!("{what} has no {name}"));
            let header = self.resolved(header);
            assert_eq!(self.faults(&header["schema"], &json!(value)), [""; 0], "{what} {name}");
        }
        let Some(content) = response["content"].as_object().filter(|_| method != "HEAD") else {
            assert!(answer.body.is_empty(), "{what} has a body");
            return;
        };
        let kind = answer.header("content-type").unwrap_or_default();
        let media = content.get(kind).unwrap_or_else(|| panic!("{what}: {kind} is not there"));
        let body = if kind.contains("json") { answer.json() } else { json!(answer.text()) };
        assert_eq!(self.faults(&media["schema"], &body), [""; 0], "{what}: {body:#}");
    }

    /// Holds every path to it, by both methods.
    fn hold_all(&self, world: &World) {
        for path in SIDECAR_PATHS {
            for method in ["GET", "HEAD"] {
                self.hold(method, path, &ask(world, method, path, &[]));
            }
        }
        let draft = [("accept", "application/health+json")];
        let answer = ask(world, "GET", "/health", &draft);
        assert_eq!(answer.header("content-type"), Some("application/health+json"));
        self.hold("GET", "/health", &answer);
    }
}

fn ask(world: &World, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
    http::request(world.address, method, path, headers, b"", SOON).expect("an answer")
}

#[test]
fn answers_are_as_the_document_has_them_in_every_state() {
    let world = World::new();
    let mut sidecar = world.healthy_sidecar();
    let document = Document::of(&world);
    document.hold_all(&world);
    world.redis.sigstop();
    world.wait_for(&mut sidecar, 200, "degraded");
    document.hold_all(&world);
    world.postgres.sigstop();
    world.wait_for(&mut sidecar, 503, "unhealthy");
    document.hold_all(&world);
    sidecar.terminate();
    sidecar.wait_until("it is leaving", SOON, |_| {
        world.get("/readyz").is_some_and(|answer| answer.status == 503)
    });
    document.hold("GET", "/readyz", &ask(&world, "GET", "/readyz", &[]));
}

#[test]
fn answers_are_as_the_document_has_them_before_anything_is_known() {
    let world = World::new();
    world.postgres.sigstop();
    let mut sidecar = world.program_without_bot().env("CHECK_TIMEOUT_SECONDS", "60").spawn();
    sidecar.wait_until("it serves", SOON, |_| world.get("/livez").is_some());
    let answer = world.get("/health").expect("an answer");
    assert!(answer.status == 503 && answer.json()["checked_at"].is_null(), "{}", answer.text());
    Document::of(&world).hold_all(&world);
}

#[test]
fn answers_with_records_and_an_engine_are_as_the_document_has_them() {
    let world = World::new();
    let engine = Engine::speaking("1.24", "1.44");
    let mut failing = Container::healthy(2);
    (failing.health, failing.results) = (Some("unhealthy"), vec![0, 1, 1]);
    engine.holds([Container::healthy(1), failing]);
    world.write_journal(&[world.success("v1.2.3")]);
    world.write_backups(&[world.backup(1)]);
    let artifacts = json!({"schema_version": 1, "artifacts": [{
        "artifact_id": "v1.2.3", "created_at": world.now(), "git_commit_sha": COMMIT,
        "git_tag": "v1.2.3", "docker_image_uri": "localhost/bot:1",
        "docker_image_digest": image_id("v1.2.3"), "size_mb": 5, "changelog": null,
        "deployed": true, "deployed_at": world.now(), "rollback_from": null,
    }]});
    fs::write(world.record("state/artifacts.json"), artifacts.to_string()).expect("a catalog");
    let program = world.program().env("ENGINE_URL", engine.url()).env("HOSTNAME", OWN);
    let mut sidecar = program.spawn();
    world.wait_for(&mut sidecar, 200, "healthy");
    sidecar.wait_until("everything is shown", SOON, |_| {
        let told = |path: &str| world.get(path).expect("an answer").json();
        let services = told("/services");
        let deployments = told("/deployments");
        deployments["deployments"][0]["status"] == "success"
            && deployments["artifacts"]["artifacts"][0]["deployed"] == true
            && told("/backups")["backups"][0]["verified"] == true
            && services["services"][1]["health_results"][0]["status"].is_string()
    });
    Document::of(&world).hold_all(&world);
}

#[test]
fn refusals_are_as_the_document_has_them() {
    let world = World::new();
    let _sidecar = world.healthy_sidecar();
    let document = Document::of(&world);
    for path in SIDECAR_PATHS {
        for method in ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"] {
            let answer = ask(&world, method, path, &[]);
            assert_eq!(answer.status, 405, "{method} {path}");
            document.hold(method, path, &answer);
        }
        let answer = http::request(world.address, "GET", path, &[], b"{}", SOON);
        let answer = answer.expect("an answer");
        assert_eq!(answer.status, 413, "{path}");
        document.hold("GET", path, &answer);
        let hostless = format!("GET {path} HTTP/1.1\r\nconnection: close\r\n\r\n");
        let answer = http::raw(world.address, hostless.as_bytes(), SOON).expect("an answer");
        assert!(answer.starts_with(b"HTTP/1.1 400 "), "{path}");
    }
    for query in ["before=yesterday", "before=", "after=2026-01-02T03:04:05Z", "before=2026-01-02"]
    {
        let path = format!("/history?{query}");
        let answer = ask(&world, "GET", &path, &[]);
        assert_eq!(answer.status, 400, "{path}");
        document.hold("GET", &path, &answer);
    }
}

#[test]
fn the_document_is_not_sent_to_whoever_has_it() {
    let world = World::new();
    let _sidecar = world.healthy_sidecar();
    let document = Document::of(&world);
    let first = world.get("/openapi.json").expect("a document");
    let etag = first.header("etag").expect("an ETag").to_owned();
    for method in ["GET", "HEAD"] {
        let again = ask(&world, method, "/openapi.json", &[("if-none-match", &etag)]);
        assert_eq!((again.status, again.body.len()), (304, 0), "{method}");
        document.hold(method, "/openapi.json", &again);
    }
}
