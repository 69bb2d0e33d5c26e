import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { describe, expect, inject, it } from 'vitest';
import { startTemporal, type TemporalServer } from '../../tools/temporal-server.ts';
import { scratchFolder } from './scratch.ts';

async function withClient<T>({ address, namespace }: TemporalServer, use: (client: Client) => Promise<T>): Promise<T> {
  const connection = await Connection.connect({ address });
  try {
    return await use(new Client({ connection, namespace }));
  } finally {
    await connection.close();
  }
}

describe('our own Temporal server', () => {
  it('with a file remembers a workflow over a crash, on the same address', async () => {
    const stateDir = await scratchFolder();
    const dbFile = join(stateDir, 'temporal.db');
    const first = await startTemporal({ stateDir, dbFile, env: withoutAddress() });
    await withClient(first, (client) => client.workflow.start('withoutWorker', { taskQueue: 'none', workflowId: 'case/kept' }));

    await first.crash();
    const second = await startTemporal({ stateDir, dbFile, port: Number(first.address.split(':')[1]), env: withoutAddress() });

    expect(second.address).toBe(first.address);
    const { status } = await withClient(second, (client) => client.workflow.getHandle('case/kept').describe());
    expect(status.name).toBe('RUNNING');
    await second.stop();
  });

  it('does not share its file, and says who has it', async () => {
    const stateDir = await scratchFolder();
    const dbFile = join(stateDir, 'temporal.db');
    const first = await startTemporal({ stateDir, dbFile, env: withoutAddress() });

    await expect(startTemporal({ stateDir, dbFile, env: withoutAddress() })).rejects.toThrow(/temporal\.db is in use by process \d+ since/);

    await first.stop();
  });

  it('says that its port is in use', async () => {
    const port = Number(inject('temporalAddress').split(':')[1]);

    const start = startTemporal({ stateDir: await scratchFolder(), port, env: withoutAddress() });

    await expect(start).rejects.toThrow(new RegExp(`Port ${String(port)} on 127\\.0\\.0\\.1 is in use`));
  });
});

describe('the Temporal server that TEMPORAL_ADDRESS names', () => {
  it('is used as it is, and not stopped by us', async () => {
    const address = inject('temporalAddress');

    const given = await startTemporal({ stateDir: await scratchFolder(), env: { TEMPORAL_ADDRESS: address } });
    await given.stop();

    expect(given).toMatchObject({ address, namespace: 'default', startedByUs: false });
    await withClient(given, (client) => client.workflowService.getSystemInfo({}));
  });

  it('is named when it does not answer', async () => {
    const start = startTemporal({ stateDir: await scratchFolder(), env: { TEMPORAL_ADDRESS: '127.0.0.1:1' } });

    await expect(start).rejects.toThrow(/TEMPORAL_ADDRESS names \(127\.0\.0\.1:1\) cannot be used: .*unset TEMPORAL_ADDRESS/);
  });
});

function withoutAddress(): NodeJS.ProcessEnv {
  return { ...process.env, TEMPORAL_ADDRESS: '' };
}
