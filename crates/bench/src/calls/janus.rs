//! The rival: Debian's Janus, as it comes, with what a measuring cannot do without.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use anyhow::Context;

use super::network::SERVER;
use crate::program::Program;

/// Where its WebSocket transport listens, inside the network of the bench.
const PORT: u16 = 8188;
/// Where Debian keeps its parts.
const PARTS: &str = "/usr/lib/x86_64-linux-gnu/janus";

/// Starts Janus in the servers' namespace, with a configuration in `folder`.
///
/// What differs from its defaults: only the WebSocket transport and the three plugins are loaded, errors alone
/// are logged, and IPv6 is off, since the network of the bench has none.
pub(crate) fn start(namespace: &str, folder: &Path) -> anyhow::Result<Program> {
    fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    let kept = ["videoroom", "audiobridge", "textroom"];
    let plugins = others("plugins", &kept)?;
    let transports = others("transports", &["websockets"])?;
    let core = format!(
        "general: {{\n  debug_level = 2\n  plugins_folder = \"{PARTS}/plugins\"\n  \
         transports_folder = \"{PARTS}/transports\"\n}}\n\
         media: {{\n  ipv6 = false\n}}\n\
         plugins: {{\n  disable = \"{plugins}\"\n}}\n\
         transports: {{\n  disable = \"{transports}\"\n}}\n"
    );
    fs::write(folder.join("janus.jcfg"), core)?;
    let websockets = format!(
        "general: {{\n  json = \"compact\"\n  ws = true\n  ws_port = {PORT}\n  wss = false\n}}\n\
         admin: {{\n  admin_ws = false\n}}\n"
    );
    fs::write(folder.join("janus.transport.websockets.jcfg"), websockets)?;
    let mut command = Command::new("ip");
    command
        .args(["netns", "exec", namespace, "janus"])
        .arg("--configs-folder")
        .arg(folder)
        .arg("--disable-colors");
    let address = SocketAddr::new(SERVER, PORT);
    Program::start_listening(&mut command, &folder.join("log"), address)
        .context("Debian's janus does not start: scripts/setup-bench.sh installs it")
}

/// The parts of a kind that are installed and not wanted, as Janus's configuration lists them.
fn others(kind: &str, kept: &[&str]) -> anyhow::Result<String> {
    let folder = format!("{PARTS}/{kind}");
    let mut names = Vec::new();
    for entry in fs::read_dir(&folder).with_context(|| folder.clone())? {
        let path = entry?.path();
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let wanted = name
            .strip_prefix("libjanus_")
            .is_some_and(|name| kept.contains(&name));
        if path.extension().is_some_and(|end| end == "so") && !wanted {
            names.push(format!("{name}.so"));
        }
    }
    Ok(names.join(","))
}
