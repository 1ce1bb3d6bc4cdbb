// A server and a browser around the tests of a file on one of its pages.
import { after, afterEach, before } from 'node:test';
import { startServer } from '../../lib/server.mjs';
import { startBrowser } from '../chromium.mjs';
import { backEnd } from '../rest.mjs';

/**
 * Starts both before the first test, and calls `open` with them: `{ server, browser }`, and with what the back end can do
 * (`telnyx`, `makeRoom()`, ...). The tabs that a test has opened are closed when it ends.
 */
export function setHouse(name, open) {
  let house;
  before(async () => {
    const server = await startServer(name);
    house = { server };
    house.browser = await startBrowser(server);
    open({ ...backEnd(server), ...house });
  });
  afterEach((t) => house?.browser?.closePages(t));
  after(async () => {
    await house?.browser?.close();
    await house?.server.stop();
  });
}
