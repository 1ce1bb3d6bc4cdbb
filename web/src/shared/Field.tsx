import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

interface Props {
  label: string;
  help?: ComponentChildren;
  /** What is wrong with the value. */
  fault?: string | undefined;
  /** Gets what the control has to carry. */
  children: (control: {
    id: string;
    class: string;
    'aria-describedby': string | undefined;
    'aria-invalid': boolean | undefined;
  }) => ComponentChildren;
}

/** A control with its label, a line of help, and what is wrong with it. */
export function Field({ label, help, fault, children }: Props) {
  const id = useId();
  const described = [help && `${id}-help`, fault && `${id}-fault`].filter(Boolean).join(' ') || undefined;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children({ id, class: 'input', 'aria-describedby': described, 'aria-invalid': fault ? true : undefined })}
      {help && (
        <p class="help" id={`${id}-help`}>
          {help}
        </p>
      )}
      {fault && (
        <p class="fault" id={`${id}-fault`}>
          {fault}
        </p>
      )}
    </div>
  );
}
