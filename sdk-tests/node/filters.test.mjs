// Every filter of the room list, alone and together.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import Telnyx from 'telnyx';
import { failsWith } from '../lib/expect.mjs';
import { startServer } from '../lib/server.mjs';

let server;
let client;
let first;
let second;

before(async () => {
  server = await startServer('node-filters');
  client = new Telnyx({ baseURL: server.baseURL, apiKey: server.apiKey });
  ({ data: first } = await client.rooms.create({ unique_name: 'first room' }));
  ({ data: second } = await client.rooms.create({ unique_name: 'second+room & co' }));
});
after(() => server.stop());

async function ids(filter) {
  return (await client.rooms.list({ filter })).data.map(({ id }) => id);
}

/** The date of a timestamp, some days further on. */
function dateOf(timestamp, days = 0) {
  const date = new Date(timestamp);
  date.setUTCDate(date.getUTCDate() + days);
  return date.toISOString().slice(0, 10);
}

test('unique_name is exact', async () => {
  assert.deepEqual(await ids({ unique_name: 'first room' }), [first.id]);
  assert.deepEqual(await ids({ unique_name: 'second+room & co' }), [second.id]);
  for (const unique_name of ['first', 'First room', 'first room ', 'first%']) {
    assert.deepEqual(await ids({ unique_name }), [], unique_name);
  }
});

for (const [filter, field] of [
  ['date_created_at', 'created_at'],
  ['date_updated_at', 'updated_at'],
]) {
  test(`${filter}: eq, gte and lte`, async () => {
    const on = (operator, days) => ids({ [filter]: { [operator]: dateOf(first[field], days) } });
    for (const [operator, days, found] of [
      ['eq', 0, true],
      ['eq', -1, false],
      ['eq', 2, false],
      ['gte', 0, true],
      ['gte', -1, true],
      ['gte', 2, false],
      ['lte', 0, true],
      ['lte', 2, true],
      ['lte', -1, false],
    ]) {
      const answer = await on(operator, days);
      assert.equal(answer.includes(first.id), found, `${operator} ${days} days on`);
    }
  });
}

test('filters are combined by AND', async () => {
  const today = dateOf(first.created_at);
  const later = dateOf(first.created_at, 2);
  const range = { gte: dateOf(first.created_at, -1), lte: later };
  assert.deepEqual(await ids({ unique_name: 'first room', date_created_at: range }), [first.id]);
  assert.deepEqual(await ids({ unique_name: 'first room', date_created_at: { eq: today, gte: later } }), []);
  assert.deepEqual(
    await ids({ unique_name: 'first room', date_created_at: { eq: today }, date_updated_at: { gte: later } }),
    [],
  );
});

test('without filters the newest room comes first', async () => {
  assert.deepEqual(await ids(undefined), [second.id, first.id]);
});

for (const [what, filter, code, parameter] of [
  ['an unknown key', { colour: 'red' }, '10031', 'filter[colour]'],
  ['an unknown operator', { date_created_at: { near: '2021-04-25' } }, '10031', 'filter[date_created_at][near]'],
  ['something that is no date', { date_created_at: { eq: 'yesterday' } }, undefined, 'filter[date_created_at][eq]'],
]) {
  test(`${what} is refused by its name`, async () => {
    await assert.rejects(
      () => client.rooms.list({ filter }),
      (error) => failsWith(Telnyx.UnprocessableEntityError, 422, { code: code ?? error.error.code, parameter })(error),
    );
  });
}
