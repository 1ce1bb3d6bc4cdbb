import type { ComponentChildren } from 'preact';
import { Button } from '../../shared/Button';
import { Notice } from '../../shared/Notice';
import { errorWords, mayPass } from '../errors';
import type { Polled } from '../usePoll';
import { ErrorNotice } from './ErrorNotice';

interface Props<T> {
  polled: Polled<T>;
  children: (data: T) => ComponentChildren;
}

/** Something that is being loaded: nothing yet, the thing itself, or why it is not there or not fresh. */
export function Loaded<T>({ polled: { data, error, reload }, children }: Props<T>) {
  if (data === undefined && error === undefined)
    return (
      <p class="loading" role="status">
        <span class="spinner" aria-hidden="true" /> Loading…
      </p>
    );
  if (data === undefined) return <ErrorNotice error={error} onRetry={reload} />;
  return (
    <>
      {error !== undefined && <Stale error={error} reload={reload} />}
      {children(data)}
    </>
  );
}

function Stale({ error, reload }: { error: unknown; reload: () => void }) {
  const { title, detail } = errorWords(error);
  return (
    <Notice
      kind="warning"
      title={title}
      actions={
        <Button icon="refresh" onClick={reload}>
          Try now
        </Button>
      }
    >
      <p>
        {detail} What you see may be old. {mayPass(error) && 'This page tries again by itself.'}
      </p>
    </Notice>
  );
}
