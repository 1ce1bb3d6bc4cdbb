import { ask } from '../../shared/api';
import { Copyable } from '../parts/Copy';
import { Loaded } from '../parts/Loaded';
import type { WebhookKey } from '../resources';
import { usePoll } from '../usePoll';

const EVERY_MS = 300_000;

/** The key by which receivers know that a webhook is this server's. Everybody may have it, so it is asked for without a key. */
export function SignatureKey() {
  const key = usePoll((signal) => ask<WebhookKey>('/.well-known/webhook-key.json', { signal }), EVERY_MS, []);
  return (
    <section class="card" aria-labelledby="signature-key">
      <h2 id="signature-key">Public key</h2>
      <p class="quiet">
        Every webhook is signed, so that a receiver can tell it from what others send. Give receivers this key as{' '}
        <code>TELNYX_PUBLIC_KEY</code>: the vendor's SDKs verify with it.
      </p>
      <Loaded polled={key}>{({ public_key }) => <Copyable text={public_key} what="the public key" />}</Loaded>
    </section>
  );
}
