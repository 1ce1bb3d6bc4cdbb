import { useState } from 'preact/hooks';
import { announce } from '../../shared/announce';
import { Button } from '../../shared/Button';
import { Dialog } from '../../shared/Dialog';
import { Field } from '../../shared/Field';
import { send } from '../client';
import { faultsByField } from '../errors';
import { ErrorNotice } from '../parts/ErrorNotice';
import type { Room } from '../resources';
import { bodyOf, faultsIn, formOf, ROOM_FIELDS } from '../roomForm';
import { useAction } from '../useAction';

interface Props {
  /** The room to change; without one, a new one is made. */
  room?: Room;
  onClose: () => void;
  onDone: (room: Room) => void;
}

type TextField = (typeof ROOM_FIELDS)[number];

/** The settings of a room, new or known. */
export function RoomDialog({ room, onClose, onDone }: Props) {
  const [form, setForm] = useState(() => formOf(room));
  const [isTried, setTried] = useState(false);
  const { isBusy, error, run } = useAction();
  const refused = faultsByField(error, ROOM_FIELDS);
  const here = isTried ? faultsIn(form) : {};
  const isAllAtFields = Object.keys(refused).length > 0 && !refused[''];

  async function submit(event: Event) {
    event.preventDefault();
    setTried(true);
    if (isBusy || Object.keys(faultsIn(form)).length > 0) return;
    await run(async () => {
      const body = bodyOf(form, room);
      const saved = room
        ? await send<Room>('PATCH', `/rooms/${room.id}`, body)
        : await send<Room>('POST', '/rooms', body);
      announce(room ? 'The room is changed' : 'The room is made');
      onClose();
      if (saved) onDone(saved);
    });
  }

  const text = (name: TextField, label: string, help: string, more: object = {}) => (
    <Field label={label} help={help} fault={here[name] ?? refused[name]}>
      {(control) => (
        <input
          {...control}
          {...more}
          name={name}
          value={form[name]}
          autocomplete="off"
          onInput={({ currentTarget: { value } }) => setForm((now) => ({ ...now, [name]: value }))}
        />
      )}
    </Field>
  );

  return (
    <Dialog title={room ? 'Change the room' : 'New room'} onClose={onClose}>
      <form class="stack" noValidate onSubmit={submit}>
        {text('unique_name', 'Name', 'No other room of the account may have it. It can be left out.', {
          maxLength: 255,
        })}
        {text('max_participants', 'People at once', 'From 2 to 50.', { inputMode: 'numeric' })}
        {text('webhook_event_url', 'Webhook URL', 'Where events of the room are sent. Empty: nowhere.', {
          inputMode: 'url',
        })}
        {text(
          'webhook_event_failover_url',
          'Webhook failover URL',
          'Where an event goes when the first URL does not take it.',
          {
            inputMode: 'url',
          },
        )}
        {text('webhook_timeout_secs', 'Seconds for one delivery', 'From 1 to 30. Empty: 5.', { inputMode: 'numeric' })}
        {!isAllAtFields && <ErrorNotice error={error} />}
        <div class="actions">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" kind="primary" busy={isBusy}>
            {room ? 'Save' : 'Make the room'}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
