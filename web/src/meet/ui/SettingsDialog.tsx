import { Button } from '../../shared/Button';
import { Dialog } from '../../shared/Dialog';
import type { OwnMedia } from '../media/own';
import { DevicePickers } from './DevicePickers';
import { Faults } from './Preview';

/** Other devices, while the call goes on. */
export function SettingsDialog(props: { media: OwnMedia; onClose: () => void; onShortcuts: () => void }) {
  const { media, onClose, onShortcuts } = props;
  return (
    <Dialog title="Settings" onClose={onClose}>
      <Faults media={media} />
      <DevicePickers media={media} />
      <div class="actions">
        <Button kind="bare" icon="keyboard" onClick={onShortcuts}>
          Keyboard
        </Button>
        <Button kind="primary" onClick={onClose}>
          Done
        </Button>
      </div>
    </Dialog>
  );
}
