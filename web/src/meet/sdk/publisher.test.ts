import { expect, test, vi } from 'vitest';
import { Publisher } from './publisher';
import type { SdkRoom } from './types';

const track = (name: string) => name as unknown as MediaStreamTrack;
const settled = () => new Promise((resolve) => setTimeout(resolve, 0));

/** A room that notes what it is asked, and answers when it is told to. */
function room() {
  const asked: string[] = [];
  const answers: (() => void)[] = [];
  const step = (what: string) => (key: string, tracks?: { audio?: unknown; video?: { track?: unknown } }) => {
    asked.push([what, key, tracks?.audio, tracks?.video?.track].filter(Boolean).join(' '));
    return new Promise<void>((resolve) => answers.push(resolve));
  };
  const sdk = { addStream: step('add'), updateStream: step('update'), removeStream: step('remove') };
  const answer = async () => {
    answers.shift()?.();
    await settled();
  };
  return { sdk: sdk as unknown as SdkRoom, asked, answer };
}

test('one step after the other, and only to what is wanted in the end', async () => {
  const { sdk, asked, answer } = room();
  const publisher = new Publisher(sdk, vi.fn());
  publisher.want('self', {});
  publisher.want('self', { audio: track('mic') });
  publisher.want('self', { audio: track('mic'), video: track('cam') });
  await settled();
  expect(asked).toEqual(['add self']);
  await answer();
  expect(asked).toEqual(['add self', 'update self mic cam']);
  await answer();
  publisher.want('self', { audio: track('mic'), video: track('cam') });
  await settled();
  expect(asked).toHaveLength(2);
});

test('a screen comes and goes', async () => {
  const { sdk, asked, answer } = room();
  const publisher = new Publisher(sdk, vi.fn());
  publisher.want('presentation', undefined);
  publisher.want('presentation', { audio: track('tab') });
  await answer();
  publisher.want('presentation', undefined);
  await answer();
  expect(asked).toEqual(['add presentation tab', 'remove presentation']);
});

test('a step that fails is told once, and not after the end', async () => {
  const onFault = vi.fn();
  const addStream = vi.fn().mockRejectedValue(new Error('no'));
  const publisher = new Publisher({ addStream } as unknown as SdkRoom, onFault);
  publisher.want('self', {});
  await settled();
  expect(onFault).toHaveBeenCalledOnce();
  expect(addStream).toHaveBeenCalledOnce();
  publisher.close();
  publisher.want('self', { audio: track('mic') });
  await settled();
  expect(onFault).toHaveBeenCalledOnce();
});
