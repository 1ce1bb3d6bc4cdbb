import type { Signal } from '@preact/signals';
import { Button } from '../../shared/Button';
import { Icon } from '../../shared/Icon';
import type { Call } from '../call/call';
import type { Judgement } from '../model/quality';
import { initialsOf, type Person, type Screen } from '../model/roster';
import { nameOf } from '../model/subscriptions';
import { QualityBars } from './QualityBars';
import { Video } from './Video';

interface Common {
  call: Call;
  pinned: Signal<string | undefined>;
  isLarge?: boolean;
}

/** One person. */
export function Tile({ person, call, pinned, isLarge = false }: Common & { person: Person }) {
  const { id, name, isSelf, microphone, picture } = person;
  const isTalking = microphone === 'on' && call.talking.value.has(id);
  const judgement = isSelf
    ? call.meter.own.value
    : call.meter.streams.value.get(nameOf({ participantId: id, key: 'self' }));
  return (
    <li class={`tile ${isTalking ? 'talking' : ''} ${picture ? 'seen' : ''}`} data-person={name}>
      {picture ? (
        <Video track={picture} isMirrored={isSelf} />
      ) : (
        <span class="initials" aria-hidden="true">
          {person.isOnPhone ? <Icon name="sound" size={40} /> : initialsOf(name)}
        </span>
      )}
      <p class="label">
        <MicrophoneState state={microphone} isTalking={isTalking} />
        <span class="name">
          {name}
          {isSelf && ' (you)'}
        </span>
        <Quality judgement={judgement} />
      </p>
      <Pin id={id} name={name} pinned={pinned} isLarge={isLarge} />
    </li>
  );
}

/** A shared screen, whole and not mirrored. */
export function ScreenTile({ screen, call, pinned, isLarge = false }: Common & { screen: Screen }) {
  const { id, name, isSelf, key, personId, picture } = screen;
  const judgement = isSelf ? undefined : call.meter.streams.value.get(nameOf({ participantId: personId, key }));
  return (
    <li class="tile screen seen" data-screen={name}>
      <Video track={picture} />
      {!picture && <span class="spinner" aria-hidden="true" />}
      <p class="label">
        <Icon name="screen" size={18} />
        <span class="name">{isSelf ? 'Your screen' : `${name}’s screen`}</span>
        <Quality judgement={judgement} />
      </p>
      <Pin id={id} name={`${name}’s screen`} pinned={pinned} isLarge={isLarge} />
    </li>
  );
}

/** Good quality is nothing to talk about. */
function Quality({ judgement }: { judgement: Judgement | undefined }) {
  if (judgement?.quality !== 'fair' && judgement?.quality !== 'poor') return null;
  return <QualityBars judgement={judgement} whose="Its" />;
}

const MICROPHONE_WORDS = { on: 'microphone on', off: 'muted', silenced: 'muted by a moderator' } as const;

/** By its shape, its words and its colour. */
export function MicrophoneState({ state, isTalking }: { state: Person['microphone']; isTalking: boolean }) {
  const words = isTalking ? 'talking' : MICROPHONE_WORDS[state];
  return (
    <span class={`microphone ${state}`} title={words}>
      {isTalking ? (
        <span class="waves" aria-hidden="true">
          <i />
          <i />
          <i />
        </span>
      ) : (
        <Icon name={state === 'on' ? 'mic' : 'mic-off'} size={18} />
      )}
      <span class="unseen">{words}: </span>
    </span>
  );
}

function Pin({
  id,
  name,
  pinned,
  isLarge,
}: {
  id: string;
  name: string;
  pinned: Signal<string | undefined>;
  isLarge: boolean;
}) {
  if (isLarge && pinned.value !== id) return null;
  return (
    <Button
      class="pin"
      icon={isLarge ? 'grid' : 'pin'}
      label={isLarge ? 'Back to all' : `Show ${name} large`}
      onClick={() => {
        pinned.value = isLarge ? undefined : id;
      }}
    />
  );
}
