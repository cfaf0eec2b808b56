//! What Prometheus is told: the truth, in a form that it takes.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tests::canary::assert_absent;
use tests::{Canary, Program, Running, Scratch, free_port, http, wait_until, workspace_root};

use super::instances::container::{CANARY, Container};
use super::instances::engine::{Engine, OWN};
use super::{SOON, World};

const IMAGE: &str = "sha256:1111111111111111111111111111111111111111111111111111111111111111";

/// A scrape: its lines, without comments.
struct Scrape(String);

impl Scrape {
    /// The value of a series, as it is written.
    fn value(&self, series: &str) -> Option<f64> {
        let mut lines = self.0.lines().filter_map(|line| line.rsplit_once(' '));
        lines.find(|(known, _)| *known == series).and_then(|(_, value)| value.parse().ok())
    }

    fn holds(&self, series: &str, value: f64) -> bool {
        self.value(series).is_some_and(|known| (known - value).abs() < 1e-9)
    }

    /// The families, as their `TYPE` lines name them.
    fn families(&self) -> impl Iterator<Item = String> {
        let types = self.0.lines().filter_map(|line| line.strip_prefix("# TYPE "));
        types.filter_map(|line| line.split(' ').next()).map(str::to_owned)
    }
}

/// A sidecar with everything to tell of: servers, a bot, an engine, records.
struct Told {
    world: World,
    engine: Engine,
    sidecar: Running,
    families: BTreeSet<String>,
}

impl Told {
    fn begin() -> Self {
        let world = World::new();
        let engine = Engine::speaking("1.24", "1.44");
        engine.holds((0..3).map(Container::healthy));
        // What the conclusion of deployments asks for.
        let nothing = (200, "[]".to_owned());
        engine.state().answers.insert("compose%2Eservice%3Dbot".to_owned(), nothing);
        write_records(&world);
        let sidecar = world.program().envs([("ENGINE_URL", engine.url())]).env("HOSTNAME", OWN);
        let sidecar = sidecar.env("METRICS_INTERVAL_SECONDS", "5").env("MAX_RESTARTS", "5").spawn();
        Self { world, engine, sidecar, families: BTreeSet::new() }
    }

    /// `None` before the sidecar listens.
    fn scrape(&mut self) -> Option<Scrape> {
        let answer = self.world.get("/metrics")?;
        assert_eq!(answer.status, 200);
        let kind = answer.header("content-type").unwrap_or_default();
        assert!(kind.starts_with("text/plain; version=0.0.4"), "{kind}");
        let scrape = Scrape(answer.text());
        self.families.extend(scrape.families());
        let secrets = [
            Canary::of("the password of PostgreSQL", self.world.postgres.password()),
            Canary::of("the password of Redis", self.world.redis.password()),
        ];
        assert_absent(&secrets, "a scrape", &answer.body);
        assert!(!scrape.0.contains(CANARY), "{}", scrape.0);
        Some(scrape)
    }

