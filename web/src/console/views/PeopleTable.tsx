import { Button } from '../../shared/Button';
import { now_ms } from '../clock';
import { Badge, type Tone } from '../parts/Badge';
import { type Column, Table } from '../parts/Table';
import {
  gradeWords,
  isMuted,
  mixedLine,
  type Person,
  receivedBps,
  receivedLine,
  rttWords,
  sentBps,
  streamLines,
} from '../people';
import type { Grade } from '../resources';
import { bitrateWords, durationWords, secsBetween } from '../words';
import type { Act } from './Session';

const TONES: Record<Grade, Tone> = { good: 'good', fair: 'fair', poor: 'bad', unknown: 'plain' };

const NAME: Column<Person> = { title: 'Name', cell: (person) => <Name person={person} /> };

/** What is there only if the server says how well media run. */
const MEASURES: readonly Column<Person>[] = [
  {
    title: 'Quality',
    cell: ({ quality }) => <GradeBadge grade={quality?.quality ?? 'unknown'} rtt_ms={quality?.rtt_ms} />,
  },
  {
    title: 'Sends',
    cell: ({ quality }) =>
      quality ? <Rate bps={sentBps(quality)} lines={streamLines(quality)} /> : <span class="quiet">–</span>,
  },
  {
    title: 'Receives',
    cell: ({ quality }) =>
      quality ? (
        <Rate bps={receivedBps(quality)} lines={[receivedLine(quality), mixedLine(quality)].filter(Boolean)} />
      ) : (
        <span class="quiet">–</span>
      ),
  },
];

/** Those who are in a session now, and what can be done about them. */
export function PeopleTable({ people, onAct }: { people: readonly Person[]; onAct: (act: Act) => void }) {
  const actions: Column<Person> = {
    title: 'Actions',
    isActions: true,
    cell: (person) => <Actions person={person} onAct={onAct} />,
  };
  const isMeasured = people.some(({ quality }) => quality !== undefined);
  return (
    <Table
      caption="People in the session"
      columns={[NAME, ...(isMeasured ? MEASURES : []), actions]}
      rows={people}
      keyOf={({ id }) => id}
      empty={<p>Nobody is in it at the moment. It ends by itself if nobody comes back.</p>}
    />
  );
}

function Name({ person: { name, id, joined_at, quality } }: { person: Person }) {
  const secs = secsBetween(joined_at, now_ms.value);
  return (
    <div class="who">
      <span class="strong" title={id}>
        {name}
      </span>
      <span class="quiet small">for {durationWords(secs ?? 0)}</span>
      {quality?.mixed_audio.talking && <Badge tone="good">talking</Badge>}
      {isMuted(quality) && <Badge>muted</Badge>}
    </div>
  );
}

const GradeBadge = ({ grade, rtt_ms }: { grade: Grade; rtt_ms: number | null | undefined }) => (
  <div class="who">
    <Badge tone={TONES[grade] ?? 'plain'}>{gradeWords(grade)}</Badge>
    {rtt_ms !== null && rtt_ms !== undefined && <span class="quiet small figure">round trip {rttWords(rtt_ms)}</span>}
  </div>
);

const Rate = ({ bps, lines }: { bps: number; lines: readonly string[] }) => (
  <div>
    <span class="figure">{bitrateWords(bps)}</span>
    {lines.map((line) => (
      <p key={line} class="quiet small">
        {line}
      </p>
    ))}
  </div>
);

/** A muted one may have muted itself: then an operator can still mute it, and so keep it from unmuting itself. */
function Actions({ person, onAct }: { person: Person; onAct: (act: Act) => void }) {
  const muted = isMuted(person.quality);
  return (
    <div class="row-actions">
      <Button
        class="slim"
        icon="mic-off"
        label={`Mute ${person.name}`}
        onClick={() => onAct({ what: 'mute', who: person })}
      >
        Mute
      </Button>
      {muted !== false && (
        <Button
          class="slim"
          icon="mic"
          label={`Unmute ${person.name}`}
          onClick={() => onAct({ what: 'unmute', who: person })}
        >
          Unmute
        </Button>
      )}
      <Button
        class="slim"
        icon="leave"
        label={`Kick ${person.name}`}
        onClick={() => onAct({ what: 'kick', who: person })}
      >
        Kick
      </Button>
    </div>
  );
}
