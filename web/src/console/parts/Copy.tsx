import { useEffect, useRef, useState } from 'preact/hooks';
import { announce } from '../../shared/announce';
import { Button } from '../../shared/Button';

const SAID_MS = 2_500;

/** Puts a text on the clipboard; where the browser forbids that, it says so. */
export function CopyButton({ text, what, label }: { text: string; what: string; label?: string }) {
  const [said, setSaid] = useState<'copied' | 'refused'>();
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  async function copy() {
    let outcome: typeof said = 'copied';
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      outcome = 'refused';
    }
    announce(outcome === 'copied' ? `Copied ${what}` : `The browser does not let this page copy ${what}`);
    setSaid(outcome);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setSaid(undefined), SAID_MS);
  }
  const words = said === 'copied' ? 'Copied' : said === 'refused' ? 'Not allowed' : (label ?? 'Copy');
  return (
    <Button class="slim" icon={said === 'copied' ? 'check' : 'copy'} label={`Copy ${what}`} onClick={copy}>
      {words}
    </Button>
  );
}

/** A text to be taken elsewhere, whole. */
export function Copyable({ text, what }: { text: string; what: string }) {
  return (
    <span class="copyable">
      <code>{text}</code>
      <CopyButton text={text} what={what} />
    </span>
  );
}
