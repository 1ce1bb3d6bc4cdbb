import { useEffect, useRef } from 'preact/hooks';
import { Button } from '../../shared/Button';
import { Icon } from '../../shared/Icon';
import type { Ending } from '../model/ending';

interface Props {
  ending: Ending;
  onAgain: () => void;
  onStart: () => void;
}

/** After the call, or instead of it. */
export function Ended({ ending, onAgain, onStart }: Props) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const isFine = ending.kind === 'left' || ending.kind === 'ended';
  return (
    <main class="narrow">
      <section class="card ended" aria-labelledby="ended">
        <span class={`badge ${isFine ? 'good' : 'bad'}`}>
          <Icon name={isFine ? 'check' : 'warning'} size={32} />
        </span>
        <h1 id="ended" ref={heading} tabIndex={-1}>
          {ending.title}
        </h1>
        <p class="quiet">{ending.text}</p>
        <div class="buttons">
          {ending.again && (
            <Button kind="primary" onClick={onAgain}>
              {ending.again}
            </Button>
          )}
          <Button onClick={onStart}>To the start</Button>
        </div>
      </section>
    </main>
  );
}
