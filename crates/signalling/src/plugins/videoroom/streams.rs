//! Lists of streams in requests, and the single `feed` of older clients. A feed is subscribed to
//! whole: what is asked of one of its tracks is asked of both.

use greenroom_domain::limits::STREAMS_PER_REQUEST_MAX;
use greenroom_rooms::call::video::{FeedWanted, Flow, TrackKind};
use greenroom_rooms::call::{LegId, Refusal};

use super::super::body::Body;
use super::super::fault::Fault;
use super::role::{Line, Role};

/// Longest name of a line that is looked at, in bytes.
const MID_MAX_BYTES: usize = 64;

/// What a new subscriber wants: at least one feed.
pub(super) fn wanted(body: &mut Body) -> Result<Vec<FeedWanted>, Fault> {
    let mut feeds = to_subscribe(body, "streams")?;
    if feeds.is_empty() {
        let feed = body.id("feed")?.ok_or(Fault::Missing("feed"))?;
        feeds.push(FeedWanted { feed: LegId(feed) });
    }
    Ok(feeds)
}

/// The feeds in a list of what to subscribe to, each once.
pub(super) fn to_subscribe(
    body: &mut Body,
    member: &'static str,
) -> Result<Vec<FeedWanted>, Fault> {
    let streams = body.objects(member, STREAMS_PER_REQUEST_MAX)?;
    let mut feeds: Vec<FeedWanted> = Vec::new();
    for mut stream in streams.unwrap_or_default() {
        let feed = LegId(stream.id("feed")?.ok_or(Fault::Missing("feed"))?);
        let wanted = FeedWanted { feed };
        if !feeds.contains(&wanted) {
            feeds.push(wanted);
        }
    }
    Ok(feeds)
}

/// The feeds in a list of what to drop, each once; a line may stand for its feed.
pub(super) fn to_unsubscribe(
    body: &mut Body,
    member: &'static str,
    role: &Role,
) -> Result<Vec<LegId>, Fault> {
    let streams = body.objects(member, STREAMS_PER_REQUEST_MAX)?;
    let mut feeds: Vec<LegId> = Vec::new();
    for mut stream in streams.unwrap_or_default() {
        let feed = match stream.id("feed")? {
            Some(feed) => LegId(feed),
            None => line(&mut stream, "sub_mid", role)?.feed,
        };
        if !feeds.contains(&feed) {
            feeds.push(feed);
        }
    }
    Ok(feeds)
}

/// The one feed of a request that takes one.
pub(super) fn only(body: &mut Body) -> Result<LegId, Fault> {
    match wanted(body)?.as_slice() {
        [only] => Ok(only.feed),
        _ => Err(Refusal::NotPossible.into()),
    }
}

/// What a list of lines says of what is to flow, if there is one.
pub(super) fn flow(body: &mut Body, role: &Role) -> Result<Option<Flow>, Fault> {
    let Some(streams) = body.objects("streams", STREAMS_PER_REQUEST_MAX)? else {
        return Ok(None);
    };
    let lines = role.lines();
    if lines
        .iter()
        .any(|line| Some(line.feed) != lines.first().map(|it| it.feed))
    {
        // What flows is set for the connection as a whole.
        return Err(Refusal::NotPossible.into());
    }
    let mut flow = Flow::default();
    for mut stream in streams {
        let kind = line(&mut stream, "mid", role)?.kind;
        let send = stream.flag("send")?;
        match kind {
            TrackKind::Audio => flow.audio = send.or(flow.audio),
            TrackKind::Video => {
                flow.video = send.or(flow.video);
                flow.substream = stream.layer("substream")?.or(flow.substream);
                flow.temporal = stream.layer("temporal")?.or(flow.temporal);
            }
        }
    }
    Ok(Some(flow))
}

/// The line that an entry names.
fn line<'a>(stream: &mut Body, member: &'static str, role: &'a Role) -> Result<&'a Line, Fault> {
    let mid = stream.needed_text(member, MID_MAX_BYTES)?;
    let line = role.lines().iter().find(|line| line.mid == mid);
    line.ok_or_else(|| Refusal::NoSuchFeed.into())
}
