import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { Button } from '../../shared/Button';
import { Dialog } from '../../shared/Dialog';
import { Field } from '../../shared/Field';
import { useAction } from '../useAction';
import { ErrorNotice } from './ErrorNotice';

interface Props {
  title: string;
  /** What the button says. */
  verb: string;
  children: ComponentChildren;
  /** What has to be typed, if a click is not enough. */
  typed?: { label: string; text: string };
  isDanger?: boolean;
  onConfirm: () => Promise<unknown>;
  onClose: () => void;
}

/** Asks before something is done that cannot be undone; stays while it is done, and says what went wrong. */
export function Confirm({ title, verb, children, typed, isDanger = true, onConfirm, onClose }: Props) {
  const { isBusy, error, run } = useAction();
  const [text, setText] = useState('');
  const isTyped = typed === undefined || text.trim() === typed.text;
  async function submit(event: Event) {
    event.preventDefault();
    if (isTyped && !isBusy && (await run(onConfirm))) onClose();
  }
  return (
    <Dialog title={title} onClose={onClose}>
      <form class="stack" onSubmit={submit}>
        {children}
        {typed && (
          <Field label={typed.label}>
            {(control) => (
              <input
                {...control}
                class="input code"
                value={text}
                autocomplete="off"
                autocapitalize="none"
                spellcheck={false}
                onInput={(event) => setText(event.currentTarget.value)}
              />
            )}
          </Field>
        )}
        <ErrorNotice error={error} />
        <div class="actions">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" kind={isDanger ? 'danger' : 'primary'} busy={isBusy} disabled={!isTyped}>
            {verb}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
