//! The bounds of everything that comes from outside or is kept in memory, each with its reason.
//!
//! What the wire itself fixes (life times, room size, paging) stands with its type:
//! [`crate::ttl`], [`crate::room::MaxParticipants`], [`crate::PageRequest`].

/// Longest token that is looked at, in bytes; ours have about 750.
pub const TOKEN_MAX_BYTES: usize = 4 * 1024;

/// Deepest nesting of arrays and objects in a token's JSON; ours has 4.
pub const TOKEN_JSON_MAX_DEPTH: usize = 8;

/// Largest request body, in bytes: a token and some settings.
pub const BODY_MAX_BYTES: usize = 16 * 1024;

/// Longest query string that is looked at, in bytes: every filter of every list fits.
pub const QUERY_MAX_BYTES: usize = 8 * 1024;

/// Most parameters in a query string.
pub const QUERY_MAX_PARAMETERS: usize = 64;

/// Longest room name, in characters.
pub const ROOM_NAME_MAX_CHARS: usize = 255;

/// Longest URL in a setting, in characters, as the error catalogue states (10003).
pub const URL_MAX_CHARS: usize = 2_000;

/// Longest API key that is looked at, in bytes.
pub const API_KEY_MAX_BYTES: usize = 256;

/// Longest label of an API key, in characters.
pub const API_KEY_LABEL_MAX_CHARS: usize = 100;

/// Largest signalling frame, in bytes: an SDP with simulcast and many candidates has about 12 KiB.
pub const FRAME_MAX_BYTES: usize = 64 * 1024;

/// Longest session description that is looked at, in bytes: that of a browser with all its codecs
/// and simulcast has about 8 KiB, an answer with thirty streams about 40.
pub const SDP_MAX_BYTES: usize = 48 * 1024;

/// Most m-lines in a session description: two for each stream of one subscription.
pub const SDP_MEDIA_LINES_MAX: usize = 2 * FEEDS_PER_SUBSCRIBER_MAX + 1;

/// Streams on one subscriber's connection; the browser SDK has one.
pub const FEEDS_PER_SUBSCRIBER_MAX: usize = 30;

/// Longest text on a data channel, in bytes: as much as a signalling frame.
pub const TEXT_MAX_BYTES: usize = FRAME_MAX_BYTES;

/// Deepest nesting in a signalling frame.
pub const FRAME_JSON_MAX_DEPTH: usize = 16;

/// Longest transaction id in a signalling frame, in bytes; the SDK sends a UUID.
pub const TRANSACTION_MAX_BYTES: usize = 128;

/// Most entries in a list of streams in one request: two of each stream in a full room.
pub const STREAMS_PER_REQUEST_MAX: usize = 256;

/// Janus sessions on one WebSocket; the browser SDK opens one.
pub const SESSIONS_PER_CONNECTION_MAX: usize = 4;

/// Plugin handles in one session: three and one for each stream published or subscribed to
/// (a room of 50 people with two streams each).
pub const HANDLES_PER_SESSION_MAX: usize = 128;

/// Seconds without a frame of a session after which it ends, as in Janus; the SDK sends a
/// keepalive every 5 s. The default of a setting.
pub const SESSION_TIMEOUT_SECS: i64 = 60;

/// Legs of one session on a room's board of mixed audio: the SDK takes two, one to be seen and one
/// to be heard.
pub const AUDIO_LEGS_PER_SESSION_MAX: usize = 4;

/// Publishers of one session in a room: the SDK takes one to be told of others, and one for each
/// stream.
pub const PUBLISHERS_PER_SESSION_MAX: usize = 16;

/// Streams that one session subscribes to at a time: two of each of 50 people, and some to spare.
pub const SUBSCRIPTIONS_PER_SESSION_MAX: usize = 128;

/// Data channels of one session: one, and one more while it is replaced.
pub const TEXT_CHANNELS_PER_SESSION_MAX: usize = 2;

/// Longest `display` in bytes: base64 of an application's context. Everybody is told of everybody's.
pub const DISPLAY_MAX_BYTES: usize = 8 * 1024;

/// Longest username on the board of messages, in bytes; the SDK sends a UUID.
pub const USERNAME_MAX_BYTES: usize = 255;

/// Longest message in a room, in bytes. It is copied to everybody in it.
pub const MESSAGE_MAX_BYTES: usize = 32 * 1024;

/// Most that waits to be told to one connection about its room. A connection that is behind by more
/// is closed; the largest room says less in a second.
pub const NEWS_WAITING_MAX: usize = 2 * 1024;

/// The same in bytes. What one has to be told at once (all streams of a full room, each with the longest
/// display) may go beyond it, if no more than this waits already.
pub const NEWS_WAITING_MAX_BYTES: usize = 4 * 1024 * 1024;

/// Asks that wait for one room, over all its connections. A connection whose ask finds no place waits,
/// and reads no further frames.
pub const ASKS_WAITING_MAX: usize = 64;

/// Sessions that one room shows within it; its own list of them goes on.
pub const SESSIONS_SHOWN_PER_ROOM_MAX: u32 = 250;

/// Participants that one session shows within it: all that a full room had, and each of them came back
/// twenty times. Its own list of them goes on.
pub const PARTICIPANTS_SHOWN_PER_SESSION_MAX: u32 = 1_000;

/// What the items of one page show within them together, shared evenly: some 1.5 MB, and 20 for each
/// item of the largest page.
pub const SHOWN_WITHIN_OTHERS_MAX: u32 = 5_000;

/// Ids in one list of a kick or a mute: four times a full room. Two such lists fit into a body.
pub const PARTICIPANTS_PER_ACTION_MAX: usize = 200;

/// Seconds of silence after which a connection is given up whose media has timed out or is not up yet.
/// A client that lives is heard every 5 s: the SDK sends keepalives, and all answer the server's pings.
/// Media is given up after some 10 s, and both together have to come in 15 s. The default of a setting.
pub const SILENCE_MAX_SECS: i64 = 8;

/// Seconds that somebody has to answer whose person seems to have come back by another connection: a ping
/// takes a round trip, and Chromium checks each media connection every 2.5 s. The default of a setting.
pub const RETURN_CHECK_SECS: i64 = 3;

/// Asks of one session that wait for such an answer; the browser SDK has one under way as it joins.
pub const ASKS_HELD_MAX: usize = 16;

/// Events of one room that wait to be delivered: a receiver that is down for hours catches up, and one
/// room cannot fill the disk. A room of 50 people in constant coming and going has some hundreds an hour.
pub const EVENTS_PENDING_PER_ROOM_MAX: u32 = 10_000;

/// Attempts of one event in the delivery log; more than there are in the 72 hours that an event is tried for.
pub const ATTEMPTS_KEPT_MAX: u32 = 100;

/// Longest the server lets a revoked family stand on record, in seconds: until the last token of
/// it has expired (a refresh token's whole life and one client token minted at its end).
pub const FAMILY_LIFE_MAX_SECS: i64 = 86_400 + 3_600;

/// `Retry-After` never says more than this, in seconds: some SDKs ignore longer waits.
pub const RETRY_AFTER_MAX_SECS: i64 = 60;

const _: () = assert!(
    BODY_MAX_BYTES > TOKEN_MAX_BYTES + 1024,
    "a refresh request holds a token"
);
const _: () = assert!(
    FRAME_MAX_BYTES > TOKEN_MAX_BYTES + SDP_MAX_BYTES,
    "a frame holds a token and an SDP"
);
