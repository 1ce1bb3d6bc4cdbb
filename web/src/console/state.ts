// What the whole console shares: the key, the server it opened, and the place somebody is at.
import { signal } from '@preact/signals';
import { recall, remember } from '../shared/storage';
import { cleanKey, keyInAddress } from './key';
import type { Server } from './resources';
import { href, parseRoute, type Route } from './route';

const STORED_AS = 'greenroom.console.key';

/** The key that the console works with: in memory, and in the tab's session storage only if `keep` was asked for. */
export const apiKey = signal<string | undefined>(undefined);
export const isKept = signal(false);
/** What the server says of itself; there once a key was accepted. */
export const server = signal<Server | undefined>(undefined);
/** Why the console asks for a key again. */
export const lockedBecause = signal<string | undefined>(undefined);
export const route = signal<Route>({ view: 'overview' });

export function lock(because?: string): void {
  keep(false);
  apiKey.value = undefined;
  server.value = undefined;
  lockedBecause.value = because;
}

export function keep(wanted: boolean): void {
  remember(STORED_AS, wanted ? apiKey.value : undefined, 'session');
  isKept.value = wanted && recall(STORED_AS, 'session') !== undefined;
}

/** A key in the address goes out of it before anything else is done. */
function takeAddress(): string | undefined {
  const key = keyInAddress(location.hash);
  if (location.hash.startsWith('#key=')) history.replaceState(null, '', '#/');
  route.value = parseRoute(location.hash);
  return key;
}

/** Reads address and storage, and follows the address from then on; returns the key to begin with. */
export function begin(onKey: (key: string) => void): void {
  const inAddress = takeAddress();
  const kept = cleanKey(recall(STORED_AS, 'session') ?? '');
  isKept.value = kept !== undefined && inAddress === undefined;
  if (inAddress !== undefined) remember(STORED_AS, undefined, 'session');
  const key = inAddress ?? kept;
  if (key !== undefined) onKey(key);
  addEventListener('hashchange', () => {
    const another = takeAddress();
    if (another === undefined) return;
    lock();
    onKey(another);
  });
}

export function go(to: Route): void {
  location.hash = href(to);
}
