//! Who may import whom. The table is the architecture; see `ARCHITECTURE.md`.

use std::fs;
use std::path::Path;

use anyhow::Context;
use cargo_metadata::{DependencyKind, Metadata};

/// Each crate with the crates of the workspace that it may import.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("greenroom-domain", &[]),
    ("greenroom-token", &["greenroom-domain"]),
    ("greenroom-store", &["greenroom-domain"]),
    (
        "greenroom-store-sqlite",
        &["greenroom-domain", "greenroom-store"],
    ),
    (
        "greenroom-webhooks",
        &["greenroom-domain", "greenroom-store"],
    ),
    ("greenroom-headless", &[]),
    ("greenroom-sfu", &["greenroom-domain"]),
    ("greenroom-mixer", &["greenroom-domain"]),
    (
        "greenroom-media",
        &["greenroom-domain", "greenroom-mixer", "greenroom-sfu"],
    ),
    (
        "greenroom-rooms",
        &[
            "greenroom-domain",
            "greenroom-media",
            "greenroom-store",
            "greenroom-token",
        ],
    ),
    (
        "greenroom-signalling",
        &["greenroom-domain", "greenroom-rooms", "greenroom-token"],
    ),
    (
        "greenroom-api",
        &[
            "greenroom-domain",
            "greenroom-rooms",
            "greenroom-store",
            "greenroom-token",
        ],
    ),
];

/// Crates that put others together and may import all of them.
const ASSEMBLIES: &[&str] = &[
    "greenroom-server",
    "greenroom-testkit",
    "greenroom-bench",
    "greenroom-fuzz-targets",
    "xtask",
];

/// Outside crates that belong to one place only.
const ONLY_IN: &[(&str, &[&str])] = &[
    (
        "axum",
        &[
            "greenroom-api",
            "greenroom-signalling",
            "greenroom-server",
            "greenroom-bench",
        ],
    ),
    (
        "sqlx",
        &["greenroom-store-sqlite", "greenroom-store-postgres"],
    ),
    ("str0m", &["greenroom-headless", "greenroom-sfu"]),
    ("ring", &[]),
    ("openssl", &[]),
];

/// Crates that must stay pure: no runtime, no sockets.
const PURE: &[&str] = &[
    "greenroom-domain",
    "greenroom-mixer",
    "greenroom-sfu",
    "greenroom-token",
];

/// What a pure crate must not depend on.
const IMPURE: &[&str] = &[
    "tokio",
    "axum",
    "hyper",
    "mio",
    "quinn-udp",
    "socket2",
    "sqlx",
    "reqwest",
    "rand",
];

/// Imports between crates that should not be.
pub(crate) fn crate_faults(metadata: &Metadata) -> Vec<String> {
    let members = metadata.workspace_packages();
    let names: Vec<&str> = members
        .iter()
        .map(|package| package.name.as_str())
        .collect();
    let mut faults = Vec::new();
    for package in &members {
        let name = package.name.as_str();
        let may_import = MAY_IMPORT.iter().find(|(member, _)| *member == name);
        if may_import.is_none() && !ASSEMBLIES.contains(&name) {
            faults.push(format!(
                "{name} is not in the table of xtask/src/borders.rs"
            ));
        }
        let normal = package
            .dependencies
            .iter()
            .filter(|dependency| dependency.kind == DependencyKind::Normal);
        for dependency in normal.map(|dependency| dependency.name.as_str()) {
            if let Some((_, allowed)) = may_import
                && names.contains(&dependency)
                && !allowed.contains(&dependency)
            {
                faults.push(format!("{name} imports {dependency}"));
            }
            if PURE.contains(&name) && IMPURE.contains(&dependency) {
                faults.push(format!("{name} is pure but imports {dependency}"));
            }
            let home = ONLY_IN.iter().find(|(outside, _)| *outside == dependency);
            if home.is_some_and(|(_, homes)| !homes.contains(&name)) {
                faults.push(format!(
                    "{name} imports {dependency}, which has another home"
                ));
            }
        }
    }
    faults
}

/// Files of the signalling crate that may know sockets.
const SOCKET_FILES: &[&str] = &["websocket.rs"];

/// In the signalling crate, only the file with the socket names the web framework or the runtime.
pub(crate) fn file_faults(root: &Path) -> anyhow::Result<Vec<String>> {
    let folder = root.join("crates/signalling/src");
    let mut faults = Vec::new();
    for file in crate::sizes::rust_files(&folder)? {
        let name = file
            .strip_prefix(&folder)
            .unwrap_or(&file)
            .to_string_lossy()
            .into_owned();
        if SOCKET_FILES.contains(&name.as_str()) || name.starts_with("websocket/") {
            continue;
        }
        let text = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
        for outside in ["axum::", "tokio::"] {
            if text.contains(outside) {
                faults.push(format!("crates/signalling/src/{name} names {outside}"));
            }
        }
    }
    Ok(faults)
}
