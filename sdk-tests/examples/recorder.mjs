// Stands between an application and the API: passes every request on, and keeps what was asked for.
import { once } from 'node:events';
import { createServer } from 'node:http';

/** Returns `url` (for TELNYX_BASE_URL), `requests` (oldest first: `{ method, path, authorization }`) and `close()`. */
export async function startRecorder(baseURL) {
  const requests = [];
  const server = createServer(async (request, response) => {
    const { method, url, headers } = request;
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    requests.push({ method, path: url.split('?')[0], authorization: headers.authorization });
    const { host, connection, 'content-length': length, 'accept-encoding': encoding, ...passed } = headers;
    const answer = await fetch(new URL(url, baseURL), {
      method,
      headers: passed,
      body: chunks.length > 0 ? Buffer.concat(chunks) : undefined,
    });
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'text/plain' });
    response.end(Buffer.from(await answer.arrayBuffer()));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${server.address().port}/v2`,
    requests,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
