import { Button } from '../../shared/Button';
import { Icon } from '../../shared/Icon';
import { Notice } from '../../shared/Notice';
import type { DeviceKind, FaultKind } from '../media/faults';
import type { OwnMedia } from '../media/own';
import { initialsOf } from '../model/roster';
import { DevicePickers } from './DevicePickers';
import { LevelMeter } from './LevelMeter';
import { Video } from './Video';

/** How one will be seen and heard. */
export function Preview({ media, name }: { media: OwnMedia; name: string }) {
  const { audio, video } = media;
  const picture = media.tracks.value.video;
  return (
    <section class="preview" aria-label="Preview">
      <div class="self-view">
        {picture ? (
          <Video track={picture} isMirrored />
        ) : (
          <div class="no-picture">
            <span class="initials" aria-hidden="true">
              {initialsOf(name) || <Icon name="camera-off" size={40} />}
            </span>
            <p>{video.value.isStarting ? 'The camera starts…' : 'Your camera is off'}</p>
          </div>
        )}
        <div class="self-controls">
          <DeviceToggle media={media} kind="audio" />
          <DeviceToggle media={media} kind="video" />
        </div>
        {audio.value.isOn && audio.value.track && <LevelMeter track={audio.value.track} />}
      </div>
      <Faults media={media} />
      <details class="devices">
        <summary class="button bare">
          <Icon name="settings" />
          Choose devices
        </summary>
        <DevicePickers media={media} />
      </details>
    </section>
  );
}

const WORDS = {
  audio: { name: 'Microphone', on: 'mic', off: 'mic-off' },
  video: { name: 'Camera', on: 'camera', off: 'camera-off' },
} as const;

/** Turns camera or microphone on and off. */
export function DeviceToggle({
  media,
  kind,
  hasText = false,
}: {
  media: OwnMedia;
  kind: DeviceKind;
  hasText?: boolean;
}) {
  const { isOn, isStarting, fault } = media[kind].value;
  const { name, on, off } = WORDS[kind];
  return (
    <Button
      class={`toggle ${isOn ? 'is-on' : 'is-off'} ${fault ? 'has-fault' : ''}`}
      icon={isOn ? on : off}
      busy={isStarting}
      aria-pressed={isOn}
      label={name}
      title={`Turn ${name.toLowerCase()} ${isOn ? 'off' : 'on'}`}
      onClick={() => void media.turn(kind, !isOn)}
    >
      {hasText ? <span class="caption">{name}</span> : undefined}
    </Button>
  );
}

const BOTH: Partial<Record<FaultKind, { title: string; text: string }>> = {
  denied: {
    title: 'Camera and microphone are blocked',
    text: 'Allow this page to use them (the icon beside the address opens the permissions), then turn them on again.',
  },
  none: { title: 'Camera and microphone are not found', text: 'You can join without, or plug them in now.' },
  insecure: {
    title: 'No camera and microphone on this page',
    text: 'Browsers give them only to pages with https or on this computer (localhost). You can join to watch, listen and write.',
  },
};

/** Why camera or microphone are not there. */
export function Faults({ media }: { media: OwnMedia }) {
  const kinds = (['audio', 'video'] as const).filter((kind) => media[kind].value.fault);
  const [audio, video] = [media.audio.value.fault, media.video.value.fault];
  const both = audio && audio.kind === video?.kind ? BOTH[audio.kind] : undefined;
  const shown = both ? [{ ...both, kinds }] : kinds.flatMap((kind) => ({ ...media[kind].value.fault, kinds: [kind] }));
  return (
    <>
      {shown.map(({ title, text, kinds: about }) => (
        <Notice
          key={title}
          kind="warning"
          title={title}
          onClose={() => {
            for (const kind of about) media.forgetFault(kind);
          }}
        >
          <p>{text}</p>
        </Notice>
      ))}
    </>
  );
}
