//! A thousand clients: what they cost the servers, which is nothing.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::{SOON, World};

const CLIENTS: usize = 1000;
const LASTING: Duration = Duration::from_secs(30);
/// How long a client thinks after an answer, or after it was turned away.
const THINKS: Duration = Duration::from_millis(500);
const STACK_BYTES: usize = 128 * 1024;
const REQUEST: &[u8] = b"GET /health HTTP/1.1\r\nhost: sidecar\r\n\r\n";

/// What the servers have counted of the sidecar's questions.
#[derive(Debug, PartialEq, Eq)]
struct Asked {
    queries: usize,
    pings: usize,
}

impl Asked {
    fn by_now(world: &World) -> Self {
        let log = world.postgres.log();
        let ours = log.lines().filter(|line| line.starts_with("ballast-sidecar|"));
        let stats = world.redis.command(&["INFO", "commandstats"]);
        let calls = stats.lines().find_map(|line| line.strip_prefix("cmdstat_ping:calls="));
        let calls = calls.and_then(|rest| rest.split(',').next()?.parse().ok());
        Self {
            queries: ours.filter(|line| line.contains("statement: ")).count(),
            pings: calls.expect("it was asked"),
        }
    }
}

/// The connection that each server has with the sidecar: when it was made, and which it is.
fn connections(world: &World) -> (String, Vec<String>) {
    let of_ours = "select pid, backend_start from pg_stat_activity
        where application_name = 'ballast-sidecar'";
    let clients = world.redis.command(&["CLIENT", "LIST"]);
    let ours = clients.lines().filter(|line| !line.contains("cmd=client"));
    let ids = ours.filter_map(|line| line.split(' ').next()).map(str::to_owned).collect();
    (world.postgres.sql(&world.database, of_ours), ids)
}

/// Asks again and again, on one connection as long as the server keeps it, or on a new one each
/// time.
fn client(sidecar: SocketAddr, keeps: bool, stop: &AtomicBool, answers: &AtomicUsize) {
    let mut kept = None;
    while !stop.load(Ordering::Relaxed) {
        let stream = kept.take().map_or_else(|| TcpStream::connect(sidecar), Ok);
        if let Ok(Some(stream)) = stream.and_then(ask) {
            answers.fetch_add(1, Ordering::Relaxed);
            kept = keeps.then_some(stream);
        }
        thread::sleep(THINKS);
    }
}

/// The connection when there was an answer on it.
fn ask(mut stream: TcpStream) -> std::io::Result<Option<TcpStream>> {
    stream.set_read_timeout(Some(SOON))?;
    stream.write_all(REQUEST)?;
    let mut said = [0; 4096];
    let count = stream.read(&mut said)?;
    let status = said.get(..count).unwrap_or_default();
    if status.is_empty() {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    Ok(status.starts_with(b"HTTP/1.1 200 ").then_some(stream))
}

#[test]
fn a_thousand_clients_cause_no_question_and_no_connection() {
    let world = World::new();
    let _ = world.postgres.sql("postgres", "alter system set log_line_prefix = '%a|'");
    let _ = world.postgres.sql("postgres", "alter system set log_statement = 'all'");
    let _ = world.postgres.sql("postgres", "select pg_reload_conf()");
    let mut sidecar = world.program().spawn();
    world.wait_for(&mut sidecar, 200, "healthy");
    let steady = connections(&world);
    assert_eq!((steady.0.lines().count(), steady.1.len()), (1, 1), "{steady:?}");

    let (stop, answers) = (AtomicBool::new(false), AtomicUsize::new(0));
    let (before, begun) = (Asked::by_now(&world), Instant::now());
    let took = thread::scope(|scope| {
        let (sidecar, stop, answers) = (world.address, &stop, &answers);
        for number in 0..CLIENTS {
            let client = move || client(sidecar, number % 2 == 0, stop, answers);
            let builder = thread::Builder::new().stack_size(STACK_BYTES);
            builder.spawn_scoped(scope, client).expect("a thread can be started");
        }
        while begun.elapsed() < LASTING {
            thread::sleep(LASTING / 10);
            assert_eq!(connections(&world), steady, "after {:?}", begun.elapsed());
        }
        let (after, took) = (Asked::by_now(&world), begun.elapsed());
        stop.store(true, Ordering::Relaxed);
        // One to an interval of a second, and one for each end that an interval lies across.
        let most = usize::try_from(took.as_secs()).expect("half a minute") + 2;
        let queries = after.queries - before.queries;
        let pings = after.pings - before.pings;
        assert!(queries <= most && pings <= most, "{queries} and {pings} in {took:?}");
        assert!(queries > most / 2 && pings > most / 2, "{queries} and {pings} are counted");
        took
    });
    let answers = answers.into_inner();
    assert!(answers > CLIENTS, "{answers} answers in {took:?}");
    world.wait_for(&mut sidecar, 200, "healthy");
}
