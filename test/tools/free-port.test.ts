import { createServer } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { freePort, requireFreePort } from '../../tools/free-port.ts';

async function listeningPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('expected a port');
  return address.port;
}

it('says that a chosen port is in use, what needs it, and which setting chooses another', async () => {
  const port = await listeningPort();

  const refusal = requireFreePort(port, 'the console', 'CONSOLE_PORT');

  await expect(refusal).rejects.toThrow(
    new RegExp(`Port ${String(port)} on 127\\.0\\.0\\.1 is in use.*the console needs it.*CONSOLE_PORT=\\d+`),
  );
});

it('lets a chosen port pass when it is free', async () => {
  const port = await freePort();

  expect(await requireFreePort(port, 'the console', 'CONSOLE_PORT')).toBe(port);
});