    /// Waits until all of these hold, and has promtool judge that scrape.
    fn wait_for(&mut self, series: &[(&'static str, f64)]) -> Scrape {
        let mut newest = None;
        let missing = || {
            newest = self.scrape();
            let held = |(series, value): &&(&'static str, f64)| {
                newest.as_ref().is_some_and(|scrape| scrape.holds(series, *value))
            };
            series.iter().filter(|one| !held(one)).map(|(series, _)| *series).collect::<Vec<_>>()
        };
        let missing = until_empty(missing);
        let scrape = newest.expect("the sidecar answers");
        assert!(missing.is_empty(), "{missing:?}\n{}\n{}", self.sidecar.stderr(), scrape.0);
        let judged = Program::at(Path::new("promtool")).args(["check", "metrics"]);
        let judged = judged.input(scrape.0.clone()).run(SOON);
        let words = judged.stdout + &judged.stderr;
        assert!(judged.code == 0 && words.is_empty(), "promtool says: {words}\n{}", scrape.0);
        scrape
    }
}

/// Asks until nothing is missing, or for as long as that may take; what is missing then.
fn until_empty(mut missing: impl FnMut() -> Vec<&'static str>) -> Vec<&'static str> {
    let deadline = Instant::now() + SOON;
    loop {
        let left = missing();
        if left.is_empty() || Instant::now() > deadline {
            return left;
        }
        thread::sleep(Duration::from_millis(100));
    }
}

/// One deployment that succeeded after 90 s, one that failed, a proven backup, a failed one and one
/// that is off-site too.
fn write_records(world: &World) {
    let mut failed = world.success("v1.2.2");
    failed["event_id"] = "00000000-0000-4000-8000-000000000001".into();
    failed["status"] = "failed".into();
    failed["error_message"] = "gate_deadline_passed".into();
    failed["health_check_passed"] = false.into();
    let mut succeeded = world.success("v1.2.3");
    succeeded["duration_seconds"] = 90.into();
    world.write_journal(&[failed, succeeded]);
    let artifact = json!({
        "artifact_id": "v1.2.3", "created_at": null, "git_commit_sha": null, "git_tag": "v1.2.3",
        "docker_image_uri": "localhost/bot:1", "docker_image_digest": IMAGE, "size_mb": 5,
        "changelog": null, "deployed": true, "deployed_at": world.now(), "rollback_from": null,
    });
    let artifacts = json!({"schema_version": 1, "artifacts": [artifact]});
    fs::write(world.record("state/artifacts.json"), artifacts.to_string()).expect("a catalog");
    let (mut good, mut bad) = (world.backup(1), world.backup(2));
    good["created_at"] = world.now().into();
    good["size_bytes"] = 4_000_000.into();
    good["duration_ms"] = 2_500.into();
    for (key, value) in [("verified", json!(false)), ("status", json!("failed"))] {
        bad[key] = value;
    }
    bad["verified_at"] = Value::Null;
    let mut away = world.backup(3);
    away["offsite_verified_at"] = world.now().into();
    world.write_backups(&[good, bad, away]);
}

#[test]
fn what_is_so_is_told_and_promtool_has_nothing_to_say() {
    let mut told = Told::begin();
    let scrape = told.wait_for(&[
        (r#"ballast_stack_status{status="healthy"}"#, 1.0),
        (r#"ballast_stack_status{status="unhealthy"}"#, 0.0),
        ("ballast_stack_stale", 0.0),
        (r#"ballast_stack_info{service="bot",version="v1.2.3"}"#, 1.0),
        (r#"ballast_check_up{check="postgres"}"#, 1.0),
        (r#"ballast_check_last_probe_ok{check="redis"}"#, 1.0),
        (r#"ballast_probe_results_total{check="redis",outcome="failed"}"#, 0.0),
        (r#"ballast_record_readable{record="deployments"}"#, 1.0),
        ("ballast_artifacts", 1.0),
        (r#"ballast_deployments{type="deploy",status="success"}"#, 1.0),
        (r#"ballast_deployments{type="deploy",status="failed"}"#, 1.0),
        ("ballast_deployments_in_progress", 0.0),
        (r#"ballast_deployment_duration_seconds_bucket{type="deploy",status="success",le="60"}"#, 0.0),
        (r#"ballast_deployment_duration_seconds_bucket{type="deploy",status="success",le="120"}"#, 1.0),
        (r#"ballast_deployment_duration_seconds_sum{type="deploy",status="success"}"#, 90.0),
        (r#"ballast_deployment_newest_status{type="deploy",status="success"}"#, 1.0),
        (r#"ballast_backups{status="verified"}"#, 2.0),
        (r#"ballast_backups{status="failed"}"#, 1.0),
        // It failed long before the newest good one.
        ("ballast_backup_failures_in_a_row", 0.0),
        ("ballast_backup_newest_failure_timestamp_seconds", 1_767_323_045.002),
        ("ballast_backup_newest_offsite_timestamp_seconds", 1_767_323_045.003),
        ("ballast_backup_max_age_seconds", 93_600.0),
        ("ballast_backup_newest_verified_size_bytes", 4_000_000.0),
        ("ballast_backup_newest_verified_duration_seconds", 2.5),
        ("ballast_engine_up", 1.0),
        (r#"ballast_instance_status{service="service-001",container="000000000000",status="healthy"}"#, 1.0),
        (r#"ballast_instance_memory_bytes{service="service-001",container="000000000000"}"#, 50_000_000.0),
        (r#"ballast_instance_memory_limit_bytes{service="service-001",container="000000000000"}"#, 68_000_000.0),
        (r#"ballast_instance_cpu_limit_cores{service="service-001",container="000000000000"}"#, 0.25),
    ]);
    // It takes two measurements.
    wait_until("the use of the CPU is told", SOON, || {
        let _ = told.scrape();
        told.families.contains("ballast_instance_cpu_cores")
    });
    let age = scrape.value("ballast_backup_newest_verified_age_seconds").expect("an age");
    assert!((0.0..300.0).contains(&age), "{age}");
    let count = scrape.value(r#"ballast_probe_duration_seconds_count{check="postgres"}"#);
    assert!(count >= Some(1.0), "{count:?}");
    let resident = scrape.value("process_resident_memory_bytes").expect("a number of bytes");
    assert!((1e6..256e6).contains(&resident), "{resident}");
    let deployed =
        format!("ballast_artifact_deployed_info{{artifact=\"v1.2.3\",digest=\"{IMAGE}\"}}");
    assert!(scrape.holds(&deployed, 1.0), "{}", scrape.0);

    told.world.redis.stop();
    let id = format!("{:064x}", 1);
    told.engine.change(&id, "health_status: unhealthy", |container| {
        container.health = Some("unhealthy");
        container.results = vec![1; 5];
        container.restart_count = 7;
    });
    let scrape = told.wait_for(&[
        (r#"ballast_stack_status{status="healthy"}"#, 0.0),
        (r#"ballast_stack_status{status="degraded"}"#, 1.0),
        (r#"ballast_check_up{check="redis"}"#, 0.0),
        (r#"ballast_check_error{check="redis",code="redis_refused"}"#, 1.0),
        (r#"ballast_instance_status{service="service-001",container="000000000000",status="unhealthy"}"#, 1.0),
        (r#"ballast_instance_restarts_total{service="service-001",container="000000000000"}"#, 7.0),
        (r#"ballast_instance_finding{service="service-001",container="000000000000",finding="restart_threshold_reached"}"#, 1.0),
    ]);
    let failed = scrape.value(r#"ballast_probe_results_total{check="redis",outcome="failed"}"#);
    assert!(failed >= Some(2.0), "a check falls with its second failure: {failed:?}");
    let refused = r#"ballast_probe_failures_total{check="redis",code="redis_refused"}"#;
    assert!(scrape.value(refused) >= Some(1.0), "{}", scrape.0);
    let healthy = r#"ballast_instance_status{service="service-001",container="000000000000",status="healthy"}"#;
    assert_eq!(scrape.value(healthy), None, "an instance is in one state");

    let open = told.world.open_event("v1.2.3");
    told.engine.go();
    told.world.postgres.stop();
    let mut earlier = open.clone();
    earlier["event_id"] = "00000000-0000-4000-8000-000000000002".into();
    earlier["started_at"] = "2026-01-02T03:04:05Z".into();
    told.world.write_journal(&[open, earlier]);
    fs::write(told.world.record("backups/backup_index.json"), "{").expect("a damaged catalog");
    told.wait_for(&[
        (r#"ballast_stack_status{status="unhealthy"}"#, 1.0),
        (r#"ballast_check_error{check="postgres",code="postgres_refused"}"#, 1.0),
        ("ballast_deployments_in_progress", 2.0),
        ("ballast_deployment_oldest_open_started_timestamp_seconds", 1_767_323_045.0),
        (r#"ballast_record_error{record="backups",code="corrupt"}"#, 1.0),
        ("ballast_engine_up", 0.0),
        // What was read before stays.
        (r#"ballast_backups{status="verified"}"#, 2.0),
    ]);
    let named = rules();
    let of_rules: Vec<_> = names(&named).filter(|name| !told.knows(name)).collect();
    assert!(of_rules.is_empty(), "the rules name what is never told: {of_rules:?}");
}

impl Told {
    fn knows(&self, name: &str) -> bool {
        // Nobody is told of anything here, so no channel has a series.
        self.families.contains(name) || name == "ballast_notifications_total"
    }
}

fn rules() -> String {
    let path = workspace_root().join("compose/monitoring/rules.yml");
    fs::read_to_string(path).expect("the rules can be read")
}

/// The names of our series in a text.
fn names(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    words.filter(|word| word.starts_with("ballast_"))
}

#[test]
fn a_real_prometheus_scrapes_it_and_judges_by_the_rules() {
    let mut told = Told::begin();
    told.wait_for(&[(r#"ballast_stack_status{status="healthy"}"#, 1.0)]);
    let folder = Scratch::new();
    let source = workspace_root().join("compose/monitoring");
    // The product's own configuration, quicker, and with the sidecar where it is here.
    let text = fs::read_to_string(source.join("prometheus.yml")).expect("it can be read");
    let text = text
        .replace("sidecar:8080", &told.world.address.to_string())
        .replace("interval: 15s", "interval: 1s")
        .replace("timeout: 5s", "timeout: 1s")
        .replace("rules.yml", &source.join("rules.yml").display().to_string());
    fs::write(folder.join("prometheus.yml"), text).expect("the folder is writable");
    let address = std::net::SocketAddr::from((std::net::Ipv4Addr::LOCALHOST, free_port()));
    let mut prometheus = Program::at(Path::new("prometheus"))
        .arg(format!("--config.file={}", folder.join("prometheus.yml").display()))
        .arg(format!("--storage.tsdb.path={}", folder.join("data").display()))
        .arg(format!("--web.listen-address={address}"))
        .spawn();
    let ask = |path: &str| {
        let answer = http::get(address, path, Duration::from_secs(5)).ok()?;
        (answer.status == 200).then(|| answer.json()["data"].clone())
    };
    let mut newest = |query: &str, expected: &str| {
        let path = format!("/api/v1/query?query={}", encode(query));
        prometheus.wait_until(&format!("{query} is {expected}"), 2 * SOON, |_| {
            let Some(data) = ask(&path) else { return false };
            data["result"][0]["value"][1] == expected
        });
    };
    newest(r#"up{job="ballast"}"#, "1");
    newest(r#"ballast_stack_status{status="healthy"}"#, "1");
    newest(r"count(ballast_instance_cpu_limit_cores)", "3");
    newest(r#"scrape_samples_scraped{job="ballast"} > bool 50"#, "1");
    told.world.redis.stop();
    newest(r#"ballast_stack_status{status="degraded"}"#, "1");
    newest(r#"ALERTS{alertname="BallastStackDegraded",alertstate="pending"}"#, "1");
    told.world.redis.restart();
    newest(r#"ballast_stack_status{status="healthy"}"#, "1");
}

fn encode(query: &str) -> String {
    percent_encoding::utf8_percent_encode(query, percent_encoding::NON_ALPHANUMERIC).to_string()
}
