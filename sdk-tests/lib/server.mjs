// Starts the program on ephemeral ports with a data folder and an API key of its own, keeps its logs, stops it.
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { cpSync, createWriteStream, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { output, program } from './paths.mjs';
import { rememberPrintedKey, rememberSecrets } from './record.mjs';
import { until } from './wait.mjs';

const START_LIMIT_MS = 30_000;
const STOP_LIMIT_MS = 15_000;

/** The more is logged, the more the final search for secrets says. */
const LOG_EVERYTHING = { GREENROOM_LOG__LEVEL: 'trace', GREENROOM_LOG__REQUESTS: 'true' };

/**
 * `name` names the log files; `sections` are settings by section, such as `{ limits: { api_key_burst: 5 } }`; `data` is the
 * data folder of a server that was stopped with `stop({ keepData: true })`.
 * Returns the addresses, the API key, the data folder, and `stop()`.
 */
export async function startServer(name, sections = {}, { data = mkdtempSync(join(tmpdir(), 'greenroom-sdk-')) } = {}) {
  if (!existsSync(program)) throw new Error(`no program at ${program}: build it, or set GREENROOM_BIN`);
  const apiKey = makeApiKey();
  const logs = { out: output('logs', `${name}.stdout.log`), err: output('logs', `${name}.stderr.log`) };
  const child = spawn(
    program,
    ['dev', '--listen', '127.0.0.1:0', '--tls-listen', '127.0.0.1:0', '--data', data],
    { env: environment(apiKey, sections), stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const exited = once(child, 'close');
  process.once('exit', () => child.kill('SIGKILL'));
  child.stdout.pipe(createWriteStream(logs.out));
  child.stderr.pipe(createWriteStream(logs.err));
  const printed = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text) => (printed.out += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (printed.err += text));

  let addresses;
  try {
    addresses = await until('the program printed both addresses', () => started(child, printed.out), {
      within: START_LIMIT_MS,
    });
  } catch (error) {
    child.kill('SIGKILL');
    throw new Error(`${error.message}\n--- stderr of the program ---\n${head(printed.err)}`);
  }
  const { http, https } = addresses;

  async function stop({ keepData = false } = {}) {
    await saveMetrics(name, http);
    child.kill('SIGTERM');
    const giveUp = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
    const [code, signal] = await exited;
    clearTimeout(giveUp);
    for (const key of printedKeys(printed.out, apiKey)) rememberPrintedKey(key);
    cpSync(data, output('data', name), { recursive: true });
    if (!keepData) rmSync(data, { recursive: true, force: true });
    if (code !== 0) throw new Error(`the program ended with ${signal ?? `code ${code}`} instead of 0`);
  }

  return { http, https, tlsPort: new URL(https).port, baseURL: `${http}/v2`, apiKey, data, stop };
}

/** Runs one of the program's other commands beside a server; returns what it prints. */
export function runCommand(server, ...command) {
  const env = cleanEnvironment();
  return execFileSync(program, [...command, '--data', server.data], { encoding: 'utf8', env }).trim();
}

/** A fresh API key, noted as a secret. */
export function makeApiKey() {
  const key = `KEY${randomBytes(24).toString('hex')}`;
  rememberSecrets(key);
  return key;
}

/** Nothing of the caller's own settings reaches the program: it refuses those that it does not know. */
function cleanEnvironment() {
  return Object.fromEntries(Object.entries(process.env).filter(([key]) => !/^(GREENROOM|TELNYX)_/.test(key)));
}

function environment(apiKey, sections) {
  const env = { ...cleanEnvironment(), ...LOG_EVERYTHING, GREENROOM_API_KEY: apiKey };
  for (const [section, settings] of Object.entries(sections)) {
    for (const [key, value] of Object.entries(settings)) {
      env[`GREENROOM_${section}__${key}`.toUpperCase()] = String(value);
    }
  }
  return env;
}

const head = (text) => text.split('\n').slice(0, 20).join('\n');

function started(child, stdout) {
  if (child.exitCode !== null) throw new Error(`the program ended with code ${child.exitCode} at its start`);
  const http = /listening on (http:\/\/\S+)\n/.exec(stdout)?.[1];
  const https = /listening on (https:\/\/\S+)\n/.exec(stdout)?.[1];
  return http && https && { http, https };
}

/** Keys that `dev` made by itself and showed; the one that it was given must not be among them. */
function printedKeys(stdout, given) {
  const shown = stdout.match(/\bKEY[\w-]{17,}/g) ?? [];
  return new Set(shown.filter((key) => key !== given));
}

async function saveMetrics(name, http) {
  const response = await fetch(`${http}/metrics`);
  if (!response.ok) throw new Error(`GET /metrics answered ${response.status}`);
  writeFileSync(output('metrics', `${name}.txt`), await response.text());
}
