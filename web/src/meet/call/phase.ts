// Where a call stands: a pure function of what has happened.
import type { Ending } from '../model/ending';

export type Phase =
  | { kind: 'joining' }
  | { kind: 'in' }
  /** `attempt` from 0; `waiting`: until the next one. */
  | { kind: 'rejoining'; attempt: number; sinceMs: number; waiting: boolean }
  | { kind: 'ended'; ending: Ending };

export type PhaseEvent =
  | { type: 'opened' }
  | { type: 'lost'; atMs: number }
  | { type: 'trying' }
  | { type: 'ended'; ending: Ending };

export function phaseAfter(phase: Phase, event: PhaseEvent): Phase {
  // What comes late from a call that is over changes nothing.
  if (phase.kind === 'ended') return phase;
  switch (event.type) {
    case 'opened':
      return { kind: 'in' };
    case 'lost':
      return phase.kind === 'rejoining'
        ? { ...phase, attempt: phase.attempt + 1, waiting: true }
        : { kind: 'rejoining', attempt: 0, sinceMs: event.atMs, waiting: true };
    case 'trying':
      return phase.kind === 'rejoining' ? { ...phase, waiting: false } : phase;
    case 'ended':
      return { kind: 'ended', ending: event.ending };
  }
}
