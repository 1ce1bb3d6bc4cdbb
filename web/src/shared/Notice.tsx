import type { ComponentChildren } from 'preact';
import { Button } from './Button';
import { Icon, type IconName } from './Icon';

const ICONS: Record<string, IconName> = { info: 'info', good: 'check', warning: 'warning', danger: 'warning' };

interface Props {
  kind?: 'info' | 'good' | 'warning' | 'danger' | undefined;
  title?: string | undefined;
  /** Buttons below the text. */
  actions?: ComponentChildren;
  onClose?: (() => void) | undefined;
  children?: ComponentChildren;
}

/** A few words that concern what is going on. Screen readers read it when it appears. */
export function Notice({ kind = 'info', title, actions, onClose, children }: Props) {
  const isUrgent = kind === 'danger' || kind === 'warning';
  return (
    <div class={`notice ${kind}`} role={isUrgent ? 'alert' : 'status'}>
      <Icon name={ICONS[kind] ?? 'info'} />
      <div class="body">
        {title && <p class="title">{title}</p>}
        {children}
        {actions && <div class="actions">{actions}</div>}
      </div>
      {onClose && <Button kind="bare" icon="close" label="Dismiss" onClick={onClose} />}
    </div>
  );
}
