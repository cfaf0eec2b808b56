//! A real S3 server of a test's own: moto's, which checks signatures and policies as Amazon does.

use std::fs::File;
use std::io::Read;
use std::net::SocketAddr;
use std::process::Stdio;
use std::time::Duration;

use crate::certificates::{Certificates, Shown};
use crate::http::{self, Answer};
use crate::process::{Spawned, tethered};
use crate::program::workspace_root;
use crate::scratch::Scratch;
use crate::wait::poll_until;

const SOON: Duration = Duration::from_secs(30);
/// What the server believes while it checks nothing: the service is all that it reads of it.
const ANYBODY: &str = "AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/SERVICE/aws4_request, \
                       SignedHeaders=host, Signature=x";
/// The requests that make a user with a policy and a key, and a bucket.
const SETTING_UP: &str = "4";

/// A server with a bucket and a user who may put, get and list objects, and nothing else. It keeps
/// its objects in memory. Dropping it stops it.
#[derive(Debug)]
pub struct S3 {
    _server: Spawned,
    _folder: Scratch,
    address: SocketAddr,
    access_key_id: String,
    secret_access_key: String,
}

impl S3 {
    /// The bucket.
    pub const BUCKET: &'static str = "backups";

    /// Starts a server.
    #[must_use]
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// Starts a server that speaks TLS and shows this certificate; the test makes no requests of its
    /// own to it, so it knows no user either.
    #[must_use]
    pub fn start_encrypted(certificates: &Certificates, shown: Shown) -> Self {
        let (pem, key) = (certificates.certificate(shown), certificates.key(shown));
        let [pem, key] = [pem, key].map(|path| path.display().to_string());
        Self::start_with(&["-c", &pem, "-k", &key])
    }

    fn start_with(tls: &[&str]) -> Self {
        let program = workspace_root().join("target/moto/bin/moto_server");
        let folder = Scratch::new();
        let log = folder.join("log");
        let mut command = tethered(program.to_str().expect("a path is UTF-8"), None);
        command
            .args(["-H", "127.0.0.1", "-p", "0"])
            .args(tls)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(&log).expect("the log can be made"));
        if tls.is_empty() {
            command.env("INITIAL_NO_AUTH_ACTION_COUNT", SETTING_UP);
        }
        let mut server = Spawned::start(command).expect("tests/moto/set-up has been run");
        let address = poll_until("the S3 server listens", SOON, || {
            let ended = server.exit_code();
            assert!(ended.is_none(), "the S3 server ended with {ended:?}");
            let mut text = String::new();
            File::open(&log).ok()?.read_to_string(&mut text).ok()?;
            let (_, rest) = text.split_once("://")?;
            rest.split_once('\n')?.0.trim().parse().ok()
        });
        let mut s3 = Self {
            _server: server,
            _folder: folder,
            address,
            access_key_id: "anybody".to_owned(),
            secret_access_key: "a-secret-of-nobody".to_owned(),
        };
        if tls.is_empty() {
            s3.set_up();
        }
        s3
    }

    fn set_up(&mut self) {
        self.iam("Action=CreateUser&UserName=ballast");
        let key = self.iam("Action=CreateAccessKey&UserName=ballast");
        let between = |name: &str| {
            let (_, rest) = key.split_once(&format!("<{name}>")).expect("the answer has it");
            rest.split_once("</").expect("it has an end").0.to_owned()
        };
        (self.access_key_id, self.secret_access_key) =
            (between("AccessKeyId"), between("SecretAccessKey"));
        self.iam(&policy(&["PutObject", "GetObject", "ListBucket"]));
        let made = self.ask("s3", "PUT", &format!("/{}", Self::BUCKET), b"");
        assert_eq!(made.status, 200, "{}", made.text());
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Whose key it is.
    #[must_use]
    pub fn access_key_id(&self) -> &str {
        &self.access_key_id
    }

    /// The key.
    #[must_use]
    pub fn secret_access_key(&self) -> &str {
        &self.secret_access_key
    }

    /// Lets the user do this from now on, and nothing else.
    pub fn allow(&self, actions: &[&str]) {
        self.unguarded(|| self.iam(&policy(actions)));
    }

    /// The names of the objects.
    #[must_use]
    pub fn objects(&self) -> Vec<String> {
        self.keys("list-type=2", "Key")
    }

    /// The names of the objects of which only parts are there.
    #[must_use]
    pub fn unfinished(&self) -> Vec<String> {
        self.keys("uploads", "UploadId")
    }

    /// An object.
    #[must_use]
    pub fn get(&self, key: &str) -> Vec<u8> {
        let answer = self.unguarded(|| self.ask("s3", "GET", &object(key), b""));
        assert_eq!(answer.status, 200, "{key}: {}", answer.text());
        answer.body
    }

    /// Puts an object there behind the program's back.
    pub fn put(&self, key: &str, bytes: &[u8]) {
        let answer = self.unguarded(|| self.ask("s3", "PUT", &object(key), bytes));
        assert_eq!(answer.status, 200, "{key}: {}", answer.text());
    }

    /// Removes an object.
    pub fn remove(&self, key: &str) {
        let answer = self.unguarded(|| self.ask("s3", "DELETE", &object(key), b""));
        assert_eq!(answer.status, 204, "{key}: {}", answer.text());
    }

    fn keys(&self, query: &str, element: &str) -> Vec<String> {
        let path = format!("/{}?{query}", Self::BUCKET);
        let listed = self.unguarded(|| self.ask("s3", "GET", &path, b"")).text();
        let opening = format!("<{element}>");
        let after = listed.split(&opening).skip(1);
        after.filter_map(|rest| Some(rest.split_once("</")?.0.to_owned())).collect()
    }

    /// Does something while the server checks nothing.
    fn unguarded<T>(&self, work: impl FnOnce() -> T) -> T {
        let guard = |count: &[u8]| {
            let answer = self.ask("s3", "POST", "/moto-api/reset-auth", count);
            assert_eq!(answer.status, 200, "{}", answer.text());
        };
        guard(b"1000");
        let done = work();
        guard(b"0");
        done
    }

    fn iam(&self, form: &str) -> String {
        let answer = self.ask("iam", "POST", "/", format!("{form}&Version=2010-05-08").as_bytes());
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.text()
    }

    fn ask(&self, service: &str, method: &str, path: &str, body: &[u8]) -> Answer {
        let authorization = ANYBODY.replace("SERVICE", service);
        let kind =
            if service == "iam" { "application/x-www-form-urlencoded" } else { "text/plain" };
        let headers = [("authorization", authorization.as_str()), ("content-type", kind)];
        http::request(self.address, method, path, &headers, body, SOON).expect("the server answers")
    }
}

fn object(key: &str) -> String {
    format!("/{}/{key}", S3::BUCKET)
}

fn policy(actions: &[&str]) -> String {
    let actions: Vec<String> = actions.iter().map(|action| format!("s3:{action}")).collect();
    let statement = serde_json::json!({ "Effect": "Allow", "Action": actions, "Resource": "*" });
    let document = serde_json::json!({ "Version": "2012-10-17", "Statement": [statement] });
    let document = document.to_string();
    let plain =
        percent_encoding::utf8_percent_encode(&document, percent_encoding::NON_ALPHANUMERIC);
    format!("Action=PutUserPolicy&UserName=ballast&PolicyName=p&PolicyDocument={plain}")
}
