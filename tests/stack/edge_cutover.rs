//! nginx is directed from one instance of the bot to another: no request is lost, none is sent twice.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use tests::{poll_until, wait_until, workspace_root};

use crate::checks::Checks;
use crate::engine::Engine;
use crate::stack::{Answer, Stack};

const SOON: Duration = Duration::from_secs(30);
/// Of the load together, some fewer requests a second than nginx lets through.
const CLIENTS: u32 = 2;
const PAUSE: Duration = Duration::from_millis(40);
/// A request has reached its instance by then, which is far from its answer still.
const UNDER_WAY: Duration = Duration::from_secs(1);

/// The edge of a stack, and instances of the bot that are played.
struct Edge<'a> {
    stack: &'a Stack,
    sent: AtomicU32,
}

#[test]
fn nginx_follows_from_one_instance_to_another_and_loses_nothing() {
    let stack = Stack::new(Engine::of_this_host());
    let mut checks = Checks::new(&stack);
    let edge = Edge { stack: &stack, sent: AtomicU32::new(0) };
    checks.require("the edge serves those that listen by their service's name", || {
        let up = stack.compose(&["up", "-d", "--no-deps", "nginx"]);
        assert_eq!(up.code, 0, "{}", up.stderr);
        edge.start(1, "/etc/instance.conf");
        edge.start(2, "/etc/instance.conf");
        // One that runs and does not listen where the bot does.
        edge.start(3, "/etc/nginx/nginx.conf");
        edge.wait_for_both();
    });
    the_target_changes(&mut checks, &edge);
    a_change_fails(&mut checks, &edge);
    an_instance_fails(&mut checks, &edge);
    checks.hold("an nginx that starts anew is directed to the service", || {
        assert_eq!(stack.engine.docker(&["start", &edge.name(1)]).code, 0);
        edge.direct_to(2);
        assert_eq!(stack.compose(&["restart", "nginx"]).code, 0);
        edge.wait_for_both();
    });
    checks.hold("no log line tells where a request went below /webhook", || {
        let log = stack.logs("nginx");
        let token = stack.layout.setting("TELEGRAM_BOT_TOKEN");
        assert!(!log.contains(&token) && !log.contains("/slow"), "{log}");
    });
    checks.finish();
}

fn the_target_changes(checks: &mut Checks<'_>, edge: &Edge<'_>) {
    checks.hold("under load, no request is lost or sent twice, whoever is its target", || {
        let ids = edge.under_load(|| {
            for target in [1, 2, 1, 2] {
                edge.direct_to(target);
                assert_eq!(edge.served_by(""), Some(host(target)));
            }
            assert_eq!(edge.direct("bot").code, 0);
        });
        assert!(ids.len() > 20, "{} requests are no load", ids.len());
        let delivered = edge.delivered();
        for id in ids {
            assert_eq!(delivered.get(&id), Some(&1), "{id}");
        }
    });
    checks.hold("what is in flight is finished by the old target", || {
        edge.direct_to(1);
        thread::scope(|scope| {
            let slow = scope.spawn(|| edge.served_by("/slow"));
            thread::sleep(UNDER_WAY);
            edge.direct_to(2);
            assert_eq!(edge.served_by(""), Some(host(2)));
            assert!(!slow.is_finished(), "it was too quick to tell");
            assert_eq!(slow.join().expect("a client ends"), Some(host(1)));
        });
    });
    checks.hold("a target that is so already is left alone", || {
        let before = edge.workers();
        edge.direct_to(2);
        assert_eq!(edge.workers(), before);
    });
    checks.hold("a change that was cut short is made again", || {
        let before = edge.workers();
        let cut_short = ["exec", "-T", "nginx", "touch", "/tmp/bot_host.unfinished"];
        assert_eq!(edge.stack.compose(&cut_short).code, 0);
        for _ in 0..2 {
            edge.direct_to(2);
        }
        let after = edge.workers();
        assert!(after.iter().all(|worker| !before.contains(worker)), "{before:?} {after:?}");
    });
    checks.hold("several at once end well, and one of them has its way", || {
        thread::scope(|scope| {
            for target in [1, 2, 1, 2] {
                scope.spawn(move || edge.direct_to(target));
            }
        });
        let host = edge.served_by("");
        assert!(host.is_some());
        for _ in 0..10 {
            assert_eq!(edge.served_by(""), host);
        }
    });
}

