import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { Button } from './Button';

interface Props {
  title: string;
  onClose: () => void;
  children: ComponentChildren;
  class?: string;
}

/**
 * A dialog above the page for as long as it is rendered. Esc and a click beside it close it, but not a selection of text
 * that is drawn out of it; the focus goes back to where it was.
 */
export function Dialog({ title, onClose, children, class: more = '' }: Props) {
  const element = useRef<HTMLDialogElement>(null);
  const close = useRef(onClose);
  close.current = onClose;
  const titleId = useId();
  useEffect(() => {
    const before = document.activeElement;
    const dialog = element.current;
    let isBeside = false;
    const onPress = (event: Event) => {
      isBeside = event.target === dialog;
    };
    const onClick = (event: Event) => event.target === dialog && isBeside && close.current();
    // The browser may close it without asking, such as at a second Esc in a row.
    const onClosed = () => close.current();
    dialog?.addEventListener('pointerdown', onPress);
    dialog?.addEventListener('click', onClick);
    dialog?.addEventListener('close', onClosed);
    dialog?.showModal();
    return () => {
      dialog?.removeEventListener('close', onClosed);
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
