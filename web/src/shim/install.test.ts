import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { install } from './install';
import { VENDOR_STUN } from './redirect';

const FIXED = 'wss://video.telnyx.com/room/janus';
const SDKS = { iceServers: [{ urls: VENDOR_STUN }] };
const TURN = [{ urls: 'turn:turn.example.com', username: 'u', credential: 'p' }];

/** Stand-ins for the browser's constructors: as strict as those about `new`, and they keep what they were given. */
class FakeSocket {
  static readonly OPEN = 1;
  readonly args: unknown[];
  readonly made: string;
  constructor(...args: unknown[]) {
    if (args.length === 0) throw new TypeError('1 argument required');
    this.args = args;
    this.made = new.target.name;
  }
  get url() {
    return String(this.args[0]);
  }
}
class FakePeerConnection {
  static generateCertificate() {
    return 'a certificate';
  }
  readonly args: unknown[];
  constructor(...args: unknown[]) {
    this.args = args;
  }
  getConfiguration() {
    return this.args[0] as RTCConfiguration;
  }
}

const socket = (...args: unknown[]) => new (WebSocket as unknown as typeof FakeSocket)(...args);
const peer = (...args: unknown[]) => new (RTCPeerConnection as unknown as typeof FakePeerConnection)(...args);

beforeEach(() => {
  vi.stubGlobal('WebSocket', FakeSocket);
  vi.stubGlobal('RTCPeerConnection', FakePeerConnection);
  vi.stubGlobal('location', { href: 'https://app.example.com/call' });
});
afterEach(() => {
  install()();
  vi.unstubAllGlobals();
});

describe('WebSocket', () => {
  test('the SDK goes to the server, its subprotocol kept', () => {
    install({ server: 'http://127.0.0.1:8080' });
    expect(socket(FIXED, 'janus-protocol').args).toEqual(['ws://127.0.0.1:8080/room/janus', 'janus-protocol']);
  });

  test('by default the server is where the page came from', () => {
    install();
    expect(socket(FIXED).url).toBe('wss://app.example.com/room/janus');
  });

  test('other addresses are passed on as they were given', () => {
    install({ server: 'http://127.0.0.1:8080' });
    const url = new URL('wss://rtc.example.com/');
    expect(socket(url, ['a', 'b']).args[0]).toBe(url);
    expect(socket('wss://rtc.example.com').args).toEqual(['wss://rtc.example.com']);
    expect(() => socket(), 'no argument is no argument').toThrow('1 argument required');
  });

  test('static members, instanceof, prototype and constructor are those of the real one', () => {
    install({ server: 'http://127.0.0.1:8080' });
    const opened = socket(FIXED);
    expect(WebSocket.OPEN).toBe(1);
    expect(WebSocket.name).toBe('FakeSocket');
    expect(opened).toBeInstanceOf(WebSocket);
    expect(opened).toBeInstanceOf(FakeSocket);
    expect(WebSocket.prototype).toBe(FakeSocket.prototype);
    expect(opened.constructor).toBe(WebSocket);
    expect(() => (WebSocket as unknown as () => void)()).toThrow(TypeError);
  });

  test('subclasses are what they are, made before or after', () => {
    class Before extends FakeSocket {}
    install({ server: 'http://127.0.0.1:8080' });
    class After extends (WebSocket as unknown as typeof FakeSocket) {
      hello = () => 'hello';
    }
    const after = new After(FIXED);
    expect(after).toBeInstanceOf(After);
    expect(after).toBeInstanceOf(FakeSocket);
    expect([after.made, after.hello(), after.url]).toEqual(['After', 'hello', 'ws://127.0.0.1:8080/room/janus']);
    expect(new Before(FIXED).url, 'what took the real one earlier has the real one').toBe(FIXED);
  });

  test('Reflect.construct keeps its new.target', () => {
    install({ server: 'http://127.0.0.1:8080' });
    class Other {}
    const made = Reflect.construct(WebSocket, [FIXED], Other) as unknown as FakeSocket;
    expect(Object.getPrototypeOf(made)).toBe(Other.prototype);
    expect(made.args).toEqual(['ws://127.0.0.1:8080/room/janus']);
  });
});

