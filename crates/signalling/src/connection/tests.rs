//! What `docs/protocol.md` promises, one transcript for each situation.
//!
//! `->` is a frame of the client, `<-` one of the server, `=>` an ask, `--` an effect, `!!` a change at the gate,
//! `..` the time. Session ids are counted from 1.

mod requests;

use greenroom_domain::limits::TOKEN_MAX_BYTES;
use insta::assert_snapshot;

use crate::{Config, Refusal, TokenExpiry};

use super::Violation;
use super::fixture::Script;

const KEEP: Config = Config {
    token_expiry: TokenExpiry::Keep,
    session_timeout_secs: 60,
};

#[test]
fn a_session_from_create_to_destroy() {
    let mut script = Script::new();
    script
        .inside()
        .until(5)
        .keepalive("ann-1")
        .client("{'janus':'attach','plugin':'janus.plugin.audiobridge','session_id':1,'transaction':'a','client_token':'ann-1'}")
        .client("{'janus':'destroy','session_id':1,'transaction':'d','client_token':'ann-1'}")
        .act(|connection, _, _, out| connection.handle_disconnect(out));
    assert_snapshot!(script.log);
    assert_eq!(script.gate.inside(), 0);
    assert_eq!(script.gate.book().admissions, 1, "verified once");
}

#[test]
fn refused_at_the_door() {
    let mut log = String::new();
    let mut refused = |note: &str, token: &str, change: fn(&mut super::fixture::Book)| {
        let mut script = Script::new();
        change(&mut script.gate.book());
        script
            .note(note)
            .client(&format!("{{'janus':'create','transaction':'c'{token}}}"))
            .client("{'janus':'create','transaction':'again','client_token':'ann-1'}");
        assert!(script.connection.is_closed());
        assert_eq!(script.gate.inside(), 0);
        log.push_str(&script.log);
    };
    refused("no token", "", |_| {});
    refused("null for a token", ",'client_token':null", |_| {});
    refused("forged", ",'client_token':'eve-1'", |_| {});
    refused("expired", ",'client_token':'old-1'", |_| {});
    refused("of another room", ",'client_token':'far-1'", |_| {});
    refused("revoked", ",'client_token':'ann-1'", |book| {
        book.revoked.insert("ann");
    });
    refused("room deleted", ",'client_token':'ann-1'", |book| {
        book.room_gone = true;
    });
    refused("room full", ",'client_token':'ann-1'", |book| {
        book.full = true;
    });
    refused("too many attempts", ",'client_token':'ann-1'", |book| {
        book.trouble = Some(Refusal::TooMany);
    });
    refused("not to be checked now", ",'client_token':'ann-1'", |book| {
        book.trouble = Some(Refusal::Unavailable);
    });
    assert_snapshot!(log);
}

#[test]
fn a_newer_token_is_taken_with_any_frame() {
    let mut script = Script::new();
    script
        .inside()
        .until(30)
        .note("updateClientToken()")
        .keepalive("ann-2")
        .client("{'janus':'attach','plugin':'x','session_id':1,'transaction':'a','client_token':'amy-1'}")
        .until(60);
    for secs in (90..700).step_by(30) {
        script.connection_hears("amy-1").until(secs);
    }
    script
        .note("the first token has expired")
        .keepalive("amy-1");
    assert_snapshot!(script.log);
    assert_eq!(script.gate.book().admissions, 3);
}

#[test]
fn a_token_that_is_good_elsewhere_is_refused_and_the_session_kept() {
    let mut script = Script::new();
    script
        .inside()
        .note("of another account")
        .keepalive("ben-1")
        .note("of another room")
        .keepalive("far-1")
        .note("not with create either")
        .client("{'janus':'create','transaction':'c2','client_token':'ben-1'}")
        .keepalive("ann-1");
    assert_snapshot!(script.log);
    assert_eq!(script.gate.inside(), 1);
}

