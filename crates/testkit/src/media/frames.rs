//! Reading and writing the frames of the Janus protocol.

use anyhow::Context;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// The plugins.
pub(super) const VIDEO_ROOM: &str = "janus.plugin.videoroom";
pub(super) const AUDIO_BRIDGE: &str = "janus.plugin.audiobridge";
pub(super) const TEXT_ROOM: &str = "janus.plugin.textroom";

/// What `display` holds: JSON in base64.
pub(super) fn display(content: &Value) -> String {
    STANDARD.encode(content.to_string())
}

/// A session description as it goes into a frame.
pub(super) fn jsep(kind: &str, sdp: &str) -> Value {
    json!({"type": kind, "sdp": sdp})
}

/// The session description in a reply.
pub(super) fn sdp_of(reply: &Value) -> anyhow::Result<String> {
    let sdp = reply.pointer("/jsep/sdp").and_then(Value::as_str);
    Ok(sdp
        .with_context(|| format!("no SDP in {reply}"))?
        .to_owned())
}

/// What the plugin said in a reply or push.
pub(super) fn data_of(frame: &Value) -> &Value {
    frame.pointer("/plugindata/data").unwrap_or(&Value::Null)
}

/// The reply if it is none of the ways to say no.
pub(super) fn granted(reply: Value) -> anyhow::Result<Value> {
    let refused = reply.get("janus") == Some(&json!("error"))
        || reply.get("status_code").is_some()
        || data_of(&reply).get("error_code").is_some();
    anyhow::ensure!(!refused, "refused: {reply}");
    Ok(reply)
}

/// A number in a reply.
pub(super) fn number(reply: &Value, pointer: &str) -> anyhow::Result<u64> {
    let number = reply.pointer(pointer).and_then(Value::as_u64);
    number.with_context(|| format!("no {pointer} in {reply}"))
}
