// A network between clients and a server that can be lost without a word.
import { once } from 'node:events';
import { connect, createServer } from 'node:net';

/** Forwards connections to a port on loopback: { port, url, silence(), restore(), stop() }. */
export async function startWire(target) {
  const sockets = new Set();
  let isSilent = false;
  const server = createServer((client) => {
    const upstream = connect({ port: target, host: '127.0.0.1', noDelay: true });
    client.setNoDelay();
    for (const [from, to] of [[client, upstream], [upstream, client]]) {
      sockets.add(from);
      from.on('data', (chunk) => to.write(chunk));
      // What is lost without a word takes the news of its end with it.
      from.once('close', () => {
        sockets.delete(from);
        if (!isSilent) to.destroy();
      });
      from.on('error', () => {});
      if (isSilent) from.pause();
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  const silent = (really) => {
    isSilent = really;
    for (const socket of sockets) socket[really ? 'pause' : 'resume']();
  };
  return {
    port,
    url: `ws://127.0.0.1:${port}`,
    /** From now on nothing passes, and neither side hears that the other one has gone. */
    silence: () => silent(true),
    /** Everything that waited passes. */
    restore: () => silent(false),
    async stop() {
      isSilent = true;
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
