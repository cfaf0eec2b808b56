//! preflight as Docker runs it: the gate, the record of a start, the program in a shared volume.
//! (`probe` is in probe.rs.)

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::time::Duration;

use serde_json::Value;
use tests::{Canary, Finished, Program, Scratch, binary, canary, wait_until};

const SOON: Duration = Duration::from_secs(20);

/// A good configuration whose secrets can be recognised, and folders for its records.
struct Stack {
    folder: Scratch,
    password: Canary,
    token: Canary,
    stripe: Canary,
}

impl Stack {
    fn new() -> Self {
        let folder = Scratch::new();
        fs::create_dir(folder.join("state")).expect("a folder can be made");
        fs::create_dir(folder.join("log")).expect("a folder can be made");
        let password = Canary::password("DATABASE_PASSWORD");
        let token = Canary::telegram_token();
        Self { folder, password, token, stripe: Canary::stripe_key() }
    }

    fn canaries(&self) -> [Canary; 3] {
        [self.password.clone(), self.token.clone(), self.stripe.clone()]
    }

    /// preflight with the good configuration; what is set later holds.
    fn preflight(&self) -> Program {
        let database = format!("postgresql://app:{}@postgres:5432/app", self.password.in_url());
        let redis = format!("redis://:{}@redis:6379/0", self.password.in_url());
        let webhook = format!("https://bot.example.org/webhook/{}", self.token.value());
        Program::new("preflight").envs([
            ("ENVIRONMENT_NAME", "production".to_owned()),
            ("TELEGRAM_BOT_TOKEN", self.token.value().to_owned()),
            ("TELEGRAM_WEBHOOK_URL", webhook),
            ("DATABASE_URL", database),
            ("DATABASE_PASSWORD", self.password.value().to_owned()),
            ("REDIS_URL", redis),
            ("STRIPE_API_KEY", self.stripe.value().to_owned()),
            ("LOG_LEVEL", "INFO".to_owned()),
            ("MAX_WORKERS", "4".to_owned()),
            ("DEPLOYMENT_TAG", "v1.2.3".to_owned()),
            ("STATE_DIR", self.state().display().to_string()),
            ("LOG_DIR", self.log().display().to_string()),
        ])
    }

    fn record(&self) -> Program {
        self.preflight().args(["check", "--record"])
    }

    /// Runs it, and sees that it keeps every secret.
    fn run(&self, program: Program) -> Finished {
        let finished = program.run(SOON);
        canary::assert_absent(&self.canaries(), "stdout", finished.stdout.as_bytes());
        canary::assert_absent(&self.canaries(), "stderr", finished.stderr.as_bytes());
        if let Ok(journal) = fs::read(self.journal()) {
            canary::assert_absent(&self.canaries(), "deployments.log", &journal);
        }
        finished
    }

    fn state(&self) -> std::path::PathBuf {
        self.folder.join("state")
    }

    fn log(&self) -> std::path::PathBuf {
        self.folder.join("log")
    }

    fn journal(&self) -> std::path::PathBuf {
        self.log().join("deployments.log")
    }

    fn lines(&self) -> Vec<Value> {
        let text = fs::read_to_string(self.journal()).unwrap_or_default();
        text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    /// Ends the newest event as the sidecar does.
    fn conclude(&self) {
        let mut line = self.lines().pop().expect("an event is open");
        line["status"] = "success".into();
        line["completed_at"] = line["started_at"].clone();
        line["duration_seconds"] = 0.into();
        line["health_check_passed"] = true.into();
        append(&self.journal(), &format!("{line}\n"));
    }
}

fn append(path: &Path, text: &str) {
    let whole = fs::read_to_string(path).unwrap_or_default() + text;
    fs::write(path, whole).expect("the journal is writable");
}

fn types(lines: &[Value]) -> Vec<(&str, &str)> {
    let text = |line: &'static str| move |value: &'_ Value| value[line].as_str().map(str::len);
    let _ = text;
    lines
        .iter()
        .map(|line| {
            (line["event_type"].as_str().unwrap_or(""), line["status"].as_str().unwrap_or(""))
        })
        .collect()
}

#[test]
fn three_faults_at_once_are_all_named_and_none_is_shown() {
    let stack = Stack::new();
    for arguments in [&[][..], &["check"], &["check", "--format", "json"], &["--format=human"]] {
        let bad = stack
            .record()
            .env("TELEGRAM_WEBHOOK_URL", format!("http://x/{}", stack.token.value()))
            .env("DATABASE_PASSWORD", format!("{} ", stack.password.value()))
            .env("STRIPE_API_KEY", format!("pk_live_{}", stack.stripe.value()));
        let bad = if arguments.is_empty() { bad } else { bad_with(&stack, arguments) };
        let finished = stack.run(bad);
        assert_eq!(finished.code, 1, "{}", finished.stderr);
        for key in ["TELEGRAM_WEBHOOK_URL", "DATABASE_PASSWORD", "STRIPE_API_KEY"] {
            assert!(finished.stdout.contains(key), "{key}: {}", finished.stdout);
        }
    }
    assert_eq!(stack.lines().len(), 0, "a start that was refused is no deployment");
    assert!(!stack.state().join("configuration.key").exists());
}

fn bad_with(stack: &Stack, arguments: &[&str]) -> Program {
    stack
        .preflight()
        .args(arguments)
        .env("TELEGRAM_WEBHOOK_URL", format!("http://x/{}", stack.token.value()))
        .env("DATABASE_PASSWORD", format!("{} ", stack.password.value()))
        .env("STRIPE_API_KEY", format!("pk_live_{}", stack.stripe.value()))
}
