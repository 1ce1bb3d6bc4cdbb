// What a failed test leaves behind: the pages as they stood, in words beside its error and as pictures.
import { output } from '../lib/paths.mjs';

/** More of a page than this tells nobody more. */
const CHARS_MAX = 6_000;
const LIMIT_MS = 5_000;

/** Keeps what each page of the failed test `t` shows: its address and its outline in the report, a picture under `output/`. */
export async function keepEvidence(t, pages) {
  const file = t.name.replace(/\W+/g, '-').slice(0, 60);
  for (const [index, page] of pages.entries()) {
    const picture = output('failed', `${file}-${index + 1}.png`);
    const outline = await outlineOf(page);
    const isKept = await page.screenshot({ path: picture, timeout: LIMIT_MS }).then(
      () => true,
      () => false,
    );
    t.diagnostic(
      [`page ${index + 1} of ${pages.length}: ${withoutSecrets(page.url())}`, isKept && `picture: ${picture}`, outline]
        .filter(Boolean)
        .join('\n'),
    );
  }
}

async function outlineOf(page) {
  try {
    return withoutSecrets(await page.locator('body').ariaSnapshot({ timeout: LIMIT_MS })).slice(0, CHARS_MAX);
  } catch (error) {
    return `no outline: ${error.message}`;
  }
}

/** Tokens, keys and whatever else has as many characters in a row. */
const withoutSecrets = (text) => text.replace(/[\w.-]{40,}/g, '[…]');
