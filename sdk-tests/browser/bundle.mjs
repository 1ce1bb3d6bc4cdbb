// Bundles the vendor's browser SDK, as published, into one script for a page (global `TelnyxVideo`).
import { build } from 'esbuild';

export async function bundleSdk() {
  const result = await build({
    stdin: { contents: "export * from '@telnyx/video';", resolveDir: import.meta.dirname },
    bundle: true,
    format: 'iife',
    globalName: 'TelnyxVideo',
    platform: 'browser',
    define: { global: 'globalThis' },
    write: false,
  });
  return result.outputFiles[0].text;
}
