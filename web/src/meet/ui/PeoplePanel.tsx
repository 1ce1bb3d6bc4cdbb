import type { Signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { Button } from '../../shared/Button';
import { Icon } from '../../shared/Icon';
import type { Call } from '../call/call';
import { initialsOf, type Person } from '../model/roster';
import { nameOf } from '../model/subscriptions';
import { QualityBars } from './QualityBars';
import { MicrophoneState } from './Tile';

interface Props {
  call: Call;
  pinned: Signal<string | undefined>;
  onClose: () => void;
}

/** Everybody, one below the other. */
export function PeoplePanel({ call, pinned, onClose }: Props) {
  const { people } = call.roster.value;
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <aside class="panel" aria-label="People in the call">
      <header>
        <h2 ref={heading} tabIndex={-1}>
          People ({people.length})
        </h2>
        <Button kind="bare" icon="close" label="Close people" onClick={onClose} />
      </header>
      <ul class="people">
        {people.map((person) => (
          <Row key={person.id} person={person} call={call} pinned={pinned} />
        ))}
      </ul>
    </aside>
  );
}

function Row({ person, call, pinned }: Pick<Props, 'call' | 'pinned'> & { person: Person }) {
  const { id, name, isSelf, microphone, hasCamera } = person;
  const isTalking = microphone === 'on' && call.talking.value.has(id);
  const judgement = isSelf
    ? call.meter.own.value
    : call.meter.streams.value.get(nameOf({ participantId: id, key: 'self' }));
  const isLarge = pinned.value === id;
  return (
    <li>
      <span class="avatar" aria-hidden="true">
        {initialsOf(name)}
      </span>
      <span class="name">
        {name}
        {isSelf && ' (you)'}
      </span>
      {judgement && judgement.quality !== 'unknown' && (
        <QualityBars judgement={judgement} whose={isSelf ? 'Your' : 'Their'} />
      )}
      <MicrophoneState state={microphone} isTalking={isTalking} />
      <span class={hasCamera ? '' : 'off'} title={hasCamera ? 'camera on' : 'camera off'}>
        <Icon name={hasCamera ? 'camera' : 'camera-off'} size={18} />
        <span class="unseen">{hasCamera ? 'camera on' : 'camera off'}</span>
      </span>
      <Button
        kind="bare"
        icon={isLarge ? 'grid' : 'pin'}
        label={isLarge ? `Do not show ${name} large` : `Show ${name} large`}
        aria-pressed={isLarge}
        onClick={() => {
          pinned.value = isLarge ? undefined : id;
        }}
      />
    </li>
  );
}
