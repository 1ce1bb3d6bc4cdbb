//! What a session does with media: publish, subscribe, join the mix, write.

use anyhow::Context;
use greenroom_headless::{Audio, Client, Event, Video};
use serde_json::{Value, json};

use super::driver::Driver;
use super::frames::{self, AUDIO_BRIDGE, TEXT_ROOM, VIDEO_ROOM, data_of, jsep, sdp_of};
use super::peer::Peer;
use super::session::Session;

/// A stream that this side sends.
pub struct Published {
    /// The handle of the plugin.
    pub handle: u64,
    /// The feed's id, by which others subscribe to it.
    pub feed: Value,
    /// The connection.
    pub peer: Peer,
}

/// A stream that this side receives.
pub struct Subscribed {
    /// The handle of the plugin.
    pub handle: u64,
    /// The connection.
    pub peer: Peer,
}

/// A leg of the mixed sound.
pub struct Mixed {
    /// The handle of the plugin.
    pub handle: u64,
    /// The leg's id.
    pub id: Value,
    /// The connection.
    pub peer: Peer,
}

/// A text channel.
pub struct Texting {
    /// The handle of the plugin.
    pub handle: u64,
    /// The room's name on the channel.
    pub room: Value,
    /// The connection.
    pub peer: Peer,
    next_transaction: u64,
}

impl Session {
    /// Joins the videoroom as a publisher, without media yet; the handle and the plugin's `joined`.
    pub async fn join_video(&self, display: &Value) -> anyhow::Result<(u64, Value)> {
        let handle = self.attach(VIDEO_ROOM).await?;
        let body = json!({
            "request": "join", "room": self.gateway().room(), "ptype": "publisher",
            "display": frames::display(display),
        });
        let joined = self.message(handle, body, None).await?;
        Ok((handle, data_of(&joined).clone()))
    }

    /// Joins the audiobridge, without media yet; the handle and the plugin's `joined`.
    pub async fn join_audio(&self, display: &Value, muted: bool) -> anyhow::Result<(u64, Value)> {
        let handle = self.attach(AUDIO_BRIDGE).await?;
        let body = json!({
            "request": "join", "room": self.gateway().room(), "muted": muted,
            "display": frames::display(display),
        });
        let joined = self.message(handle, body, None).await?;
        Ok((handle, data_of(&joined).clone()))
    }

    /// Publishes a stream. `bitrate_bps` is the cap that the browser SDK asks for.
    pub async fn publish(
        &self,
        driver: &Driver,
        display: &Value,
        audio: Option<Audio>,
        video: Option<Video>,
        bitrate_bps: Option<u64>,
    ) -> anyhow::Result<Published> {
        let (handle, joined) = self.join_video(display).await?;
        let feed = joined.get("id").cloned().context("no feed id")?;
        let (peer, offer) = driver.add(|setup| Client::publisher(setup, audio, video))?;
        let mut body = json!({
            "request": "configure", "audio": true, "video": true,
            "display": frames::display(display),
        });
        if let (Some(bitrate), Some(fields)) = (bitrate_bps, body.as_object_mut()) {
            fields.insert("bitrate".to_owned(), json!(bitrate));
        }
        let offer = jsep("offer", &offer);
        let configured = self.message(handle, body, Some(offer)).await?;
        peer.accept_answer(sdp_of(&configured)?).await?;
        Ok(Published { handle, feed, peer })
    }

    /// Subscribes to a feed.
    pub async fn subscribe(&self, driver: &Driver, feed: &Value) -> anyhow::Result<Subscribed> {
        let handle = self.attach(VIDEO_ROOM).await?;
        let room = self.gateway().room();
        let body = json!({
            "request": "join", "room": room, "ptype": "subscriber", "feed": feed,
            "audio": true, "video": true,
        });
        let attached = self.message(handle, body, None).await?;
        let offer = sdp_of(&attached)?;
        let (peer, answer) = driver.add(|setup| Client::subscriber(setup, &offer))?;
        let body = json!({"request": "start", "room": room});
        let answer = jsep("answer", &answer);
        self.message(handle, body, Some(answer)).await?;
        Ok(Subscribed { handle, peer })
    }

