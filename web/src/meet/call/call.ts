// A call as this page lives it: in it, thrown back, in it again, and over.
import { effect, signal } from '@preact/signals';
import { announce } from '../../shared/announce';
import { ApiError } from '../../shared/api';
import type { OwnMedia } from '../media/own';
import { isHopeless, waitMs } from '../model/backoff';
import { type Chat, chatAfter, NO_CHAT, textOf } from '../model/chat';
import { afterAsking, afterEnd, ENDINGS, type Ending, type Facts, refusedToken } from '../model/ending';
import { contextOf, NOBODY, type Roster, readContext, rosterOf } from '../model/roster';
import type { StreamName } from '../model/subscriptions';
import { within } from '../sdk/limit';
import { Publisher } from '../sdk/publisher';
import { NotOpened, Session, type SessionEvents } from '../sdk/session';
import { Subscriber } from '../sdk/subscriber';
import type { SdkState } from '../sdk/types';
import { Meter } from './meter';
import { type Phase, type PhaseEvent, phaseAfter } from './phase';
import { SharedScreen } from './screen';
import { type Pass, RENEW_MS, renew, type Ticket } from './tickets';

const SEND_LIMIT_MS = 10_000;
const RENEW_AGAIN_MS = 15_000;
/** The SDK's state changes in many small steps. */
const DRAW_MS = 20;

export class Call {
  readonly phase = signal<Phase>({ kind: 'joining' });
  readonly roster = signal<Roster>(NOBODY);
  readonly chat = signal<Chat>(NO_CHAT);
  /** Who is talking now, and when everybody last began to. */
  readonly talking = signal<ReadonlySet<string>>(new Set());
  readonly spoke = signal<ReadonlyMap<string, number>>(new Map());
  /** What everybody else says, mixed. */
  readonly sound = signal<MediaStreamTrack | undefined>(undefined);
  /** Something to be told, such as what did not work. */
  readonly notice = signal<{ kind: 'info' | 'warning'; text: string } | undefined>(undefined);
  readonly meter = new Meter();
  readonly screen = new SharedScreen((text) => this.#tell(text));
  readonly pass: Pass;

  readonly #name: string;
  readonly #media: OwnMedia;
  /** Tells this page from others in the same room, over all its connections. */
  readonly #page = Math.random().toString(36).slice(2);
  #ticket: Ticket;
  #session: Session | undefined;
  #subscriber: Subscriber | undefined;
  #shown: readonly StreamName[] = [];
  #hurry = () => {};
  #drawing = false;

  constructor(pass: Pass, ticket: Ticket, name: string, media: OwnMedia) {
    this.pass = pass;
    this.#ticket = ticket;
    this.#name = name;
    this.#media = media;
  }

  get ticket(): Ticket {
    return this.#ticket;
  }

  /** Joins, and stays in until it is left or there is no way back. Comes to its end with the call. */
  async run(): Promise<void> {
    const onOnline = () => this.#hurry();
    window.addEventListener('online', onOnline);
    let asked: Facts | undefined;
    for (let isFirst = true; this.phase.value.kind !== 'ended'; isFirst = false) {
      if (!isFirst && !(await this.#freshTicket(asked))) continue;
      const facts = await this.#oneSession();
      const verdict = afterEnd(facts);
      asked = verdict === 'ask' ? facts : undefined;
      if (typeof verdict === 'object') this.#step({ type: 'ended', ending: verdict });
      else if (verdict === 'rejoin') await this.#pause();
    }
    window.removeEventListener('online', onOnline);
    this.screen.stop();
    this.meter.stop();
  }

  leave(): void {
    this.#step({ type: 'ended', ending: ENDINGS.left });
    this.#session?.leave();
    this.#hurry();
  }

  /** Ends the wait for the next try. */
  tryNow(): void {
    this.#hurry();
  }

  /** The pictures that are to be seen; all others stay away. */
  show(streams: readonly StreamName[]): void {
    this.#shown = streams;
    this.#subscriber?.want(streams);
    this.meter.watch(streams);
  }

  /** Says something to all. Rejects if it may not have arrived. */
  async say(text: string): Promise<void> {
    const room = this.#session?.room;
    if (!room || this.phase.value.kind !== 'in') throw new Error('You are not connected.');
    await within(SEND_LIMIT_MS, room.sendMessage({ type: 'text', payload: text }));
  }

  #step(event: PhaseEvent): void {
    this.phase.value = phaseAfter(this.phase.value, event);
  }

  #tell(text: string, kind: 'info' | 'warning' = 'warning'): void {
    this.notice.value = { kind, text };
  }

  /** Gets a token for the next try; false if there is none now, or if that was the end. `asked` is what it has to shed light on. */
  async #freshTicket(asked: Facts | undefined): Promise<boolean> {
    this.#step({ type: 'trying' });
    try {
      this.#ticket = await renew(this.pass, this.#ticket, Date.now());
    } catch (error) {
      const status = error instanceof ApiError ? error.status : 0;
      const refused = refusedToken({ status });
      if (refused) this.#finish(asked ? afterAsking(asked, false) : refused);
      else await this.#pause(error instanceof ApiError ? error.retryAfterSecs : undefined);
      return false;
    }
    if (asked) this.#finish(afterAsking(asked, true));
    return this.phase.value.kind !== 'ended';
  }

