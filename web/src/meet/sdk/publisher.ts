// One's own streams: camera and microphone under `self`, a shared screen under `presentation`. Says what is wanted and
// brings the SDK there, one step after the other, as its steps must not overlap.
import { within } from './limit';
import type { SdkRoom, SdkTracks } from './types';

export interface OwnTracks {
  audio?: MediaStreamTrack | undefined;
  video?: MediaStreamTrack | undefined;
}

const LIMIT_MS = 12_000;

export class Publisher {
  readonly #room: SdkRoom;
  readonly #onFault: (error: unknown) => void;
  #wanted = new Map<string, OwnTracks | undefined>();
  #given = new Map<string, OwnTracks | undefined>();
  #isBusy = false;
  #isClosed = false;

  constructor(room: SdkRoom, onFault: (error: unknown) => void) {
    this.#room = room;
    this.#onFault = onFault;
  }

  /** What is to be published under a key from now on; undefined: nothing. */
  want(key: 'self' | 'presentation', tracks: OwnTracks | undefined): void {
    this.#wanted.set(key, tracks);
    void this.#settle();
  }

  close(): void {
    this.#isClosed = true;
  }

  async #settle(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    for (let key = this.#next(); key !== undefined && !this.#isClosed; key = this.#next()) {
      const tracks = this.#wanted.get(key);
      const before = this.#given.get(key);
      // Noted first: a step that fails is told, and not tried for ever.
      this.#given.set(key, tracks);
      try {
        await within(LIMIT_MS, this.#step(key, before, tracks));
      } catch (error) {
        if (!this.#isClosed) this.#onFault(error);
      }
    }
    this.#isBusy = false;
  }

  #next(): string | undefined {
    for (const [key, tracks] of this.#wanted) if (!isSame(tracks, this.#given.get(key))) return key;
    return undefined;
  }

  #step(key: string, before: OwnTracks | undefined, tracks: OwnTracks | undefined): Promise<void> {
    if (!tracks) return this.#room.removeStream(key);
    // Several sizes of a face, so that each network gets the one that fits; a screen is only of use at full size.
    const video = key === 'self' ? { track: tracks.video, options: { enableSimulcast: true } } : tracks.video;
    const asked: SdkTracks = { audio: tracks.audio, video };
    return before ? this.#room.updateStream(key, asked) : this.#room.addStream(key, asked);
  }
}

const isSame = (one: OwnTracks | undefined, other: OwnTracks | undefined) =>
  one === other || (one && other ? one.audio === other.audio && one.video === other.video : false);
