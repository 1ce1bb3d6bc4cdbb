import { announce } from '../../shared/announce';
import { send } from '../client';
import { Confirm } from '../parts/Confirm';
import type { Person } from '../people';
import { moderationOf } from '../settings';
import { server } from '../state';

interface Common {
  session: string;
  onClose: () => void;
  onDone: () => void;
}

const act = (session: string, action: string, body: unknown) =>
  send('POST', `/room_sessions/${encodeURIComponent(session)}/actions/${action}`, body);

/** Asks before somebody is put out, and says what that means on this server. */
export function Kick({ session, person, onClose, onDone }: Common & { person: Person }) {
  const { kick_revokes } = moderationOf(server.value?.settings);
  async function kick() {
    await act(session, 'kick', { participants: [person.id] });
    announce(`${person.name} is kicked`);
    onDone();
  }
  return (
    <Confirm title={`Kick ${person.name}?`} verb="Kick" onConfirm={kick} onClose={onClose}>
      <p>They are put out of the call at once, and the others are told.</p>
      {kick_revokes === false ? (
        <p>On this server their tokens stay good, so they can come back with them.</p>
      ) : (
        <p>
          The tokens that they came with are revoked for good, and with them the invitation link, if they used one:
          neither a reload nor a refresh brings them back. To let them in again, your application has to issue new
          tokens.
        </p>
      )}
    </Confirm>
  );
}

/** Asks before somebody is silenced, or everybody. */
export function Mute({ session, who, isOff, onClose, onDone }: Common & { who: Person | 'all'; isOff: boolean }) {
  const name = who === 'all' ? 'everybody' : who.name;
  const participants = who === 'all' ? 'all' : [who.id];
  async function mute() {
    await act(session, isOff ? 'unmute' : 'mute', { participants });
    announce(`${name} is ${isOff ? 'unmuted' : 'muted'}`);
    onDone();
  }
  return (
    <Confirm
      title={`${isOff ? 'Unmute' : 'Mute'} ${name}?`}
      verb={isOff ? 'Unmute' : 'Mute'}
      isDanger={false}
      onConfirm={mute}
      onClose={onClose}
    >
      {isOff ? (
        <p>The others can hear {name} again, unless a microphone is off anyway.</p>
      ) : (
        <p>
          Nobody hears {name} any more until you unmute them here: they cannot do that themselves. Their pictures stay.
          All in the call are told.
        </p>
      )}
    </Confirm>
  );
}

/** Asks before a session is ended for all. */
export function EndSession({ session, onClose, onDone }: Common) {
  const { end_revokes } = moderationOf(server.value?.settings);
  async function end() {
    await act(session, 'end', {});
    announce('The session is ended');
    onDone();
  }
  return (
    <Confirm title="End the session?" verb="End session" onConfirm={end} onClose={onClose}>
      <p>Everybody is put out of the call at once.</p>
      {end_revokes ? (
        <p>On this server the tokens of all who are in it are revoked: they need new ones to meet again.</p>
      ) : (
        <p>
          The room stays, and whoever has a valid token can begin a new session in it. Kick those who may not come back.
        </p>
      )}
    </Confirm>
  );
}
