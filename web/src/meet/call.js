// A call in a room. It speaks as the vendor's browser SDK does, so that this page and applications meet in one room.
import { Session } from './janus.js';

const CAMERA_BPS = 800_000;
const SCREEN_BPS = 1_500_000;

/** What the others are to know about a leg or a stream travels as base64 of JSON in `display`. */
const pack = (content) => btoa(String.fromCharCode(...new TextEncoder().encode(JSON.stringify(content))));

function unpack(display) {
  try {
    return JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(display), (char) => char.charCodeAt(0))));
  } catch {
    return {};
  }
}

/** The name that an application gave its participant, if it did so in the usual way. */
function nameIn(external) {
  try {
    return String(JSON.parse(external).username ?? 'Somebody');
  } catch {
    return 'Somebody';
  }
}

/** A UUID of version 4; `crypto.randomUUID` is not there on pages without TLS. */
function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

export class Call {
  /** Everybody in the room, oneself included, by participant id: `{ name, leg, talking }`. */
  people = new Map();
  /** What the others publish, by feed: `{ person, key, audio, video, track }`. */
  streams = new Map();
  /** One's own participant id. */
  self = uuid();

  #events;
  #room;
  #session;
  #peers = new Set();
  #persons = new Map();
  #published = new Map();
  #mix;
  #chat;

  /**
   * Joins the room as a listener. `events` has `onchange()` for whatever is to be drawn again, `onaudio(media)` with what is
   * to be heard, `onmedia(state)` with the state of that connection, `onmessage(name, text)`, `onproblem(error)`, and
   * `onend({ code, status, kicked })`.
   */
  static async join(url, token, room, name, events) {
    const call = new Call();
    call.#room = room;
    call.#events = events;
    call.#session = await Session.open(url, token);
    call.#session.onend = (why) => call.#end(why);
    try {
      await call.#enter(name);
      await call.#openMix();
      await call.#openChat();
    } catch (error) {
      call.leave();
      throw error;
    }
    return call;
  }

  useToken(token) {
    this.#session.useToken(token);
  }

