import { expect, it, vi } from 'vitest';
import { openLedger } from '../../ledger/ledger.ts';
import { draft, newCase, openLedgerHarness } from './ledger-harness.ts';

const { ledger, owner, appUrl, masterKey } = await openLedgerHarness();

const soon = { timeout: 20_000, interval: 20 };

it('names a chain each time it has grown, and not when nothing was stored', async () => {
  const heard: string[] = [];
  const stop = await ledger.listen((chain) => heard.push(chain));
  const [one, other] = [newCase(), newCase()];
  await ledger.append([draft(one, 'a')]);
  await ledger.append([draft(one, 'a')]);
  await ledger.append([draft(other, 'a')]);
  await vi.waitFor(() => expect(heard).toContain(other), soon);
  expect(heard).toEqual([one, other]);

  await stop();
  await ledger.append([draft(one, 'b')]);
  expect(await ledger.entries(one)).toHaveLength(2);
  expect(heard).toEqual([one, other]);
});

it('names what grew while the connection was down', async () => {
  const heard: string[] = [];
  const stop = await ledger.listen((chain) => heard.push(chain));
  const missed = newCase();

  // In one transaction: the connection dies, and the chain grows before anybody can listen again.
  await owner.query(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'unapprove ledger, listening'",
  );
  await ledger.append([draft(missed, 'a')]);
  await vi.waitFor(() => expect(heard).toContain(missed), soon);

  const later = newCase();
  await ledger.append([draft(later, 'a')]);
  await vi.waitFor(() => expect(heard).toContain(later), soon);
  await stop();
});

it('says so when it cannot begin', async () => {
  const nowhere = openLedger({ databaseUrl: 'postgresql://nobody@127.0.0.1:1/nowhere', masterKey });
  await expect(nowhere.listen(() => undefined)).rejects.toThrow(expect.objectContaining({ code: 'LEDGER_UNAVAILABLE' }));
  await nowhere.close();
});

it('is over when the ledger is closed', async () => {
  const one = openLedger({ databaseUrl: appUrl, masterKey });
  await one.listen(() => undefined);
  await one.listen(() => undefined);
  await one.close();
});
