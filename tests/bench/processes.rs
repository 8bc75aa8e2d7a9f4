//! What a program and all it started take of the machine.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use harness::{Context as _, Result, ensure};

/// Clock ticks in a second: fixed on Linux whatever the kernel's own.
const TICKS: u64 = 100;

/// A process and all below it.
pub fn tree(root: u32) -> Result<Vec<u32>> {
    let mut parents = BTreeMap::new();
    for entry in fs::read_dir("/proc")? {
        let Some(pid) = entry?.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else { continue };
        // Processes end while we look.
        if let Some(parent) = stat(pid).ok().and_then(|fields| fields.get(1)?.parse::<u32>().ok()) {
            parents.insert(pid, parent);
        }
    }
    let mut all = vec![root];
    let mut at = 0;
    while at < all.len() {
        let children = parents.iter().filter(|(_, parent)| **parent == all[at]).map(|(pid, _)| *pid);
        let children: Vec<u32> = children.collect();
        all.extend(children);
        at += 1;
    }
    ensure!(parents.contains_key(&root), "process {root} has ended");
    Ok(all)
}

/// What stands behind the name in `/proc/PID/stat`, beginning with the state.
fn stat(pid: u32) -> Result<Vec<String>> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let (_, rest) = text.rsplit_once(')').context("no name")?;
    Ok(rest.split_whitespace().map(str::to_owned).collect())
}

/// Bytes, what is shared divided by how many share it.
pub fn proportional(processes: &[u32]) -> Result<u64> {
    let mut sum = 0;
    for pid in processes {
        let text = fs::read_to_string(format!("/proc/{pid}/smaps_rollup"))?;
        let line = text.lines().find_map(|line| line.strip_prefix("Pss:")).context("no Pss")?;
        let kilobytes: u64 = line.trim().trim_end_matches("kB").trim().parse()?;
        sum += kilobytes * 1024;
    }
    Ok(sum)
}

/// Processor time so far.
pub fn cpu(processes: &[u32]) -> Result<Duration> {
    let mut ticks = 0;
    for pid in processes {
        let fields = stat(*pid)?;
        let field = |at: usize| fields.get(at).and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
        ticks += field(11) + field(12);
    }
    Ok(Duration::from_millis(ticks * 1000 / TICKS))
}
