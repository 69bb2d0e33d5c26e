import { randomBytes } from 'node:crypto';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { entryHash } from '../../ledger/entry.ts';
import { openLedger } from '../../ledger/ledger.ts';
import { makeChainKey, open, seal, unwrapChainKey } from '../../ledger/sealing.ts';
import { draft, newCase, openLedgerHarness, playCase } from './ledger-harness.ts';

const { ledger, owner, app, appUrl, masterKey } = await openLedgerHarness();
const place = { chain: newCase(), name: 'words' };
const key = randomBytes(32);

it('gives back what was sealed, JSON or bytes, with where it came from', async () => {
  const about = { url: 'https://graph.example.com/v1.0/users', requestId: 'r', date: '2026-11-23T22:04:05Z' };
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.jsonValue(), fc.uint8Array({ maxLength: 5000 })), async (content) => {
      // JSON has one zero.
      const expected: unknown = content instanceof Uint8Array ? content : JSON.parse(JSON.stringify(content));
      expect(await open(key, place, await seal(key, place, { content, about }))).toEqual({ content: expected, about });
    }),
    { numRuns: 100 },
  );
});

it('never seals the same thing to the same bytes', async () => {
  const [one, other] = await Promise.all([seal(key, place, { content: 'ja' }), seal(key, place, { content: 'ja' })]);
  expect(one.equals(other)).toBe(false);
});

it('opens with its own key, at its own place, unchanged, and not otherwise', async () => {
  const sealed = await seal(key, place, { content: 'ja' });
  await expect(open(randomBytes(32), place, sealed)).rejects.toThrow(/does not open/);
  await expect(open(key, { ...place, chain: newCase() }, sealed)).rejects.toThrow(/does not open/);
  await expect(open(key, { ...place, name: 'other' }, sealed)).rejects.toThrow(/does not open/);
  for (let at = 1; at < sealed.length; at += 1) {
    const changed = Buffer.from(sealed);
    changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
    await expect(open(key, place, changed)).rejects.toThrow(/does not open/);
  }
  await expect(open(key, place, sealed.subarray(0, 20))).rejects.toThrow(/does not open/);
  await expect(open(key, place, Buffer.concat([Buffer.of(9), sealed.subarray(1)]))).rejects.toThrow(/form 9/);
});

it('refuses to keep nothing', async () => {
  await expect(seal(key, place, { content: undefined })).rejects.toThrow(/got nothing/);
});

it('wraps a key for one chain only', () => {
  const { key: made, wrapped } = makeChainKey(masterKey, 'one');
  expect(unwrapChainKey(masterKey, 'one', wrapped).equals(made)).toBe(true);
  expect(() => unwrapChainKey(masterKey, 'other', wrapped)).toThrow();
});

it('wants a master key of 32 bytes', () => {
  expect(() => openLedger({ databaseUrl: appUrl, masterKey: randomBytes(16) })).toThrow(/32 bytes, got 16/);
});

it('puts no word of an attachment into the database', async () => {
  const id = newCase();
  await ledger.append([draft(id, 'a', { attachments: [{ name: 'words', content: { said: 'the-needle-in-the-words' } }] })]);
  const { rows } = await owner.query<{ found: number }>(
    "SELECT count(*)::int AS found FROM ledger_attachment WHERE position('\\x7468652d6e6565646c65'::bytea IN bytes) > 0",
  );
  expect(rows[0]?.found).toBe(0);
  // The search does find what lies open.
  const control = await owner.query<{ found: number }>("SELECT position('\\x7468652d'::bytea IN 'xx the-needle'::bytea) AS found");
  expect(control.rows[0]?.found).toBe(4);
});

it('erases a case by its key: nothing opens, every hash holds, other cases stay', async () => {
  const [id, other] = [newCase(), newCase()];
  await ledger.append([id, other].map((chain) => draft(chain, 'a', { attachments: [{ name: 'words', content: 'ja' }] })));
  const elsewhere = openLedger({ databaseUrl: appUrl, masterKey });
  await elsewhere.attachment(id, 1, 'words');

  await ledger.eraseCase(id);
  await ledger.eraseCase(id);

  for (const one of [ledger, elsewhere]) {
    await expect(one.attachment(id, 1, 'words')).rejects.toThrow(expect.objectContaining({ code: 'KEY_DESTROYED' }));
    expect((await one.attachment(other, 1, 'words')).content).toBe('ja');
  }
  for (const entry of await ledger.entries(id)) expect(entryHash(entry)).toBe(entry.hash);
  expect((await ledger.sealed(id, 1, 'words')).length).toBeGreaterThan(0);
  await elsewhere.close();
});

it('seals nothing more under a key that another process destroyed, and goes on without attachments', async () => {
  const id = newCase();
  await ledger.append([draft(id, 'a', { attachments: [{ name: 'words', content: 'ja' }] })]);
  const elsewhere = openLedger({ databaseUrl: appUrl, masterKey });
  await elsewhere.eraseCase(id);

  const more = draft(id, 'b', { attachments: [{ name: 'words', content: 'more' }] });
  await expect(ledger.append([more])).rejects.toThrow(expect.objectContaining({ code: 'KEY_DESTROYED' }));
  await expect(elsewhere.append([more])).rejects.toThrow(expect.objectContaining({ code: 'KEY_DESTROYED' }));
  expect(await ledger.append([draft(id, 'c')])).toHaveLength(1);
  await elsewhere.close();
});

it('takes away, with the key, what people were shown of what it sealed', async () => {
  const id = await playCase(ledger);
  await app.query(
    `INSERT INTO display (case_id, key, content) VALUES ($1, 'plan/1', '"Phone ending in 41"'), ('another', 'plan/1', '"stays"')`,
    [id],
  );
  await ledger.eraseCase(id);
  const { rows } = await app.query<{ case_id: string }>('SELECT case_id FROM display');
  expect(rows).toEqual([{ case_id: 'another' }]);
});

it('never brings a destroyed key back', async () => {
  const id = newCase();
  await ledger.eraseCase(id);
  await expect(owner.query("UPDATE case_key SET wrapped = '\\x00', destroyed_at = NULL WHERE chain = $1", [id])).rejects.toThrow(
    /stays so/,
  );
  await expect(owner.query('DELETE FROM case_key WHERE chain = $1', [id])).rejects.toThrow(/stays so/);
});
