import type { ComponentChildren } from 'preact';
import { Button } from '../../shared/Button';
import type { IconName } from '../../shared/Icon';
import type { Call } from '../call/call';
import { canShareScreen } from '../call/screen';
import type { OwnMedia } from '../media/own';
import type { Panel } from './CallScreen';
import { DeviceToggle } from './Preview';

interface Props {
  call: Call;
  media: OwnMedia;
  panel: Panel;
  onPanel: (panel: Panel) => void;
  onScreen: () => void;
  onSettings: () => void;
}

/** What one does in a call. */
export function Toolbar({ call, media, panel, onPanel, onScreen, onSettings }: Props) {
  const isSharing = call.screen.isOn.value;
  const { unread } = call.chat.value;
  return (
    <section class="toolbar" aria-label="Controls">
      <DeviceToggle media={media} kind="audio" hasText />
      <DeviceToggle media={media} kind="video" hasText />
      {canShareScreen() && (
        <Button
          class={`toggle ${isSharing ? 'is-on' : ''}`}
          icon={isSharing ? 'screen-off' : 'screen'}
          aria-pressed={isSharing}
          label="Share screen"
          onClick={onScreen}
        >
          <span class="caption">{isSharing ? 'Stop sharing' : 'Share'}</span>
        </Button>
      )}
      <span class="gap" />
      <PanelButton
        panel="chat"
        icon="chat"
        label={unread ? `Chat, ${unread} unread` : 'Chat'}
        open={panel}
        onPanel={onPanel}
      >
        Chat
        {unread > 0 && (
          <span class="count" aria-hidden="true">
            {unread > 99 ? '99+' : unread}
          </span>
        )}
      </PanelButton>
      <PanelButton panel="people" icon="people" label="People" open={panel} onPanel={onPanel}>
        People
      </PanelButton>
      <Button class="toggle" icon="settings" label="Settings" aria-haspopup="dialog" onClick={onSettings}>
        <span class="caption">Settings</span>
      </Button>
      <span class="gap" />
      <Button kind="danger" class="leave" icon="leave" label="Leave" onClick={() => call.leave()}>
        <span class="caption">Leave</span>
      </Button>
    </section>
  );
}

interface PanelButtonProps {
  panel: NonNullable<Panel>;
  icon: IconName;
  label: string;
  open: Panel;
  onPanel: (panel: Panel) => void;
  children: ComponentChildren;
}

function PanelButton({ panel, icon, label, open, onPanel, children }: PanelButtonProps) {
  return (
    <Button
      id={`toggle-${panel}`}
      class={`toggle ${open === panel ? 'is-on' : ''}`}
      icon={icon}
      label={label}
      aria-expanded={open === panel}
      onClick={() => onPanel(panel)}
    >
      <span class="caption">{children}</span>
    </Button>
  );
}
