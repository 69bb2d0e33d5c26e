/** What the servers of the practice company share: they listen on loopback only, and can leave a caller without an answer. */
import type { Server } from 'node:http';

/** Listens on 127.0.0.1 (0 takes a free port) and resolves with the port; rejects with EADDRINUSE when it is taken. */
export async function listenOnLoopback(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('expected a TCP address, got none');
  return address.port;
}

/** Closes the server and every connection to it, also those that hang on purpose. */
export async function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise<void>((resolve) => server.close(() => resolve()));
}

/** Resolves when the caller has gone or the server stops. */
export async function untilGone(caller: AbortSignal, stopping: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    for (const signal of [caller, stopping]) {
      if (signal.aborted) resolve();
      signal.addEventListener('abort', () => resolve(), { once: true });
    }
  });
}
