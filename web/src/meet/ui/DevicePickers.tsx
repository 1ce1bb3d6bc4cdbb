import { useSignal } from '@preact/signals';
import { Button } from '../../shared/Button';
import { Field } from '../../shared/Field';
import { canChooseSpeaker, playTestSound } from '../media/level';
import type { OwnMedia } from '../media/own';
import { LevelMeter } from './LevelMeter';

const LISTS = { audio: 'audioinput', video: 'videoinput', speaker: 'audiooutput' } as const;

/** Which camera, microphone and speaker. */
export function DevicePickers({ media }: { media: OwnMedia }) {
  const { isOn, track } = media.audio.value;
  return (
    <div class="pickers">
      <Picker media={media} kind="video" label="Camera" />
      <div class="with-meter">
        <Picker media={media} kind="audio" label="Microphone" />
        <LevelMeter track={isOn ? track : undefined} />
      </div>
      {canChooseSpeaker() && media.devices.value.audiooutput.length > 0 && (
        <div class="with-button">
          <Picker media={media} kind="speaker" label="Speaker" />
          <TestSound speaker={media.chosen.value.speaker} />
        </div>
      )}
    </div>
  );
}

function Picker({ media, kind, label }: { media: OwnMedia; kind: keyof typeof LISTS; label: string }) {
  const devices = media.devices.value[LISTS[kind]];
  const chosen = media.chosen.value[kind];
  const used = kind === 'speaker' ? undefined : media[kind].value.track?.getSettings().deviceId;
  const isKnown = (id: string | undefined) => devices.some(({ deviceId }) => deviceId === id);
  const shown = isKnown(chosen) ? chosen : isKnown(used) ? used : '';
  return (
    <Field label={label}>
      {(control) => (
        <select
          {...control}
          value={shown}
          disabled={devices.length === 0}
          onChange={({ currentTarget }) => void media.choose(kind, currentTarget.value)}
        >
          {(shown === '' || devices.length === 0) && (
            <option value="">
              {devices.length === 0 ? `No ${label.toLowerCase()} found` : 'Chosen by the browser'}
            </option>
          )}
          {devices.map(({ deviceId, label: name }, index) => (
            <option key={deviceId} value={deviceId}>
              {name || `${label} ${index + 1}`}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

function TestSound({ speaker }: { speaker: string }) {
  const isPlaying = useSignal(false);
  const failed = useSignal(false);
  const play = async () => {
    isPlaying.value = true;
    failed.value = false;
    await playTestSound(speaker).catch(() => {
      failed.value = true;
    });
    isPlaying.value = false;
  };
  return (
    <>
      <Button icon="sound" busy={isPlaying.value} onClick={() => void play()}>
        Test
      </Button>
      {failed.value && (
        <p class="small" role="alert">
          This speaker does not play.
        </p>
      )}
    </>
  );
}
