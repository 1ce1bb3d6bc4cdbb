// Auto-paging of the room list over three pages, and the page rules behind it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import Telnyx from 'telnyx';
import { journal } from '../lib/record.mjs';
import { startServer } from '../lib/server.mjs';

const ROOMS = 7;
let server;
let client;
const made = [];

before(async () => {
  server = await startServer('node-paging');
  client = new Telnyx({ baseURL: server.baseURL, apiKey: server.apiKey });
  for (let n = 0; n < ROOMS; n += 1) {
    const { data: room } = await client.rooms.create({ unique_name: `room ${n}` });
    made.unshift(room.id);
  }
});
after(() => server.stop());

/** The page numbers and ids that a query answers, without any SDK. */
async function page(query) {
  const response = await fetch(`${server.baseURL}/rooms?${query}`, {
    headers: { authorization: `Bearer ${server.apiKey}` },
  });
  const { data, meta } = await response.json();
  return { ids: data.map(({ id }) => id), meta };
}

test('for await walks three pages, in order, each room once', async () => {
  const before = journal.length;
  const seen = [];
  for await (const room of client.rooms.list({ page_size: 3 })) seen.push(room.id);
  assert.deepEqual(seen, made);
  assert.equal(journal.length - before, 3);
});

test('pages can be walked by hand', async () => {
  let current = await client.rooms.list({ page_size: 3 });
  const sizes = [current.data.length];
  while (current.hasNextPage()) {
    current = await current.getNextPage();
    sizes.push(current.data.length);
  }
  assert.deepEqual(sizes, [3, 3, 1]);
});

test('meta is always complete', async () => {
  const { meta } = await client.rooms.list({ page_number: 2, page_size: 3 });
  assert.deepEqual(meta, { page_number: 2, page_size: 3, total_pages: 3, total_results: ROOMS });
  const { meta: byDefault } = await client.rooms.list();
  assert.deepEqual(byDefault, { page_number: 1, page_size: 20, total_pages: 1, total_results: ROOMS });
  const { meta: none } = await client.rooms.list({ filter: { unique_name: 'nowhere' } });
  assert.deepEqual(none, { page_number: 1, page_size: 20, total_pages: 1, total_results: 0 });
});

test('a page past the end is empty', async () => {
  const past = await client.rooms.list({ page_number: 9, page_size: 3 });
  assert.deepEqual(past.data, []);
  assert.equal(past.hasNextPage(), false);
});

test('page_number and page_size win over page[number] and page[size], as the Ruby SDK needs it', async () => {
  const { ids, meta } = await page('page%5Bnumber%5D=1&page%5Bsize%5D=3&page_number=2');
  assert.deepEqual(ids, made.slice(3, 6));
  assert.equal(meta.page_number, 2);
  assert.equal((await page('page%5Bsize%5D=3&page_size=2')).meta.page_size, 2);
});

test('page numbers out of range are refused', async () => {
  for (const query of [{ page_size: 0 }, { page_size: 251 }, { page_number: 0 }, { page_number: 'two' }]) {
    await assert.rejects(
      () => client.rooms.list(query),
      (error) => {
        assert.ok(error instanceof Telnyx.UnprocessableEntityError, JSON.stringify(query));
        assert.match(error.error.source.parameter, /^page(\[|_)(size|number)/);
        return true;
      },
    );
  }
});
