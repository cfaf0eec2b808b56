//! A real headless Chromium of a test's own, driven over W3C's `WebDriver` by Debian's chromedriver.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use base64ct::{Base64, Encoding};
use rustix::process::Signal;
use serde_json::{Value, json};

use crate::http::{self, Answer};
use crate::process::{Spawned, free_port, tethered};
use crate::scratch::Scratch;
use crate::wait::poll_until;

/// How long a start may take, and any command.
const DEADLINE: Duration = Duration::from_mins(1);

/// A browser with one window and nothing in its cache. Dropping it ends it.
#[derive(Debug)]
pub struct Browser {
    driver: Spawned,
    address: SocketAddr,
    session: String,
    /// Its profile, and whatever else it writes.
    folder: Scratch,
}

/// How the window is, as far as style sheets ask.
#[derive(Debug, Clone, Copy)]
pub struct Looks {
    /// The width, in CSS pixels.
    pub width: u32,
    /// The height, in CSS pixels.
    pub height: u32,
    /// Whether it is a telephone's.
    pub phone: bool,
    /// Whether its user prefers dark colours.
    pub dark: bool,
}

impl Looks {
    /// A window on a desk.
    pub const DESK: Self = Self { width: 1200, height: 900, phone: false, dark: false };
    /// The narrowest telephone that is common.
    pub const PHONE: Self = Self { width: 360, height: 740, phone: true, dark: false };

    /// The same in the dark.
    #[must_use]
    pub const fn dark(self) -> Self {
        Self { dark: true, ..self }
    }
}

impl Browser {
    /// Starts a browser.
    #[must_use]
    pub fn start() -> Self {
        Self::start_with(&json!({}))
    }

    /// Starts a browser whose user has switched JavaScript off.
    #[must_use]
    pub fn without_javascript() -> Self {
        Self::start_with(&json!({ "profile.managed_default_content_settings.javascript": 2 }))
    }

    fn start_with(preferences: &Value) -> Self {
        let folder = Scratch::new();
        let port = free_port();
        let mut command = tethered("chromedriver", None);
        command
            .arg(format!("--port={port}"))
            .env("TMPDIR", folder.path())
            .env("HOME", folder.path())
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let driver = Spawned::start(command).expect("chromedriver is installed");
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        poll_until("chromedriver answers", DEADLINE, || {
            let answer = ask(address, "GET", "/status", &Value::Null).ok()?;
            (answer.json()["value"]["ready"] == true).then_some(())
        });
        let mut browser = Self { driver, address, session: String::new(), folder };
        let profile = browser.folder.join("profile");
        let capabilities = json!({ "capabilities": { "alwaysMatch": {
            "browserName": "chrome",
            "goog:loggingPrefs": { "browser": "ALL" },
            "timeouts": { "script": 10_000, "pageLoad": 30_000 },
            "goog:chromeOptions": { "prefs": preferences, "args": [
                "--headless=new",
                // Chromium's sandbox is not for root, and what is shown here is our own.
                "--no-sandbox",
                "--disable-dev-shm-usage",
                "--disable-gpu",
                "--disable-background-networking",
                "--no-first-run",
                // It ends with the driver, whatever ends that.
                "--remote-debugging-pipe",
                format!("--user-data-dir={}", profile.display()),
            ]},
        }}});
        let session = browser.send("POST", "/session", &capabilities);
        let id = session["sessionId"].as_str().expect("a session has an id");
        id.clone_into(&mut browser.session);
        browser.look(Looks::DESK);
        browser
    }

    /// Sets the window's size and its user's preferences.
    pub fn look(&self, looks: Looks) {
        let Looks { width, height, phone, dark } = looks;
        let scale = if phone { 2 } else { 1 };
        self.devtools(
            "Emulation.setDeviceMetricsOverride",
            &json!({ "width": width, "height": height, "deviceScaleFactor": scale, "mobile": phone }),
        );
        let scheme = if dark { "dark" } else { "light" };
        self.devtools(
            "Emulation.setEmulatedMedia",
            &json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] }),
        );
    }

    /// Opens a page and waits until it is loaded.
    pub fn open(&self, url: &str) {
        self.command("/url", &json!({ "url": url }));
    }

    /// Runs the body of a function in the page and returns what it returns.
    #[must_use]
    pub fn run(&self, body: &str) -> Value {
        self.command("/execute/sync", &json!({ "script": body, "args": [] }))
    }

    /// The text of the first element that matches, as it is read on the screen.
    #[must_use]
    pub fn text(&self, selector: &str) -> String {
        // A page that changes may take an element away between the two questions.
        poll_until(&format!("{selector} is there"), DEADLINE, || {
            let query = json!({ "using": "css selector", "value": selector });
            let found = ask(self.address, "POST", &self.path("/element"), &query).ok()?.json();
            let id = found["value"].as_object()?.values().next()?.as_str()?.to_owned();
            let path = self.path(&format!("/element/{id}/text"));
            let answer = ask(self.address, "GET", &path, &Value::Null).ok()?;
            answer.json()["value"].as_str().map(str::to_owned)
        })
    }

    /// What has come to the console since this was last asked: errors, and what a policy refused.
    #[must_use]
    pub fn console(&self) -> Vec<String> {
        let entries = self.command("/se/log", &json!({ "type": "browser" }));
        let entries = entries.as_array().expect("a log is a list");
        entries.iter().map(|entry| format!("{}: {}", entry["level"], entry["message"])).collect()
    }

    /// Writes the whole page, however long it is, as a PNG.
    pub fn screenshot(&self, path: &Path) {
        let size = self.devtools("Page.getLayoutMetrics", &json!({}))["cssContentSize"].clone();
        let clip =
            json!({ "x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1 });
        let shot = self.devtools(
            "Page.captureScreenshot",
            &json!({ "format": "png", "captureBeyondViewport": true, "clip": clip }),
        );
        let text = shot["data"].as_str().expect("a picture comes as text");
        let bytes = Base64::decode_vec(text).expect("it is Base64");
        std::fs::write(path, bytes).expect("a picture can be written");
    }

    /// A command of Chromium's own protocol.
    fn devtools(&self, command: &str, parameters: &Value) -> Value {
        self.command("/goog/cdp/execute", &json!({ "cmd": command, "params": parameters }))
    }

    fn command(&self, path: &str, body: &Value) -> Value {
        self.send("POST", &self.path(path), body)
    }

    fn path(&self, path: &str) -> String {
        format!("/session/{}{path}", self.session)
    }

    fn send(&self, method: &str, path: &str, body: &Value) -> Value {
        let answer = ask(self.address, method, path, body)
            .unwrap_or_else(|error| panic!("chromedriver: {method} {path}: {error}"));
        let value = answer.json()["value"].clone();
        assert_eq!(answer.status, 200, "{method} {path}: {value}");
        value
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The driver ends the browser with the session; without the driver the browser ends itself.
        let _ = ask(self.address, "DELETE", &self.path(""), &Value::Null);
        self.driver.end(Signal::TERM, Duration::from_secs(10));
    }
}

fn ask(address: SocketAddr, method: &str, path: &str, body: &Value) -> io::Result<Answer> {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let headers = [("content-type", "application/json")];
    http::request_to_length(address, method, path, &headers, body.as_bytes(), DEADLINE)
}
