import { expect, test } from 'vitest';
import { type FaultKind, fault, faultOf } from './faults';

test('each error of the browser has its words', () => {
  const kinds: Record<string, FaultKind> = {
    NotAllowedError: 'denied',
    SecurityError: 'denied',
    NotFoundError: 'none',
    OverconstrainedError: 'none',
    NotReadableError: 'busy',
    AbortError: 'busy',
    TypeError: 'other',
  };
  for (const [name, kind] of Object.entries(kinds)) {
    expect(faultOf('video', new DOMException('', name)).kind).toBe(kind);
  }
  expect(faultOf('audio', 'something').kind).toBe('other');
});

test('the words name the thing', () => {
  for (const what of ['denied', 'none', 'busy', 'insecure', 'lost', 'other'] as const) {
    expect(fault('audio', what).title).toContain('microphone');
    expect(fault('video', what).title).toContain('camera');
  }
});
