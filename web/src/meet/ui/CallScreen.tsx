import { useComputed, useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { Button } from '../../shared/Button';
import { Icon } from '../../shared/Icon';
import { Notice } from '../../shared/Notice';
import { recall } from '../../shared/storage';
import type { Call } from '../call/call';
import { canShareScreen } from '../call/screen';
import type { OwnMedia } from '../media/own';
import { chatAfter } from '../model/chat';
import { ChatPanel } from './ChatPanel';
import { InviteDialog } from './InviteDialog';
import { PeoplePanel } from './PeoplePanel';
import { Faults } from './Preview';
import { QualityBars } from './QualityBars';
import { SettingsDialog } from './SettingsDialog';
import { ShortcutsDialog } from './ShortcutsDialog';
import { Sound } from './Sound';
import { Stage } from './Stage';
import { Toolbar } from './Toolbar';
import { useShortcuts } from './useShortcuts';

export type Panel = 'chat' | 'people' | undefined;
export type Shown = 'invite' | 'settings' | 'shortcuts' | undefined;

/** The call. */
export function CallScreen({ call, media }: { call: Call; media: OwnMedia }) {
  const panel = useSignal<Panel>(undefined);
  const dialog = useSignal<Shown>(undefined);
  const pinned = useSignal<string | undefined>(undefined);
  const hasKeys = useSignal(recall('meet.keys') !== 'no');
  const heading = useRef<HTMLHeadingElement>(null);
  const phase = call.phase.value;
  const count = useComputed(() => call.roster.value.people.length).value;

  const openPanel = (wanted: Panel) => {
    const before = panel.value;
    const next = before === wanted ? undefined : wanted;
    panel.value = next;
    call.chat.value = chatAfter(call.chat.value, { type: next === 'chat' ? 'opened' : 'closed' });
    // The button that opened a panel has the focus again when it is closed.
    if (next === undefined) document.getElementById(`toggle-${before}`)?.focus();
  };
  const toggleScreen = () => (call.screen.isOn.value ? call.screen.stop() : void call.screen.start());
  useShortcuts(hasKeys.value, {
    m: () => void media.turn('audio', !media.audio.value.isOn),
    v: () => void media.turn('video', !media.video.value.isOn),
    s: () => canShareScreen() && toggleScreen(),
    c: () => openPanel('chat'),
    p: () => openPanel('people'),
    i: () => {
      dialog.value = 'invite';
    },
    '?': () => {
      dialog.value = 'shortcuts';
    },
    Escape: () => panel.value && openPanel(undefined),
  });
  useEffect(() => heading.current?.focus(), []);

  const closeDialog = () => {
    dialog.value = undefined;
  };
  return (
    <div class={`call ${panel.value ? 'with-panel' : ''}`}>
      <header class="call-header">
        <h1 ref={heading} tabIndex={-1}>
          {call.ticket.title}
        </h1>
        <p class="call-facts">
          <Icon name="people" size={20} />
          <span>
            {count} <span class="unseen">{count === 1 ? 'person' : 'people'} in the call</span>
          </span>
          <QualityBars judgement={call.meter.own.value} whose="Your" />
        </p>
        <Button
          icon="link"
          label="Invite"
          onClick={() => {
            dialog.value = 'invite';
          }}
        >
          <span class="caption">Invite</span>
        </Button>
      </header>
      <div class="notices">
        {phase.kind === 'rejoining' && <Rejoining call={call} />}
        <Sound track={call.sound.value} speaker={media.chosen.value.speaker} />
        <Faults media={media} />
        {call.notice.value && (
          <Notice
            kind={call.notice.value.kind}
            onClose={() => {
              call.notice.value = undefined;
            }}
          >
            <p>{call.notice.value.text}</p>
          </Notice>
        )}
      </div>
      <main class="call-main">
        {phase.kind === 'joining' ? (
          <p class="joining" role="status">
            <span class="spinner" aria-hidden="true" /> Joining {call.ticket.title}…
          </p>
        ) : (
          <Stage call={call} pinned={pinned} />
        )}
      </main>
      {panel.value === 'chat' && <ChatPanel call={call} onClose={() => openPanel(undefined)} />}
      {panel.value === 'people' && <PeoplePanel call={call} pinned={pinned} onClose={() => openPanel(undefined)} />}
      <Toolbar
        call={call}
        media={media}
        panel={panel.value}
        onPanel={openPanel}
        onScreen={toggleScreen}
        onSettings={() => {
          dialog.value = 'settings';
        }}
      />
      {dialog.value === 'invite' && <InviteDialog call={call} onClose={closeDialog} />}
      {dialog.value === 'settings' && (
        <SettingsDialog
          media={media}
          onClose={closeDialog}
          onShortcuts={() => {
            dialog.value = 'shortcuts';
          }}
        />
      )}
      {dialog.value === 'shortcuts' && <ShortcutsDialog hasKeys={hasKeys} onClose={closeDialog} />}
    </div>
  );
}

function Rejoining({ call }: { call: Call }) {
  const actions = (
    <>
      <Button icon="refresh" onClick={() => call.tryNow()}>
        Try now
      </Button>
      <Button kind="bare" onClick={() => call.leave()}>
        Leave
      </Button>
    </>
  );
  return (
    <Notice kind="warning" title="Connecting again…" actions={actions}>
      <p>
        The connection to the call is lost. This page tries to come back by itself; camera and microphone stay as they
        are.
      </p>
    </Notice>
  );
}
