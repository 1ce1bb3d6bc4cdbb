import { announce } from '../../shared/announce';
import { send } from '../client';
import { eventWords, replayWords } from '../deliveries';
import { Confirm } from '../parts/Confirm';
import type { Delivery } from '../resources';
import { retryHoursOf } from '../settings';
import { server } from '../state';
import { countWords } from '../words';

/** Asks before an event is sent again, and says what that means for the receiver. */
export function Replay({ delivery, onClose, onDone }: { delivery: Delivery; onClose: () => void; onDone: () => void }) {
  const { id, webhook } = delivery;
  const hours = retryHoursOf(server.value?.settings);
  async function replay() {
    await send('POST', `/webhook_deliveries/${encodeURIComponent(id)}/actions/replay`);
    announce('The event is sent again');
    onDone();
  }
  return (
    <Confirm title="Replay this event?" verb="Replay" isDanger={false} onConfirm={replay} onClose={onClose}>
      <p>
        <strong>{eventWords(webhook.event_type)}</strong> {replayWords(delivery)}
      </p>
      <p>
        It goes to the URL that its room has now, before later events of the room that still wait
        {hours !== undefined && `, and is tried for ${countWords(hours, 'hour')} again`}.
      </p>
    </Confirm>
  );
}
