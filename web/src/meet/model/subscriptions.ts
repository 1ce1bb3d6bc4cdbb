// Which streams to take: only pictures that are shown. Sound comes mixed, in one track, and needs no subscription.
import type { SdkState } from '../sdk/types';

export interface StreamName {
  participantId: string;
  key: string;
}

export type Step = StreamName & { type: 'add' } & { video: true };
export type Change = StreamName & { type: 'update'; video: boolean };

export const nameOf = ({ participantId, key }: StreamName): string => `${participantId}/${key}`;

/**
 * What is left to do so that exactly the wanted streams come in. What is in `busy` is left alone for now. `asked` holds, by stream
 * id, whether the picture was last asked for: the SDK's state keeps showing what a subscription began with.
 */
export function stepsTo(
  wanted: readonly StreamName[],
  state: SdkState,
  busy: ReadonlySet<string>,
  asked: ReadonlyMap<string, boolean>,
): (Step | Change)[] {
  const isOn = (name: StreamName, atFirst: boolean) => asked.get(streamIdOf(state, name) ?? '') ?? atFirst;
  const steps: (Step | Change)[] = [];
  const names = new Set(wanted.map(nameOf));
  for (const stream of wanted) {
    if (busy.has(nameOf(stream)) || !hasPicture(state, stream)) continue;
    const taken = state.subscriptions.get(stream.participantId)?.get(stream.key);
    if (!taken) steps.push({ ...stream, type: 'add', video: true });
    else if (!isOn(stream, taken.video)) steps.push({ ...stream, type: 'update', video: true });
  }
  for (const streams of state.subscriptions.values()) {
    for (const { participantId, key, video } of streams.values()) {
      const name = { participantId, key };
      const isWanted = names.has(nameOf(name)) && hasPicture(state, name);
      // Switched off, not removed: it comes back at once, and the SDK keeps count of it.
      if (isOn(name, video) && !isWanted && !busy.has(nameOf(name)) && streamOf(state, name)) {
        steps.push({ ...name, type: 'update', video: false });
      }
    }
  }
  return steps;
}

export function streamIdOf(state: SdkState, { participantId, key }: StreamName): string | undefined {
  return state.participants.get(participantId)?.streams[key];
}

function streamOf(state: SdkState, name: StreamName) {
  const id = streamIdOf(state, name);
  return id === undefined ? undefined : state.streams.get(id);
}

const hasPicture = (state: SdkState, stream: StreamName) => streamOf(state, stream)?.isVideoEnabled === true;
