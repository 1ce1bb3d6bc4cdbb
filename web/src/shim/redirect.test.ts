import { describe, expect, test } from 'vitest';
import { asksVendorsStun, doorOf, redirect, VENDOR_STUN } from './redirect';

const ROOM = '0ccc7b54-4df3-4bca-a65a-3da1ecc777f0';
const FIXED = `wss://video.telnyx.com/${ROOM}/janus`;
const PAGE = 'https://app.example.com/rooms/1?x=2#y';

describe('the address of a server', () => {
  test.each([
    ['http://127.0.0.1:8080', 'ws://127.0.0.1:8080/'],
    ['https://video.example.com', 'wss://video.example.com/'],
    ['https://video.example.com/', 'wss://video.example.com/'],
    ['HTTPS://video.example.com:8443', 'wss://video.example.com:8443/'],
    ['https://example.com/calls/', 'wss://example.com/calls'],
    ['https://example.com/a/b?c=d#e', 'wss://example.com/a/b'],
    ['ws://127.0.0.1:8080', 'ws://127.0.0.1:8080/'],
    ['wss://video.example.com', 'wss://video.example.com/'],
    ['https://video.example.com/v2', 'wss://video.example.com/'],
    ['https://example.com/calls/v2/', 'wss://example.com/calls'],
    ['https://example.com/v25', 'wss://example.com/v25'],
    [' https://video.example.com\n', 'wss://video.example.com/'],
    ['http://[::1]:8080', 'ws://[::1]:8080/'],
    ['/', 'wss://app.example.com/'],
    ['/calls', 'wss://app.example.com/calls'],
    ['./calls', 'wss://app.example.com/rooms/calls'],
    ['../calls', 'wss://app.example.com/calls'],
    ['//video.example.com', 'wss://video.example.com/'],
  ])('%s is %s', (server, door) => {
    expect(doorOf(server, PAGE).href).toBe(door);
  });

  test('can be a URL', () => {
    const server = new URL('https://video.example.com/calls');
    expect(doorOf(server).href).toBe('wss://video.example.com/calls');
    expect(server.protocol, 'and is left as it is').toBe('https:');
  });

  test('a page without TLS has a server without TLS', () => {
    expect(doorOf('/', 'http://localhost:3000/').href).toBe('ws://localhost:3000/');
  });

  // A bare host is the likely slip, and "localhost:8080" even looks like a URL.
  test.each(['video.example.com', 'localhost:8080', 'ftp://example.com', 'javascript:alert(1)', 'https://', '', ' '])(
    '"%s" is none',
    (server) => {
      expect(() => doorOf(server, PAGE)).toThrow(
        /^Greenroom shim: ".*" is no address of a server; give one such as https:/,
      );
    },
  );

  test('a path needs a page', () => {
    expect(() => doorOf('/calls')).toThrow(TypeError);
  });
});

describe('a WebSocket', () => {
  const door = doorOf('http://127.0.0.1:8080');

  test.each([
    [FIXED, door, `ws://127.0.0.1:8080/${ROOM}/janus`],
    [FIXED, doorOf('https://video.example.com'), `wss://video.example.com/${ROOM}/janus`],
    [FIXED, doorOf('https://example.com/calls/'), `wss://example.com/calls/${ROOM}/janus`],
    [FIXED.toUpperCase().replace('/JANUS', '/janus'), door, `ws://127.0.0.1:8080/${ROOM.toUpperCase()}/janus`],
    ['wss://video.telnyx.com:443/a/janus', door, 'ws://127.0.0.1:8080/a/janus'],
    ['ws://video.telnyx.com/a/janus', door, 'ws://127.0.0.1:8080/a/janus'],
    ['wss://video.telnyx.com/a%20b/janus?c=d', door, 'ws://127.0.0.1:8080/a%20b/janus?c=d'],
  ])('%s goes to the server', (url, door, wanted) => {
    expect(redirect(url, door)).toBe(wanted);
    expect(redirect(new URL(url), door)).toBe(wanted);
  });

  test.each([
    'wss://example.com/a/janus',
    'wss://video.telnyx.com.example.com/a/janus',
    'wss://xvideo.telnyx.com/a/janus',
    'wss://rtc.telnyx.com/',
    'wss://video.telnyx.com:8443/a/janus',
    'wss://example.com/video.telnyx.com/janus',
    'wss://video.telnyx.com@example.com/a/janus',
    '/video.telnyx.com/janus',
    'video.telnyx.com',
    '',
  ])('"%s" is nothing of the SDK', (url) => {
    expect(redirect(url, door)).toBeUndefined();
  });
});

describe("a configuration that asks the SDK's own STUN server", () => {
  test.each<RTCConfiguration>([
    { iceServers: [{ urls: VENDOR_STUN }] },
    { iceServers: [{ urls: [VENDOR_STUN] }] },
    { iceServers: [{ urls: VENDOR_STUN }], bundlePolicy: 'max-bundle' },
  ])('%j', (configuration) => {
    expect(asksVendorsStun(configuration)).toBe(true);
  });

  test.each<RTCConfiguration | undefined>([
    undefined,
    {},
    { iceServers: [] },
    { iceServers: [{ urls: [] }] },
    { iceServers: [{ urls: 'stun:stun.example.com' }] },
    { iceServers: [{ urls: [VENDOR_STUN, 'stun:stun.example.com'] }] },
    { iceServers: [{ urls: VENDOR_STUN }, { urls: 'turn:turn.example.com', username: 'u', credential: 'p' }] },
  ])('%j does not', (configuration) => {
    expect(asksVendorsStun(configuration)).toBe(false);
  });
});
