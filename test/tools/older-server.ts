/**
 * A real PostgreSQL server that says it is an older one: a relay on a port of its own that changes the version number in the
 * answers, and nothing else.
 */
import { connect, createServer, type Socket } from 'node:net';
import { changeAddress } from '../../prisma/address.ts';

/** @param versions as the server answers `SHOW server_version_num`, and what is answered instead; both of the same length */
export async function olderServer(url: string, versions: { readonly real: string; readonly said: string }) {
  const { hostname, port } = new URL(url);
  const sockets = new Set<Socket>();
  const relay = createServer((client) => {
    const server = connect(Number(port), hostname);
    for (const socket of [client, server]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
    }
    client.pipe(server);
    server.on('data', (bytes) => client.write(bytes.toString('latin1').replaceAll(versions.real, versions.said), 'latin1'));
    server.on('close', () => client.destroy());
    client.on('close', () => server.destroy());
  });
  await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
  const address = relay.address();
  if (address === null || typeof address === 'string') throw new TypeError('expected a port');
  const through = new URL(changeAddress(url, {}));
  through.port = String(address.port);
  return {
    url: through.href,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => relay.close(resolve));
    },
  };
}
