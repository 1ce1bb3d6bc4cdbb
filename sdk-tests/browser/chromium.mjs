// A headless Chromium in which the SDK's fixed host is the program under test, and pages that load the SDK. That host is
// reached by a resolver rule, or, with `shim`, by the script that the program serves for it.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { chromium } from 'playwright-core';
import { bundleSdk } from './bundle.mjs';
import { keepEvidence } from './evidence.mjs';
import { watchSocket } from './socket.mjs';

const FIXED_HOST = 'video.telnyx.com';

/** A camera with a moving picture and a microphone that beeps, given to every page without asking. */
const FAKE_DEVICES = [
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
  '--autoplay-policy=no-user-gesture-required',
];

/** All pages are at work at once, though only one of them can be in front. */
const NO_THROTTLING = [
  '--disable-background-timer-throttling',
  '--disable-backgrounding-occluded-windows',
  '--disable-renderer-backgrounding',
];

/** A site by TLS whose answers the tests give themselves; nobody need listen there. */
const SECURE_SITE = 'https://127.0.0.1:1443/';

const page = (head) =>
  `<!doctype html><meta charset="utf-8"><title>SDK</title>${head}<script src="/sdk.js"></script>`;

/**
 * Starts a browser for one server. `shim` is markup that goes before the SDK and sends it there; `secure` lets the pages
 * come by TLS. Returns `openPage()`, `newPage()`, `closePages(t)`, `freeze()` and `close()`.
 */
export async function startBrowser(server, { shim, secure = false, args = [] } = {}) {
  const site = await serveSdk(page(shim ?? ''));
  const host = shim ? '127.0.0.1' : FIXED_HOST;
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM_BIN ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--ignore-certificate-errors',
      ...FAKE_DEVICES,
      ...NO_THROTTLING,
      ...(shim ? [] : [`--host-resolver-rules=MAP ${FIXED_HOST} 127.0.0.1:${server.tlsPort}`]),
      ...args,
    ],
  });

  /** A page with the SDK and our own scripts loaded, and what its one WebSocket does. */
  async function openPage(scripts = []) {
    const page = await newPage();
    for (const script of scripts) await page.addInitScript(script);
    const socket = await watchSocket(page, host);
    if (secure) await answerFor(page);
    await page.goto(secure ? SECURE_SITE : site.url);
    return { page, socket };
  }

  /** To Chromium such a site is a public one, which may call this machine only when the user has said so. */
  async function answerFor(page) {
    await page.route(`${SECURE_SITE}**`, (route) => route.fulfill(site.answer(route.request().url())));
    await page.context().grantPermissions(['local-network-access'], { origin: new URL(SECURE_SITE).origin });
  }

  /** An empty page that shares nothing with the others; `options` are Playwright's for a context. */
  async function newPage(options = {}) {
    const context = await browser.newContext(options);
    return context.newPage();
  }

  /** Closes every page, and with it what it has to do: for the end of the test `t`. Of one that failed, what they show is kept. */
  async function closePages(t) {
    const contexts = browser.contexts();
    if (!t.passed) await keepEvidence(t, contexts.flatMap((context) => context.pages()));
    await Promise.all(contexts.map((context) => context.close()));
  }

  /** Stops all processes of the browser where they are: to the world it is as if its network were gone. */
  async function freeze() {
    const session = await browser.newBrowserCDPSession();
    const { processInfo } = await session.send('SystemInfo.getProcessInfo');
    for (const { id } of processInfo) process.kill(id, 'SIGSTOP');
    return () => processInfo.forEach(({ id }) => process.kill(id, 'SIGCONT'));
  }

  async function close() {
    await browser.close();
    site.close();
  }

  return { openPage, newPage, closePages, freeze, close };
}

/** Loopback addresses count as a secure context, so plain HTTP is enough for the page itself. */
async function serveSdk(page) {
  const sdk = await bundleSdk();
  const answer = (url) =>
    url.endsWith('/sdk.js')
      ? { contentType: 'text/javascript; charset=utf-8', body: sdk }
      : { contentType: 'text/html; charset=utf-8', body: page };
  const http = createServer((request, response) => {
    const { contentType, body } = answer(request.url);
    response.setHeader('content-type', contentType);
    response.end(body);
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const url = `http://127.0.0.1:${http.address().port}/`;
  return {
    url,
    answer,
    close() {
      http.close();
      http.closeAllConnections();
    },
  };
}
