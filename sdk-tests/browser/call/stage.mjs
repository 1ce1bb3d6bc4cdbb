// The stage of a call: one server, one browser, and people in it who use the vendor's SDK.
//
//   const stage = setStage('call-join');
//   test('...', async () => {
//     const room = await stage.makeRoom();
//     const alice = await stage.join(room, 'alice');
import { after, before } from 'node:test';
import { startServer } from '../../lib/server.mjs';
import { until, WITHIN } from '../../lib/wait.mjs';
import { startBrowser } from '../chromium.mjs';
import { backEnd } from '../rest.mjs';
import { installCast } from './cast.mjs';
import { TONES_HZ, installLab } from './lab.mjs';

const LIMITS = { ...WITHIN, every: 50 };
const FRAMES_TO_SEE = 8;
const BLACK = 20;
/** Colours that an encoder leaves apart, one for each person. */
const HUES = [0, 120, 240, 60];
const HUE_TOLERANCE = 25;
/** Tones arrive at about -20 dB; what an encoder spills beside them, and what a browser makes up in silence, is below -55. */
const HEARD_DB = -45;

/** Sets up a server (with these settings by section) and a browser (see `startBrowser`) around the tests of a file. */
export function setStage(name, sections = {}, browserOptions = () => ({})) {
  const stage = {};
  const actors = new Set();
  before(async () => {
    const server = await startServer(name, sections);
    stage.server = server;
    stage.browser = await startBrowser(server, browserOptions(server));
    Object.assign(stage, backEnd(server));
  });
  after(async () => {
    await stage.browser?.close();
    await stage.server?.stop();
  });

  /** Somebody who joins a room: `{ messages, ttls, token, browser }`; `browser` is one that the others do not share. */
  stage.join = async (room, name, options = {}) => {
    const actor = await stage.enter(name, options);
    await actor.join(room, options);
    return actor;
  };

  /** Somebody with a page open, who has not joined yet. */
  stage.enter = async (name, { browser = stage.browser } = {}) => {
    const { page, socket } = await browser.openPage([installLab, installCast]);
    const actor = new Actor(stage, name, page, socket, actors.size % TONES_HZ.length);
    actors.add(actor);
    return actor;
  };

  /** The session that goes on in a room, as soon as it is on record with so many people in it. */
  stage.session = async (room, people = 1) => {
    const { rooms } = stage.telnyx;
    const look = async () => {
      const { data } = await rooms.retrieve(room);
      if (!data.active_session_id) return undefined;
      const session = await rooms.sessions.retrieve(data.active_session_id, { include_participants: true });
      const present = session.data.participants.filter(({ left_at }) => !left_at);
      return present.length === people && session.data;
    };
    return until(`a session with ${people} in it`, look, LIMITS);
  };

  /** Everybody goes, so that the next test has the machine to itself. */
  stage.clear = async () => {
    await Promise.all([...actors].map(({ page }) => page.close()));
    actors.clear();
  };
  return stage;
}

class Actor {
  constructor(stage, name, page, socket, number) {
    Object.assign(this, { stage, name, page, socket, tone: TONES_HZ[number], hue: HUES[number] });
  }

  async join(room, { messages = false, ttls, token } = {}) {
    this.room = room;
    this.context = JSON.stringify({ id: this.name, username: this.name });
    this.tokens = token ? { token } : await this.stage.makeTokens(room, ttls);
    const options = { roomId: room, clientToken: this.tokens.token, context: this.context, enableMessages: messages };
    this.id = await this.do('join', options);
  }

  /** Calls one of the functions of `cast.mjs`. */
  do(what, ...args) {
    return this.page.evaluate(([what, args]) => cast[what](...args), [what, args]);
  }

  state = () => this.do('state');

  /** Publishes a tone and a picture of one's own, or only one of them. */
  publish({ key = 'self', audio = true, video = true, size, simulcast } = {}) {
    return this.do('addStream', key, this.tracks({ audio, video, size, simulcast }));
  }

  update({ key = 'self', audio = true, video = true }) {
    return this.do('updateStream', key, this.tracks({ audio, video }));
  }

  tracks({ audio, video, size, simulcast }) {
    return { tone: audio ? this.tone : undefined, hue: video ? this.hue : undefined, size, simulcast };
  }

