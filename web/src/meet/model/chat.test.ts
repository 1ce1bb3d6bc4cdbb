import { expect, test } from 'vitest';
import { beginningOf, chatAfter, LONG_TEXT, MOST_MESSAGES, NO_CHAT, partsOf, textOf } from './chat';

const came = (text: string, isOwn = false) => ({ type: 'came', from: 'Ann', isOwn, text, atMs: 1 }) as const;

test('messages of others are unread until the chat is opened', () => {
  let chat = chatAfter(chatAfter(NO_CHAT, came('a')), came('b'));
  expect(chat.unread).toBe(2);
  chat = chatAfter(chat, came('mine', true));
  expect(chat.unread).toBe(2);
  chat = chatAfter(chatAfter(chat, { type: 'opened' }), came('c'));
  expect(chat.unread).toBe(0);
  chat = chatAfter(chatAfter(chat, { type: 'closed' }), came('d'));
  expect(chat.unread).toBe(1);
  expect(chat.messages.map(({ text }) => text)).toEqual(['a', 'b', 'mine', 'c', 'd']);
});

test('the list has a bound and its ids stay apart', () => {
  let chat = NO_CHAT;
  for (let count = 0; count < MOST_MESSAGES + 10; count++) chat = chatAfter(chat, came(String(count)));
  expect(chat.messages).toHaveLength(MOST_MESSAGES);
  expect(chat.messages[0]?.text).toBe('10');
  expect(new Set(chat.messages.map(({ id }) => id)).size).toBe(MOST_MESSAGES);
});

test('only addresses of the web become links', () => {
  expect(partsOf('see https://example.com/a?b=1, and (http://x.org).')).toEqual([
    { text: 'see ' },
    { text: 'https://example.com/a?b=1', href: 'https://example.com/a?b=1' },
    { text: ', and (' },
    { text: 'http://x.org', href: 'http://x.org/' },
    { text: ').' },
  ]);
  for (const text of ['javascript:alert(1)', 'data:text/html,x', 'https://', 'ftp://x', '<b>hi</b>', '']) {
    expect(partsOf(text).some(({ href }) => href)).toBe(false);
    expect(
      partsOf(text)
        .map((part) => part.text)
        .join(''),
    ).toBe(text);
  }
});

test('a long text is cut between words', () => {
  expect(beginningOf('short')).toBe('short');
  expect(beginningOf('word '.repeat(1000)).endsWith('word')).toBe(true);
  expect(beginningOf('x'.repeat(5000))).toHaveLength(LONG_TEXT);
});

test('what is no text is shown as nothing', () => {
  expect(textOf({ type: 'text', payload: 'hi' })).toBe('hi');
  for (const other of [null, undefined, 3, {}, { payload: { a: 1 } }]) expect(textOf(other)).toBe('');
});
