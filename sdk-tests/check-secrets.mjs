// Searches everything that the program wrote during the tests (logs, /metrics, error bodies, its data folder) for
// every API key and token that was made. Run it last; it fails if it has nothing to search for, or nothing to search in.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { sdkTests } from './lib/paths.mjs';
import { secretFinder } from './lib/secrets.mjs';

const output = join(sdkTests, 'output');
const PLACES = ['logs', 'metrics', 'errors', 'data'];

function lines(file) {
  const path = join(output, file);
  return existsSync(path) ? new Set(readFileSync(path, 'utf8').split('\n').filter(Boolean)) : new Set();
}

function files(place) {
  const folder = join(output, place);
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
}

const secrets = lines('secrets.txt');
const printed = lines('printed-keys.txt');
const problems = [];
if (secrets.size === 0) problems.push('no secret was made: did the tests run?');

const find = secretFinder(secrets);
let searched = 0;
for (const place of PLACES) {
  const found = files(place);
  if (found.length === 0) problems.push(`nothing under output/${place}: did the tests run?`);
  for (const file of found) {
    searched += 1;
    const text = readFileSync(file, 'latin1');
    // Standard output of `dev` shows the key that `dev` itself made, on purpose; no other key, and no token.
    const shown = file.endsWith('.stdout.log') ? printed : new Set();
    for (const secret of find(text).filter((each) => !shown.has(each))) {
      problems.push(`${relative(sdkTests, file)} holds ${secret.startsWith('KEY') ? 'an API key' : 'a token'}`);
    }
  }
}

for (const problem of problems) console.error(`check-secrets: ${problem}`);
console.log(`check-secrets: ${secrets.size} secrets, ${searched} files searched, ${problems.length} problems`);
process.exitCode = problems.length === 0 ? 0 : 1;
