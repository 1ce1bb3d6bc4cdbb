// Where the vendor's browser SDK wants to go, and where it is sent instead. Pure functions.

/** The host that the SDK is built with: `wss://video.telnyx.com/{roomId}/janus`. */
export const VENDOR_HOST = 'video.telnyx.com';

/** The one ICE server that the SDK is built with. */
export const VENDOR_STUN = 'stun:stun.l.google.com:19302';

/**
 * The address that paths of rooms are appended to: `ws:` for a server of `http:`, `wss:` for one of `https:`,
 * a base path kept. The `/v2` of an API's base URL is left out, so that one setting serves both.
 *
 * @throws TypeError if it is no address of a server.
 */
export function doorOf(server: string | URL, page?: string): URL {
  const text = String(server).trim();
  // A bare host would be taken for a path of the page's own site, and be noticed only when nothing connects.
  if (!/^(https?:|wss?:|\.{0,2}\/)/i.test(text)) throw new TypeError(notAServer(text));
  let door: URL;
  try {
    door = new URL(text, page);
  } catch {
    throw new TypeError(notAServer(text));
  }
  if (!/^(https?|wss?):$/.test(door.protocol)) throw new TypeError(notAServer(text));
  door.protocol = door.protocol.replace('http', 'ws');
  door.pathname = door.pathname.replace(/\/+$/, '').replace(/\/v2$/, '');
  door.search = '';
  door.hash = '';
  return door;
}

const notAServer = (text: string) =>
  `Greenroom shim: "${text}" is no address of a server; give one such as https://video.example.com, or a path that begins with /`;

/** Where a WebSocket that is to be opened has to go instead; `undefined` if it has nothing to do with the SDK. */
export function redirect(url: string | URL, door: URL): string | undefined {
  let wanted: URL;
  try {
    wanted = new URL(url);
  } catch {
    // A relative address is the page's own; anything worse is for the browser to complain about.
    return undefined;
  }
  // An address with a port of its own is not the SDK's.
  if (wanted.hostname !== VENDOR_HOST || wanted.port !== '') return undefined;
  const basePath = door.pathname.replace(/\/$/, '');
  return `${door.protocol}//${door.host}${basePath}${wanted.pathname}${wanted.search}${wanted.hash}`;
}

/** Whether a peer connection is to be made with the SDK's own ICE servers and no others. */
export function asksVendorsStun(configuration: RTCConfiguration | undefined): boolean {
  const servers = configuration?.iceServers;
  if (servers?.length !== 1) return false;
  const urls = servers[0]?.urls;
  return (typeof urls === 'string' ? urls : urls?.length === 1 && urls[0]) === VENDOR_STUN;
}
