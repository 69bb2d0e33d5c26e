import { expect, it } from 'vitest';
import { RunbookError } from '../../domain/errors.ts';
import { type Intent, requireIntent, takeIntentMaker } from '../../ledger/intent.ts';
import { openLedger } from '../../ledger/ledger.ts';
import { ANA, BLOCK, draft, newCase, openLedgerHarness } from './ledger-harness.ts';

const { ledger, appUrl, masterKey } = await openLedgerHarness();

const BY_POLICY = { kind: 'policy', blockLimit: null } as const;

async function intend(caseId = newCase(), more: Partial<Parameters<typeof ledger.intend>[0]> = {}): Promise<Intent> {
  const draft = {
    caseId,
    attempt: 1,
    step: 'block-sign-in',
    changes: [BLOCK],
    by: BY_POLICY,
    undoes: null,
    actor: 'worker',
    evidence: [],
  } as const;
  const [intent] = await ledger.intend({ ...draft, ...more });
  if (intent === undefined) throw new Error('expected an intent, got none');
  return intent;
}

it('is stored before anybody holds it, with what it was read from', async () => {
  const id = newCase();
  const about = { url: 'https://graph.example.com/v1.0/users/1', requestId: 'r', date: '2026-11-23T22:04:05Z' };
  const intent = await intend(id, { evidence: [{ name: '01-user.get', content: { accountEnabled: true }, about }] });

  const [entry] = await ledger.entries(id);
  expect(entry?.content).toMatchObject({
    key: `1/block-sign-in/account:${ANA}/intended`,
    kind: 'step.intended',
    body: { step: 'block-sign-in', attempt: 1, change: BLOCK, by: 'policy', undoes: null },
  });
  expect(intent).toMatchObject({ caseId: id, attempt: 1, step: 'block-sign-in', change: BLOCK, storedAt: entry?.storedAt });
  expect(await ledger.attachment(id, 1, '01-user.get')).toEqual({ content: { accountEnabled: true }, about });
});

it('keeps its first `from` when it is made again after the tenant has changed', async () => {
  const id = newCase();
  const first = await intend(id);
  const again = await intend(id, { changes: [{ ...BLOCK, from: false }] });
  expect(again).toEqual(first);
  expect(again.change.from).toBe(true);
});

it('is found again by another process, under the same id', async () => {
  const id = newCase();
  const intent = await intend(id);
  const other = openLedger({ databaseUrl: appUrl, masterKey });
  const found = await other.intentOf({ caseId: id, attempt: 1, step: 'block-sign-in', target: BLOCK.target });
  expect(found).toEqual(intent);
  expect(found?.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  await other.close();
});

it('is not there for another attempt, step or target', async () => {
  const id = newCase();
  await intend(id);
  const place = { caseId: id, attempt: 1, step: 'block-sign-in', target: BLOCK.target } as const;
  expect(await ledger.intentOf({ ...place, attempt: 2 })).toBeUndefined();
  expect(await ledger.intentOf({ ...place, step: 'revoke-sessions' })).toBeUndefined();
  expect(await ledger.intentOf({ ...place, target: { kind: 'account', id: 'another' } })).toBeUndefined();
});

it('gives each change an id of its own', async () => {
  const id = newCase();
  const ids = [await intend(id), await intend(id, { attempt: 2 }), await intend(id, { step: 'revoke-sessions' }), await intend()].map(
    (one) => one.id,
  );
  expect(new Set(ids).size).toBe(4);
});

it('cannot be made by anybody but the ledger', async () => {
  const intent = await intend();
  expect(requireIntent(intent)).toBe(intent);

  const lookAlikes: unknown[] = [
    Object.assign({}, intent),
    structuredClone(intent),
    JSON.parse(JSON.stringify(intent)),
    Object.create(intent),
    Object.setPrototypeOf(Object.assign({}, intent), Object.getPrototypeOf(intent)),
    Reflect.construct(intent.constructor, [intent]),
    new Proxy(intent, {}),
    null,
    undefined,
    'intent',
  ];
  for (const lookAlike of lookAlikes) {
    expect(() => requireIntent(lookAlike)).toThrow(expect.objectContaining({ code: 'INTENT_MISSING' }));
  }
  expect(() => takeIntentMaker()).toThrow(RunbookError);
});

it('cannot be turned to another account once it is made', async () => {
  const intent = await intend();
  expect(() => Object.assign(intent, { change: { ...BLOCK, to: true } })).toThrow(TypeError);
  expect(() => Object.assign(intent.change, { to: true })).toThrow(TypeError);
  expect(() => Object.assign(intent.change.target, { id: 'another' })).toThrow(TypeError);
});

it('does not compile where it is forged', () => {
  const door = (intent: Intent): string => intent.id;
  const alike = {
    id: 'x',
    caseId: newCase(),
    attempt: 1,
    step: 'block-sign-in' as const,
    change: BLOCK,
    by: 'policy',
    undoes: null,
    storedAt: 0,
  };
  // @ts-expect-error a look-alike lacks what only the ledger gives
  expect(door(alike)).toBe('x');
});

it('is refused when something else stands under its key', async () => {
  const id = newCase();
  await ledger.append([draft(id, `1/block-sign-in/account:${ANA}/intended`)]);
  await expect(intend(id)).rejects.toThrow(expect.objectContaining({ code: 'LEDGER_REFUSED' }));
});
