// The SDK tells of its connections too little and too late: a refusal after 30 seconds, the end of speech never. So the
// page sees the sockets and peer connections that the SDK makes, and listens along. The SDK itself stays as it is.

interface Taps {
  onSocket: (socket: WebSocket) => void;
  onPeer: (peer: RTCPeerConnection) => void;
}

/** Whoever is to see what is made from now on. */
export const taps: Taps = { onSocket: () => {}, onPeer: () => {} };

type Made = new (...args: never[]) => object;

/** Puts the taps in place; after the shim, so that they see what it makes of an address. */
export function installTaps(): void {
  tap('WebSocket', (socket) => taps.onSocket(socket as WebSocket));
  tap('RTCPeerConnection', (peer) => taps.onPeer(peer as RTCPeerConnection));
}

function tap(name: 'WebSocket' | 'RTCPeerConnection', seen: (made: object) => void): void {
  const scope = globalThis as unknown as Record<string, Made | undefined>;
  const real = scope[name];
  if (!real) return;
  scope[name] = new Proxy(real, {
    construct(target, args, newTarget) {
      const made = Reflect.construct(target, args, newTarget) as object;
      seen(made);
      return made;
    },
  });
}

/**
 * Notes what the SDK asks and is never answered once a socket has ended; `settle` answers it. Without an answer the SDK
 * goes on looking for one, every few milliseconds, for as long as the page is open.
 */
export function noteQuestions(socket: WebSocket): { settle: () => void } {
  const open = new Map<string, string>();
  const send = socket.send.bind(socket);
  socket.send = (data) => {
    const frame = frameOf(data);
    const answer = frame && ANSWERS[String(frame.janus)];
    if (answer && typeof frame.transaction === 'string') open.set(frame.transaction, answer);
    send(data);
  };
  socket.addEventListener('message', ({ data }) => {
    const transaction = frameOf(data)?.transaction;
    if (typeof transaction === 'string') open.delete(transaction);
  });
  const settle = () => {
    for (const [transaction, janus] of open) {
      socket.onmessage?.(new MessageEvent('message', { data: JSON.stringify({ janus, transaction }) }));
    }
    open.clear();
  };
  return { settle };
}

const ANSWERS: Record<string, string | undefined> = { keepalive: 'ack', trickle: 'ack', detach: 'success' };

/** A frame of the Janus protocol. */
export type Frame = Record<string, unknown>;

export function frameOf(data: unknown): Frame | undefined {
  if (typeof data !== 'string') return undefined;
  try {
    const frame: unknown = JSON.parse(data);
    return typeof frame === 'object' && frame !== null ? (frame as Frame) : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a frame tells that somebody began or ceased to talk, and by which of the room's ids. */
export function talkOf(frame: Frame): { id: number; talks: boolean } | undefined {
  const { plugindata } = frame as { plugindata?: { data?: Frame } };
  const data = plugindata?.data;
  const what = data?.audiobridge ?? data?.videoroom;
  if (typeof data?.id !== 'number' || (what !== 'talking' && what !== 'stopped-talking')) return undefined;
  return { id: data.id, talks: what === 'talking' };
}
