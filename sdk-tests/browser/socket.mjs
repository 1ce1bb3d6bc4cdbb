// Watches a page's WebSocket: frames as the browser's own protocol reports them, the close code as the page sees it.

/** The close code is told to nobody but the page, so a constructor that only listens stands in for the real one. */
function observeCloses() {
  const Native = window.WebSocket;
  window.WebSocket = class extends Native {
    constructor(...args) {
      super(...args);
      this.addEventListener('close', ({ code }) => window.reportClose(code));
    }
  };
}

export async function watchSocket(page, host) {
  const seen = { url: undefined, sent: [], received: [], closeCode: undefined, closedAt: undefined };
  await page.exposeFunction('reportClose', (code) => {
    seen.closeCode = code;
    seen.closedAt = performance.now();
  });
  await page.addInitScript(observeCloses);
  page.on('websocket', (socket) => {
    if (new URL(socket.url()).hostname !== host) return;
    seen.url = socket.url();
    const note = (list) => ({ payload }) => list.push({ at: performance.now(), frame: JSON.parse(payload) });
    socket.on('framesent', note(seen.sent));
    socket.on('framereceived', note(seen.received));
  });
  return seen;
}

/** Frames of one kind, such as `acks`. */
export const ofKind = (frames, janus) => frames.filter(({ frame }) => frame.janus === janus);

/** The status of the refusal, once one came. */
export const refusal = (seen) => seen.received.find(({ frame }) => frame.status_code)?.frame.status_code;
