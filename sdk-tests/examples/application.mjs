// Starts an example as its README says: the commands of its first block, as they stand there.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { output, sdkTests } from '../lib/paths.mjs';
import { until } from '../lib/wait.mjs';

/** The commands install packages, which takes its time where nothing is cached. */
const START = { within: 240_000, every: 100 };

export const folderOf = (name) => join(sdkTests, '../examples', name);

const installed = new Set();

/** The commands of the first block of a README; once they have done their work, only the last one, which starts. */
function commandsOf(name) {
  const readme = readFileSync(join(folderOf(name), 'README.md'), 'utf8');
  const lines = /```sh\n([^`]+)\n```/.exec(readme)[1].split('\n');
  return (installed.has(name) ? lines.slice(-1) : lines).join('\n');
}

async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address();
  probe.close();
  await once(probe, 'close');
  return port;
}

/** Runs an example with these variables until it says where it is open. Returns `url` and `stop()`. */
export async function startExample(name, variables) {
  const port = await freePort();
  const own = Object.fromEntries(Object.entries(process.env).filter(([key]) => !/^(GREENROOM|TELNYX)_/.test(key)));
  // A group of its own, so that a stop reaches what the shell has started.
  const shell = spawn('bash', ['-ec', commandsOf(name)], {
    cwd: folderOf(name),
    env: { ...own, PORT: String(port), npm_config_prefer_offline: 'true', ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const closed = once(shell, 'close');
  const kill = (signal) => {
    try {
      process.kill(-shell.pid, signal);
    } catch (error) {
      if (error.code !== 'ESRCH') throw error;
    }
  };
  const killLate = () => kill('SIGKILL');
  process.once('exit', killLate);
  const file = createWriteStream(output('examples', `${name}.log`), { flags: 'a' });
  let log = '';
  for (const stream of [shell.stdout, shell.stderr]) {
    stream.pipe(file, { end: false });
    stream.setEncoding('utf8').on('data', (text) => (log += text));
  }

  async function stop() {
    kill('SIGTERM');
    await closed;
    process.off('exit', killLate);
    file.end();
  }

  const url = `http://127.0.0.1:${port}`;
  const answers = () => fetch(url).then(({ ok }) => ok, () => false);
  try {
    await until(`the example ${name} is open`, async () => {
      if (shell.exitCode !== null) throw new Error(`it ended with code ${shell.exitCode}`);
      return log.includes(`open ${url}/`) && (await answers());
    }, START);
  } catch (error) {
    await stop();
    throw new Error(`${error.message}\n--- its output ---\n${log}`);
  }
  installed.add(name);
  return { url, stop };
}
