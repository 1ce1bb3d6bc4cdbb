import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { Button } from './Button';

interface Props {
  title: string;
  onClose: () => void;
  children: ComponentChildren;
  class?: string;
}

/** A dialog above the page for as long as it is rendered. Esc and a click beside it close it; the focus goes back to where it was. */
export function Dialog({ title, onClose, children, class: more = '' }: Props) {
  const element = useRef<HTMLDialogElement>(null);
  const close = useRef(onClose);
  close.current = onClose;
  const titleId = useId();
  useEffect(() => {
    const before = document.activeElement;
    const dialog = element.current;
    const onClick = (event: Event) => event.target === dialog && close.current();
    dialog?.addEventListener('click', onClick);
    dialog?.showModal();
    return () => {
      dialog?.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  const onCancel = (event: Event) => {
    event.preventDefault();
    onClose();
  };
  return (
    <dialog ref={element} class={`dialog ${more}`} aria-labelledby={titleId} onCancel={onCancel}>
      <header>
        <h2 id={titleId}>{title}</h2>
        <Button kind="bare" icon="close" label="Close" onClick={onClose} />
      </header>
      <div class="content">{children}</div>
    </dialog>
  );
}
