import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { href, type Route } from '../route';

interface Props {
  title: string;
  /** Where the page belongs: the way up. */
  up?: { title: string; to: Route };
  actions?: ComponentChildren;
  children?: ComponentChildren;
}

/** The head of a view. It takes the focus when the view comes, so that a screen reader begins there. */
export function PageHead({ title, up, actions, children }: Props) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    heading.current?.focus({ preventScroll: true });
    scrollTo(0, 0);
  }, []);
  useEffect(() => {
    document.title = `${title} · Greenroom console`;
  }, [title]);
  return (
    <header class="page-head">
      <div>
        {up && (
          <a class="up small" href={href(up.to)}>
            <span aria-hidden="true">‹ </span>
            {up.title}
          </a>
        )}
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
        {children}
      </div>
      {actions && <div class="actions">{actions}</div>}
    </header>
  );
}
