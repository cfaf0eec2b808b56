//! preflight as Docker runs it: the gate, the record of a start, the program in a shared volume,
//! the health check.

mod exec;
mod formats;
mod gate;
mod libpq;
mod lint;
mod live;
mod parity;
mod probe;
mod record;

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use tests::{Canary, Finished, Program, Scratch, canary};

const SOON: Duration = Duration::from_secs(20);

/// A number that whoever runs the tests may set by variable.
fn setting(name: &str, default: u64) -> u64 {
    match std::env::var(name) {
        Ok(value) => value.parse().unwrap_or_else(|_| panic!("{name} is not a number")),
        Err(_) => default,
    }
}

/// A good configuration whose secrets can be recognised, and folders for the records.
struct Stack {
    folder: Scratch,
    password: Canary,
    token: Canary,
    stripe: Canary,
}

impl Stack {
    fn new() -> Self {
        let stack = Self {
            folder: Scratch::new(),
            password: Canary::password("DATABASE_PASSWORD"),
            token: Canary::telegram_token(),
            stripe: Canary::stripe_key(),
        };
        for folder in [stack.state(), stack.log()] {
            fs::create_dir(folder).expect("a folder can be made");
        }
        stack
    }

    fn state(&self) -> PathBuf {
        self.folder.join("state")
    }

    fn log(&self) -> PathBuf {
        self.folder.join("log")
    }

    fn journal(&self) -> PathBuf {
        self.log().join("deployments.log")
    }

    /// preflight with the good configuration; what is set later takes its place.
    fn preflight(&self) -> Program {
        Program::new("preflight").envs(self.configuration())
    }

    fn configuration(&self) -> [(&'static str, String); 12] {
        let password = self.password.in_url();
        [
            ("ENVIRONMENT_NAME", "production".to_owned()),
            ("TELEGRAM_BOT_TOKEN", self.token.value().to_owned()),
            ("TELEGRAM_WEBHOOK_URL", format!("https://bot.example.org/{}", self.token.value())),
            ("DATABASE_URL", format!("postgresql://app:{password}@postgres:5432/app")),
            ("DATABASE_PASSWORD", self.password.value().to_owned()),
            ("REDIS_URL", format!("redis://:{password}@redis:6379/0")),
            ("STRIPE_API_KEY", self.stripe.value().to_owned()),
            ("LOG_LEVEL", "INFO".to_owned()),
            ("MAX_WORKERS", "4".to_owned()),
            ("DEPLOYMENT_TAG", "v1.2.3".to_owned()),
            ("STATE_DIR", self.state().display().to_string()),
            ("LOG_DIR", self.log().display().to_string()),
        ]
    }

    /// Runs it, and sees that no secret comes out.
    fn run(&self, program: Program) -> Finished {
        let finished = program.run(SOON);
        let journal = fs::read(self.journal()).unwrap_or_default();
        let secrets = [self.password.clone(), self.token.clone(), self.stripe.clone()];
        for (place, bytes) in [
            ("stdout", finished.stdout.as_bytes()),
            ("stderr", finished.stderr.as_bytes()),
            ("deployments.log", &journal),
        ] {
            canary::assert_absent(&secrets, place, bytes);
        }
        finished
    }
}
