//! Single requests and frames, good and bad, and their bounds.

use greenroom_domain::limits::{
    FRAME_JSON_MAX_DEPTH, FRAME_MAX_BYTES, HANDLES_PER_SESSION_MAX, SESSIONS_PER_CONNECTION_MAX,
    TRANSACTION_MAX_BYTES,
};
use insta::assert_snapshot;

use super::super::fixture::Script;

#[test]
fn frames_that_are_no_requests() {
    let mut script = Script::new();
    script.inside();
    for frame in [
        "",
        "hello",
        "{'janus':'keepalive'",
        "[]",
        "'keepalive'",
        "null",
        "{}",
        "{'transaction':1}",
        "{'transaction':'t'}",
        "{'transaction':'t','janus':1}",
        "{'transaction':'t','janus':'keepalive','session_id':'1'}",
        "{'transaction':'t','janus':'keepalive','session_id':-1}",
        "{'transaction':'t','janus':'keepalive','session_id':1.5}",
        "{'transaction':'t','janus':'detach','session_id':1,'handle_id':'7'}",
        "{'transaction':'t','transaction':'u','janus':'ping'}",
        "{'transaction':'t','janus':'ping','body':{'a':1,'b':{},'a':2}}",
    ] {
        script.client(frame);
    }
    script
        .note("and the session is still there")
        .keepalive("ann-1");
    assert_snapshot!(script.log);
}

#[test]
fn requests_that_lead_nowhere() {
    let mut script = Script::new();
    script.inside();
    for frame in [
        "{'janus':'keepalive'}",
        "{'janus':'attach','plugin':'janus.plugin.videoroom'}",
        "{'janus':'destroy','session_id':null}",
        "{'janus':'message','handle_id':7}",
        "{'janus':'ping','handle_id':7}",
        "{'janus':'info'}",
        "{'janus':'claim','session_id':1}",
        "{'janus':'create','session_id':1}",
        "{'janus':'ping','session_id':1}",
        "{'janus':'keepalive','session_id':0}",
        "{'janus':'keepalive','session_id':2}",
        "{'janus':'keepalive','session_id':18446744073709551615}",
        "{'janus':'destroy','session_id':2}",
        "{'janus':'attach','session_id':1}",
        "{'janus':'attach','session_id':1,'plugin':7}",
        "{'janus':'attach','session_id':1,'plugin':'janus.plugin.audiobridge'}",
        "{'janus':'attach','session_id':1,'plugin':'janus.plugin.videoroom'}",
        "{'janus':'attach','session_id':1,'plugin':'janus.plugin.textroom'}",
        "{'janus':'attach','session_id':1,'plugin':'janus.plugin.echotest'}",
        "{'janus':'message','session_id':1}",
        "{'janus':'trickle','session_id':1}",
        "{'janus':'hangup','session_id':1}",
        "{'janus':'detach','session_id':1}",
        "{'janus':'message','session_id':1,'handle_id':7,'body':{}}",
        "{'janus':'trickle','session_id':1,'handle_id':7,'candidate':{'completed':true}}",
        "{'janus':'hangup','session_id':1,'handle_id':7}",
        "{'janus':'keepalive','session_id':1,'handle_id':7}",
        "{'janus':'destroy','session_id':1,'handle_id':7}",
        "{'janus':'MESSAGE','session_id':1,'handle_id':7}",
    ] {
        script.client(&frame.replacen('{', "{'transaction':'t','client_token':'ann-1',", 1));
    }
    script
        .note("long names are not repeated")
        .client(&format!(
            "{{'janus':'{}','transaction':'t','client_token':'ann-1'}}",
            "x".repeat(65)
        ))
        .client(&format!(
            "{{'janus':'attach','session_id':1,'transaction':'t','client_token':'ann-1','plugin':'{}'}}",
            "x".repeat(65)
        ));
    assert_snapshot!(script.log);
    assert_eq!(script.gate.inside(), 1);
}

#[test]
fn ping_needs_no_token() {
    let mut script = Script::new();
    script
        .client("{'janus':'ping','transaction':'p'}")
        .client("{'janus':'Ping','transaction':'p','session_id':null,'client_token':'eve-1'}")
        .note("anything else does")
        .client("{'janus':'info','transaction':'i'}");
    assert_snapshot!(script.log);
}

#[test]
fn detach_always_succeeds() {
    let mut script = Script::new();
    let detach =
        "{'janus':'detach','session_id':1,'handle_id':2,'transaction':'d','client_token':'ann-1'}";
    script
        .inside()
        .client("{'janus':'attach','session_id':1,'plugin':'janus.plugin.videoroom','transaction':'a','client_token':'ann-1'}")
        .client("{'janus':'message','session_id':1,'handle_id':2,'body':{},'transaction':'m','client_token':'ann-1'}")
        .note("at a handle: what belongs to the session")
        .client("{'janus':'attach','session_id':1,'handle_id':2,'plugin':'janus.plugin.videoroom','transaction':'a','client_token':'ann-1'}")
        .client("{'janus':'destroy','session_id':1,'handle_id':2,'transaction':'a','client_token':'ann-1'}")
        .client(detach)
        .note("the browser SDK's second one")
        .client(detach)
        .client("{'janus':'message','session_id':1,'handle_id':2,'body':{},'transaction':'m','client_token':'ann-1'}");
    assert_snapshot!(script.log);
}

#[test]
fn sessions_of_a_connection_have_a_bound() {
    let mut script = Script::new();
    for _ in 0..SESSIONS_PER_CONNECTION_MAX {
        script.inside();
    }
    script.note("one more").inside();
    script
        .note("in place of another")
        .client("{'janus':'destroy','session_id':1,'transaction':'d','client_token':'ann-1'}")
        .inside();
    assert_snapshot!(script.log);
    assert_eq!(script.gate.inside(), SESSIONS_PER_CONNECTION_MAX);
}

#[test]
fn handles_of_a_session_have_a_bound() {
    let attach = "{'janus':'attach','session_id':1,'plugin':'janus.plugin.videoroom','transaction':'a','client_token':'ann-1'}";
    let mut script = Script::new();
    script.inside();
    for _ in 0..HANDLES_PER_SESSION_MAX {
        script.client(attach);
    }
    script.log.clear();
    script
        .client(attach)
        .client("{'janus':'detach','session_id':1,'handle_id':9,'transaction':'d','client_token':'ann-1'}")
        .client(attach);
    assert_snapshot!(script.log);
}

#[test]
fn frames_have_bounds() {
    let ping = |members: &str| format!("{{'janus':'ping'{members}}}");
    let transaction = |length: usize| ping(&format!(",'transaction':'{}'", "t".repeat(length)));
    let nested = |depth: usize| {
        ping(&format!(
            ",'transaction':'t','body':{}{}",
            "[".repeat(depth),
            "]".repeat(depth)
        ))
    };
    let padded = |size: usize| {
        let bare = ping(",'transaction':'t'");
        format!("{bare}{}", " ".repeat(size - bare.len()))
    };
    let mut script = Script::new();
    script
        .note("transactions")
        .client(&transaction(TRANSACTION_MAX_BYTES))
        .client(&transaction(TRANSACTION_MAX_BYTES + 1))
        .note("nesting")
        .client(&nested(FRAME_JSON_MAX_DEPTH - 1))
        .client(&nested(FRAME_JSON_MAX_DEPTH))
        .note("size")
        .client(&padded(FRAME_MAX_BYTES))
        .client(&padded(FRAME_MAX_BYTES + 1));
    assert_snapshot!(script.log);
    assert!(script.connection.is_closed());
}
