import { type Signal, useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { Button } from '../../shared/Button';
import type { Call } from '../call/call';
import { arrange, gridOf, pageOf, pageSize } from '../model/layout';
import type { Person, Screen } from '../model/roster';
import type { StreamName } from '../model/subscriptions';
import { ScreenTile, Tile } from './Tile';
import { useSize } from './useSize';

/** From this width on, those beside a large picture stand in a column. */
const WIDE_PX = 720;

interface Props {
  call: Call;
  /** The person or screen that is to be large. */
  pinned: Signal<string | undefined>;
}

/** Everybody's pictures: in a grid, or one large and the others beside it. */
export function Stage({ call, pinned }: Props) {
  const page = useSignal(0);
  const element = useRef<HTMLDivElement>(null);
  const { width, height } = useSize(element);
  const { people, screens } = call.roster.value;
  const large = largeOf(people, screens, pinned.value);

  const isWide = width >= WIDE_PX && width > height;
  const strip = isWide ? { width: 208, height: height - 44 } : { width: width - 88, height: 108 };
  const size = !large
    ? pageSize(width, height)
    : isWide
      ? Math.max(1, Math.floor(strip.height / 125))
      : Math.max(1, Math.floor(strip.width / 150));
  const others = people.filter(({ id }) => id !== large?.id);
  const smallScreens = screens.filter(({ id }) => id !== large?.id);
  const order = arrange(
    others.map(({ id }) => id),
    call.spoke.value,
    Math.max(1, size - smallScreens.length),
  );
  const byId = new Map(others.map((person) => [person.id, person]));
  const inOrder: (Person | Screen)[] = [...smallScreens, ...order.flatMap((id) => byId.get(id) ?? [])];
  const { items, pages, page: shownPage } = pageOf(inOrder, page.value, size);
  const grid = large ? undefined : gridOf(items.length, width, pages > 1 ? height - 52 : height);

  const wanted = streamsOf([...(large ? [large] : []), ...items]);
  const wantedNames = wanted.map(({ participantId, key }) => `${participantId}/${key}`).join();
  useEffect(() => call.show(wanted), [wantedNames]);

  const tile = (item: Person | Screen) =>
    isScreen(item) ? (
      <ScreenTile key={item.id} screen={item} call={call} pinned={pinned} />
    ) : (
      <Tile key={item.id} person={item} call={call} pinned={pinned} />
    );
  const layout = large ? (isWide ? 'beside' : 'above') : 'grid';
  const isAlone = people.length === 1 && screens.length === 0;
  return (
    <div ref={element} class={`stage ${layout}`}>
      {large && (
        <ul class="large" aria-label="Shown large">
          {isScreen(large) ? (
            <ScreenTile screen={large} call={call} pinned={pinned} isLarge />
          ) : (
            <Tile person={large} call={call} pinned={pinned} isLarge />
          )}
        </ul>
      )}
      <div class="rest">
        <ul
          class="tiles"
          aria-label="People"
          style={
            grid && {
              '--columns': grid.columns,
              '--tile-width': `${grid.width}px`,
              '--tile-height': `${grid.height}px`,
            }
          }
        >
          {items.map(tile)}
        </ul>
        {pages > 1 && <Pager page={shownPage} pages={pages} onPage={(next) => (page.value = next)} />}
      </div>
      {isAlone && <p class="alone">Nobody else is here yet. Invite somebody with the link above.</p>}
    </div>
  );
}

function Pager({ page, pages, onPage }: { page: number; pages: number; onPage: (page: number) => void }) {
  return (
    <nav class="pager" aria-label="Pages of people">
      <Button icon="left" label="Previous people" disabled={page === 0} onClick={() => onPage(page - 1)} />
      <span aria-live="polite">
        <span class="unseen">Page </span>
        {page + 1} <span aria-hidden="true">/</span>
        <span class="unseen">of</span> {pages}
      </span>
      <Button icon="right" label="Next people" disabled={page === pages - 1} onClick={() => onPage(page + 1)} />
    </nav>
  );
}

const isScreen = (item: Person | Screen): item is Screen => 'personId' in item;

/** What was chosen, or else a screen: somebody else's before one's own, the newest first. */
function largeOf(people: Person[], screens: Screen[], pinned: string | undefined): Person | Screen | undefined {
  const chosen = [...screens, ...people].find(({ id }) => id === pinned);
  return chosen ?? screens.findLast(({ isSelf }) => !isSelf) ?? screens.at(-1);
}

const streamsOf = (shown: (Person | Screen)[]): StreamName[] =>
  shown
    .filter(({ isSelf }) => !isSelf)
    .map((item) =>
      isScreen(item) ? { participantId: item.personId, key: item.key } : { participantId: item.id, key: 'self' },
    );