#[test]
fn refused_frames_do_not_keep_a_session_alive() {
    let mut script = Script::new();
    script.inside().until(59).keepalive("ben-1").until(61);
    assert_snapshot!(script.log);
}

#[test]
fn a_session_does_not_outlive_its_own_token_by_sending_others() {
    let mut script = Script::new();
    script.inside();
    script.gate.book().revoked.insert("ann");
    script.keepalive("far-1");
    assert_snapshot!(script.log);
    assert_eq!(script.gate.inside(), 0);
}

#[test]
fn a_token_that_cannot_be_checked_now_changes_nothing() {
    let mut script = Script::new();
    script
        .inside()
        .gate("the store is away", |book| {
            book.trouble = Some(Refusal::Unavailable);
        })
        .keepalive("ann-1")
        .keepalive("ann-2")
        .client("{'janus':'create','transaction':'c2','client_token':'ann-2'}")
        .gate("and back", |book| book.trouble = None)
        .keepalive("ann-2");
    assert_snapshot!(script.log);
}

#[test]
fn a_frame_without_a_good_token_ends_the_session() {
    let mut log = String::new();
    for (note, token) in [
        ("forged", ",'client_token':'eve-1'".to_owned()),
        ("expired", ",'client_token':'old-1'".to_owned()),
        ("missing", String::new()),
        ("no text", ",'client_token':{}".to_owned()),
        ("empty", ",'client_token':''".to_owned()),
        (
            "too long",
            format!(",'client_token':'{}'", "x".repeat(TOKEN_MAX_BYTES + 1)),
        ),
    ] {
        let mut script = Script::new();
        script.inside().note(note).client(&format!(
            "{{'janus':'keepalive','session_id':1,'transaction':'k'{token}}}"
        ));
        assert_eq!(script.gate.inside(), 0);
        log.push_str(&script.log);
    }
    assert_snapshot!(log);
}

#[test]
fn an_expired_token_ends_the_session_without_a_frame() {
    let mut script = Script::new();
    script.inside();
    for secs in (30..=570).step_by(30) {
        script.connection_hears("ann-1").until(secs);
    }
    script.keepalive("ann-1").until(601).keepalive("ann-1");
    assert_snapshot!(script.log);
    assert_eq!(script.gate.inside(), 0);
}

#[test]
fn an_expired_token_is_noticed_in_a_frame_that_comes_before_the_timer() {
    let mut script = Script::new();
    script
        .gate
        .book()
        .tokens
        .get_mut("ann-1")
        .unwrap()
        .expires_in_secs = 10;
    script.inside();
    script.now = script.now.saturating_add_secs(10);
    script.keepalive("ann-1");
    assert_snapshot!(script.log);
}

#[test]
fn by_setting_an_expired_token_keeps_its_session_but_opens_none() {
    let mut script = Script::with(KEEP);
    script.inside();
    for secs in (30..=600).step_by(30) {
        script.connection_hears("ann-1").until(secs);
    }
    script
        .keepalive("ann-1")
        .client("{'janus':'create','transaction':'c2','client_token':'ann-1'}")
        .note("another one in its place loses nothing")
        .keepalive("ann-2")
        .client("{'janus':'create','transaction':'c3','client_token':'ann-2'}")
        .note("after the last session it is no good any more")
        .client("{'janus':'destroy','session_id':1,'transaction':'d','client_token':'ann-2'}")
        .client("{'janus':'destroy','session_id':2,'transaction':'d','client_token':'ann-2'}");
    script.now = script.now.saturating_add_secs(600);
    script.client("{'janus':'create','transaction':'c4','client_token':'ann-2'}");
    assert_snapshot!(script.log);
}

#[test]
fn a_silent_session_times_out() {
    let mut script = Script::new();
    script.inside().until(50).keepalive("ann-1").until(120);
    assert_snapshot!(script.log);
    assert_eq!(script.gate.inside(), 0);
}

