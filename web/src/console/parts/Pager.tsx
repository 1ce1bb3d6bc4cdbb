import type { Page } from '../../shared/api';
import { href, type Route } from '../route';
import { countWords } from '../words';

interface Props {
  meta: Page<unknown>['meta'];
  /** Where the page of that number stands. */
  to: (page: number) => Route;
  one: string;
  many?: string;
}

/** The way to the pages before and after. */
export function Pager({ meta, to, one, many }: Props) {
  const { page_number: page, total_pages: pages, total_results: results } = meta;
  return (
    <nav class="pager" aria-label={`Pages of ${many ?? `${one}s`}`}>
      <span class="quiet small">
        {countWords(results, one, many)}
        {pages > 1 && `, page ${page} of ${pages}`}
      </span>
      {pages > 1 && (
        <span class="steps">
          {page > 1 && (
            <a class="button" href={href(to(Math.min(page - 1, pages)))} rel="prev">
              Previous
            </a>
          )}
          {page < pages && (
            <a class="button" href={href(to(page + 1))} rel="next">
              Next
            </a>
          )}
        </span>
      )}
    </nav>
  );
}
