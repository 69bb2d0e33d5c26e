/**
 * Loopback ports: a free one, or the one that was asked for.
 *
 * A free port can be gone by the time a child listens on it; the caller then tries another one.
 */
import { createServer } from 'node:net';
import { SetupProblem, systemCode } from './setup-problem.ts';

/** A port that was free a moment ago. */
export async function freePort(host = '127.0.0.1'): Promise<number> {
  return listenOnce(0, host);
}

/**
 * Makes sure that a chosen port is free, before anything is started on it.
 *
 * @param neededFor what needs it, as in "the console"
 * @param setting the setting that chooses it, as in "CONSOLE_PORT"
 */
export async function requireFreePort(port: number, neededFor: string, setting: string, host = '127.0.0.1'): Promise<number> {
  try {
    return await listenOnce(port, host);
  } catch (problem) {
    const code = systemCode(problem);
    if (code === 'EADDRINUSE') {
      throw new SetupProblem(
        `Port ${String(port)} on ${host} is in use by another program, and ${neededFor} needs it. ` +
          `Stop that program, or choose another port with ${setting} (for example ${setting}=${String(await freePort(host))}).`,
        { cause: problem },
      );
    }
    if (code === 'EACCES') {
      throw new SetupProblem(
        `Port ${String(port)} on ${host} needs more rights than this user has. Choose one above 1023 with ${setting}.`,
        {
          cause: problem,
        },
      );
    }
    throw problem;
  }
}

function listenOnce(port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ port, host, exclusive: true }, () => {
      const address = server.address();
      server.close(() => {
        if (address === null || typeof address === 'string') reject(new Error(`expected a TCP address, got ${String(address)}`));
        else resolve(address.port);
      });
    });
  });
}
