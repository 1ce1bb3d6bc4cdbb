//! A participant as the browser SDK makes one.

use anyhow::Context;
use greenroom_headless::{Audio, Video};
use serde_json::{Value, json};

use super::actors::{Mixed, Published, Subscribed, Texting, feeds_of};
use super::driver::Driver;
use super::frames::data_of;
use super::session::{Gateway, Session};

/// Who a participant says to be.
#[derive(Debug, Clone)]
pub struct Identity {
    /// A UUID, new for each attendance.
    pub participant_id: String,
    /// The application's own text about the participant.
    pub context: Option<String>,
}

impl Identity {
    /// The participant of that number; another number is another UUID.
    pub fn numbered(number: u64) -> Self {
        Self {
            participant_id: format!("00000000-0000-4000-8000-{number:012x}"),
            context: Some(json!({"id": number, "username": format!("user-{number}")}).to_string()),
        }
    }
}

/// A participant with everything that the browser SDK's `connect()` opens: its place in the roster of
/// sound and of video, its leg of the mix, and the text channel if wanted. When dropped it vanishes as a killed tab.
pub struct Attendee {
    /// Who it is.
    pub identity: Identity,
    /// Its session.
    pub session: Session,
    /// Its id in the roster.
    pub roster_id: Value,
    /// Its leg of the mixed sound.
    pub mix: Mixed,
    /// Its text channel.
    pub text: Option<Texting>,
    /// The feeds that were there when it came.
    pub feeds: Vec<Value>,
    streams: u64,
}

impl Attendee {
    /// Joins as `initialize()` and `connect()` do, in the same order. Sound of the mix comes as events if `hears`.
    pub async fn join(
        driver: &Driver,
        gateway: Gateway,
        identity: Identity,
        sound: Audio,
        hears: bool,
        messages: bool,
    ) -> anyhow::Result<Self> {
        let session = Session::open(gateway).await?;
        let text = if messages {
            let id = identity.participant_id.clone();
            Some(session.open_text(driver, &id).await.context("text")?)
        } else {
            None
        };
        let id = &identity.participant_id;
        let person = json!({
            "participantId": id, "external": identity.context, "canReceiveMessages": messages,
        });
        let (_, joined) = session.join_audio(&person, true).await.context("roster")?;
        let roster_id = joined.get("id").cloned().context("no roster id")?;
        let (_, joined) = session.join_video(&json!({"participantId": id})).await?;
        let feeds = feeds_of(&joined);
        let leg = stream(id, 0, "audiobridge", true, false);
        let mix = session.join_mix(driver, &leg, sound, hears).await?;
        Ok(Self {
            identity,
            session,
            roster_id,
            mix,
            text,
            feeds,
            streams: 0,
        })
    }

    /// Publishes a stream as `addStream(key)` does.
    pub async fn publish(
        &mut self,
        driver: &Driver,
        key: &str,
        audio: Option<Audio>,
        video: Option<Video>,
    ) -> anyhow::Result<Published> {
        self.streams += 1;
        let id = &self.identity.participant_id;
        let (has_audio, has_video) = (audio.is_some(), video.is_some());
        let content = stream(id, self.streams, key, has_audio, has_video);
        let layers = video.as_ref().map_or(1, |video| video.layers.len());
        let bitrate = if layers > 1 { 800_000 } else { 500_000 };
        self.session
            .publish(driver, &content, audio, video, Some(bitrate))
            .await
    }

    /// Subscribes to a feed as `addSubscription()` does.
    pub async fn subscribe(&self, driver: &Driver, feed: &Value) -> anyhow::Result<Subscribed> {
        self.session.subscribe(driver, feed).await
    }

    /// The next feed that somebody else publishes.
    pub async fn next_feed(&mut self) -> anyhow::Result<Value> {
        self.session
            .next_push_with(|push| feeds_of(data_of(push)).into_iter().next())
            .await
    }

    /// Takes a stream back as `removeStream()` does.
    pub async fn unpublish(&self, published: Published) -> anyhow::Result<()> {
        published.peer.close().await?;
        self.session.detach(published.handle).await
    }

    /// Ends a subscription as `removeSubscription()` does.
    pub async fn unsubscribe(&self, subscribed: Subscribed) -> anyhow::Result<()> {
        subscribed.peer.close().await?;
        self.session.detach(subscribed.handle).await
    }

    /// Leaves as `disconnect()` does.
    pub async fn leave(self) -> anyhow::Result<()> {
        self.mix.peer.close().await?;
        if let Some(text) = self.text {
            text.peer.close().await?;
        }
        self.session.leave().await
    }
}

/// What `display` holds for a stream.
fn stream(participant_id: &str, number: u64, key: &str, audio: bool, video: bool) -> Value {
    json!({
        "participantId": participant_id,
        "stream": {
            "id": format!("{}{number:04x}", participant_id.get(..32).unwrap_or_default()),
            "key": key, "isAudioEnabled": audio, "isVideoEnabled": video,
        },
    })
}
