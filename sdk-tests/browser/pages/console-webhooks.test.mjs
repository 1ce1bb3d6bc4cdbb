// Webhook deliveries in the console, with a real receiver that says no before it says yes.
import assert from 'node:assert/strict';
import { createPublicKey, verify } from 'node:crypto';
import { test } from 'node:test';
import { join } from '../../lib/guest.mjs';
import { startReceiver } from '../../lib/receiver.mjs';
import { rememberSecrets } from '../../lib/record.mjs';
import { runCommand } from '../../lib/server.mjs';
import { assertDiscreet, cell, confirm, copied, eventually, goTo, heading, openConsole, press, row } from './console.mjs';
import { setHouse } from './house.mjs';

const TABLE = 'Webhook deliveries';
const GONE = '00000000-0000-4000-8000-000000000000';

let server;
let browser;
let telnyx;
setHouse('pages-console-webhooks', (house) => {
  ({ server, browser, telnyx } = house);
});

const open = (at) => openConsole(browser, server, { at });

async function receiverFor(context) {
  const receiver = await startReceiver();
  context.after(() => receiver.close());
  return receiver;
}

const makeRoom = async (settings) => (await telnyx.rooms.create(settings)).data.id;
const shown = async (id) => (await telnyx.webhookDeliveries.retrieve(id)).data;

/** The events of a room, the latest first, as soon as there are so many. */
const events = (room, count) =>
  eventually(`${count} events`, async () => {
    const { data } = await telnyx.webhookDeliveries.list({ filter: { room_id: room } });
    return data.length >= count && data;
  });

