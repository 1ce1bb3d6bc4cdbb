// The search for secrets finds what is there: without this, "none found" would say nothing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { secretFinder } from './secrets.mjs';

const KEY = 'KEY0123456789abcdefghij';
const TOKEN = `eyJhbGciOiJFZDI1NTE5In0.eyJ0eXAiOiJhY2Nlc3MifQ.${'s'.repeat(86)}`;
const find = secretFinder([KEY, TOKEN, `${KEY}-longer`]);

test('a key is found by the whole of it, wherever it stands', () => {
  assert.deepEqual(find(`{"authorization":"Bearer ${KEY}"}`), [KEY]);
  assert.deepEqual(find(KEY.slice(0, -1)), []);
});

test('a token is found by its signature alone', () => {
  assert.deepEqual(find(TOKEN), [TOKEN]);
  assert.deepEqual(find(`x${'s'.repeat(86)}`), [TOKEN]);
  assert.deepEqual(find(TOKEN.split('.').slice(0, 2).join('.')), []);
});

test('secrets that begin alike are told apart', () => {
  assert.deepEqual(find(`${KEY}-longer`).sort(), [KEY, `${KEY}-longer`]);
});
