import { Button } from '../../shared/Button';
import { Notice } from '../../shared/Notice';
import { errorWords } from '../errors';

/** What went wrong, in words. */
export function ErrorNotice({ error, onRetry }: { error: unknown; onRetry?: (() => void) | undefined }) {
  if (error === undefined) return null;
  const { title, detail } = errorWords(error);
  const retry = onRetry && (
    <Button icon="refresh" onClick={onRetry}>
      Try again
    </Button>
  );
  return (
    <Notice kind="danger" title={title} actions={retry}>
      <p>{detail}</p>
    </Notice>
  );
}