test('deliveries are listed, filtered and paged', async (context) => {
  const receiver = await receiverFor(context);
  const room = await makeRoom({ unique_name: 'Told', webhook_event_url: receiver.url });
  for (let count = 1; count <= 10; count += 1) {
    const guest = await join(server, telnyx, room, `{"name":"Guest ${count}"}`);
    await guest.leave();
  }
  await receiver.has(21);

  const opened = await open('#/webhooks');
  const { tab } = opened;
  await heading(tab, 'Webhooks').waitFor();
  const last = row(tab, TABLE, 'Guest 10').filter({ hasText: 'Participant left' });
  await cell(last, 'State').getByText('delivered').waitFor();
  assert.equal(await cell(last, 'Attempts').innerText(), '1');
  await cell(last, 'Room').getByRole('link', { name: 'Told' }).waitFor();
  await tab.getByRole('link', { name: 'Next' }).click();
  await row(tab, TABLE, 'Session started').waitFor();
  assert.match(tab.url(), /#\/webhooks\?page=2$/);

  await tab.getByLabel('State').selectOption('Given up');
  await tab.getByText('No event is like that.').waitFor();
  assert.match(tab.url(), /#\/webhooks\?status=failed$/);
  await tab.getByRole('link', { name: 'Show all' }).click();
  await row(tab, TABLE, 'Guest 10').first().waitFor();
  await tab.getByLabel('Event').selectOption('Session started');
  await row(tab, TABLE, 'Session started').waitFor();
  assert.equal(await row(tab, TABLE, 'Participant').count(), 0);

  const field = tab.getByLabel('Room, by name or id');
  await field.fill('Untold');
  await press(tab, 'Filter');
  await tab.getByText('No room of the account has this name.').waitFor();
  assert.equal(await field.getAttribute('aria-invalid'), 'true');
  await field.fill('Told');
  await tab.keyboard.press('Enter');
  await eventually('the room is in the address', () => tab.url().endsWith(`room=${room}`));
  await eventually('the fault is gone', async () => (await field.getAttribute('aria-invalid')) === null);
  await row(tab, TABLE, 'Session started').waitFor();
  await goTo(tab, `#/rooms/${room}`);
  await tab.getByRole('link', { name: 'Deliveries' }).click();
  await row(tab, TABLE, 'Guest 10').first().waitFor();
  assertDiscreet(opened, server);
});

test('what receivers answered is shown, and the body as it was signed', async (context) => {
  const receiver = await receiverFor(context);
  const room = await makeRoom({
    unique_name: 'Answered',
    webhook_event_url: `${receiver.url}/first`,
    webhook_event_failover_url: `${receiver.url}/second`,
  });
  receiver.answerWith(503);
  const guest = await join(server, telnyx, room, 'Zoë "Z" <z@example.com>\t\u2028');
  context.after(() => guest.leave());
  await receiver.has(3);
  const [joined, started] = await events(room, 2);
  await eventually('it is delivered', async () => (await shown(joined.id)).status === 'delivered');

  const opened = await open(`#/webhooks/${started.id}`);
  const { tab } = opened;
  await heading(tab, 'Session started').waitFor();
  const attempts = (text) => row(tab, 'Attempts, the latest first', text);
  await cell(attempts('/second'), 'Answer').getByText('200').waitFor();
  await attempts('/second').getByText('failover URL').waitFor();
  await cell(attempts('/first'), 'Answer').getByText('503', { exact: true }).waitFor();
  await cell(attempts('/first'), 'Answer').getByText('Service Unavailable').waitFor();
  await cell(attempts('/first'), 'Took').getByText(/\d m?s/).waitFor();
  assert.equal(await copied(tab, 'Copy the body'), receiver.received[1].body);
  await tab.getByRole('link', { name: 'Answered' }).waitFor();

  await goTo(tab, `#/webhooks/${joined.id}`);
  await heading(tab, 'Participant joined').waitFor();
  const body = await copied(tab, 'Copy the body');
  assert.equal(body, receiver.received[2].body);

  await tab.getByRole('link', { name: 'Webhooks' }).last().click();
  const publicKey = await copied(tab, 'Copy the public key');
  const x = Buffer.from(publicKey, 'base64').toString('base64url');
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  const { headers } = receiver.received[2];
  const signed = Buffer.from(`${headers['telnyx-timestamp']}|${body}`);
  const signature = Buffer.from(headers['telnyx-signature-ed25519'], 'base64');
  assert.ok(verify(null, signed, key, signature), 'what was copied verifies');
  assertDiscreet(opened, server);
});

test('a refused event waits with its time, a dead letter is replayed, and so is what was taken', async (context) => {
  const receiver = await receiverFor(context);
  const room = await makeRoom({ unique_name: 'Refused', webhook_event_url: receiver.url });
  receiver.answerWith(...Array(10).fill(500));
  const guest = await join(server, telnyx, room, 'Dan');
  context.after(() => guest.leave());
  await receiver.has(1);

  const opened = await open(`#/webhooks?room=${room}`);
  const { tab } = opened;
  const started = row(tab, TABLE, 'Session started');
  await cell(started, 'State').getByText('trying again').waitFor();
  await cell(started, 'Next attempt').getByText(/^(in \d|now$)/).waitFor();
  await cell(row(tab, TABLE, 'Dan'), 'State').getByText('behind earlier events').waitFor();

  await telnyx.rooms.update(room, { webhook_event_url: null });
  await cell(started, 'State').getByText('given up').waitFor();
  await cell(started, 'State').getByText('the room had no webhook URL any more').waitFor();
  const another = await receiverFor(context);
  await telnyx.rooms.update(room, { webhook_event_url: another.url });
  await started.getByRole('button', { name: 'Replay Session started' }).click();
  await tab.getByRole('dialog').getByText('was given up').waitFor();
  await confirm(tab, 'Replay this event?', 'Replay');
  const [first] = await another.has(1);
  await cell(started, 'State').getByText('delivered').waitFor();
  assert.equal(await started.getByRole('button').count(), 0);

  await started.getByRole('link', { name: 'Session started' }).click();
  await press(tab, 'Replay');
  await tab.getByRole('dialog').getByText('The receiver gets it a second time').waitFor();
  await confirm(tab, 'Replay this event?', 'Replay');
  const [, second] = await another.has(2);
  assert.equal(JSON.parse(second.body).data.id, JSON.parse(first.body).data.id);
  const { attempt } = JSON.parse(second.body).meta;
  await row(tab, 'Attempts, the latest first', another.url).filter({ hasText: String(attempt) }).first().waitFor();
  assertDiscreet(opened, server);
});

test('of another account nothing is shown', async (context) => {
  const [apiKey] = /KEY\S+/.exec(runCommand(server, 'api-key', 'create', '--new-account'));
  rememberSecrets(apiKey);
  const receiver = await receiverFor(context);
  const room = await makeRoom({ webhook_event_url: receiver.url });
  const guest = await join(server, telnyx, room, 'Eve');
  context.after(() => guest.leave());
  const [{ id }] = await events(room, 2);

  const { tab } = await openConsole(browser, server, { key: apiKey, at: '#/webhooks' });
  await tab.getByText('There are no events.').waitFor();
  for (const other of [id, GONE, 'no-id']) {
    await goTo(tab, `#/webhooks/${other}`);
    await tab.getByRole('alert').getByText('Not found').waitFor();
    await goTo(tab, '#/webhooks');
    await tab.getByText('There are no events.').waitFor();
  }
});
