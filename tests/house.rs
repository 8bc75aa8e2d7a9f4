//! Who may know whom: the layers of the house, read from `cargo metadata`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

/// Each room, which rooms of ours it may use, and what it must never reach, directly or through others.
const ROOMS: [(&str, &[&str], &[&str]); 12] = [
    ("waxwing-xml", &[], &["rusqlite", "webrtc", "tauri"]),
    ("waxwing-contract", &[], &["tokio", "tauri", "rusqlite", "tokio-xmpp"]),
    ("waxwing-session", &["waxwing-xml"], &["rusqlite", "webrtc", "tauri"]),
    ("waxwing-history", &[], &["tokio", "tauri", "tokio-xmpp"]),
    ("waxwing-form", &["waxwing-xml"], &["rusqlite", "webrtc", "tauri"]),
    ("waxwing-jingle", &["waxwing-xml"], &["rusqlite", "webrtc", "tauri"]),
    ("waxwing-vp8", &[], &["tokio", "rusqlite", "webrtc", "tauri"]),
    ("waxwing-media", &["waxwing-jingle", "waxwing-vp8"], &["tokio-xmpp", "rusqlite", "tauri"]),
    ("waxwing-transfer", &["waxwing-jingle"], &["tokio-xmpp", "rusqlite", "webrtc", "tauri"]),
    (
        "waxwing-client",
        &[
            "waxwing-contract",
            "waxwing-form",
            "waxwing-session",
            "waxwing-history",
            "waxwing-jingle",
            "waxwing-media",
            "waxwing-transfer",
        ],
        &["tauri"],
    ),
    ("waxwing", &["waxwing-client", "waxwing-contract"], &[]),
    (
        "waxwing-tests",
        &[
            "waxwing-client",
            "waxwing-contract",
            "waxwing-history",
            "waxwing-jingle",
            "waxwing-media",
            "waxwing-session",
            "waxwing-vp8",
        ],
        &["tauri", "wry"],
    ),
];

/// These know no time and no sockets. What parses for them can be built with tokio, for others.
const PURE: [&str; 3] = ["waxwing-xml", "waxwing-form", "waxwing-jingle"];

/// Crate → what it depends on, outside tests.
fn graph() -> (BTreeMap<String, BTreeSet<String>>, BTreeMap<String, BTreeSet<String>>) {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--locked", "--filter-platform", &host()])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo metadata runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let names: BTreeMap<&str, &str> = metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| (p["id"].as_str().unwrap(), p["name"].as_str().unwrap()))
        .collect();
    let mut direct: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for node in metadata["resolve"]["nodes"].as_array().unwrap() {
        let normal = node["deps"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|dep| dep["dep_kinds"].as_array().unwrap().iter().any(|kind| kind["kind"].is_null()));
        let deps = normal.map(|dep| names[dep["pkg"].as_str().unwrap()].to_owned()).collect::<BTreeSet<_>>();
        direct.entry(names[node["id"].as_str().unwrap()].to_owned()).or_default().extend(deps);
    }
    let reach = direct.keys().map(|name| (name.clone(), reachable(name, &direct))).collect();
    (direct, reach)
}

/// Other systems' crates are not here to be read.
fn host() -> String {
    let output = Command::new("rustc").arg("-vV").output().expect("rustc runs");
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().find_map(|line| line.strip_prefix("host: ")).expect("rustc names its host").to_owned()
}

fn reachable(from: &str, direct: &BTreeMap<String, BTreeSet<String>>) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    let mut open = vec![from.to_owned()];
    while let Some(name) = open.pop() {
        for dep in direct.get(&name).into_iter().flatten() {
            if seen.insert(dep.clone()) {
                open.push(dep.clone());
            }
        }
    }
    seen
}

#[test]
fn layers_point_one_way() {
    let (direct, reach) = graph();
    let ours: BTreeSet<&str> = ROOMS.iter().map(|(name, ..)| *name).collect();
    let found: BTreeSet<&str> =
        direct.keys().map(String::as_str).filter(|n| *n == "waxwing" || n.starts_with("waxwing-")).collect();
    assert_eq!(found, ours, "a room that is not on the map, or one that is only there");
    for name in PURE {
        assert!(!direct[name].contains("tokio"), "{name} must not use tokio");
    }
    for (name, may, never) in ROOMS {
        for dep in direct[name].iter().filter(|dep| ours.contains(dep.as_str())) {
            assert!(may.contains(&dep.as_str()), "{name} must not use {dep}");
        }
        for dep in never {
            assert!(!reach[name].contains(*dep), "{name} must not reach {dep}");
        }
    }
}
