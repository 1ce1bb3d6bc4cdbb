// One connection to a room by the vendor's SDK, from its opening to its end. Whoever wants to come back opens another one.
import { initialize } from '@telnyx/video';
import type { Facts } from '../model/ending';
import { type Frame, frameOf, noteQuestions, talkOf, taps } from './taps';
import type { SdkRoom, SdkState } from './types';

export interface SessionEvents {
  changed: (state: SdkState) => void;
  joined: (participantId: string) => void;
  leaving: (participantId: string, isKicked: boolean) => void;
  talks: (participantId: string, talks: boolean) => void;
  /** An operator silenced somebody, or let it speak again. */
  censored: (participantId: string, isCensored: boolean) => void;
  message: (participantId: string, message: unknown) => void;
  /** It is over, and not because it was left. */
  ended: (facts: Facts) => void;
}

/** A connection that did not come about. */
export class NotOpened extends Error {
  constructor(readonly facts: Facts) {
    super('not let in');
  }
}

const OPEN_LIMIT_MS = 25_000;
const CLOCK_MS = 1_000;
/** The SDK asks for a sign of life every 5 s, and the server answers at once. */
const SILENCE_MS = 12_000;
const OFFLINE_SILENCE_MS = 6_500;

export class Session {
  readonly room!: SdkRoom;
  readonly #events: SessionEvents;
  readonly #peers = new Set<RTCPeerConnection>();
  readonly #talkers = new Map<number, string>();
  #facts: Facts = { wasIn: false };
  #socket: WebSocket | undefined;
  #settle = () => {};
  #over: ((facts: Facts) => void) | undefined;
  #clock: ReturnType<typeof setInterval> | undefined;
  #heardAt = 0;
  #wasSilent = false;
  #talking: number | undefined;

  private constructor(events: SessionEvents) {
    this.#events = events;
  }

  /** Joins a room as a listener. Rejects with `NotOpened`. */
  static async open(roomId: string, clientToken: string, context: string, events: SessionEvents): Promise<Session> {
    const session = new Session(events);
    const over = new Promise<never>((_, reject) => {
      session.#over = (facts) => reject(new NotOpened(facts));
    });
    const limit = setTimeout(() => session.#end({ silent: true }), OPEN_LIMIT_MS);
    try {
      taps.onSocket = (socket) => session.#watch(socket);
      taps.onPeer = (peer) => session.#peers.add(peer);
      const opened = initialize({ roomId, clientToken, context, enableMessages: true, logLevel: 'OFF' });
      opened.catch(() => {});
      const room = (await Promise.race([opened, over])) as unknown as SdkRoom;
      Object.assign(session, { room });
      session.#listen(room);
      const connected = room.connect();
      connected.catch(() => session.#end({}));
      await Promise.race([connected, over]);
    } finally {
      clearTimeout(limit);
    }
    session.#facts.wasIn = true;
    session.#over = events.ended;
    session.#heardAt = performance.now();
    session.#clock = setInterval(() => session.#listenForSilence(), CLOCK_MS);
    return session;
  }

  get peers(): Iterable<RTCPeerConnection> {
    return this.#peers;
  }

  /** Leaves the room; `ended` is not called. */
  leave(): void {
    this.#over = undefined;
    void this.room?.disconnect().catch(() => {});
    this.#close();
  }

  #watch(socket: WebSocket): void {
    this.#socket = socket;
    const { settle } = noteQuestions(socket);
    this.#settle = settle;
    socket.addEventListener('message', ({ data }) => {
      this.#heardAt = performance.now();
      const frame = frameOf(data);
      if (frame) this.#hear(frame);
    });
    socket.addEventListener('close', ({ code }) => this.#end({ code }));
  }

  /** Frames are heard here first, then by the SDK. */
  #hear(frame: Frame): void {
    if (frame.janus === 'timeout') this.#facts.timedOut = true;
    if (typeof frame.status_code === 'number') {
      this.#facts.status = frame.status_code;
      // What closes the socket comes right behind it, but nobody has to wait for it.
      if (!this.#facts.wasIn) queueMicrotask(() => this.#end({}));
    }
    const talk = talkOf(frame);
    this.#talking = talk?.talks ? talk.id : undefined;
    const silent = talk && !talk.talks && this.#talkers.get(talk.id);
    if (silent) this.#events.talks(silent, false);
  }

  #listen(room: SdkRoom): void {
    const { changed, joined, leaving, talks, censored, message } = this.#events;
    room.on('state_changed', changed);
    room.on('participant_joined', joined);
    room.on('participant_leaving', (id, reason) => {
      if (reason === 'kicked' && id === room.getState().localParticipantId) this.#facts.kicked = true;
      leaving(id, reason === 'kicked');
    });
    room.on('audio_activity', (id) => {
      // The SDK tells of a frame while it takes it in, so this is about the one that was heard last.
      if (this.#talking !== undefined) this.#talkers.set(this.#talking, id);
      talks(id, true);
    });
    room.on('track_censored', (id, _, kind) => kind === 'audio' && censored(id, true));
    room.on('track_uncensored', (id, _, kind) => kind === 'audio' && censored(id, false));
    room.on('message_received', message);
  }

  /** A network that is gone closes no socket for minutes. */
  #listenForSilence(): void {
    const silentMs = performance.now() - this.#heardAt;
    const isSilent = silentMs > (navigator.onLine ? SILENCE_MS : OFFLINE_SILENCE_MS);
    // Twice in a row: a page that was stopped for a while has not looked yet at what came meanwhile.
    if (isSilent && this.#wasSilent) this.#end({ silent: true });
    this.#wasSilent = isSilent;
  }

  #end(more: Partial<Facts>): void {
    const over = this.#over;
    this.#over = undefined;
    if (!over) return;
    const facts = { ...this.#facts, ...more };
    if (facts.silent) void this.room?.disconnect().catch(() => {});
    this.#close();
    over(facts);
  }

  /** The SDK closes neither its peer connections nor, if it was refused, its socket. */
  #close(): void {
    clearInterval(this.#clock);
    if (this.#socket && this.#socket.readyState <= WebSocket.OPEN) this.#socket.close(1000);
    for (const peer of this.#peers) peer.close();
    this.#peers.clear();
    this.#settle();
  }
}