    /// Joins the mixed sound. What is heard is told as events if `hears`.
    pub async fn join_mix(
        &self,
        driver: &Driver,
        display: &Value,
        audio: Audio,
        hears: bool,
    ) -> anyhow::Result<Mixed> {
        let (handle, joined) = self.join_audio(display, false).await?;
        let id = joined.get("id").cloned().context("no id of the leg")?;
        let (peer, offer) = driver.add(|setup| Client::mix_leg(setup, audio, hears))?;
        let body = json!({"request": "configure", "display": frames::display(display)});
        let configured = self
            .message(handle, body, Some(jsep("offer", &offer)))
            .await?;
        peer.accept_answer(sdp_of(&configured)?).await?;
        Ok(Mixed { handle, id, peer })
    }

    /// Opens the text channel and joins the text room on it.
    pub async fn open_text(
        &self,
        driver: &Driver,
        participant_id: &str,
    ) -> anyhow::Result<Texting> {
        let handle = self.attach(TEXT_ROOM).await?;
        let room = self.gateway().room();
        let body = json!({"request": "setup", "room": room});
        let offered = self.message(handle, body, None).await?;
        let on_channel = data_of(&offered).get("janus_room_id").cloned();
        let offer = sdp_of(&offered)?;
        let (peer, answer) = driver.add(|setup| Client::text(setup, &offer))?;
        let body = json!({"request": "ack"});
        let answer = jsep("answer", &answer);
        self.message(handle, body, Some(answer)).await?;
        let mut texting = Texting {
            handle,
            room: on_channel.unwrap_or(room),
            peer,
            next_transaction: 1,
        };
        while !matches!(texting.peer.next_event().await?, Event::ChannelOpen) {}
        texting
            .ask(json!({
                "textroom": "join", "username": participant_id, "display": participant_id,
            }))
            .await?;
        Ok(texting)
    }

    /// Makes a room of that number in every plugin of a stock Janus.
    pub async fn make_janus_rooms(&self) -> anyhow::Result<()> {
        let room = self.gateway().room();
        let rooms = [
            (
                VIDEO_ROOM,
                json!({"publishers": 100, "videocodec": "vp8", "audiocodec": "opus"}),
            ),
            (
                AUDIO_BRIDGE,
                json!({"sampling_rate": 48_000, "audiolevel_event": true}),
            ),
            (TEXT_ROOM, json!({})),
        ];
        for (plugin, mut body) in rooms {
            let fields = body.as_object_mut().context("a body is an object")?;
            fields.insert("request".to_owned(), json!("create"));
            fields.insert("room".to_owned(), room.clone());
            fields.insert("permanent".to_owned(), json!(false));
            let handle = self.attach(plugin).await?;
            self.message(handle, body, None).await?;
            self.detach(handle).await?;
        }
        Ok(())
    }
}

impl Texting {
    /// Sends a request on the channel and waits for its answer; what comes in between is dropped.
    pub async fn ask(&mut self, request: Value) -> anyhow::Result<Value> {
        let transaction = format!("x-{}", self.next_transaction);
        self.next_transaction += 1;
        let mut request = request;
        let fields = request.as_object_mut().context("a request is an object")?;
        fields.insert("transaction".to_owned(), json!(transaction));
        fields.insert("room".to_owned(), self.room.clone());
        let text = request.to_string();
        let taken = self
            .peer
            .with(move |client, now| client.send_text(now, &text))
            .await?;
        anyhow::ensure!(taken, "the channel takes nothing");
        loop {
            let answer = self.next_text().await?;
            if answer.get("transaction") == Some(&json!(transaction)) {
                let said = answer.get("textroom");
                anyhow::ensure!(said == Some(&json!("success")), "refused: {answer}");
                return Ok(answer);
            }
        }
    }

    /// Sends a message to everybody.
    pub async fn say(&mut self, text: &str) -> anyhow::Result<()> {
        self.ask(json!({"textroom": "message", "text": text}))
            .await?;
        Ok(())
    }

    /// The next text that arrives, which has to be JSON.
    pub async fn next_text(&mut self) -> anyhow::Result<Value> {
        loop {
            match self.peer.next_event().await? {
                Event::Text(text) => return Ok(serde_json::from_str(&text)?),
                Event::Closed(fault) => anyhow::bail!("the channel has ended: {fault:?}"),
                Event::Connected
                | Event::KeyframeAsked(_)
                | Event::BitrateCap(_)
                | Event::Audio(_)
                | Event::ChannelOpen
                | Event::ChannelClosed
                | Event::Lost => {}
            }
        }
    }
}

/// The ids of the feeds in a `joined` or a push of publishers.
pub(super) fn feeds_of(data: &Value) -> Vec<Value> {
    let publishers = data.get("publishers").and_then(Value::as_array);
    let entries = publishers.into_iter().flatten();
    entries
        .filter_map(|entry| entry.get("id").cloned())
        .collect()
}