  #finish(verdict: 'rejoin' | Ending): void {
    if (verdict !== 'rejoin') this.#step({ type: 'ended', ending: verdict });
  }

  async #pause(atLeastSecs = 0): Promise<void> {
    this.#step({ type: 'lost', atMs: performance.now() });
    const phase = this.phase.value;
    if (phase.kind !== 'rejoining') return;
    if (isHopeless(performance.now() - phase.sinceMs))
      return this.#step({ type: 'ended', ending: ENDINGS.unreachable });
    const ms = Math.max(1000 * atLeastSecs, waitMs(phase.attempt, Math.random()));
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#hurry = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Opens one connection, and waits until it has ended. */
  async #oneSession(): Promise<Facts> {
    let cleanUp = () => {};
    let ended: (facts: Facts) => void = () => {};
    const over = new Promise<Facts>((resolve) => {
      ended = resolve;
    });
    try {
      const { roomId, token } = this.#ticket;
      const session = await Session.open(roomId, token, contextOf(this.#name, this.#page), this.#events(ended));
      cleanUp = this.#enter(session, ended);
      if (this.phase.value.kind === 'ended') this.leave();
      return await over;
    } catch (error) {
      return error instanceof NotOpened ? error.facts : { wasIn: false };
    } finally {
      cleanUp();
    }
  }

  #enter(session: Session, ended: (facts: Facts) => void): () => void {
    this.#session = session;
    const { room } = session;
    const publisher = new Publisher(room, () => this.#tell('Your picture or sound may not reach the others.'));
    const subscriber = new Subscriber(room);
    this.#subscriber = subscriber;
    subscriber.want(this.#shown);
    const wasAway = this.phase.value.kind === 'rejoining';
    this.#step({ type: 'opened' });
    announce(wasAway ? 'Connected again' : `You are in the call ${this.#ticket.title}`);
    this.#draw(room.getState());
    const stops = [
      effect(() => publisher.want('self', { ...this.#media.tracks.value })),
      effect(() => publisher.want('presentation', this.screen.tracks.value)),
      effect(() => void (this.phase.value.kind === 'ended' && ended({ wasIn: true, code: 1000 }))),
      this.#keepTokenFresh(session),
      this.meter.start(session),
      () => publisher.close(),
      () => subscriber.close(),
    ];
    return () => {
      for (const stop of stops) stop();
      this.#session = undefined;
      this.#subscriber = undefined;
      this.talking.value = new Set();
      this.sound.value = undefined;
    };
  }

  #keepTokenFresh({ room }: Session): () => void {
    let timer = setTimeout(renewNow, RENEW_MS, this);
    async function renewNow(call: Call): Promise<void> {
      let nextMs = RENEW_MS;
      try {
        call.#ticket = await renew(call.pass, call.#ticket, Date.now());
        await within(SEND_LIMIT_MS, room.updateClientToken(call.#ticket.token));
      } catch {
        // The token in use is good for a while; if none comes until then, the server ends this, and says why.
        nextMs = RENEW_AGAIN_MS;
      }
      timer = setTimeout(renewNow, nextMs, call);
    }
    return () => clearTimeout(timer);
  }

  #events(ended: (facts: Facts) => void): SessionEvents {
    return {
      ended,
      changed: (state) => this.#drawSoon(state),
      joined: (id) => this.#announce(id, 'has joined'),
      leaving: (id, isKicked) => this.#announce(id, isKicked ? 'was removed' : 'has left'),
      talks: (id, talks) => this.#talks(id, talks),
      censored: (id, isCensored) => this.#censored(id, isCensored),
      message: (id, message) => this.#message(id, message),
    };
  }

  #drawSoon(state: SdkState): void {
    this.sound.value = state.mixedAudioTrack;
    if (this.#drawing) return;
    this.#drawing = true;
    setTimeout(() => {
      this.#drawing = false;
      if (this.#session) this.#draw(this.#session.room.getState());
    }, DRAW_MS);
  }

  #draw(state: SdkState): void {
    // A connection that has ended knows nobody any more; those who were there stay in sight until it is known who is.
    if (state.status !== 'connected') return;
    this.roster.value = rosterOf(state, this.#page);
    this.#subscriber?.settle();
  }

  /** Whoever only came back, or whose lost connection is cleared away, is no news. */
  #announce(id: string, what: string): void {
    const state = this.#session?.room.getState();
    const context = state?.participants.get(id)?.context;
    if (!state || id === state.localParticipantId) return;
    const { name, page } = readContext(context);
    const others = [...state.participants.values()].filter((other) => other.id !== id);
    const isTwice = page !== undefined && others.some((other) => readContext(other.context).page === page);
    if (!isTwice) announce(`${name} ${what}`);
  }

  #talks(id: string, talks: boolean): void {
    const talking = new Set(this.talking.value);
    if (talks) talking.add(id);
    else talking.delete(id);
    this.talking.value = talking;
    if (talks) this.spoke.value = new Map(this.spoke.value).set(id, performance.now());
  }

  #censored(id: string, isCensored: boolean): void {
    if (id !== this.#session?.room.getState().localParticipantId) return;
    this.#tell(
      isCensored
        ? 'A moderator has muted you: nobody hears you, whatever your microphone button says.'
        : 'A moderator lets you speak again.',
      isCensored ? 'warning' : 'info',
    );
  }

  #message(id: string, message: unknown): void {
    const text = textOf(message);
    const state = this.#session?.room.getState();
    if (!state || text === '') return;
    const isOwn = id === state.localParticipantId;
    const from = readContext(state.participants.get(id)?.context).name;
    this.chat.value = chatAfter(this.chat.value, { type: 'came', from, isOwn, text, atMs: Date.now() });
    if (!isOwn) announce(`${from} says: ${text.slice(0, 200)}`);
  }
}
