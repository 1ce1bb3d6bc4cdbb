// Where things are: the program under test and the folder that everything written goes to.
import { mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const sdkTests = resolve(dirname(fileURLToPath(import.meta.url)), '..');

export const program = resolve(process.env.GREENROOM_BIN ?? join(sdkTests, '../target/debug/greenroom'));

/** A path under `output/`, its folder made. */
export function output(...parts) {
  const path = join(sdkTests, 'output', ...parts);
  mkdirSync(dirname(path), { recursive: true });
  return path;
}
