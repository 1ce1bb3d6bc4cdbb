import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { Button } from '../../shared/Button';
import { Field } from '../../shared/Field';
import { Notice } from '../../shared/Notice';
import type { Pass } from '../call/tickets';
import type { OwnMedia } from '../media/own';
import { LONGEST_NAME } from '../model/roster';
import { Preview } from './Preview';

interface Props {
  pass: Pass;
  media: OwnMedia;
  name: string;
  room: string;
  /** Rooms that there are, if that is known. */
  rooms: string[];
  fault: string | undefined;
  isJoining: boolean;
  onJoin: (name: string, room: string) => void;
}

/** Before the call: how one looks and sounds, and where to. */
export function Lobby({ pass, media, rooms, fault, isJoining, onJoin, ...given }: Props) {
  const name = useSignal(given.name);
  const room = useSignal(given.room);
  const heading = useRef<HTMLHeadingElement>(null);
  const hasRoom = pass.kind === 'invitation' || given.room !== '';
  useEffect(() => {
    void media.start();
    heading.current?.focus();
  }, []);
  const onSubmit = (event: Event) => {
    event.preventDefault();
    if (!isJoining) onJoin(name.value.trim(), room.value.trim());
  };
  return (
    <main class="lobby">
      <Preview media={media} name={name.value} />
      <form class="card join" onSubmit={onSubmit}>
        <h1 ref={heading} tabIndex={-1}>
          {hasRoom ? (
            <>Join {given.room ? <span class="room-name">{given.room}</span> : 'the call'}</>
          ) : (
            'Start or join a call'
          )}
        </h1>
        {fault && (
          <Notice kind="danger">
            <p>{fault}</p>
          </Notice>
        )}
        {!hasRoom && (
          <Field label="Room" help="Any name, such as the team's. Whoever gives the same name is in the same room.">
            {(control) => (
              <>
                <input
                  {...control}
                  name="room"
                  list="rooms"
                  autocomplete="off"
                  maxLength={255}
                  required
                  pattern=".*\S.*"
                  title="At least one letter or digit"
                  value={room.value}
                  onInput={({ currentTarget }) => {
                    room.value = currentTarget.value;
                  }}
                />
                <datalist id="rooms">
                  {rooms.map((known) => (
                    <option key={known} value={known} />
                  ))}
                </datalist>
              </>
            )}
          </Field>
        )}
        <Field label="Your name">
          {(control) => (
            <input
              {...control}
              name="name"
              autocomplete="name"
              maxLength={LONGEST_NAME}
              required
              pattern=".*\S.*"
              title="At least one letter or digit"
              value={name.value}
              onInput={({ currentTarget }) => {
                name.value = currentTarget.value;
              }}
            />
          )}
        </Field>
        <Button kind="primary" type="submit" busy={isJoining}>
          {isJoining ? 'Joining…' : 'Join'}
        </Button>
        {!media.tracks.value.audio && !media.tracks.value.video && (
          <p class="quiet small">You join without camera and microphone: you see and hear the others, and can write.</p>
        )}
      </form>
    </main>
  );
}