fn a_change_fails(checks: &mut Checks<'_>, edge: &Edge<'_>) {
    checks.hold("what is no name is refused, and not repeated", || {
        for name in ["", "-bot", "bot;", "a b", "bot\n", ".bot", "$bot", "hunter22/"] {
            let refused = edge.direct(name);
            assert_eq!(refused.code, 2, "{name:?}: {}", refused.stderr);
            let said = refused.stdout + &refused.stderr;
            assert!(!said.contains("bot;") && !said.contains("hunter22"), "{said}");
        }
    });
    checks.hold("a configuration that is not good changes nothing", || {
        edge.direct_to(1);
        let key = edge.stack.layout.compose().join("nginx/tls/privkey.pem");
        let aside = key.with_extension("aside");
        std::fs::rename(&key, &aside).expect("the key is there");
        let refused = edge.direct(&edge.name(2));
        std::fs::rename(&aside, &key).expect("the key is there");
        assert_eq!(refused.code, 1, "{}", refused.stderr);
        // Nor is it left for whoever reloads nginx next.
        let before = edge.workers();
        assert_eq!(edge.stack.engine.docker(&["kill", "--signal", "HUP", &edge.nginx()]).code, 0);
        wait_until("nginx has reloaded", SOON, || {
            let workers = edge.workers();
            !workers.is_empty() && workers.iter().all(|worker| !before.contains(worker))
        });
        assert_eq!(edge.served_by(""), Some(host(1)));
    });
}

fn an_instance_fails(checks: &mut Checks<'_>, edge: &Edge<'_>) {
    checks.hold("a target that is gone or does not listen is not missed", || {
        for target in [edge.name(9), edge.name(3)] {
            assert_eq!(edge.direct(&target).code, 0);
            edge.sent_once(200, "");
        }
        let tries = edge.tries();
        assert!(tries.contains(':') && tries.ends_with("200"), "the log tells all tries: {tries}");
    });
    checks.hold("a request whose instance died over it is not sent again", || {
        edge.direct_to(1);
        edge.sent_once(502, "/dies");
        assert_eq!(edge.tries(), "502");
        assert_eq!(edge.direct("bot").code, 0);
        wait_until("one dies over it after another has refused it", SOON, || {
            edge.sent_once(502, "/dies");
            edge.tries() == "502, 502"
        });
        edge.direct_to(1);
        let (id, answer) = thread::scope(|scope| {
            let slow = scope.spawn(|| edge.post("/slow"));
            thread::sleep(UNDER_WAY);
            assert_eq!(edge.stack.engine.docker(&["kill", &edge.name(1)]).code, 0);
            slow.join().expect("a client ends")
        });
        assert_eq!(answer.map(|answer| answer.status), Some(502));
        // It was killed before it wrote the request down; the other never had it.
        assert_eq!(edge.delivered().get(&id), None);
        assert_eq!(edge.served_by(""), Some(host(2)), "the other takes what is new");
    });
}

/// Who an instance says that it is.
fn host(instance: u32) -> String {
    format!("instance-{instance}")
}

