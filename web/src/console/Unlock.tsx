import { useEffect, useRef, useState } from 'preact/hooks';
import { Button } from '../shared/Button';
import { Field } from '../shared/Field';
import { Notice } from '../shared/Notice';
import { unlock } from './client';
import { hasStatus, mayPass } from './errors';
import { cleanKey } from './key';
import { pauseMs } from './pace';
import { ErrorNotice } from './parts/ErrorNotice';
import { isKept, keep, lockedBecause } from './state';
import { useAction } from './useAction';

/** As after so many failures: about every eight seconds. */
const RETRY_AFTER = 4;
const NO_KEY = 'Paste an API key: letters, digits and signs without spaces.';

/** Asks for the API key; with `offered` it tries that one first, which came with the address or was kept. */
export function Unlock({ offered }: { offered: string | undefined }) {
  const [text, setText] = useState('');
  const [isWanted, setWanted] = useState(isKept.value);
  const [fault, setFault] = useState<string>();
  const { isBusy, error, run } = useAction();
  const input = useRef<HTMLInputElement>(null);

  useEffect(() => {
    document.title = 'Greenroom console';
    if (offered === undefined) input.current?.focus();
    else void attempt(offered, isKept.value);
  }, [offered]);

  useEffect(() => {
    if (hasStatus(error, 401)) keep(false);
    if (offered === undefined || !mayPass(error)) return;
    const timer = setTimeout(() => void attempt(offered, isKept.value), pauseMs(0, RETRY_AFTER, error.retryAfterSecs));
    return () => clearTimeout(timer);
  }, [error]);

  async function attempt(key: string, keepIt: boolean) {
    if (await run(() => unlock(key))) keep(keepIt);
    else input.current?.focus();
  }

  async function submit(event: Event) {
    event.preventDefault();
    if (isBusy) return;
    const key = cleanKey(text);
    setFault(key === undefined ? NO_KEY : undefined);
    if (key === undefined) input.current?.focus();
    else await attempt(key, isWanted);
  }

  const wrong = hasStatus(error, 401)
    ? 'The server does not know this key: it is mistyped, expired or revoked.'
    : undefined;
  return (
    <main class="unlock">
      <form class="card stack" onSubmit={submit}>
        <h1>
          <img src="/icon.svg" alt="" width={32} height={32} /> Greenroom console
        </h1>
        {lockedBecause.value && !isBusy && error === undefined && (
          <Notice kind="warning">
            <p>{lockedBecause.value}</p>
          </Notice>
        )}
        <Field
          label="API key"
          help={
            <>
              The one that your application uses. <code>greenroom dev</code> prints an address that opens this page;{' '}
              <code>greenroom api-key create</code> makes keys.
            </>
          }
          fault={fault ?? wrong}
        >
          {(control) => (
            <input
              {...control}
              class="input code"
              ref={input}
              type="password"
              autocomplete="off"
              spellcheck={false}
              maxLength={300}
              value={text}
              onInput={(event) => setText(event.currentTarget.value)}
            />
          )}
        </Field>
        <label class="check">
          <input type="checkbox" checked={isWanted} onChange={(event) => setWanted(event.currentTarget.checked)} />
          <span>
            Keep the key in this tab{' '}
            <span class="quiet small">so that a reload does not ask again; gone with the tab</span>
          </span>
        </label>
        {error !== undefined && !wrong && <ErrorNotice error={error} />}
        <Button type="submit" kind="primary" busy={isBusy}>
          Open the console
        </Button>
        <a href="/" class="small">
          To Meet
        </a>
      </form>
    </main>
  );
}
