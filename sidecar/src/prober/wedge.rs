//! What is served when a probe never ends, which is a fault of ours: no probe may.

use std::num::NonZeroU32;
use std::time::Duration;

use chrono::DateTime;
use domain::health::Reporter;
use domain::stability::Thresholds;
use platform::clock::SystemClock;
use platform::http::{self, Limits, Url};
use tokio::time::{Instant, sleep};

use super::*;
use crate::board::Board;
use crate::serve;

const INTERVAL: Duration = Duration::from_millis(20);
const STALE_AFTER: Duration = Duration::from_millis(400);
const SOON: Duration = Duration::from_secs(20);

/// Answers at once so often, and then never again.
struct Wedging {
    answers: u32,
}

impl Probe for Wedging {
    const NAME: &'static str = "wedging";

    async fn ask(&mut self, _: Duration) -> Result<Duration, &'static str> {
        if self.answers == 0 {
            std::future::pending::<()>().await;
        }
        self.answers -= 1;
        Ok(Duration::from_micros(1))
    }
}

fn watched(answers: u32) -> Watched<Wedging> {
    let once = NonZeroU32::MIN;
    let thresholds = Thresholds { fall: once, rise: once };
    Watched::new(Wedging { answers }, SOON, thresholds, DateTime::UNIX_EPOCH)
}

fn view() -> View {
    let reporter = Reporter {
        service_name: "bot".into(),
        version: None,
        started_at: DateTime::UNIX_EPOCH,
        stale_after: STALE_AFTER,
        asks_bot: false,
    };
    View::of(Board::new(reporter, INTERVAL, SystemClock))
}

async fn get(port: u16, path: &str) -> (u16, String) {
    let url: Url = format!("http://127.0.0.1:{port}{path}").parse().unwrap();
    let limits = Limits { deadline: SOON, body_bytes: 1 << 20 };
    let answer = http::get(&url, limits).await.unwrap();
    (answer.status(), String::from_utf8_lossy(answer.body()).into_owned())
}

#[tokio::test]
async fn a_prober_that_stands_still_ends_liveness_and_makes_health_stale() {
    let view = view();
    let listener = http::listen("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let prober = Prober {
        view: view.clone(),
        pace: Pace::new(INTERVAL),
        bot: None::<Watched<Wedging>>,
        postgres: watched(u32::MAX),
        redis: watched(20),
    };
    let look = async {
        let deadline = Instant::now() + SOON;
        let mut lived = false;
        while get(port, "/livez").await.0 == 200 {
            lived |= view.board.report().overall_status.serves();
            assert!(Instant::now() < deadline, "it is live though nothing advances");
            sleep(INTERVAL).await;
        }
        assert!(lived, "it was live while it advanced");
        let (status, body) = get(port, "/livez").await;
        assert_eq!((status, body.contains("stalled")), (503, true), "{body}");
        let (status, body) = get(port, "/health").await;
        assert_eq!((status, body.contains(r#""stale":true"#)), (503, true), "{body}");
        assert_eq!(get(port, "/readyz").await.0, 200);
    };
    tokio::select! {
        never = prober.run() => match never {},
        () = serve::serve(listener, view.clone(), std::future::pending(), INTERVAL) => {}
        () = look => {}
    }
}