impl Edge<'_> {
    fn name(&self, instance: u32) -> String {
        format!("{}-bot-{instance}", self.stack.project())
    }

    fn nginx(&self) -> String {
        format!("{}-nginx-1", self.stack.project())
    }

    /// Starts an instance: a container of its own name, and of the service's.
    fn start(&self, instance: u32, config: &str) {
        let ours = workspace_root().join("tests/stack/instance.conf");
        let started = self.stack.engine.docker(&[
            "run",
            "-d",
            "--name",
            &self.name(instance),
            "--hostname",
            &host(instance),
            "--label",
            &self.stack.label(),
            "--network",
            &format!("{}_edge", self.stack.project()),
            "--network-alias",
            "bot",
            "-v",
            &format!("{}:/etc/instance.conf:ro", ours.display()),
            "--entrypoint",
            "nginx",
            &self.stack.layout.setting("NGINX_IMAGE"),
            "-c",
            config,
            "-g",
            "daemon off;",
        ]);
        assert_eq!(started.code, 0, "{}", started.stderr);
    }

    fn wait_for_both(&self) {
        for host in [1, 2].map(host) {
            wait_until(&format!("{host} is asked"), SOON, || {
                self.served_by("").as_ref() == Some(&host)
            });
        }
    }

    fn direct(&self, target: &str) -> tests::Finished {
        let direct = ["exec", "-T", "nginx", "/etc/nginx/ballast/direct", target];
        self.stack.compose(&direct)
    }

    fn direct_to(&self, instance: u32) {
        let directed = self.direct(&self.name(instance));
        assert_eq!(directed.code, 0, "{}", directed.stderr);
    }

    /// Sends a request that no other is like.
    fn post(&self, below: &str) -> (String, Option<Answer>) {
        let id = format!("update-{}", self.sent.fetch_add(1, Ordering::Relaxed));
        let path = self.stack.webhook() + below;
        let answer = self.stack.https(&path, &["-d", &id]);
        (id, answer)
    }

    /// The instance that answered, where one did.
    fn served_by(&self, below: &str) -> Option<String> {
        self.post(below).1.filter(|answer| answer.status == 200).map(|answer| answer.body)
    }

    /// Sends a request that has that answer, and reaches one instance, once.
    fn sent_once(&self, status: u16, below: &str) {
        let (id, answer) = self.post(below);
        assert_eq!(answer.map(|answer| answer.status), Some(status));
        poll_until("it is written down", SOON, || self.delivered().get(&id).copied());
        assert_eq!(self.delivered().get(&id), Some(&1));
    }

    /// Has clients post while `change` runs. All that they sent, each of which was answered well.
    fn under_load(&self, change: impl FnOnce()) -> Vec<String> {
        let over = AtomicBool::new(false);
        thread::scope(|scope| {
            let clients: Vec<_> = (0..CLIENTS)
                .map(|_| {
                    scope.spawn(|| {
                        let mut sent = Vec::new();
                        while !over.load(Ordering::Relaxed) {
                            let (id, answer) = self.post("");
                            assert_eq!(answer.map(|answer| answer.status), Some(200), "{id}");
                            sent.push(id);
                            thread::sleep(PAUSE);
                        }
                        sent
                    })
                })
                .collect();
            // The clients end however it ends.
            let changed = catch_unwind(AssertUnwindSafe(change));
            over.store(true, Ordering::Relaxed);
            changed.unwrap_or_else(|cause| resume_unwind(cause));
            clients
                .into_iter()
                .flat_map(|client| client.join().expect("no request is lost"))
                .collect()
        })
    }

    /// How often each request has reached an instance.
    fn delivered(&self) -> BTreeMap<String, usize> {
        let mut delivered = BTreeMap::new();
        for instance in [1, 2] {
            let logs = self.stack.engine.docker(&["logs", &self.name(instance)]).stdout;
            for id in logs.lines().filter_map(|line| line.strip_prefix("delivered ")) {
                *delivered.entry(id.to_owned()).or_default() += 1;
            }
        }
        delivered
    }

    /// What the access log says of each try of the last request.
    fn tries(&self) -> String {
        let log = self.stack.logs("nginx");
        let line = log.lines().rev().find(|line| line.contains("upstream_status"));
        let line: serde_json::Value =
            serde_json::from_str(line.expect("a request was logged")).expect("it is JSON");
        line["upstream_status"].as_str().expect("it is text").to_owned()
    }

    /// The processes of nginx that take connections.
    fn workers(&self) -> Vec<String> {
        let shown = self.stack.engine.docker(&["top", &self.nginx(), "-o", "pid,args"]).stdout;
        let workers = shown.lines().filter(|line| line.trim_end().ends_with("worker process"));
        workers.map(str::to_owned).collect()
    }
}
