// A wire between browser and server that can be cut, or go dead without anybody being told.
import { once } from 'node:events';
import { connect, createServer } from 'node:net';

/** Returns `{ url, cut(), mend(), goDead(), to(url) }`; what is dead stays dead until it is mended. */
export async function layWire(target) {
  let port = Number(new URL(target).port);
  let state = 'whole';
  const sockets = new Set();
  const listener = createServer((near) => {
    near.on('error', () => {});
    if (state !== 'whole') return state === 'cut' ? near.destroy() : keep(near);
    const far = connect(port, '127.0.0.1');
    far.on('error', () => near.destroy());
    for (const [from, to] of [
      [near, far],
      [far, near],
    ]) {
      keep(from);
      from.on('data', (bytes) => state === 'whole' && to.write(bytes));
      from.on('close', () => state !== 'dead' && to.destroy());
    }
  });
  const keep = (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  };
  const hangUp = () => sockets.forEach((socket) => socket.destroy());
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  return {
    url: `http://127.0.0.1:${listener.address().port}`,
    cut() {
      state = 'cut';
      hangUp();
    },
    goDead() {
      state = 'dead';
    },
    /** What was on the wire is lost. */
    mend() {
      hangUp();
      state = 'whole';
    },
    to(url) {
      port = Number(new URL(url).port);
    },
    close() {
      hangUp();
      listener.close();
    },
  };
}
