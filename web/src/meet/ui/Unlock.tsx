import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { Button } from '../../shared/Button';
import { Field } from '../../shared/Field';
import { Notice } from '../../shared/Notice';

interface Props {
  fault: string | undefined;
  isBusy: boolean;
  onKey: (key: string, isKept: boolean) => void;
}

/** For those who come without an invitation to a server that lets no visitors in. */
export function Unlock({ fault, isBusy, onKey }: Props) {
  const isKept = useSignal(false);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const onSubmit = (event: SubmitEvent) => {
    event.preventDefault();
    const key = new FormData(event.currentTarget as HTMLFormElement).get('key');
    if (!isBusy) onKey(String(key).trim(), isKept.value);
  };
  return (
    <main class="narrow">
      <form class="card join" onSubmit={onSubmit}>
        <h1 ref={heading} tabIndex={-1}>
          You need an invitation
        </h1>
        <p class="quiet">
          Open the link that you were sent. If you run this server, or have an API key of it, you can start a call with
          that.
        </p>
        {fault && (
          <Notice kind="danger">
            <p>{fault}</p>
          </Notice>
        )}
        <Field label="API key">
          {(control) => (
            <input {...control} name="key" type="password" autocomplete="off" spellcheck={false} required />
          )}
        </Field>
        <label class="check">
          <input
            type="checkbox"
            checked={isKept.value}
            onChange={({ currentTarget }) => {
              isKept.value = currentTarget.checked;
            }}
          />
          Keep it until this tab is closed
        </label>
        <Button kind="primary" type="submit" busy={isBusy}>
          Go on
        </Button>
      </form>
    </main>
  );
}
