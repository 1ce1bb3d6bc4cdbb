import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { constants, gzipSync } from 'node:zlib';
import { build, defineConfig, type Plugin } from 'vite';

/** Below this a compressed copy saves no packet. */
const WORTH_COMPRESSING_BYTES = 1_024;

/** Puts a compressed copy beside each text file, so that the server has nothing to compress. */
function gzip(): Plugin {
  let folder = '';
  return {
    name: 'gzip',
    apply: 'build',
    configResolved(config) {
      folder = join(config.root, config.build.outDir);
    },
    async closeBundle() {
      for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
        if (!entry.isFile() || !/\.(js|mjs|css|html|svg|md)$/.test(entry.name)) continue;
        const path = join(entry.parentPath, entry.name);
        const content = await readFile(path);
        if (content.length < WORTH_COMPRESSING_BYTES) continue;
        await writeFile(`${path}.gz`, gzipSync(content, { level: constants.Z_BEST_COMPRESSION }));
      }
    },
  };
}

/** Of the shim's two files each is whole by itself and has a name for good, so that other people's pages can load it. */
function shim(): Plugin {
  const make = (entry: string, fileName: string, format: 'iife' | 'es', readable: boolean) =>
    build({
      configFile: false,
      logLevel: 'warn',
      build: {
        outDir: 'dist/pages',
        emptyOutDir: false,
        copyPublicDir: false,
        target: 'es2020',
        minify: !readable,
        lib: { entry, formats: [format], name: 'greenroom', fileName: () => fileName },
        rollupOptions: { output: { banner: '/*! Greenroom shim, Apache-2.0 */' } },
      },
    });
  return {
    name: 'shim',
    apply: 'build',
    async writeBundle() {
      await make('src/shim/classic.ts', 'shim.js', 'iife', false);
      // People keep this one with their own source, and their bundler minifies it.
      await make('src/shim/module.ts', 'shim.mjs', 'es', true);
    },
  };
}

export default defineConfig({
  // The pages are few; each is an HTML file of its own.
  appType: 'mpa',
  plugins: [shim(), gzip()],
  // The vendor's SDK was written for bundlers that know Node's name for the global object.
  define: { global: 'globalThis' },
  build: {
    outDir: 'dist/pages',
    target: 'es2022',
    modulePreload: { polyfill: false },
    // What the licences of the bundled packages ask for: their text goes along.
    license: { fileName: 'licenses.md' },
    assetsInlineLimit: 0,
    rollupOptions: { input: ['index.html', 'console.html'].filter((page) => existsSync(page)) },
  },
  server: {
    // `npm run dev` shows pages as they are edited, and talks to a server that `make run` started.
    proxy: Object.fromEntries(
      ['/v2', '/metrics', '/docs', '/openapi.json', '/.well-known', '/healthz', '/readyz'].map((path) => [
        path,
        'http://127.0.0.1:8080',
      ]),
    ),
  },
});
