import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { Announcer } from '../../shared/announce';
import { ApiError } from '../../shared/api';
import { Button } from '../../shared/Button';
import { Notice } from '../../shared/Notice';
import { recall, remember } from '../../shared/storage';
import { Call } from '../call/call';
import { admit, type Pass, roomNames, type ServerFacts, serverFacts } from '../call/tickets';
import { forgetEntrance, keepKey, readEntrance } from '../entrance';
import { OwnMedia } from '../media/own';
import { roomLink } from '../model/address';
import { ENDINGS, type Ending, refusedToken } from '../model/ending';
import { prepareSdk } from '../sdk/prepare';
import { CallScreen } from './CallScreen';
import { Ended } from './Ended';
import { Lobby } from './Lobby';
import { Unlock } from './Unlock';

type View =
  | { kind: 'starting' }
  | { kind: 'unreachable'; text: string }
  | { kind: 'unlock' }
  | { kind: 'lobby'; pass: Pass }
  | { kind: 'call'; pass: Pass; call: Call }
  | { kind: 'ended'; pass: Pass; ending: Ending };

/** The whole page: which of its views is there, and how one leads to the next. */
export function App() {
  const view = useSignal<View>({ kind: 'starting' });
  const fault = useSignal<string | undefined>(undefined);
  const isBusy = useSignal(false);
  const room = useSignal('');
  const rooms = useSignal<string[]>([]);
  const name = useSignal(recall('meet.name') ?? '');
  const media = useRef<OwnMedia | undefined>(undefined);
  media.current ??= new OwnMedia();
  const own = media.current;

  const open = async (pass: Pass) => {
    if (pass.kind === 'key') rooms.value = await roomNames(pass.key);
    fault.value = undefined;
    view.value = { kind: 'lobby', pass };
  };

  const start = async () => {
    view.value = { kind: 'starting' };
    let facts: ServerFacts;
    try {
      facts = await serverFacts();
    } catch (error) {
      view.value = { kind: 'unreachable', text: wordsFor(error) };
      return;
    }
    prepareSdk(facts.ice_servers);
    const entrance = readEntrance(facts.visitors);
    room.value = entrance.room;
    if (!entrance.pass) {
      view.value = { kind: 'unlock' };
      return;
    }
    await open(entrance.pass).catch((error: unknown) => {
      fault.value = wordsFor(error);
      view.value = { kind: 'unlock' };
    });
  };

  const unlock = async (key: string, isKept: boolean) => {
    isBusy.value = true;
    try {
      await open({ kind: 'key', key });
      keepKey(isKept ? key : undefined);
    } catch (error) {
      fault.value = wordsFor(error);
    }
    isBusy.value = false;
  };

  const join = async (pass: Pass, ownName: string, wanted: string) => {
    isBusy.value = true;
    fault.value = undefined;
    remember('meet.name', ownName);
    name.value = ownName;
    try {
      const ticket = await admit(pass, wanted);
      const call = new Call(pass, ticket, ownName, own);
      room.value = pass.kind === 'invitation' ? ticket.title : wanted;
      if (pass.kind === 'visitor') history.replaceState(null, '', roomLink(location.href, wanted));
      view.value = { kind: 'call', pass, call };
      void live(pass, call);
    } catch (error) {
      const ending = pass.kind === 'invitation' && error instanceof ApiError ? refusedToken(error) : undefined;
      if (ending) end(pass, ending);
      else fault.value = wordsFor(error);
    }
    isBusy.value = false;
  };

  const live = async (pass: Pass, call: Call) => {
    await call.run();
    const { value: phase } = call.phase;
    end(pass, phase.kind === 'ended' ? phase.ending : ENDINGS.left);
  };

  const end = (pass: Pass, ending: Ending) => {
    own.stop();
    view.value = { kind: 'ended', pass, ending };
  };

  const toStart = () => {
    forgetEntrance();
    room.value = '';
    fault.value = undefined;
    void start();
  };

  useEffect(() => {
    void start();
    // An invitation that is opened in this tab changes nothing but what stands behind the `#`.
    const onHash = () => location.reload();
    const onHide = () => view.value.kind === 'call' && view.value.call.leave();
    window.addEventListener('hashchange', onHash);
    window.addEventListener('pagehide', onHide);
    return () => {
      window.removeEventListener('hashchange', onHash);
      window.removeEventListener('pagehide', onHide);
    };
  }, []);

  const shown = view.value;
  useEffect(() => {
    document.title = shown.kind === 'call' ? `${shown.call.ticket.title} · Greenroom` : 'Greenroom';
  }, [shown]);
  return (
    <>
      {shown.kind !== 'call' && <Masthead />}
      {shown.kind === 'starting' && (
        <main class="narrow" aria-busy="true">
          <p class="quiet waiting">
            <span class="spinner" aria-hidden="true" /> One moment…
          </p>
        </main>
      )}
      {shown.kind === 'unreachable' && (
        <main class="narrow">
          <Notice
            kind="danger"
            title="No connection to the server"
            actions={<Button onClick={() => void start()}>Try again</Button>}
          >
            <p>{shown.text}</p>
          </Notice>
        </main>
      )}
      {shown.kind === 'unlock' && (
        <Unlock fault={fault.value} isBusy={isBusy.value} onKey={(key, kept) => void unlock(key, kept)} />
      )}
      {shown.kind === 'lobby' && (
        <Lobby
          pass={shown.pass}
          media={own}
          name={name.value}
          room={shown.pass.kind === 'invitation' ? shown.pass.invitation.title : room.value}
          rooms={rooms.value}
          fault={fault.value}
          isJoining={isBusy.value}
          onJoin={(ownName, wanted) => void join(shown.pass, ownName, room.value || wanted)}
        />
      )}
      {shown.kind === 'call' && <CallScreen call={shown.call} media={own} />}
      {shown.kind === 'ended' && (
        <Ended ending={shown.ending} onAgain={() => void open(shown.pass)} onStart={toStart} />
      )}
      <Announcer />
    </>
  );
}

function Masthead() {
  return (
    <header class="masthead">
      <img src="/icon.svg" alt="" width={28} height={28} />
      <span class="brand">Greenroom</span>
      <nav aria-label="More">
        <a href="/docs">API</a>
      </nav>
    </header>
  );
}

function wordsFor(error: unknown): string {
  if (!(error instanceof ApiError)) return 'Something went wrong on this page. Reload it and try again.';
  if (error.status === 401) return 'This is no API key of this server, or not any more.';
  if (error.status === 429) {
    const wait = error.retryAfterSecs;
    return `Too many requests. Try again ${wait ? `in ${wait} seconds` : 'in a moment'}.`;
  }
  if (error.status === 403) return 'This opens no room of this server.';
  if (error.status === 404) return 'There is no such room.';
  return error.message;
}
