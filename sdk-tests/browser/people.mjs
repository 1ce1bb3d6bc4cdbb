// People in rooms for tests that are not written in JavaScript: reads one command a line, answers with one line.
//
//   {"do": "join", "name": "alice", "room": "...", "token": "...", "context": "..."}   -> {"id": "..."}
//   {"do": "told", "name": "alice", "event": "disconnected"}                           -> {"arguments": ["unknown"]}
//   {"do": "leave", "name": "alice"}                                                   -> {}
//
// Who is asked for something that does not come gets {"error": "..."}. The end of the input ends it.
import { createInterface } from 'node:readline';
import { until } from '../lib/wait.mjs';
import { installCast } from './call/cast.mjs';
import { installLab } from './call/lab.mjs';
import { startBrowser } from './chromium.mjs';

const WITHIN = { within: 15_000 };

const browser = await startBrowser({ tlsPort: process.argv[2] });
const pages = new Map();

const commands = {
  async join({ name, room, token, context }) {
    const { page } = await browser.openPage([installLab, installCast]);
    pages.set(name, page);
    const id = await page.evaluate((options) => cast.join(options), { roomId: room, clientToken: token, context });
    return { id };
  },
  async told({ name, event }) {
    const all = () => pages.get(name).evaluate(() => cast.events);
    const found = await until(`${name} is told of ${event}`, async () => (await all()).find(([kind]) => kind === event), WITHIN);
    return { arguments: found.slice(1) };
  },
  async leave({ name }) {
    await pages.get(name).evaluate(() => cast.disconnect());
    return {};
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line);
  const answer = await commands[command.do](command).catch((error) => ({ error: String(error) }));
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
await browser.close();
