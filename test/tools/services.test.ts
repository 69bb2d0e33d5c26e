import { Client } from 'pg';
import { expect, inject, it } from 'vitest';
import { openServices } from '../../tools/services.ts';
import { scratchFolder } from './scratch.ts';

async function databases(adminUrl: string): Promise<string[]> {
  const client = new Client({ connectionString: adminUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ datname: string }>(`SELECT datname FROM pg_database WHERE datname LIKE 'unapprove_drill_%'`);
    return rows.map(({ datname }) => datname);
  } finally {
    await client.end();
  }
}

it('a drill on a server that DATABASE_URL names writes into a database of its own, which is gone afterwards', async () => {
  const adminUrl = inject('databaseAdminUrl');
  const env = { DATABASE_URL: adminUrl, TEMPORAL_ADDRESS: inject('temporalAddress') };

  const services = await openServices({ purpose: 'drill', stateDir: await scratchFolder(), env });

  expect(services.databaseUrl).not.toBe(adminUrl);
  expect(await databases(adminUrl)).toEqual([new URL(services.databaseUrl).pathname.slice(1)]);
  await services.stop();
  expect(await databases(adminUrl)).toEqual([]);
});

it('two services that cannot be opened are both named at once', async () => {
  const env = { DATABASE_URL: 'postgresql://someone@127.0.0.1:1/none', TEMPORAL_ADDRESS: '127.0.0.1:1' };

  const refusal = await openServices({ purpose: 'drill', stateDir: await scratchFolder(), env }).catch((problem: unknown) =>
    String(problem),
  );

  expect(refusal).toContain('DATABASE_URL');
  expect(refusal).toContain('TEMPORAL_ADDRESS');
});
