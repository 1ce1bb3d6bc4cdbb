import type { ComponentChildren } from 'preact';

export interface Column<Row> {
  title: string;
  cell: (row: Row) => ComponentChildren;
  /** Numbers stand at the right. */
  isNumber?: boolean;
  /** Buttons have no title on a card. */
  isActions?: boolean;
}

interface Props<Row> {
  caption: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  keyOf: (row: Row) => string;
  /** What stands there if there are no rows. */
  empty: ComponentChildren;
}

/**
 * A table that becomes cards where there is no room for it. The roles are written out, since browsers forget them for
 * elements that are not laid out as a table.
 */
export function Table<Row>({ caption, columns, rows, keyOf, empty }: Props<Row>) {
  if (rows.length === 0) return <div class="empty">{empty}</div>;
  return (
    // biome-ignore-start lint/a11y/noRedundantRoles: see above
    <table class="table" role="table">
      <caption class="unseen">{caption}</caption>
      <thead role="rowgroup">
        <tr role="row">
          {columns.map(({ title, isNumber, isActions }) => (
            <th key={title} scope="col" role="columnheader" class={isNumber ? 'number' : undefined}>
              {isActions ? <span class="unseen">{title}</span> : title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {rows.map((row) => (
          <tr key={keyOf(row)} role="row">
            {columns.map(({ title, cell, isNumber, isActions }) => (
              <td
                key={title}
                role="cell"
                class={isNumber ? 'number' : isActions ? 'actions' : undefined}
                data-title={isActions ? undefined : title}
              >
                {cell(row)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
    // biome-ignore-end lint/a11y/noRedundantRoles: see above
  );
}
