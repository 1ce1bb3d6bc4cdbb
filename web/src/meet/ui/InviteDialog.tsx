import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { Button } from '../../shared/Button';
import { Dialog } from '../../shared/Dialog';
import { Field } from '../../shared/Field';
import { invitationLink } from '../../shared/invitation';
import { Notice } from '../../shared/Notice';
import type { Call } from '../call/call';
import { invite } from '../call/tickets';
import { roomLink } from '../model/address';

/** A link that leads here. */
export function InviteDialog({ call, onClose }: { call: Call; onClose: () => void }) {
  const link = useSignal('');
  const fault = useSignal('');
  const copied = useSignal<'' | 'copied' | 'selected'>('');
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    linkTo(call).then(
      (made) => {
        link.value = made;
      },
      () => {
        fault.value = 'No link could be made: the server did not answer, or the key is not good any more.';
      },
    );
  }, []);
  const copy = async () => {
    field.current?.select();
    try {
      await navigator.clipboard.writeText(link.value);
      copied.value = 'copied';
    } catch {
      copied.value = 'selected';
    }
  };
  const share = () => void navigator.share({ title: call.ticket.title, url: link.value }).catch(() => {});
  return (
    <Dialog title="Invite somebody" onClose={onClose}>
      {fault.value ? (
        <Notice kind="danger">
          <p>{fault.value}</p>
        </Notice>
      ) : (
        <>
          <Field label="Link to this call" help={HELP[call.pass.kind]}>
            {(control) => <input {...control} ref={field} readOnly value={link.value} placeholder="One moment…" />}
          </Field>
          <p class="small" role="status">
            {copied.value === 'copied' && 'Copied.'}
            {copied.value === 'selected' && 'The link is selected: copy it with your browser.'}
          </p>
          <div class="actions">
            {typeof navigator.share === 'function' && (
              <Button icon="share" disabled={link.value === ''} onClick={share}>
                Share
              </Button>
            )}
            <Button kind="primary" icon="copy" disabled={link.value === ''} onClick={() => void copy()}>
              Copy link
            </Button>
          </div>
        </>
      )}
    </Dialog>
  );
}

const HELP = {
  visitor: 'Whoever opens it on a machine that reaches this server can join.',
  key: 'Whoever opens it within a day can join, without a key. If a moderator removes somebody who came with it, it is good for nobody any more: give each their own.',
  invitation:
    'It is the one you came with. If a moderator removes somebody who came with it, it is good for nobody any more.',
} as const;

async function linkTo({ pass, ticket }: Call): Promise<string> {
  switch (pass.kind) {
    case 'visitor':
      return roomLink(location.href, ticket.room);
    case 'key':
      return invitationLink(location.href, await invite(pass.key, ticket));
    case 'invitation':
      return invitationLink(location.href, pass.invitation);
  }
}
