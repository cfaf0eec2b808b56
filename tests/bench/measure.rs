//! Runs the commands of a plan in turns, and prints what each took: its median and 99th percentile in
//! microseconds from before it is started until it has ended, and its peak of resident memory.
//!
//! `measure ROUNDS PLAN`. A line of the plan, between tabs: name, in which rounds it takes part (1 in
//! all, 20 in each twentieth), its exit code, a file of `KEY=value` lines for its environment or `-`,
//! the program, its arguments. It is built by rustc alone: `wait4`, which the standard library does
//! not have, tells the memory of the one child, where `getrusage` tells the largest of all.

use std::process::{Command, Stdio};
use std::time::Instant;
use std::{env, fs};

const WARM_UP: usize = 5;

/// `struct rusage` of a 64-bit Linux.
#[repr(C)]
#[derive(Default)]
struct Usage {
    times: [i64; 4],
    max_resident_kib: i64,
    others: [i64; 13],
}

unsafe extern "C" {
    fn wait4(pid: i32, status: *mut i32, options: i32, usage: *mut Usage) -> i32;
}

struct Entry {
    name: String,
    every: usize,
    code: i32,
    command: Command,
    micros: Vec<u32>,
    peak_kib: i64,
}

impl Entry {
    fn read(line: &str, rounds: usize) -> Self {
        let fields: Vec<&str> = line.split('\t').collect();
        let [name, every, code, environment, program, arguments @ ..] = &fields[..] else {
            panic!("a line of the plan has five fields or more: {line}");
        };
        let mut command = Command::new(program);
        command.args(arguments).env_clear();
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        if *environment != "-" {
            let text = fs::read_to_string(environment).expect("the environment's file can be read");
            command.envs(text.lines().filter_map(|line| line.split_once('=')));
        }
        Self {
            name: (*name).to_owned(),
            every: every.parse().expect("which rounds is a number"),
            code: code.parse().expect("the exit code is a number"),
            command,
            micros: Vec::with_capacity(rounds),
            peak_kib: 0,
        }
    }

    fn run(&mut self) -> (u32, i64) {
        let (mut status, mut usage) = (0, Usage::default());
        let start = Instant::now();
        let child = self.command.spawn().unwrap_or_else(|error| panic!("{}: {error}", self.name));
        let pid = i32::try_from(child.id()).expect("a process id");
        // SAFETY: both pointers are to live values of the layout that the call writes.
        let ended = unsafe { wait4(pid, &raw mut status, 0, &raw mut usage) };
        let micros = start.elapsed().as_micros();
        assert_eq!(ended, pid, "{} can't be waited for", self.name);
        assert_eq!(status, self.code << 8, "{} ended otherwise than the plan says", self.name);
        (u32::try_from(micros).expect("it took less than an hour"), usage.max_resident_kib)
    }
}

fn main() {
    let arguments: Vec<String> = env::args().collect();
    let [_, rounds, plan] = &arguments[..] else { panic!("usage: measure ROUNDS PLAN") };
    let rounds: usize = rounds.parse().expect("ROUNDS is a number");
    let plan = fs::read_to_string(plan).expect("the plan can be read");
    let mut entries: Vec<Entry> = plan.lines().map(|line| Entry::read(line, rounds)).collect();
    let count = entries.len();
    for round in 0..WARM_UP + rounds {
        // Each has each neighbour in turn.
        for turn in 0..count {
            let entry = &mut entries[(round + turn) % count];
            if round < WARM_UP && entry.every == 1 {
                entry.run();
            } else if round >= WARM_UP && (round - WARM_UP) % entry.every == 0 {
                let (micros, peak_kib) = entry.run();
                entry.micros.push(micros);
                entry.peak_kib = entry.peak_kib.max(peak_kib);
            }
        }
    }
    for entry in &mut entries {
        entry.micros.sort_unstable();
        let runs = entry.micros.len();
        let at = |percent: usize| entry.micros[(runs * percent).div_ceil(100).max(1) - 1];
        println!("{}\t{runs}\t{}\t{}\t{}", entry.name, at(50), at(99), entry.peak_kib);
    }
}
