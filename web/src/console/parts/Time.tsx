import { now_ms } from '../clock';
import { fromNow, parseTime } from '../words';

const FULL = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
const CLOCK = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });

export const fullTime = (at_ms: number) => FULL.format(at_ms);
export const clockTime = (at_ms: number) => CLOCK.format(at_ms);

/** How long ago something was, with the full time to point at. */
export function Ago({ at }: { at: string | null | undefined }) {
  const at_ms = parseTime(at);
  if (at_ms === undefined) return <span>–</span>;
  return (
    <time dateTime={new Date(at_ms).toISOString()} title={fullTime(at_ms)}>
      {fromNow(at_ms, now_ms.value)}
    </time>
  );
}

/** When something was, in full. */
export function Moment({ at }: { at: string | null | undefined }) {
  const at_ms = parseTime(at);
  if (at_ms === undefined) return <span>–</span>;
  return <time dateTime={new Date(at_ms).toISOString()}>{fullTime(at_ms)}</time>;
}

/** When something is to come; it is due now if that has passed. */
export function Due({ at }: { at: string }) {
  return (parseTime(at) ?? Number.POSITIVE_INFINITY) > now_ms.value ? <Ago at={at} /> : <span>now</span>;
}
