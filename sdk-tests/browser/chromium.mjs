// A headless Chromium in which the SDK's fixed host is the program under test, and pages that load the SDK.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { chromium } from 'playwright-core';
import { bundleSdk } from './bundle.mjs';
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

const PAGE = '<!doctype html><meta charset="utf-8"><title>SDK</title><script src="/sdk.js"></script>';

/** Starts a browser for one server. Returns `openPage()`, `newPage()`, `freeze()` and `close()`. */
export async function startBrowser(server) {
  const site = await serveSdk();
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
      `--host-resolver-rules=MAP ${FIXED_HOST} 127.0.0.1:${server.tlsPort}`,
    ],
  });

  /** A page with the SDK and our own scripts loaded, and what its one WebSocket does. */
  async function openPage(scripts = []) {
    const page = await newPage();
    for (const script of scripts) await page.addInitScript(script);
    const socket = await watchSocket(page, FIXED_HOST);
    await page.goto(site.url);
    return { page, socket };
  }

  /** An empty page that shares nothing with the others. */
  async function newPage() {
    const context = await browser.newContext();
    return context.newPage();
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

  return { openPage, newPage, freeze, close };
}

/** Loopback addresses count as a secure context, so plain HTTP is enough for the page itself. */
async function serveSdk() {
  const sdk = await bundleSdk();
  const http = createServer((request, response) => {
    const script = request.url === '/sdk.js';
    response.setHeader('content-type', script ? 'text/javascript; charset=utf-8' : 'text/html; charset=utf-8');
    response.end(script ? sdk : PAGE);
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const url = `http://127.0.0.1:${http.address().port}/`;
  return {
    url,
    close() {
      http.close();
      http.closeAllConnections();
    },
  };
}
