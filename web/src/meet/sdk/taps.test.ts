import { expect, test, vi } from 'vitest';
import { frameOf, noteQuestions, talkOf } from './taps';

/** A socket that notes what is sent. */
class Socket extends EventTarget {
  sent: string[] = [];
  onmessage: ((event: MessageEvent) => void) | null = null;
  send(data: string) {
    this.sent.push(data);
  }
  hear(frame: object) {
    this.dispatchEvent(new MessageEvent('message', { data: JSON.stringify(frame) }));
  }
}

test('what was never answered is answered at the end, and nothing else', () => {
  const socket = new Socket();
  const { settle } = noteQuestions(socket as unknown as WebSocket);
  for (const [janus, transaction] of [
    ['keepalive', 'a'],
    ['keepalive', 'b'],
    ['trickle', 'c'],
    ['detach', 'd'],
    ['message', 'e'],
  ]) {
    socket.send(JSON.stringify({ janus, transaction }));
  }
  expect(socket.sent).toHaveLength(5);
  socket.hear({ janus: 'ack', transaction: 'a' });
  const heard = vi.fn();
  socket.onmessage = ({ data }) => heard(JSON.parse(data));
  settle();
  settle();
  expect(heard.mock.calls.map(([frame]) => frame)).toEqual([
    { janus: 'ack', transaction: 'b' },
    { janus: 'ack', transaction: 'c' },
    { janus: 'success', transaction: 'd' },
  ]);
});

test('a frame is an object in JSON', () => {
  expect(frameOf('{"janus": "ack"}')).toEqual({ janus: 'ack' });
  for (const other of ['', 'x', 'null', '3', new ArrayBuffer(1), undefined]) expect(frameOf(other)).toBeUndefined();
});

test('who begins and who ceases to talk', () => {
  const event = (data: object) => ({ janus: 'event', plugindata: { data } });
  expect(talkOf(event({ audiobridge: 'talking', id: 3 }))).toEqual({ id: 3, talks: true });
  expect(talkOf(event({ videoroom: 'stopped-talking', id: 7 }))).toEqual({ id: 7, talks: false });
  expect(talkOf(event({ audiobridge: 'event', id: 3 }))).toBeUndefined();
  expect(talkOf({ janus: 'ack' })).toBeUndefined();
});
