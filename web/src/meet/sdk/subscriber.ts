// Brings the SDK's subscriptions to what is shown.
import { nameOf, type StreamName, stepsTo, streamIdOf } from '../model/subscriptions';
import { within } from './limit';
import type { SdkRoom } from './types';

const LIMIT_MS = 10_000;
/** Before the next try with a stream that did not come. */
const PAUSE_MS = 3_000;

export class Subscriber {
  readonly #room: SdkRoom;
  readonly #busy = new Set<string>();
  /** Whether a stream's picture was last asked for, by the stream's id. */
  readonly #asked = new Map<string, boolean>();
  #wanted: readonly StreamName[] = [];
  #isClosed = false;

  constructor(room: SdkRoom) {
    this.#room = room;
  }

  /** The streams of others that are shown. */
  want(streams: readonly StreamName[]): void {
    this.#wanted = streams;
    this.settle();
  }

  /** To be called when the SDK's state has changed. */
  settle(): void {
    if (this.#isClosed) return;
    const state = this.#room.getState();
    for (const id of this.#asked.keys()) if (!state.streams.has(id)) this.#asked.delete(id);
    for (const { type, participantId, key, video } of stepsTo(this.#wanted, state, this.#busy, this.#asked)) {
      const what = { audio: false, video };
      const step =
        type === 'add'
          ? this.#room.addSubscription(participantId, key, what)
          : this.#room.updateSubscription(participantId, key, what);
      const id = streamIdOf(state, { participantId, key });
      void this.#do(nameOf({ participantId, key }), step, () => id !== undefined && this.#asked.set(id, video));
    }
  }

  close(): void {
    this.#isClosed = true;
  }

  async #do(name: string, step: Promise<void>, onDone: () => void): Promise<void> {
    this.#busy.add(name);
    try {
      await within(LIMIT_MS, step);
      onDone();
    } catch {
      // The stream went away meanwhile, or the room would not give it: the next look at the state decides.
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
    this.#busy.delete(name);
    this.settle();
  }
}
