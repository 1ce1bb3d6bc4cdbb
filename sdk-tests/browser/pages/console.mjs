// Tabs on the console, and what an operator does there.
import assert from 'node:assert/strict';
import { JWT, rememberSecrets } from '../../lib/record.mjs';
import { until, WITHIN } from '../../lib/wait.mjs';

export const DESKTOP = { viewport: { width: 1200, height: 800 } };
export const PHONE = { viewport: { width: 360, height: 740 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };

/** A tab on the console's unlocked page, or on its lock with `key: null`. `at` is the part after `#`. */
export async function openConsole(browser, server, { key = server.apiKey, at, ...options } = {}) {
  const tab = await browser.newPage({ ...DESKTOP, reducedMotion: 'reduce', ...options });
  tab.setDefaultTimeout(WITHIN.within);
  const complaints = [];
  const requests = [];
  tab.on('pageerror', (error) => complaints.push(error.stack));
  tab.on('request', (request) => requests.push(request.url()));
  tab.on('response', rememberTokens);
  await tab.goto(`${server.http}/console${key ? `#key=${key}` : ''}`);
  if (key) await isOpen(tab);
  if (at) await goTo(tab, at);
  return { tab, complaints, requests };
}

async function rememberTokens(response) {
  if (!response.url().includes('/actions/')) return;
  const text = await response.text().catch(() => '');
  rememberSecrets(...(text.match(JWT) ?? []));
}

export const isOpen = (tab) => tab.getByRole('navigation', { name: 'Console' }).waitFor();
export const heading = (tab, name) => tab.getByRole('heading', { level: 1, name });
export const press = (tab, name) => tab.getByRole('button', { name, exact: true }).click();
export const dialog = (tab, name) => tab.getByRole('dialog', { name });
/** The row of a table, or the card that stands for it, with this text in it. */
export const row = (tab, table, text) =>
  tab.getByRole('table', { name: table }).getByRole('row').filter({ hasText: text });

/** The cell of a row that has this title. */
export const cell = (row, title) => row.locator(`td[data-title="${title}"]`);

/** Presses a button that copies, and returns what is on the clipboard then. */
export async function copied(tab, button) {
  await tab.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await press(tab, button);
  await tab.getByRole('log').getByText(button.replace('Copy', 'Copied')).last().waitFor();
  return tab.evaluate(() => navigator.clipboard.readText());
}

/** Goes to another place, as a link does. */
export const goTo = (tab, at) => tab.evaluate((at) => (location.hash = at), at);

/** Presses the dialog's button, and waits until it is done. */
export async function confirm(tab, title, verb) {
  await dialog(tab, title).getByRole('button', { name: verb, exact: true }).click();
  await dialog(tab, title).waitFor({ state: 'detached' });
}

/** All requests went to one host, and none had a token or the key in its address. */
export function assertDiscreet({ requests, complaints }, server) {
  assert.deepEqual(complaints, []);
  assert.deepEqual([...new Set(requests.map((url) => new URL(url).origin))], [server.http]);
  for (const url of requests) {
    assert.doesNotMatch(url, JWT);
    assert.ok(!url.split('#')[0].includes(server.apiKey), url);
  }
}

export const eventually = (what, condition) => until(what, condition, WITHIN);