  /** Subscribes to somebody's stream as soon as it is there. */
  async subscribe(other, { key = 'self', audio = true, video = true } = {}) {
    await this.hasStream(other, key);
    await this.do('addSubscription', other.id, key, { audio, video });
  }

  hasStream(other, key = 'self') {
    const isIt = (stream) => stream.participantId === other.id && stream.key === key;
    return until(`${this.name} knows of ${other.name}'s ${key}`, async () => (await this.state()).streams.some(isIt), LIMITS);
  }

  /** All events of a kind, as lists of arguments. */
  async events(kind) {
    const all = await this.page.evaluate(() => cast.events);
    return all.filter(([event]) => event === kind).map(([, ...args]) => args);
  }

  /** Waits until the application was told something: an event, and the first of its arguments. */
  async told(kind, ...args) {
    const fits = (given) => args.every((arg, at) => JSON.stringify(arg) === JSON.stringify(given[at]));
    return this.until(`told of ${kind} ${args}`, async () => (await this.events(kind)).find(fits));
  }

  until = (what, condition, limits = {}) => until(`${this.name}: ${what}`, condition, { ...LIMITS, ...limits });

  /** A handle on what is seen of somebody's stream. */
  watch(other, key = 'self') {
    return this.page.evaluateHandle(([id, key]) => cast.watch(id, key), [other.id, key]);
  }

  /** Somebody's stream plays: frames come, and they have the colour that was sent. Returns what was seen. */
  async sees(other, { key = 'self', hue = other.hue, within } = {}) {
    const seen = await this.watch(other, key);
    const { frames } = await seen.jsonValue();
    const isRight = (now) => {
      const off = Math.abs(((now.hue - hue + 540) % 360) - 180);
      return now.frames >= frames + FRAMES_TO_SEE && now.brightness > BLACK && off < HUE_TOLERANCE;
    };
    const look = async () => {
      const now = await seen.jsonValue();
      return isRight(now) && now;
    };
    try {
      return await this.until(`sees ${other.name}'s ${key}`, look, within && { within });
    } catch (error) {
      throw new Error(`${error.message}; seen so far: ${JSON.stringify(await seen.jsonValue())}`);
    }
  }

  /** No picture comes any more. */
  async seesNothingOf(other, { seen, forMs = 1_000 } = {}) {
    seen ??= await this.watch(other);
    let { frames } = await seen.jsonValue();
    let since = performance.now();
    await this.until(`sees nothing of ${other.name}`, async () => {
      const now = await seen.jsonValue();
      if (now.frames !== frames) since = performance.now();
      frames = now.frames;
      return performance.now() - since >= forMs;
    });
  }

  /** The tones of these people, and of nobody else on stage, are in the mixed audio. */
  hears(...others) {
    return this.hearsWithin(LIMITS.within, ...others);
  }

  async hearsWithin(within, ...others) {
    const expected = new Set(others.map(({ tone }) => tone));
    const isRight = async () => {
      const levels = await this.do('loudness', TONES_HZ);
      this.levels = Object.fromEntries(TONES_HZ.map((tone, at) => [tone, Math.round(levels[at])]));
      return TONES_HZ.every((tone) => this.levels[tone] > HEARD_DB === expected.has(tone));
    };
    const names = others.map(({ name }) => name).join(' and ') || 'nobody';
    let since;
    try {
      // Once right, it has to stay so for a while: half a second holds 25 packets.
      await this.until(`hears ${names}`, async () => {
        if (!(await isRight())) since = undefined;
        else since ??= performance.now();
        return since && performance.now() - since > 500;
      }, { within });
    } catch (error) {
      throw new Error(`${error.message}; in dB: ${JSON.stringify(this.levels)}`);
    }
  }

  /** Somebody's tone is, or is not, in the audio of its stream. */
  async hearsStreamOf(other, audible = true) {
    let since;
    await this.until(`hears ${audible ? '' : 'nothing of '}the stream of ${other.name}`, async () => {
      const [level] = await this.do('streamLoudness', other.id, 'self', [other.tone]);
      if (level > HEARD_DB !== audible) since = undefined;
      else since ??= performance.now();
      return since && performance.now() - since > 500;
    });
  }

  /** Frames of one's own WebSocket that carry this in their plugin data. */
  received(test) {
    return this.socket.received.filter(({ frame }) => test(frame.plugindata?.data ?? {}));
  }

  async leave() {
    await this.do('disconnect');
    await this.told('disconnected', 'user_initiated');
  }
}

