// Sends the vendor's browser SDK to a Greenroom server, without touching the SDK.
//
// The SDK knows one host and one STUN server, and no option changes them. It reaches both through two constructors of
// the browser, `WebSocket` and `RTCPeerConnection`, which it looks up by name whenever it uses them. So it is enough
// that something else stands under these two names: a proxy that changes an argument and is the real thing otherwise.
import { asksVendorsStun, doorOf, redirect } from './redirect';

/** What can be set; all of it is optional. */
export interface ShimOptions {
  /** The Greenroom server, its base path included; by default the site that the page came from. */
  server?: string | URL | undefined;
  /** ICE servers for the SDK's connections, in place of its own; by default none, which is all that Greenroom needs. */
  iceServers?: RTCIceServer[] | undefined;
}

interface Settings {
  door: URL;
  iceServers: RTCIceServer[];
}

interface StandIn {
  original: PropertyDescriptor;
  proxy: unknown;
}

/** Shared by all copies of the shim in one page, so that a second one changes the settings and wraps nothing twice. */
interface State {
  settings: Settings | undefined;
  standIns: Map<string, StandIn>;
}

const STATE = Symbol.for('greenroom.shim');

type Scope = typeof globalThis & { [STATE]?: State };
type Constructor = abstract new (...args: never[]) => object;

/**
 * Sends the SDK of this page to a server from now on. Installing again replaces the settings.
 *
 * @returns A function that takes the shim out again; it does nothing once the settings have been replaced.
 * @throws TypeError if `server` is no address of a server.
 */
export function install(options: ShimOptions = {}): () => void {
  const scope: Scope = globalThis;
  const settings = read(options, scope);
  scope[STATE] ??= { settings: undefined, standIns: new Map() };
  const state = scope[STATE];
  state.settings = settings;

  standIn(scope, state, 'WebSocket', ({ door }, url: string | URL) => redirect(url, door));
  standIn(scope, state, 'RTCPeerConnection', ({ iceServers }, configuration?: RTCConfiguration) =>
    asksVendorsStun(configuration) ? { ...configuration, iceServers } : undefined,
  );

  return () => {
    if (state.settings !== settings) return;
    state.settings = undefined;
    for (const name of state.standIns.keys()) restore(scope, state, name);
  };
}

function read({ server, iceServers }: ShimOptions, scope: Scope): Settings {
  if (iceServers !== undefined && !Array.isArray(iceServers)) {
    throw new TypeError('Greenroom shim: iceServers has to be a list, such as [{ urls: "turn:turn.example.com" }]');
  }
  const page = scope.location?.href;
  return { door: doorOf(server ?? '/', page), iceServers: iceServers ?? [] };
}

/** Puts a proxy under a constructor's name, unless it is there already; `adapt` says what its first argument becomes, if anything. */
function standIn<First>(
  scope: Scope,
  state: State,
  name: string,
  adapt: (settings: Settings, first: First) => First | string | undefined,
): void {
  const original = Object.getOwnPropertyDescriptor(scope, name);
  // A worker has no peer connections; a browser without any of the two cannot run the SDK either.
  if (typeof original?.value !== 'function') return;
  if (state.standIns.get(name)?.proxy === original.value) return;
  const real = original.value as Constructor;
  // `newTarget` is passed on, so that subclasses stay what they are. Everything else reaches the real constructor:
  // static members, the prototype, and with it `instanceof`.
  const proxy = new Proxy(real, {
    construct(target, args, newTarget) {
      const first = state.settings && adapt(state.settings, args[0] as First);
      return Reflect.construct(target, first === undefined ? args : [first, ...args.slice(1)], newTarget) as object;
    },
  });
  state.standIns.set(name, { original, proxy });
  Object.defineProperty(scope, name, { ...original, value: proxy });
  setConstructor(real, proxy);
}

/** Puts the real constructor back. If somebody else has wrapped ours by now, it stays and changes nothing any more. */
function restore(scope: Scope, state: State, name: string): void {
  const { original, proxy } = state.standIns.get(name) ?? {};
  if (!original || Object.getOwnPropertyDescriptor(scope, name)?.value !== proxy) return;
  Object.defineProperty(scope, name, original);
  const real = original.value as Constructor;
  setConstructor(real, real);
  state.standIns.delete(name);
}

/** Code that makes another one "of the same kind" goes by an object's `constructor`. */
function setConstructor({ prototype }: Constructor, value: Constructor): void {
  const descriptor = Object.getOwnPropertyDescriptor(prototype, 'constructor');
  if (descriptor?.configurable) Object.defineProperty(prototype, 'constructor', { ...descriptor, value });
}
