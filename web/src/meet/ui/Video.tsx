import { useEffect, useRef } from 'preact/hooks';

interface Props {
  track: MediaStreamTrack | undefined;
  /** One's own face is shown as a mirror does. */
  isMirrored?: boolean;
  class?: string;
}

/** A picture that moves; without sound, which comes mixed from elsewhere. */
export function Video({ track, isMirrored = false, class: more = '' }: Props) {
  const element = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    const video = element.current;
    if (!video) return;
    video.srcObject = track ? new MediaStream([track]) : null;
    // Browsers that save power may not start by themselves; nothing can be done about that but to try.
    if (track) void video.play().catch(() => {});
  }, [track]);
  return (
    // biome-ignore lint/a11y/noAriaHiddenOnFocusable: without controls it cannot have the focus
    <video
      ref={element}
      class={`video ${isMirrored ? 'mirrored' : ''} ${more}`}
      autoplay
      muted
      playsInline
      aria-hidden="true"
    />
  );
}
