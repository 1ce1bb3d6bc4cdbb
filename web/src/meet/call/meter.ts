// Looks every few seconds at how well media gets through: one's own connection, and each picture that is shown.
import { signal } from '@preact/signals';
import { type Judgement, judge, type Sample, sampleOf } from '../model/quality';
import { nameOf, type StreamName } from '../model/subscriptions';
import type { Session } from '../sdk/session';
import type { SdkStats } from '../sdk/types';

const EVERY_MS = 2_500;

export class Meter {
  readonly own = signal<Judgement>({ quality: 'unknown', lossPercent: 0, kbps: 0 });
  /** By name of the stream (`nameOf`). */
  readonly streams = signal<ReadonlyMap<string, Judgement>>(new Map());
  #watched: readonly StreamName[] = [];
  #samples = new Map<string, Sample>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  watch(streams: readonly StreamName[]): void {
    this.#watched = streams;
  }

  /** Looks at this session until the function that it returns is called. */
  start(session: Session): () => void {
    this.stop();
    const next = () => {
      this.#timer = setTimeout(async () => {
        if (!document.hidden) await this.#look(session).catch(() => {});
        if (this.#timer !== undefined) next();
      }, EVERY_MS);
    };
    next();
    return () => this.stop();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#samples.clear();
    this.own.value = { quality: 'unknown', lossPercent: 0, kbps: 0 };
    this.streams.value = new Map();
  }

  async #look(session: Session): Promise<void> {
    const sending = [...session.peers].filter((peer) =>
      peer.getTransceivers().some(({ currentDirection }) => currentDirection?.startsWith('send')),
    );
    const reports = await Promise.all(sending.map(async (peer) => [...(await peer.getStats()).values()]));
    this.own.value = this.#judge('', sampleOf(reports.flat(), performance.now()));
    const { room } = session;
    const streams = new Map<string, Judgement>();
    for (const stream of this.#watched) {
      if (!room.getState().subscriptions.get(stream.participantId)?.has(stream.key)) continue;
      const stats = await room.getWebRTCStatsForStream(stream.participantId, stream.key);
      const name = nameOf(stream);
      streams.set(name, this.#judge(name, sampleOf(reportsOf(stats), performance.now())));
    }
    this.streams.value = streams;
  }

  #judge(name: string, now: Sample | undefined): Judgement {
    const judgement = judge(this.#samples.get(name), now);
    if (now) this.#samples.set(name, now);
    return judgement;
  }
}

const reportsOf = ({ senders, receivers }: SdkStats) =>
  [senders.audio, senders.video, receivers.audio, receivers.video].flatMap((reports) => Object.values(reports ?? {}));
