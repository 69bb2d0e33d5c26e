// A database that is reached through a Unix socket, from set-up to the record.
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, inject, it, onTestFinished, vi } from 'vitest';
import { migrate } from '../../cli/migrate.ts';
import { listenFor } from '../../inbox/listen.ts';
import { openInbox } from '../../inbox/store.ts';
import { openLedger } from '../../ledger/ledger.ts';
import { openSlackTables } from '../../slack-app/tables.ts';
import { createDatabase, dropDatabase } from '../../tools/postgres.ts';
import { draft, newCase } from '../ledger/ledger-harness.ts';

/** The run's PostgreSQL listens on TCP only; this relays a socket to it, under the name that clients look for. */
async function socketTo(adminUrl: string): Promise<{ readonly folder: string }> {
  const { hostname, port } = new URL(adminUrl);
  const folder = await mkdtemp(join(tmpdir(), 'unapprove-socket-'));
  const sockets = new Set<Socket>();
  const relay = createServer((client) => {
    const server = connect(Number(port), hostname);
    for (const socket of [client, server]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
    }
    client.pipe(server).pipe(client);
  });
  await new Promise<void>((resolve) => relay.listen(join(folder, '.s.PGSQL.5432'), resolve));
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => relay.close(resolve));
    await rm(folder, { recursive: true });
  });
  return { folder };
}

it('migrate, ledger, inbox, notifications and the tables of Slack take its address', async () => {
  const tcp = new URL(inject('databaseAdminUrl'));
  const { folder } = await socketTo(tcp.href);
  const name = `socket_${String(process.pid)}`;
  const admin = `postgresql://${tcp.username}:${tcp.password}@/postgres?host=${folder}`;
  const as = (role: string, password: string, place = '') => `postgresql://${role}:${password}@${place}/${name}?host=${folder}`;
  const adminUrl = await createDatabase(admin, name);
  onTestFinished(() => dropDatabase(inject('databaseAdminUrl'), name));
  const worker = as(`${name}_worker`, 'of-the-worker');
  const slack = `postgresql:///${name}?host=${folder}&user=${name}_slack&password=of-the-slack-app`;

  const out = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  onTestFinished(() => out.mockRestore());
  await migrate({ DATABASE_ADMIN_URL: adminUrl, DATABASE_URL: worker, SLACK_DATABASE_URL: slack });

  const ledger = openLedger({ databaseUrl: worker, masterKey: new Uint8Array(32).fill(1) });
  const inbox = openInbox({ databaseUrl: worker });
  const tables = openSlackTables({ databaseUrl: slack, teamId: 'T0PRACTICE' });
  const heard: unknown[] = [];
  const stop = listenFor(slack, 'ledger', (payload) => heard.push(payload));
  onTestFinished(async () => void (await Promise.all([ledger.close(), inbox.close(), tables.close(), stop()])));
  await expect.poll(() => heard).toEqual([null]);
  const id = newCase();
  await ledger.append([draft(id, 'one')]);

  expect((await ledger.entries(id)).map(({ seq }) => seq)).toEqual([1]);
  expect(await inbox.waiting()).toBe(0);
  expect(await tables.posts.casesIn('C0456EFGH')).toEqual([]);
  await expect.poll(() => heard).toContain(id);
});

it('migrate names the role that it expects, and each wrong address', async () => {
  const env = {
    DATABASE_ADMIN_URL: 'postgresql://postgres:pw@/unapprove?host=/var/run/postgresql',
    DATABASE_URL: 'postgresql://unapprove_app:pw@/unapprove?host=/var/run/postgresql',
    SLACK_DATABASE_URL: 'postgresql://unapprove_slack@/unapprove?host=/var/run/postgresql',
  };
  await expect(migrate(env)).rejects.toThrow(
    /DATABASE_URL is wrong: expected the role unapprove_worker with a password.*\n.*SLACK_DATABASE_URL is wrong: expected the role unapprove_slack with a password/,
  );
  const long = 'n'.repeat(57);
  await expect(migrate({ ...env, DATABASE_ADMIN_URL: `postgresql://postgres:pw@127.0.0.1/${long}` })).rejects.toThrow(
    /DATABASE_ADMIN_URL is wrong: expected a database whose name has at most 56 bytes/,
  );
});
