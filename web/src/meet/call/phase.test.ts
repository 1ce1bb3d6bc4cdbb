import { expect, test } from 'vitest';
import { ENDINGS } from '../model/ending';
import { type Phase, type PhaseEvent, phaseAfter } from './phase';

const after = (...events: PhaseEvent[]) => events.reduce<Phase>(phaseAfter, { kind: 'joining' });
const lost = (atMs: number): PhaseEvent => ({ type: 'lost', atMs });

test('a call that is lost counts its tries until it is in again', () => {
  expect(after({ type: 'opened' })).toEqual({ kind: 'in' });
  expect(after({ type: 'opened' }, lost(5))).toEqual({ kind: 'rejoining', attempt: 0, sinceMs: 5, waiting: true });
  expect(after({ type: 'opened' }, lost(5), { type: 'trying' }, lost(9))).toEqual({
    kind: 'rejoining',
    attempt: 1,
    sinceMs: 5,
    waiting: true,
  });
  expect(after({ type: 'opened' }, lost(5), { type: 'trying' }, { type: 'opened' })).toEqual({ kind: 'in' });
});

test('nothing comes after the end', () => {
  const end = after({ type: 'ended', ending: ENDINGS.kicked });
  for (const event of [{ type: 'opened' }, lost(1), { type: 'ended', ending: ENDINGS.left }] as PhaseEvent[]) {
    expect(phaseAfter(end, event)).toBe(end);
  }
});
