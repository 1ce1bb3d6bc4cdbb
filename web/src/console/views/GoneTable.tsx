import { type Column, Table } from '../parts/Table';
import { Moment } from '../parts/Time';
import type { Gone } from '../people';
import { leftWords } from '../reasons';
import { durationWords, parseTime, secsBetween } from '../words';

const columns: readonly Column<Gone>[] = [
  { title: 'Name', cell: ({ name, id }) => <span title={id}>{name}</span> },
  { title: 'Joined', cell: ({ joined_at }) => <Moment at={joined_at} /> },
  {
    title: 'Stayed',
    cell: ({ joined_at, left_at }) => durationWords(secsBetween(joined_at, parseTime(left_at)) ?? 0),
  },
  { title: 'Why they left', cell: ({ left_reason }) => leftWords(left_reason) ?? '–' },
];

/** Those who were in a session, and why they are not any more. */
export const GoneTable = ({ people }: { people: readonly Gone[] }) => (
  <Table
    caption="People who left, the latest first"
    columns={columns}
    rows={people}
    keyOf={({ id }) => id}
    empty={<p>Nobody has left yet.</p>}
  />
);
