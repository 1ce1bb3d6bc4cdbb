import { stateWords } from '../deliveries';
import type { Delivery } from '../resources';
import { Badge } from './Badge';

/** What has become of an event, and why. */
export function DeliveryState({ delivery }: { delivery: Delivery }) {
  const { tone, words, detail } = stateWords(delivery);
  return (
    <div class="who">
      <Badge tone={tone}>{words}</Badge>
      {detail && <span class="quiet small">{detail}</span>}
    </div>
  );
}
