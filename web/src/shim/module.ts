// The entry for `/shim.mjs`, a module:
//
//   import { install } from 'https://video.example.com/shim.mjs';
//   install();                                             // the server that the module came from
//   install({ server: 'https://video.example.com' });      // always, once a bundler has it
import { install as installAt, type ShimOptions } from './install';

export type { ShimOptions };

/** Bundled or renamed, a module does not come from its server any more. */
function home(): URL | undefined {
  const own = new URL(import.meta.url);
  return /^https?:$/.test(own.protocol) && own.pathname.endsWith('/shim.mjs') ? new URL('.', own) : undefined;
}

/** See `install` in install.ts; the server is by default the one that this module was loaded from. */
export const install = (options: ShimOptions = {}): (() => void) =>
  installAt({ ...options, server: options.server ?? home() });
