import type { Signal } from '@preact/signals';
import { Dialog } from '../../shared/Dialog';
import { remember } from '../../shared/storage';

const KEYS = [
  ['M', 'Microphone on or off'],
  ['V', 'Camera on or off'],
  ['S', 'Share the screen, or stop it'],
  ['C', 'Open or close the chat'],
  ['P', 'Open or close the list of people'],
  ['I', 'Invite somebody'],
  ['?', 'This list'],
  ['Esc', 'Close what is open'],
] as const;

/** Which keys do what, and a switch for those whom single keys get in the way of. */
export function ShortcutsDialog({ hasKeys, onClose }: { hasKeys: Signal<boolean>; onClose: () => void }) {
  return (
    <Dialog title="Keyboard" onClose={onClose}>
      <dl class="keys">
        {KEYS.map(([key, what]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <label class="check">
        <input
          type="checkbox"
          checked={hasKeys.value}
          onChange={({ currentTarget }) => {
            hasKeys.value = currentTarget.checked;
            remember('meet.keys', currentTarget.checked ? undefined : 'no');
          }}
        />
        Use single keys
      </label>
    </Dialog>
  );
}
