import { useState } from 'preact/hooks';
import { announce } from '../../shared/announce';
import { Button } from '../../shared/Button';
import { Notice } from '../../shared/Notice';
import { list, send } from '../client';
import { hasStatus } from '../errors';
import { Badge } from '../parts/Badge';
import { Confirm } from '../parts/Confirm';
import { Copyable } from '../parts/Copy';
import { Loaded } from '../parts/Loaded';
import { PageHead } from '../parts/PageHead';
import { type Column, Table } from '../parts/Table';
import { Ago, Moment } from '../parts/Time';
import type { SigningKey } from '../resources';
import { keyName, keyStateWords, revocationWords } from '../signingKeys';
import { usePoll } from '../usePoll';

const EVERY_MS = 10_000;
/** More than there can be. */
const KEYS_MAX = 100;

type Open = { what: 'rotate' } | { what: 'revoke'; key: SigningKey } | undefined;

/** The keys that sign tokens; for the operator's account alone. */
export function SigningKeys() {
  const keys = usePoll((signal) => list<SigningKey>('/signing_keys', signal, { 'page[size]': KEYS_MAX }), EVERY_MS, []);
  const [open, setOpen] = useState<Open>();
  const close = () => setOpen(undefined);
  const isForbidden = hasStatus(keys.error, 403);
  return (
    <>
      <PageHead
        title="Signing keys"
        actions={
          keys.data && (
            <Button kind="primary" icon="refresh" onClick={() => setOpen({ what: 'rotate' })}>
              Rotate
            </Button>
          )
        }
      >
        <p class="quiet">
          Every client token and refresh token is signed with one of these. Their public halves stand in{' '}
          <a href="/.well-known/jwks.json">the key set</a>. The key that signs webhooks is another one.
        </p>
      </PageHead>
      {isForbidden ? (
        <Forbidden />
      ) : (
        <Loaded polled={keys}>
          {({ data }) => (
            <Table
              caption="Signing keys"
              columns={columnsWith((key) => setOpen({ what: 'revoke', key }))}
              rows={data}
              keyOf={({ id }) => id}
              empty={<p>There are no keys.</p>}
            />
          )}
        </Loaded>
      )}
      {open?.what === 'rotate' && <Rotate onClose={close} onDone={keys.reload} />}
      {open?.what === 'revoke' && <Revoke signingKey={open.key} onClose={close} onDone={keys.reload} />}
    </>
  );
}

const Forbidden = () => (
  <Notice kind="info" title="Signing keys are the operator's">
    <p>
      Your API key belongs to another account. Signing keys concern the tokens of all accounts, so only the account that
      was made first on this server may look at them and change them. Lock the console and open it with a key of that
      one, or ask whoever runs the server.
    </p>
  </Notice>
);

const columnsWith = (revoke: (key: SigningKey) => void): readonly Column<SigningKey>[] => [
  { title: 'Id', cell: ({ id }) => <Copyable text={id} what={`the id ${keyName(id)}`} /> },
  {
    title: 'State',
    cell: ({ state }) => {
      const { tone, words, meaning } = keyStateWords(state);
      return (
        <div class="who">
          <Badge tone={tone}>{words}</Badge>
          <span class="quiet small">{meaning}</span>
        </div>
      );
    },
  },
  { title: 'Time', cell: (key) => <Times {...key} /> },
  {
    title: 'Actions',
    isActions: true,
    cell: (key) => (
      <div class="row-actions">
        <Button class="slim" icon="trash" label={`Revoke ${keyName(key.id)}`} onClick={() => revoke(key)}>
          Revoke
        </Button>
      </div>
    ),
  },
];

function Times({ active_since, retires_at }: SigningKey) {
  const at = active_since ?? retires_at;
  if (!at) return <span class="quiet">–</span>;
  return (
    <div class="who">
      <span>
        {active_since ? 'began' : 'gone'} <Ago at={at} />
      </span>
      <span class="quiet small">
        <Moment at={at} />
      </span>
    </div>
  );
}

interface Common {
  onClose: () => void;
  onDone: () => void;
}

function Rotate({ onClose, onDone }: Common) {
  async function rotate() {
    await send('POST', '/signing_keys/actions/rotate');
    announce('The keys are rotated');
    onDone();
  }
  return (
    <Confirm title="Rotate the keys?" verb="Rotate" isDanger={false} onConfirm={rotate} onClose={onClose}>
      <p>
        The next key signs from now on. The present one retires: the tokens that it signed stay good for as long as they
        live, so nobody in a call notices anything. A new key is made to be the next one.
      </p>
      <p>This does not help against a key that others may know. Revoke that one.</p>
    </Confirm>
  );
}

function Revoke({ signingKey, onClose, onDone }: Common & { signingKey: SigningKey }) {
  const { id } = signingKey;
  const name = keyName(id);
  const [first, ...more] = revocationWords(signingKey);
  async function revoke() {
    await send('POST', `/signing_keys/${encodeURIComponent(id)}/actions/revoke`);
    announce(`The key ${name} is revoked`);
    onDone();
  }
  return (
    <Confirm
      title="Revoke this key?"
      verb="Revoke the key"
      typed={{ label: `To go on, type the beginning of its id: ${name}`, text: name }}
      onConfirm={revoke}
      onClose={onClose}
    >
      <p>
        <code>{id}</code>
      </p>
      <Notice kind="warning" title={first}>
        {more.map((words) => (
          <p key={words}>{words}</p>
        ))}
      </Notice>
      <p>This cannot be undone.</p>
    </Confirm>
  );
}
