import { announce } from '../../shared/announce';
import { send } from '../client';
import { eventWords } from '../deliveries';
import { Confirm } from '../parts/Confirm';
import type { Delivery } from '../resources';
import { retryHoursOf } from '../settings';
import { server } from '../state';
import { countWords } from '../words';

/** Asks before an event is sent again, and says what that means for the receiver. */
export function Replay({
  delivery: { id, status, webhook },
  onClose,
  onDone,
}: {
  delivery: Delivery;
  onClose: () => void;
  onDone: () => void;
}) {
  const hours = retryHoursOf(server.value?.settings);
  async function replay() {
    await send('POST', `/webhook_deliveries/${encodeURIComponent(id)}/actions/replay`);
    announce('The event is sent again');
    onDone();
  }
  return (
    <Confirm title="Replay this event?" verb="Replay" isDanger={false} onConfirm={replay} onClose={onClose}>
      <p>
        <strong>{eventWords(webhook.event_type)}</strong> {MEANINGS[status] ?? MEANINGS.failed}
      </p>
      <p>
        It goes to the URL that its room has now, before later events of the room that still wait
        {hours !== undefined && `, and is tried for ${countWords(hours, 'hour')} again`}.
      </p>
    </Confirm>
  );
}

const MEANINGS = {
  pending: 'waits already: it is tried at once instead of at its time.',
  delivered: 'was taken already. The receiver gets it a second time, with the same id, and has to expect that.',
  failed: 'was given up. It is sent once more.',
};
