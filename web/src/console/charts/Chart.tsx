import { useId, useState } from 'preact/hooks';
import { type Point, thinned } from '../metrics/history';
import { clockTime } from '../parts/Time';
import { fromNow } from '../words';
import { HEIGHT, pathOf, spanOf, topOf, WIDTH } from './scale';

export interface Line {
  title: string;
  points: readonly Point[];
}

interface Props {
  title: string;
  /** One or two lines; the second one is dashed, so that colour is not all that tells them apart. */
  lines: readonly [Line, ...Line[]];
  words: (value: number | undefined) => string;
  /** The least that the scale reaches up to, so that noise does not look like a mountain. */
  least: number;
  /** A top that the scale always has, such as 1 for shares. */
  top?: number;
}

const ROWS_MAX = 12;

/** A small live chart: the latest values in words, a drawing of the last minutes, and the same as a table. */
export function Chart({ title, lines, words, least, top: fixedTop }: Props) {
  const titleId = useId();
  const [isTable, setTable] = useState(false);
  const all = lines.map(({ points }) => points);
  const top = fixedTop ?? topOf(all, least);
  const span = spanOf(all);
  const said = lines.map(({ title, points }) => `${title} ${words(points.at(-1)?.value)}`).join(', ');
  return (
    <section class="chart card" aria-labelledby={titleId}>
      <h3 id={titleId}>{title}</h3>
      <dl class="latest">
        {lines.map(({ title, points }, index) => (
          <div key={title} class={`line-${index}`}>
            <dt>{title}</dt>
            <dd>{words(points.at(-1)?.value)}</dd>
          </div>
        ))}
      </dl>
      <div class="drawing">
        <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={`${title}: ${said}`}>
          <title>{`${title}: ${said}`}</title>
          <path class="grid" d={`M0 ${HEIGHT - 1}H${WIDTH}M0 ${HEIGHT / 2}H${WIDTH}M0 1H${WIDTH}`} />
          {lines.map(({ title, points }, index) => (
            <path key={title} class={`line line-${index}`} d={pathOf(points, span, top)} />
          ))}
        </svg>
        <span class="top small quiet" aria-hidden="true">
          {words(top)}
        </span>
      </div>
      <div class="below small quiet">
        <span>{(all[0]?.length ?? 0) > 1 ? fromNow(span[0], span[1]) : 'begins now'}</span>
        <button type="button" class="as-text" aria-expanded={isTable} onClick={() => setTable(!isTable)}>
          {isTable ? 'Hide' : 'Show'} as table<span class="unseen">: {title}</span>
        </button>
      </div>
      {isTable && <Rows title={title} lines={lines} words={words} />}
    </section>
  );
}

function Rows({ title, lines, words }: Pick<Props, 'title' | 'lines' | 'words'>) {
  const columns = lines.map(({ points }) => thinned(points, ROWS_MAX).reverse());
  return (
    <table class="values small">
      <caption class="unseen">{title}</caption>
      <thead>
        <tr>
          <th scope="col">Time</th>
          {lines.map((line) => (
            <th key={line.title} scope="col">
              {line.title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {columns[0]?.map(({ at_ms }, row) => (
          <tr key={at_ms}>
            <th scope="row">{clockTime(at_ms)}</th>
            {columns.map((points, column) => (
              <td key={lines[column]?.title}>{words(points[row]?.value)}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