describe('RTCPeerConnection', () => {
  test("the SDK's STUN server is asked nothing", () => {
    install({ server: 'http://127.0.0.1:8080' });
    expect(peer(SDKS).getConfiguration()).toEqual({ iceServers: [] });
    expect(SDKS.iceServers, 'what was given stays as it is').toEqual([{ urls: VENDOR_STUN }]);
  });

  test('ICE servers can be named, and the rest of a configuration is kept', () => {
    install({ iceServers: TURN });
    expect(peer({ ...SDKS, bundlePolicy: 'max-bundle' }).getConfiguration()).toEqual({
      iceServers: TURN,
      bundlePolicy: 'max-bundle',
    });
  });

  test('connections of others are left alone', () => {
    install({ iceServers: TURN });
    const own = { iceServers: [{ urls: 'stun:stun.example.com' }] };
    expect(peer(own).args[0]).toBe(own);
    expect(peer().args).toEqual([]);
  });

  test('static functions, instanceof and subclasses work', () => {
    install();
    class Mine extends (RTCPeerConnection as unknown as typeof FakePeerConnection) {}
    expect(new Mine(SDKS).getConfiguration()).toEqual({ iceServers: [] });
    expect(new Mine()).toBeInstanceOf(RTCPeerConnection);
    expect((RTCPeerConnection as unknown as typeof FakePeerConnection).generateCertificate()).toBe('a certificate');
  });
});

describe('installing', () => {
  test('twice wraps once, and the later settings count', () => {
    install({ server: 'http://127.0.0.1:1' });
    const wrapped = WebSocket;
    install({ server: 'http://127.0.0.1:2', iceServers: TURN });
    expect(WebSocket).toBe(wrapped);
    expect(socket(FIXED).url).toBe('ws://127.0.0.1:2/room/janus');
    expect(peer(SDKS).getConfiguration().iceServers).toBe(TURN);
  });

  test('a second copy of the shim shares what the first one did', async () => {
    install({ server: 'http://127.0.0.1:1' });
    const wrapped = WebSocket;
    vi.resetModules();
    const copy = await import('./install');
    expect(copy.install).not.toBe(install);
    const uninstall = copy.install({ server: 'http://127.0.0.1:2' });
    expect(WebSocket).toBe(wrapped);
    expect(socket(FIXED).url).toBe('ws://127.0.0.1:2/room/janus');
    uninstall();
    expect(WebSocket).toBe(FakeSocket);
  });

  test('can be undone', () => {
    const before = Object.getOwnPropertyDescriptors(globalThis);
    const uninstall = install({ server: 'http://127.0.0.1:8080' });
    uninstall();
    for (const name of ['WebSocket', 'RTCPeerConnection'] as const) {
      expect(Object.getOwnPropertyDescriptor(globalThis, name)).toEqual(before[name]);
    }
    expect(socket(FIXED).url).toBe(FIXED);
    expect(socket(FIXED).constructor).toBe(FakeSocket);
    expect(peer(SDKS).args[0]).toBe(SDKS);
  });

  test('undoing what has been replaced does nothing', () => {
    const first = install({ server: 'http://127.0.0.1:1' });
    const second = install({ server: 'http://127.0.0.1:2' });
    first();
    expect(socket(FIXED).url).toBe('ws://127.0.0.1:2/room/janus');
    second();
    second();
    expect(socket(FIXED).url).toBe(FIXED);
  });

  test('under a wrapper of somebody else: undone, it changes nothing; done again, it works', () => {
    const uninstall = install({ server: 'http://127.0.0.1:1' });
    class Theirs extends (WebSocket as unknown as typeof FakeSocket) {}
    vi.stubGlobal('WebSocket', Theirs);
    uninstall();
    expect(WebSocket).toBe(Theirs);
    expect(socket(FIXED).url).toBe(FIXED);
    const again = install({ server: 'http://127.0.0.1:2' });
    expect(socket(FIXED).url).toBe('ws://127.0.0.1:2/room/janus');
    again();
    expect(WebSocket).toBe(Theirs);
  });

  test('what is no server is refused, and what was there stays', () => {
    install({ server: 'http://127.0.0.1:1' });
    expect(() => install({ server: 'video.example.com' })).toThrow(/no address of a server/);
    expect(() => install({ iceServers: 'turn:turn.example.com' as never })).toThrow(/iceServers has to be a list/);
    expect(socket(FIXED).url).toBe('ws://127.0.0.1:1/room/janus');
  });

  test('where there are no peer connections, WebSockets are redirected all the same', () => {
    vi.stubGlobal('RTCPeerConnection', undefined);
    install({ server: 'http://127.0.0.1:8080' });
    expect(socket(FIXED).url).toBe('ws://127.0.0.1:8080/room/janus');
  });
});

