// What the database's errors mean for a runbook: only our own refusals are final.
import { randomUUID } from 'node:crypto';
import { escapeIdentifier } from 'pg';
import { expect, it, onTestFinished } from 'vitest';
import type { RunbookError } from '../../domain/errors.ts';
import { ask, asRunbookError, openPool } from '../../ledger/database.ts';
import { changeAddress, readAddress } from '../../prisma/address.ts';
import { openLedgerHarness } from './ledger-harness.ts';

const { owner, appUrl } = await openLedgerHarness();

async function failure(url: string, text: string): Promise<{ code: string; state: unknown }> {
  const pool = openPool(url, 1);
  onTestFinished(() => pool.end());
  const error = await ask(pool, { text }).then(
    () => null,
    (problem: RunbookError) => problem,
  );
  return { code: error?.code ?? 'nothing', state: (error?.cause as { code?: unknown } | undefined)?.code };
}

it.each([
  ['28P01', 'the password was changed', () => changeAddress(appUrl, { password: 'another' }), 'SELECT 1'],
  ['3D000', 'the database is not there', () => changeAddress(appUrl, { database: `gone_${randomUUID()}` }), 'SELECT 1'],
  ['42501', 'a privilege is missing', () => appUrl, 'DELETE FROM ledger_entry'],
  ['42P01', 'a table is missing', () => appUrl, 'SELECT 1 FROM nothing_of_that_name'],
  ['23502', 'a value is missing', () => appUrl, 'INSERT INTO case_key DEFAULT VALUES'],
  ['22012', 'a number cannot be computed', () => appUrl, 'SELECT 1 / 0'],
])('%s (%s) is tried again', async (state, _, url, text) => {
  expect(await failure(url(), text)).toEqual({ code: 'LEDGER_UNAVAILABLE', state });
});

it('so are an error code that nobody knows, and an error without a code', async () => {
  const raise = (state: string) => `DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '${state}'; END $$`;

  expect(await failure(appUrl, raise('ZZ999'))).toEqual({ code: 'LEDGER_UNAVAILABLE', state: 'ZZ999' });
  expect(await failure(appUrl, raise('UA999'))).toEqual({ code: 'LEDGER_UNAVAILABLE', state: 'UA999' });
  expect(asRunbookError(new TypeError('no'))).toMatchObject({ code: 'LEDGER_UNAVAILABLE' });
});

it('a privilege that is withdrawn and granted again loses nothing', async () => {
  const pool = openPool(appUrl, 1);
  onTestFinished(() => pool.end());
  const role = escapeIdentifier(readAddress(appUrl)?.user ?? '');
  const read = (): Promise<unknown> => ask(pool, { text: 'SELECT 1 FROM ledger_entry' }).catch((error: RunbookError) => error.code);

  await owner.query(`REVOKE SELECT ON ledger_entry FROM ${role}`);
  expect(await read()).toBe('LEDGER_UNAVAILABLE');
  await owner.query(`GRANT SELECT ON ledger_entry TO ${role}`);
  expect(await read()).toEqual([]);
});

it.each([
  ['UA001', 'LEDGER_REFUSED'],
  ['UA002', 'KEY_DESTROYED'],
  ['UA003', 'LEDGER_SUPERSEDED'],
  ['UA004', 'BLOCK_LIMIT_REACHED'],
])('%s, which our own functions raise, is the refusal %s', async (state, code) => {
  expect(await failure(appUrl, `DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '${state}'; END $$`)).toEqual({ code, state });
});
