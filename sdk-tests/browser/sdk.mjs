// The few SDK calls that the tests make, run inside a page.

/** Starts `initialize()` without waiting for it; its outcome can be asked for with `outcome()`. */
export function startInitialize(page, roomId, clientToken) {
  return page.evaluate(
    ([roomId, clientToken]) => {
      const started = performance.now();
      const settle = (state, value) => {
        window.initialized = { state, value, after: performance.now() - started };
      };
      window.initialized = { state: 'pending' };
      TelnyxVideo.initialize({ roomId, clientToken, context: '{"username":"test"}', logLevel: 'ERROR' }).then(
        (room) => {
          window.room = room;
          window.disconnections = [];
          room.on('disconnected', (reason) => window.disconnections.push(reason));
          settle('fulfilled', room.getState().status);
        },
        (error) => settle('rejected', String(error?.message ?? error)),
      );
    },
    [roomId, clientToken],
  );
}

/** Waits for `initialize()` to settle: `{ state, value, after }`. */
export async function outcome(page, { within = 25_000 } = {}) {
  await page.waitForFunction(() => window.initialized.state !== 'pending', undefined, { timeout: within });
  return page.evaluate(() => window.initialized);
}

export const updateClientToken = (page, token) => page.evaluate((token) => room.updateClientToken(token), token);

export const disconnections = (page) => page.evaluate(() => window.disconnections);
