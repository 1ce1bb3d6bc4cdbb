//! What a plugin says to the client: replies and pushes of one handle.

use serde::Serialize;

use super::{HandleId, JsepKind, SessionId, to_text};

/// The handle that a frame comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sender {
    /// Its session.
    pub session: SessionId,
    /// The handle.
    pub handle: HandleId,
    /// What it is attached to.
    pub plugin: &'static str,
}

impl Sender {
    /// The whole answer to a synchronous request.
    pub(crate) fn success(self, transaction: &str, data: &impl Serialize) -> String {
        self.frame("success", Some(transaction), data, None)
    }

    /// What a plugin has to say: the reply to the request of `transaction`, or a push.
    pub(crate) fn event(
        self,
        transaction: Option<&str>,
        data: &impl Serialize,
        jsep: Option<(JsepKind, &str)>,
    ) -> String {
        self.frame("event", transaction, data, jsep)
    }

    /// The push that a media connection is up.
    pub(crate) fn media_up(self) -> String {
        self.notice("webrtcup", None)
    }

    /// The push that a media connection has ended.
    pub(crate) fn media_down(self, reason: &'static str) -> String {
        self.notice("hangup", Some(reason))
    }

    fn frame(
        self,
        janus: &'static str,
        transaction: Option<&str>,
        data: &impl Serialize,
        jsep: Option<(JsepKind, &str)>,
    ) -> String {
        to_text(&PluginFrame {
            janus,
            session_id: self.session,
            transaction,
            sender: self.handle,
            plugindata: PluginData {
                plugin: self.plugin,
                data,
            },
            jsep: jsep.map(|(kind, sdp)| JsepBody { kind, sdp }),
        })
    }

    fn notice(self, janus: &'static str, reason: Option<&'static str>) -> String {
        to_text(&Notice {
            janus,
            session_id: self.session,
            sender: self.handle,
            reason,
        })
    }
}

#[derive(Serialize)]
struct PluginFrame<'a, D> {
    janus: &'static str,
    session_id: SessionId,
    #[serde(skip_serializing_if = "Option::is_none")]
    transaction: Option<&'a str>,
    sender: HandleId,
    plugindata: PluginData<'a, D>,
    #[serde(skip_serializing_if = "Option::is_none")]
    jsep: Option<JsepBody<'a>>,
}

#[derive(Serialize)]
struct PluginData<'a, D> {
    plugin: &'static str,
    data: &'a D,
}

#[derive(Serialize)]
struct JsepBody<'a> {
    #[serde(rename = "type")]
    kind: JsepKind,
    sdp: &'a str,
}

#[derive(Serialize)]
struct Notice {
    janus: &'static str,
    session_id: SessionId,
    sender: HandleId,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
}
