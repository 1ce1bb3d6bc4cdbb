// Bundles a library, as published, into one script for a page.
import { build } from 'esbuild';

/** The vendor's browser SDK, as the global `TelnyxVideo`. */
export const bundleSdk = () => bundle("export * from '@telnyx/video';", 'TelnyxVideo');

/** The Janus project's own client and what it wants beside it, as `JanusGateway.Janus` and `JanusGateway.adapter`. */
export const bundleJanus = () =>
  bundle(
    "export { default as Janus } from 'janus-gateway'; export { default as adapter } from 'webrtc-adapter';",
    'JanusGateway',
  );

async function bundle(contents, globalName) {
  const result = await build({
    stdin: { contents, resolveDir: import.meta.dirname },
    bundle: true,
    format: 'iife',
    globalName,
    platform: 'browser',
    define: { global: 'globalThis' },
    write: false,
  });
  return result.outputFiles[0].text;
}
