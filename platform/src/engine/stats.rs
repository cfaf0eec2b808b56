//! What a container uses, as `ContainerStats` shows it (Docker Engine API 1.41 to 1.55, `one-shot`).

use chrono::{DateTime, Utc};
use domain::service::{CpuSample, MemoryReading};
use serde::Deserialize;

use super::model::{null_is_default, zero_is_none};

/// The counters of a container at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct Stats {
    #[serde(default, deserialize_with = "zero_is_none")]
    read: Option<DateTime<Utc>>,
    #[serde(rename = "cpu_stats", default, deserialize_with = "null_is_default")]
    cpu: CpuStats,
    #[serde(rename = "memory_stats", default, deserialize_with = "null_is_default")]
    memory: MemoryStats,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
struct CpuStats {
    #[serde(deserialize_with = "null_is_default")]
    cpu_usage: CpuUsage,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
struct CpuUsage {
    total_usage: u64,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
struct MemoryStats {
    usage: Option<u64>,
    #[serde(deserialize_with = "null_is_default")]
    stats: MemoryDetail,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
struct MemoryDetail {
    total_inactive_file: Option<u64>,
    inactive_file: Option<u64>,
}

impl Stats {
    /// The CPU counter; `None` of a container that does not run.
    #[must_use]
    pub fn cpu(&self) -> Option<CpuSample> {
        let usage_ns = self.cpu.cpu_usage.total_usage;
        self.read.map(|read_at| CpuSample { usage_ns, read_at })
    }

    /// The memory; `None` of a container that does not run, or where the kernel does not count it.
    #[must_use]
    pub fn memory(&self) -> Option<MemoryReading> {
        let MemoryDetail { total_inactive_file, inactive_file } = self.memory.stats;
        let usage = self.memory.usage?;
        Some(MemoryReading { usage, total_inactive_file, inactive_file })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stats(text: &str) -> Stats {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn counters_are_read_under_either_version_of_control_groups() {
        // Engine 20.10, control groups version 1, API 1.41.
        let first = stats(
            r#"{"read":"2026-11-22T20:28:11.610933584Z","preread":"0001-01-01T00:00:00Z",
            "pids_stats":{"current":6},"num_procs":0,"storage_stats":{},"cpu_stats":{"cpu_usage":
            {"total_usage":110390921,"percpu_usage":[55463193,54927728],"usage_in_kernelmode":
            50000000,"usage_in_usermode":50000000},"system_cpu_usage":4834540000000,
            "online_cpus":2},"precpu_stats":{"cpu_usage":{"total_usage":0}},"memory_stats":{
            "usage":20082688,"max_usage":21823488,"stats":{"active_anon":4096,"inactive_file":
            8478720,"total_inactive_file":8478721},"limit":134217728},"name":"/redis"}"#,
        );
        assert_eq!(first.cpu().map(|cpu| cpu.usage_ns), Some(110_390_921));
        assert_eq!(first.memory().map(|memory| memory.used_bytes()), Some(20_082_688 - 8_478_721));
        // Engine 29, control groups version 2, API 1.52.
        let second = stats(
            r#"{"name":"/redis","id":"a1","os_type":"linux","read":"2026-11-22T20:28:11Z",
            "cpu_stats":{"cpu_usage":{"total_usage":7,"usage_in_kernelmode":3,
            "usage_in_usermode":4},"system_cpu_usage":1,"online_cpus":2,"throttling_data":{}},
            "memory_stats":{"usage":6537216,"stats":{"anon":1,"file":2,"inactive_file":1000},
            "limit":67108864},"precpu_stats":{"cpu_usage":{"total_usage":0}}}"#,
        );
        assert_eq!(second.cpu().map(|cpu| cpu.usage_ns), Some(7));
        assert_eq!(second.memory().map(|memory| memory.used_bytes()), Some(6_536_216));
    }

    #[test]
    fn a_container_that_does_not_run_uses_nothing_that_is_known() {
        let stopped = stats(
            r#"{"read":"0001-01-01T00:00:00Z","preread":"0001-01-01T00:00:00Z","pids_stats":{},
            "cpu_stats":{"cpu_usage":{"total_usage":0},"throttling_data":{"periods":0}},
            "memory_stats":{},"name":"/crash"}"#,
        );
        assert_eq!((stopped.cpu(), stopped.memory()), (None, None));
        assert_eq!(stats(r#"{"cpu_stats":null,"memory_stats":null}"#).cpu(), None);
    }
}
