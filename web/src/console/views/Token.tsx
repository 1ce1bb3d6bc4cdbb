import { useRef, useState } from 'preact/hooks';
import { announce } from '../../shared/announce';
import { Button } from '../../shared/Button';
import { Field } from '../../shared/Field';
import { Icon } from '../../shared/Icon';
import { Notice } from '../../shared/Notice';
import { membersOf, roomOf } from '../claims';
import { send } from '../client';
import { now_ms } from '../clock';
import { ErrorNotice } from '../parts/ErrorNotice';
import { PageHead } from '../parts/PageHead';
import type { Check, Explanation } from '../resources';
import { href, roomRoute } from '../route';
import { useAction } from '../useAction';

/** The server looks at no longer ones. */
const TOKEN_MAX_CHARS = 8_192;

/** Says what is right and wrong with a token. */
export function Token() {
  const [token, setToken] = useState('');
  const [explanation, setExplanation] = useState<Explanation>();
  const [isMissing, setMissing] = useState(false);
  const { isBusy, error, run } = useAction();
  const input = useRef<HTMLTextAreaElement>(null);

  async function explain(event: Event) {
    event.preventDefault();
    setMissing(token.trim() === '');
    if (token.trim() === '') return input.current?.focus();
    setExplanation(undefined);
    await run(async () => {
      const found = await send<Explanation>('POST', '/client_tokens/actions/explain', { token: token.trim() });
      setExplanation(found);
      if (found) announce(found.valid ? 'The token is good' : 'The token is refused');
    });
  }

  return (
    <>
      <PageHead title="Token explainer">
        <p class="quiet">
          Whoever comes with a bad token is only told that it is refused. Here you see why: every check that the door
          and a refresh make.
        </p>
      </PageHead>
      <form class="card stack" onSubmit={explain}>
        <Field
          label="Client token or refresh token"
          help="It is sent to this server in the body of one request, and kept nowhere."
          fault={isMissing ? 'Paste a token first.' : undefined}
        >
          {(control) => (
            <textarea
              {...control}
              class="input code"
              ref={input}
              rows={5}
              maxLength={TOKEN_MAX_CHARS}
              spellcheck={false}
              autocomplete="off"
              value={token}
              onInput={(event) => setToken(event.currentTarget.value)}
            />
          )}
        </Field>
        <div class="actions">
          <Button type="submit" kind="primary" busy={isBusy}>
            Explain
          </Button>
          <Button
            onClick={() => {
              setToken('');
              setExplanation(undefined);
              input.current?.focus();
            }}
          >
            Clear
          </Button>
        </div>
      </form>
      <ErrorNotice error={error} />
      {explanation && <Result {...explanation} />}
    </>
  );
}

const KINDS = { access: 'client token', refresh: 'refresh token' };

function Result({ valid, token_type, checks, header, claims }: Explanation) {
  const kind = token_type ? KINDS[token_type] : 'token';
  const failed = checks.find(({ outcome }) => outcome === 'failed');
  const room = valid ? roomOf(claims) : undefined;
  const isSigned = checks.some(({ name, outcome }) => name === 'signature' && outcome === 'passed');
  return (
    <>
      <Notice kind={valid ? 'good' : 'danger'} title={valid ? `A good ${kind}` : `This ${kind} is refused`}>
        {valid ? (
          <p>
            It passes every check, as of now.{' '}
            {room && (
              <a href={href(roomRoute(room))}>
                {token_type === 'refresh' ? 'The room that it is for' : 'The room that it opens'}
              </a>
            )}
          </p>
        ) : (
          failed && (
            <p>
              {sentence(failed.title)}: no. {failed.detail && `${sentence(failed.detail)}.`}
            </p>
          )
        )}
      </Notice>
      <section class="card" aria-labelledby="checks">
        <h2 id="checks">Checks</h2>
        <ol class="checks">
          {checks.map((check) => (
            <CheckLine key={check.name} {...check} />
          ))}
        </ol>
      </section>
      <Members title="Header" members={header} isSigned={isSigned} />
      <Members title="Claims" members={claims} isSigned={isSigned} />
    </>
  );
}

const OUTCOMES = {
  passed: { icon: 'check', words: 'passed' },
  failed: { icon: 'close', words: 'failed' },
  skipped: { icon: 'more', words: 'not made' },
} as const;

function CheckLine({ title, outcome, detail }: Check) {
  const { icon, words } = OUTCOMES[outcome] ?? OUTCOMES.skipped;
  return (
    <li class={outcome}>
      <Icon name={icon} size={20} />
      <span>
        {sentence(title)}
        {detail && <span class="quiet">: {detail}</span>}
      </span>
      <span class="small outcome">{words}</span>
    </li>
  );
}

const sentence = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

function Members({
  title,
  members,
  isSigned,
}: {
  title: string;
  members: Record<string, unknown> | null;
  isSigned: boolean;
}) {
  return (
    <section class="card" aria-label={title}>
      <h2>{title}</h2>
      {!isSigned && members && (
        <p class="quiet small">Its signature does not hold, so anybody can have written this.</p>
      )}
      {members ? (
        <dl class="members">
          {membersOf(members, now_ms.value).map(({ name, value, meaning }) => (
            <div key={name}>
              <dt>
                <code>{name}</code>
              </dt>
              <dd>
                <code>{value}</code>
                {meaning && <span class="quiet small">{meaning}</span>}
              </dd>
            </div>
          ))}
        </dl>
      ) : (
        <p class="quiet">Not shown: it cannot be decoded, or it is about another account's room.</p>
      )}
    </section>
  );
}