  leave() {
    this.#session.close();
    for (const peer of this.#peers) peer.close();
  }

  /** Publishes a stream, of audio and video lines that may be empty at first. */
  async publish(key, { audio, video }) {
    const stream = { id: uuid(), key, isAudioEnabled: Boolean(audio), isVideoEnabled: Boolean(video) };
    const display = () => pack({ participantId: this.self, stream });
    const handle = await this.#session.attach('videoroom');
    const peer = this.#peer();
    const senders = {};
    for (const [kind, track] of Object.entries({ audio, video })) {
      senders[kind] = peer.addTransceiver(track ?? kind, { direction: 'sendonly' }).sender;
    }
    this.#published.set(key, { handle, peer, senders, stream, display });
    const { ask } = handle;
    await ask({ request: 'join', room: this.#room, ptype: 'publisher', display: display() });
    await peer.setLocalDescription();
    const bitrate = key === 'self' ? CAMERA_BPS : SCREEN_BPS;
    const body = { request: 'configure', audio: true, video: true, bitrate, display: display() };
    await peer.setRemoteDescription((await ask(body, peer.localDescription)).jsep);
    if (key === 'self') await this.#mix.replaceTrack(audio ?? null);
  }

  /** Puts a track into the stream `self`, or takes it out. */
  async setTrack(kind, track) {
    const { handle, senders, stream, display } = this.#published.get('self');
    await senders[kind].replaceTrack(track);
    if (kind === 'audio') await this.#mix.replaceTrack(track);
    stream[kind === 'audio' ? 'isAudioEnabled' : 'isVideoEnabled'] = Boolean(track);
    await handle.ask({ request: 'configure', audio: true, video: true, display: display() });
  }

  unpublish(key) {
    const { handle, peer } = this.#published.get(key) ?? {};
    this.#published.delete(key);
    if (peer) this.#drop(peer);
    handle?.detach();
  }

  /** Says something to everybody; it comes back as a message of one's own. */
  say(payload) {
    if (this.#chat?.channel.readyState !== 'open') throw new Error('Messages are not connected.');
    const text = JSON.stringify({ message: { type: 'text', payload }, recipients: [] });
    this.#chat.send({ textroom: 'message', text });
  }

  async #enter(name) {
    const room = this.#room;
    const me = { participantId: this.self, external: JSON.stringify({ username: name }), canReceiveMessages: true };
    const roster = await this.#session.attach('audiobridge', (data) => this.#heard(data));
    const joined = await roster.ask({ request: 'join', room, muted: true, display: pack(me) });
    this.people.set(this.self, { name, leg: joined.id });
    this.#arrived(joined.participants);
    const feeds = await this.#session.attach('videoroom', (data) => this.#seen(data));
    const display = pack({ participantId: this.self });
    const { publishers } = await feeds.ask({ request: 'join', room, ptype: 'publisher', display });
    this.#publishing(publishers ?? []);
  }

  /** Everybody else in one track; one's own microphone goes the other way. */
  async #openMix() {
    const stream = { id: uuid(), key: 'audiobridge', isAudioEnabled: true, isVideoEnabled: false };
    const display = pack({ participantId: this.self, stream });
    const { ask } = await this.#session.attach('audiobridge');
    const { id } = await ask({ request: 'join', room: this.#room, muted: false, display });
    this.#persons.set(id, this.self);
    const peer = this.#peer();
    peer.ontrack = ({ track }) => this.#events.onaudio(new MediaStream([track]));
    peer.onconnectionstatechange = () => this.#events.onmedia(peer.connectionState);
    this.#mix = peer.addTransceiver('audio', { direction: 'sendrecv' }).sender;
    await peer.setLocalDescription();
    const { jsep } = await ask({ request: 'configure', display }, peer.localDescription);
    await peer.setRemoteDescription(jsep);
  }

  async #openChat() {
    const { ask } = await this.#session.attach('textroom');
    const setup = await ask({ request: 'setup', room: this.#room });
    const peer = this.#peer();
    await peer.setRemoteDescription(setup.jsep);
    const channel = peer.createDataChannel('JanusDataChannel');
    const send = (frame) =>
      channel.send(JSON.stringify({ ...frame, room: setup.janus_room_id, transaction: uuid() }));
    channel.onopen = () => send({ textroom: 'join', username: this.self, display: this.self });
    channel.onmessage = ({ data }) => this.#told(JSON.parse(data));
    this.#chat = { channel, send };
    await peer.setLocalDescription();
    await ask({ request: 'ack' }, peer.localDescription);
  }

  async #subscribe(feed, stream) {
    const { ask, detach } = await this.#session.attach('videoroom');
    const peer = this.#peer();
    stream.end = () => {
      this.#drop(peer);
      detach();
    };
    peer.ontrack = ({ track }) => {
      if (track.kind === 'video') stream.track = track;
      this.#events.onchange();
    };
    const wanted = { request: 'join', room: this.#room, ptype: 'subscriber', feed, audio: false, video: true };
    const { jsep } = await ask(wanted);
    await peer.setRemoteDescription(jsep);
    await peer.setLocalDescription();
    await ask({ request: 'start', room: this.#room }, peer.localDescription);
  }

  /** A push about the mixed audio, which is also the roster. */
  #heard({ audiobridge, id, participants, leaving, kicked }) {
    if (participants) this.#arrived(participants);
    const gone = leaving ?? kicked;
    if (gone !== undefined) {
      const person = this.#persons.get(gone);
      this.#persons.delete(gone);
      if (kicked !== undefined && kicked === this.people.get(this.self).leg) return this.#end({ kicked: true });
      if (this.people.get(person)?.leg === gone) this.people.delete(person);
    }
    if (audiobridge.endsWith('talking')) {
      const person = this.people.get(this.#persons.get(id));
      if (person) person.talking = audiobridge === 'talking';
    }
    this.#events.onchange();
  }

  /** A push about streams. */
  #seen({ publishers, unpublished, kicked, id, display }) {
    if (publishers) this.#publishing(publishers);
    const gone = unpublished ?? kicked;
    this.streams.get(gone)?.end?.();
    this.streams.delete(gone);
    if (display) this.#flags(this.streams.get(id), display);
    this.#events.onchange();
  }

  /** A frame on the data channel. */
  #told({ textroom, from, text }) {
    if (textroom !== 'message') return;
    this.#events.onmessage(this.people.get(from)?.name ?? 'Somebody', String(JSON.parse(text).message.payload));
  }

  #arrived(participants) {
    for (const { id, display } of participants) {
      const { participantId, external, stream, telephonyEngineParticipant } = unpack(display);
      this.#persons.set(id, participantId);
      const isPerson = participantId && (!stream || telephonyEngineParticipant);
      if (isPerson && !this.people.has(participantId)) {
        this.people.set(participantId, { name: nameIn(external), leg: id });
      }
    }
  }

  #publishing(publishers) {
    for (const { id, display } of publishers) {
      const { participantId, stream: content } = unpack(display);
      if (!content || participantId === this.self || this.streams.has(id)) continue;
      const stream = { person: participantId, key: content.key };
      this.#flags(stream, display);
      this.streams.set(id, stream);
      this.#subscribe(id, stream).catch((error) => this.streams.has(id) && this.#events.onproblem(error));
    }
  }

  #flags(stream, display) {
    const { isAudioEnabled, isVideoEnabled } = unpack(display).stream ?? {};
    if (stream) Object.assign(stream, { audio: isAudioEnabled, video: isVideoEnabled });
  }

  #peer() {
    const peer = new RTCPeerConnection();
    this.#peers.add(peer);
    return peer;
  }

  #drop(peer) {
    this.#peers.delete(peer);
    peer.close();
  }

  #end(why) {
    this.leave();
    this.#events.onend(why);
  }
}
