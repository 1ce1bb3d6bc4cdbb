import { useEffect, useState } from 'preact/hooks';
import { Button } from '../../shared/Button';
import { Field } from '../../shared/Field';
import { list } from '../client';
import { EVENT_TYPES, eventWords, roomIdOf } from '../deliveries';
import { ErrorNotice } from '../parts/ErrorNotice';
import type { Room } from '../resources';
import { type DeliveryFilter, href, webhooksRoute } from '../route';
import { go } from '../state';
import { useAction } from '../useAction';

const STATES: [DeliveryFilter['status'], string][] = [
  ['', 'All'],
  ['pending', 'Waiting'],
  ['delivered', 'Delivered'],
  ['failed', 'Given up'],
];

const findRoom = async (name: string) =>
  (await list<Room>('/rooms', undefined, { 'filter[unique_name]': name, 'page[size]': 1 })).data;

/** What the list of deliveries is narrowed down to. It stands in the address, which can be passed on. */
export function DeliveryFilters({ filter }: { filter: DeliveryFilter }) {
  const [typed, setTyped] = useState(filter.room);
  const [fault, setFault] = useState<string>();
  const { isBusy, error, run } = useAction();
  useEffect(() => {
    setTyped(filter.room);
    setFault(undefined);
  }, [filter.room]);
  const types = EVENT_TYPES.includes(filter.type) || !filter.type ? EVENT_TYPES : [...EVENT_TYPES, filter.type];

  const apply = (changed: Partial<DeliveryFilter>) =>
    run(async () => {
      const room = await roomIdOf(typed, findRoom);
      setFault(room === undefined ? 'No room of the account has this name.' : undefined);
      if (room !== undefined) go({ ...webhooksRoute, ...filter, ...changed, room });
    });

  return (
    <search>
      <form
        class="filters"
        aria-label="Filter deliveries"
        onSubmit={(event) => {
          event.preventDefault();
          if (!isBusy) void apply({});
        }}
      >
        <Field label="State">
          {(control) => (
            <select
              {...control}
              value={filter.status}
              onChange={(event) => void apply({ status: event.currentTarget.value as DeliveryFilter['status'] })}
            >
              {STATES.map(([value, words]) => (
                <option key={value} value={value}>
                  {words}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field label="Event">
          {(control) => (
            <select
              {...control}
              value={filter.type}
              onChange={(event) => void apply({ type: event.currentTarget.value })}
            >
              <option value="">All</option>
              {types.map((type) => (
                <option key={type} value={type}>
                  {eventWords(type)}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field label="Room, by name or id" fault={fault}>
          {(control) => (
            <input
              {...control}
              type="search"
              autocomplete="off"
              autocapitalize="none"
              spellcheck={false}
              maxLength={255}
              value={typed}
              onInput={(event) => setTyped(event.currentTarget.value)}
            />
          )}
        </Field>
        <div class="actions">
          <Button type="submit" icon="search" busy={isBusy}>
            Filter
          </Button>
          {(filter.status || filter.type || filter.room) && (
            <a class="button bare" href={href(webhooksRoute)}>
              Show all
            </a>
          )}
        </div>
      </form>
      <ErrorNotice error={error} />
    </search>
  );
}
