import type { ButtonHTMLAttributes, ComponentChildren, TargetedMouseEvent } from 'preact';
import { Icon, type IconName } from './Icon';

interface Props extends Omit<ButtonHTMLAttributes, 'icon' | 'children' | 'type' | 'onClick'> {
  kind?: 'primary' | 'danger' | 'bare' | undefined;
  icon?: IconName | undefined;
  /** The name of a button that shows its icon alone. */
  label?: string | undefined;
  /** Something that was asked for is under way: pressed again, the button does nothing, and it keeps the focus. */
  busy?: boolean | undefined;
  type?: 'button' | 'submit' | undefined;
  disabled?: boolean | undefined;
  onClick?: ((event: TargetedMouseEvent<HTMLButtonElement>) => void) | undefined;
  children?: ComponentChildren;
}

/** A button; without `children` it shows its icon alone, and `label` names it. */
export function Button({
  kind,
  icon,
  label,
  busy = false,
  type = 'button',
  class: more,
  onClick,
  children,
  ...rest
}: Props) {
  const alone = children === undefined;
  const classes = ['button', kind, alone && 'icon', more].filter(Boolean).join(' ');
  return (
    <button
      {...rest}
      type={type}
      class={classes}
      aria-label={label}
      title={alone ? label : undefined}
      aria-disabled={busy || undefined}
      onClick={(event) => (busy ? event.preventDefault() : onClick?.(event))}
    >
      {busy ? <span class="spinner" aria-hidden="true" /> : icon && <Icon name={icon} />}
      {children}
    </button>
  );
}
