// A receiver of webhooks: a real HTTP server that keeps what it is sent, and answers as it is told to.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { until } from './wait.mjs';

/** Returns `url`, `received` (oldest first: `{ path, headers, body }`), and `close()`. */
export async function startReceiver() {
  const received = [];
  const answers = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += chunk;
    received.push({ method: request.method, path: request.url, headers: request.headers, body });
    response.writeHead(answers.shift() ?? 200).end();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${server.address().port}`;

  return {
    url,
    received,
    /** The statuses of the next answers; after them all is well again. */
    answerWith: (...statuses) => answers.push(...statuses),
    /** Waits until so many have come, and returns them. */
    async has(count) {
      await until(`${count} webhooks, found ${received.length}`, () => received.length >= count, { within: 20_000 });
      return received;
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
