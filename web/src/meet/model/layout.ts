// Where pictures go: how many in a row, how many on a page, and whose.

const GAP_PX = 8;
const RATIO = 16 / 9;
/** Beyond this many, faces are too small and pictures too many for most networks: there are pages. */
export const MOST_TILES = 16;
/** A tile as wide as this still shows a face and its name. */
const NARROWEST_PX = 150;

export interface Grid {
  columns: number;
  rows: number;
  /** Of one tile. */
  width: number;
  height: number;
}

/** The grid with the largest tiles for so many in so much room. Tiles are 16:9, or squarer where that fills the room better. */
export function gridOf(count: number, width: number, height: number): Grid {
  let best: Grid = { columns: 1, rows: Math.max(1, count), width: 0, height: 0 };
  for (let columns = 1; columns <= Math.max(1, count); columns++) {
    const rows = Math.ceil(Math.max(1, count) / columns);
    const cellWidth = (width - GAP_PX * (columns - 1)) / columns;
    const cellHeight = (height - GAP_PX * (rows - 1)) / rows;
    // Up to a square, a tile may grow in height: on a phone two faces above each other fill the screen.
    const tileWidth = Math.max(0, Math.min(cellWidth, cellHeight * RATIO));
    const tileHeight = Math.max(0, Math.min(cellHeight, tileWidth));
    if (tileWidth * tileHeight > best.width * best.height) {
      best = { columns, rows, width: Math.floor(tileWidth), height: Math.floor(tileHeight) };
    }
  }
  return best;
}

/** How many tiles a page takes in so much room. */
export function pageSize(width: number, height: number): number {
  const columns = Math.max(1, Math.floor((width + GAP_PX) / (NARROWEST_PX + GAP_PX)));
  const rows = Math.max(1, Math.floor((height + GAP_PX) / (NARROWEST_PX / RATIO + GAP_PX)));
  return Math.min(MOST_TILES, columns * rows);
}

/** What is on page `page` (from 0; one that is not there any more counts as the last), and how many pages there are. */
export function pageOf<Item>(
  items: readonly Item[],
  page: number,
  size: number,
): { items: Item[]; page: number; pages: number } {
  const pages = Math.max(1, Math.ceil(items.length / Math.max(1, size)));
  const shown = Math.min(Math.max(0, page), pages - 1);
  return { items: items.slice(shown * size, (shown + 1) * size), page: shown, pages };
}

/**
 * Brings whoever talks onto the first page, in the place of the one there who has been quiet longest, so that nobody else moves.
 * `spoke` says when somebody last talked, in ms; who never did is not in it.
 */
export function arrange(order: readonly string[], spoke: ReadonlyMap<string, number>, size: number): string[] {
  const front = order.slice(0, size);
  const back = order.slice(size);
  const at = (id: string) => spoke.get(id) ?? Number.NEGATIVE_INFINITY;
  for (const [index, id] of back.entries()) {
    if (!spoke.has(id)) continue;
    const quietest = front.reduce((least, other) => (at(other) < at(least) ? other : least), front[0] ?? id);
    if (at(quietest) >= at(id)) continue;
    front[front.indexOf(quietest)] = id;
    back[index] = quietest;
  }
  return [...front, ...back];
}