#[test]
fn each_session_times_out_for_itself() {
    let mut script = Script::new();
    script
        .inside()
        .client("{'janus':'create','transaction':'c2','client_token':'ann-1'}")
        .until(40)
        .keepalive("ann-1")
        .until(70)
        .note("a frame of a session that is over")
        .client("{'janus':'keepalive','session_id':2,'transaction':'k2','client_token':'ann-1'}")
        .until(100);
    assert_snapshot!(script.log);
}

#[test]
fn a_connection_without_a_session_is_closed() {
    let mut script = Script::new();
    script
        .until(30)
        .note("whatever it says")
        .client("{'janus':'ping','transaction':'p'}")
        .client("not JSON")
        .client("{'janus':'keepalive','transaction':'k','client_token':'ann-1'}")
        .until(60);
    assert_snapshot!(script.log);
}

#[test]
fn after_destroy_the_connection_waits_for_the_client() {
    let mut script = Script::new();
    script
        .inside()
        .until(10)
        .client("{'janus':'destroy','session_id':1,'transaction':'d','client_token':'ann-1'}")
        .gate("the room is deleted", |book| book.room_gone = true)
        .until(70);
    assert_snapshot!(script.log);
}

#[test]
fn what_was_granted_can_be_taken_back() {
    let mut log = String::new();
    let mut taken = |note: &'static str, change: fn(&mut super::fixture::Book)| {
        let mut told = Script::new();
        told.inside().gate(note, change);
        log.push_str(&told.log);
        assert_eq!(told.gate.inside(), 0);

        let mut noticed = Script::new();
        noticed.inside();
        change(&mut noticed.gate.book());
        noticed
            .note("the same, noticed with the next frame")
            .keepalive("ann-1");
        log.push_str(&noticed.log);
        assert_eq!(noticed.gate.inside(), 0);
    };
    taken("the room is deleted", |book| book.room_gone = true);
    taken("the family is revoked", |book| {
        book.revoked.insert("ann");
    });
    taken("the signing key is revoked", |book| {
        book.trouble = Some(Refusal::Unauthorized);
    });
    assert_snapshot!(log);
}

#[test]
fn what_does_not_concern_a_session_leaves_it_alone() {
    let mut script = Script::new();
    script
        .gate("before anything was sent", |book| {
            book.revoked.insert("amy");
        })
        .inside()
        .gate("another family is revoked", |book| {
            book.revoked.insert("ben");
        })
        .gate("the room is full", |book| book.full = true)
        .client("{'janus':'create','transaction':'c2','client_token':'ann-1'}")
        .keepalive("ann-1");
    assert_snapshot!(script.log);
}

#[test]
fn the_transport_ends() {
    let mut log = String::new();
    let mut end = |act: &dyn Fn(&mut Script)| {
        let mut script = Script::new();
        script.inside();
        act(&mut script);
        script.keepalive("ann-1").until(200);
        assert_eq!(script.gate.inside(), 0);
        log.push_str(&script.log);
    };
    end(&|script| {
        script
            .note("the server stops")
            .act(|connection, _, _, out| connection.handle_shutdown(out));
    });
    end(&|script| {
        script
            .note("the peer is gone")
            .act(|connection, _, _, out| connection.handle_disconnect(out));
    });
    for violation in [
        Violation::Binary,
        Violation::TooLarge,
        Violation::InvalidText,
        Violation::Protocol,
    ] {
        end(&|script| {
            script
                .note(&format!("{violation:?}"))
                .act(|connection, _, _, out| connection.handle_violation(violation, out));
        });
    }
    assert_snapshot!(log);
}

impl Script {
    /// A keepalive that is not written down.
    fn connection_hears(&mut self, token: &str) -> &mut Self {
        let before = self.log.len();
        self.keepalive(token);
        assert!(
            self.log
                .ends_with("{\"janus\":\"ack\",\"session_id\":1,\"transaction\":\"k\"}\n")
        );
        self.log.truncate(before);
        self
    }
}
