import { useEffect, useState } from 'preact/hooks';
import { Button } from '../../shared/Button';
import { Dialog } from '../../shared/Dialog';
import { Field } from '../../shared/Field';
import { INVITATION_TTL_SECS, invitationLink } from '../../shared/invitation';
import { send } from '../client';
import { CopyButton } from '../parts/Copy';
import { ErrorNotice } from '../parts/ErrorNotice';
import type { Room } from '../resources';
import { useAction } from '../useAction';

/** Makes an invitation to a room, and shows it. */
export function Invite({ room, onClose }: { room: Room; onClose: () => void }) {
  const [link, setLink] = useState('');
  const { isBusy, error, run } = useAction();
  const make = () =>
    run(async () => {
      const path = `/rooms/${room.id}/actions/generate_join_client_token`;
      const tokens = await send<{ refresh_token: string }>('POST', path, {
        refresh_token_ttl_secs: INVITATION_TTL_SECS,
      });
      if (!tokens) return;
      const { refresh_token: refreshToken } = tokens;
      setLink(invitationLink(`${location.origin}/`, { roomId: room.id, refreshToken, title: room.unique_name ?? '' }));
    });
  useEffect(() => void make(), []);
  return (
    <Dialog title="Invitation" onClose={onClose}>
      <p>
        Whoever opens this link within a day can join <strong>{room.unique_name ?? 'this room'}</strong> with the
        browser, without a key. It gives access to nothing else. Give each person a link of their own: a kick makes it
        void for all who use it.
      </p>
      <ErrorNotice error={error} onRetry={make} />
      {isBusy && (
        <p class="loading" role="status">
          <span class="spinner" aria-hidden="true" /> Making a link…
        </p>
      )}
      {link && (
        <>
          <Field label="Link">
            {(control) => (
              <input
                {...control}
                class="input code"
                readOnly
                value={link}
                onFocus={(event) => event.currentTarget.select()}
              />
            )}
          </Field>
          <div class="actions">
            <Button icon="plus" onClick={make} busy={isBusy}>
              Another link
            </Button>
            <CopyButton text={link} what="the link" />
            <a class="button primary" href={link} target="_blank" rel="noopener">
              Open<span class="unseen"> in a new tab</span>
            </a>
          </div>
        </>
      )}
    </Dialog>
  );
}
