//! The gate that a restart can't go around: `exec` inside a container that the engine starts again.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;
use tests::canary::assert_absent;
use tests::{Canary, unique, wait_until};

use crate::engine::Engine;
use crate::secrets::secrets;
use crate::stack::Stack;

const SOON: Duration = Duration::from_secs(20);
/// Every line that the bot itself logs has it.
const OF_THE_BOT: &str = "\"service_name\":\"bot\"";

#[test]
fn a_restart_with_a_configuration_gone_bad_starts_no_bot() {
    let stack = Stack::new(Engine::of_this_host());
    let bot = Bot::create(&stack);
    let mut canaries = secrets(&stack);
    bot.stands(&stack, &["start"]);

    let garbage = Canary::of("the garbage", &format!("garbage-{}", unique()));
    fs::write(bot.token_file(&stack), garbage.value()).expect("the folder is writable");
    canaries.push(garbage);
    bot.refuses(&stack, &["restart", "-t", "5"], &["PF030", "TELEGRAM_BOT_TOKEN"]);
    bot.refuses(&stack, &["start"], &["PF030"]);

    bot.mend_token(&stack);
    bot.stands(&stack, &["start"]);

    // The file beside it has gone bad: the container still has the values of its first start.
    let good = stack.layout.text();
    stack.layout.set("STRIPE_API_KEY", "   # to come");
    let line = format!(".env.production:{}:", stack.layout.text().lines().count());
    bot.refuses(&stack, &["restart", "-t", "5"], &["PF107", &line]);
    stack.layout.write(&good);
    bot.stands(&stack, &["start"]);
    assert_absent(&canaries, "the log", bot.log(&stack).as_bytes());
}

/// A container of the bot's image that no Compose file knows, and so without `depends_on`.
struct Bot {
    name: String,
}

impl Bot {
    fn create(stack: &Stack) -> Self {
        let bot = Self { name: format!("ballast-test-gate-{}", &unique()[20..]) };
        bot.mend_token(stack);
        let variables = stack.layout.settings().into_iter();
        let token = "TELEGRAM_BOT_TOKEN".to_owned();
        let others = variables.filter(|(name, _)| *name != token);
        let variables: Vec<_> = others.map(|(name, value)| format!("{name}={value}\n")).collect();
        let environment = stack.layout.compose().join("environment");
        fs::write(&environment, variables.concat()).expect("the folder is writable");
        let mounted = |path: &Path| format!("{}:{}:ro", path.display(), path.display());
        let (token, file) = (bot.token_file(stack), stack.layout.env_file());
        let create = format!(
            "create --name {} --label {} --network none --read-only --cap-drop ALL --env-file {}
             -v {} -e TELEGRAM_BOT_TOKEN_FILE={} -v {} -e ENV_FILE={} {}",
            bot.name,
            stack.label(),
            environment.display(),
            mounted(&token),
            token.display(),
            mounted(&file),
            file.display(),
            stack.layout.setting("BOT_IMAGE"),
        );
        let created = stack.engine.docker(&create.split_whitespace().collect::<Vec<_>>());
        assert_eq!(created.code, 0, "{}", created.stderr);
        bot
    }

    fn token_file(&self, stack: &Stack) -> PathBuf {
        stack.layout.compose().join(&self.name)
    }

    fn mend_token(&self, stack: &Stack) {
        let token = stack.layout.setting("TELEGRAM_BOT_TOKEN");
        fs::write(self.token_file(stack), token + "\n").expect("the folder is writable");
    }

    /// `docker COMMAND` of it, and then the bot itself is its process 1.
    fn stands(&self, stack: &Stack, command: &[&str]) {
        self.says(stack, command, &[OF_THE_BOT]);
        let state = self.state(stack);
        let process = format!("/proc/{}/comm", state["Pid"]);
        assert_eq!(fs::read_to_string(process).unwrap_or_default(), "bot\n", "{state}");
    }

    /// `docker COMMAND` of it, and then `words` are told and nothing is started.
    fn refuses(&self, stack: &Stack, command: &[&str], words: &[&str]) {
        let before = self.says(stack, command, words);
        wait_until("the gate has ended it", SOON, || self.state(stack)["Running"] == false);
        let state = self.state(stack);
        assert_eq!(state["ExitCode"], 1, "{state}");
        // The last words of a bot that is restarted come before the gate's.
        let told = self.log(stack).split_off(before);
        let (_, after) = told.split_once(words[0]).expect("it was there");
        assert!(!after.contains(OF_THE_BOT), "{told}");
    }

    /// `docker COMMAND` of it, and it says all of `words`. Returns how much it has said before: the
    /// engine notes the time of a start after the first words.
    fn says(&self, stack: &Stack, command: &[&str], words: &[&str]) -> usize {
        let before = self.log(stack).len();
        self.docker(stack, command);
        wait_until(&format!("it says {words:?}"), SOON, || {
            let told = self.log(stack).split_off(before);
            words.iter().all(|word| told.contains(word))
        });
        before
    }

    fn docker(&self, stack: &Stack, command: &[&str]) {
        let done = stack.engine.docker(&[command, &[&self.name]].concat());
        assert_eq!(done.code, 0, "{command:?}: {}", done.stderr);
    }

    fn state(&self, stack: &Stack) -> Value {
        let shown = stack.engine.docker(&["inspect", &self.name]).stdout;
        let containers: Value = serde_json::from_str(&shown).expect("JSON");
        containers[0]["State"].clone()
    }

    fn log(&self, stack: &Stack) -> String {
        let log = stack.engine.docker(&["logs", &self.name]);
        assert_eq!((log.code, log.stdout.as_str()), (0, ""), "{}", log.stderr);
        log.stderr
    }
}
