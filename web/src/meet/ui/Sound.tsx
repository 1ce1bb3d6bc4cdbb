import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { Button } from '../../shared/Button';
import { Notice } from '../../shared/Notice';

/** Plays what the others say. Where the browser wants a click first, it asks for one. */
export function Sound({ track, speaker }: { track: MediaStreamTrack | undefined; speaker: string }) {
  const element = useRef<HTMLAudioElement>(null);
  const isBlocked = useSignal(false);
  const play = async () => {
    try {
      await element.current?.play();
      isBlocked.value = false;
    } catch (error) {
      isBlocked.value = error instanceof Error && error.name === 'NotAllowedError';
    }
  };
  useEffect(() => {
    if (!element.current) return;
    element.current.srcObject = track ? new MediaStream([track]) : null;
    if (track) void play();
  }, [track]);
  useEffect(() => {
    // A speaker that is gone: the browser goes on with its own choice.
    void element.current?.setSinkId?.(speaker).catch(() => {});
  }, [speaker]);
  return (
    <>
      {/* biome-ignore lint/a11y/useMediaCaption: nobody writes captions of what is being said */}
      <audio ref={element} autoplay id="sound" />
      {isBlocked.value && (
        <Notice kind="warning" title="You cannot hear anybody yet">
          <p>The browser plays no sound before you ask for it.</p>
          <Button kind="primary" icon="sound" onClick={() => void play()}>
            Turn sound on
          </Button>
        </Notice>
      )}
    </>
  );
}