describe('the two files that are served', () => {
  interface Served {
    greenroomShim?: { install: typeof install; uninstall: () => void };
  }
  /** Runs `/shim.js` as a script element with these attributes would. */
  async function load(attributes: { src?: string; server?: string; iceServers?: string }) {
    class FakeScript {
      src = attributes.src ?? '';
      dataset = { server: attributes.server, iceServers: attributes.iceServers };
    }
    vi.stubGlobal('HTMLScriptElement', FakeScript);
    vi.stubGlobal('document', { currentScript: new FakeScript() });
    vi.resetModules();
    await import('./classic');
    return (globalThis as Served).greenroomShim;
  }

  test.each([
    [{ src: 'https://video.example.com/shim.js' }, 'wss://video.example.com/room/janus'],
    [{ src: 'http://127.0.0.1:8080/calls/shim.js?v=1' }, 'ws://127.0.0.1:8080/calls/room/janus'],
    [
      { src: 'https://cdn.example.com/shim.js', server: 'https://video.example.com' },
      'wss://video.example.com/room/janus',
    ],
    [{ src: 'https://cdn.example.com/shim.js', server: '' }, 'wss://cdn.example.com/room/janus'],
    [{}, 'wss://app.example.com/room/janus'],
  ])('/shim.js with %j goes to %s', async (attributes, wanted) => {
    await load(attributes);
    expect(socket(FIXED).url).toBe(wanted);
    expect(peer(SDKS).getConfiguration().iceServers).toEqual([]);
  });

  test('/shim.js takes ICE servers, and shows itself for later', async () => {
    const shim = await load({ src: 'https://video.example.com/shim.js', iceServers: JSON.stringify(TURN) });
    expect(peer(SDKS).getConfiguration().iceServers).toEqual(TURN);
    shim?.uninstall();
    expect(socket(FIXED).url).toBe(FIXED);
    shim?.install({ server: 'https://other.example.com' });
    expect(socket(FIXED).url).toBe('wss://other.example.com/room/janus');
  });

  test('/shim.js names what is no JSON', async () => {
    const loading = load({ src: 'https://video.example.com/shim.js', iceServers: 'turn:turn.example.com' });
    await expect(loading).rejects.toThrow(/data-ice-servers has to be a JSON list.*and not turn:turn.example.com/);
  });

  test('/shim.mjs, bundled, goes where it is told, and by default to the own site', async () => {
    const module = await import('./module');
    module.install();
    expect(socket(FIXED).url).toBe('wss://app.example.com/room/janus');
    module.install({ server: 'https://video.example.com', iceServers: TURN });
    expect(socket(FIXED).url).toBe('wss://video.example.com/room/janus');
    expect(peer(SDKS).getConfiguration().iceServers).toBe(TURN);
  });
});
