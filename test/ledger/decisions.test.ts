// What the database itself decides when two things exclude each other, and what
// each process may do there.
import { Pool } from 'pg';
import { afterAll, describe, expect, it } from 'vitest';
import type { RunbookError } from '../../domain/errors.ts';
import type { CaseId } from '../../domain/ids.ts';
import { planKey } from '../../domain/plan.ts';
import type { Change } from '../../domain/step.ts';
import { grantLogin } from '../../ledger/database-roles.ts';
import type { EntryDraft } from '../../ledger/ledger.ts';
import { ANA, APP_PASSWORD, BLOCK, draft, newCase, openLedgerHarness } from './ledger-harness.ts';

const { ledger, owner, app, appUrl } = await openLedgerHarness();
const slackUrl = await grantLogin(adminOf(appUrl), APP_PASSWORD, 'slack');
const slack = new Pool({ connectionString: slackUrl });
slack.on('error', () => undefined);
afterAll(() => slack.end());

/** The owner's address of the same database: only its role and password differ. */
function adminOf(url: string): string {
  const { options } = owner as unknown as { options: { connectionString: string } };
  expect(new URL(options.connectionString).pathname).toBe(new URL(url).pathname);
  return options.connectionString;
}

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'nothing refused',
    (error: RunbookError) => error.code,
  );

const DIGEST = 'a'.repeat(64);
const declined = (chain: CaseId): EntryDraft => ({
  chain,
  key: planKey(DIGEST, 'declined'),
  actor: 'runbook',
  event: { kind: 'plan.declined', schemaVersion: 1, digest: DIGEST, by: ANA },
  unless: planKey(DIGEST, 'begun'),
});
const begin = (caseId: CaseId, changes: readonly Change[] = [BLOCK]) =>
  ledger.intend({
    caseId,
    attempt: 2,
    step: 'block-sign-in',
    changes,
    by: { kind: 'plan', digest: DIGEST },
    undoes: null,
    actor: 'worker',
    evidence: [],
  });
const kinds = async (id: CaseId): Promise<string[]> => (await ledger.entries(id)).map((entry) => entry.content.kind);

describe('a decline and the first intent of a plan', () => {
  it('exclude each other, whichever comes first', async () => {
    const first = newCase();
    await ledger.append([declined(first)]);
    expect(await codeOf(begin(first))).toBe('LEDGER_SUPERSEDED');
    expect(await kinds(first)).toEqual(['plan.declined']);

    const second = newCase();
    await begin(second);
    expect(await codeOf(ledger.append([declined(second)]))).toBe('LEDGER_SUPERSEDED');
    expect(await kinds(second)).toEqual(['plan.begun', 'step.intended']);
  });

  it('in the same moment leave exactly one of the two', async () => {
    for (let round = 0; round < 20; round += 1) {
      const id = newCase();
      const codes = await Promise.all([codeOf(ledger.append([declined(id)])), codeOf(begin(id))]);
      expect(codes.filter((code) => code === 'LEDGER_SUPERSEDED')).toHaveLength(1);
      expect(['plan.declined', 'plan.begun,step.intended']).toContain((await kinds(id)).join());
    }
  });

  it('a plan that has begun goes on to its next steps', async () => {
    const id = newCase();
    await begin(id);
    await begin(id);
    expect(await kinds(id)).toEqual(['plan.begun', 'step.intended']);
  });
});

describe('intents of many things', () => {
  it('are stored all together or not at all', async () => {
    const id = newCase();
    const targets = ['a', 'b', 'c'].map((name): Change => ({ ...BLOCK, target: { kind: 'method', id: name, method: 'phone' } }));
    const intents = await begin(id, targets);
    expect(intents.map((intent) => intent.change.target.id)).toEqual(['a', 'b', 'c']);
    expect(new Set(intents.map((intent) => intent.id)).size).toBe(3);
  });
});

describe('the blockLimit', () => {
  const block = (blockLimit: { most: number; windowMs: number } | null) =>
    ledger.intend({
      caseId: newCase(),
      attempt: 1,
      step: 'block-sign-in',
      changes: [BLOCK],
      by: { kind: 'policy', blockLimit },
      undoes: null,
      actor: 'worker',
      evidence: [],
    });
  const inTheLast = async (ms: number): Promise<number> =>
    Number(
      (
        await owner.query(
          "SELECT count(*) FROM ledger_entry WHERE kind = 'step.intended' AND convert_from(content, 'UTF8') LIKE '%\"by\":\"policy\"%' AND stored_at > now() - $1 * interval '1 millisecond'",
          [ms],
        )
      ).rows[0].count,
    );

  it('lets so many blocks by policy through over all cases, and not one more, however many come at once', async () => {
    const most = (await inTheLast(3_600_000)) + 4;
    const codes = await Promise.all(Array.from({ length: 12 }, () => codeOf(block({ most, windowMs: 3_600_000 }))));
    expect(codes.filter((code) => code === 'nothing refused')).toHaveLength(4);
    expect(codes.filter((code) => code === 'BLOCK_LIMIT_REACHED')).toHaveLength(8);
  });

  it('counts neither what people ordered nor what lies longer back', async () => {
    await begin(newCase());
    expect(await codeOf(block({ most: 1, windowMs: 0 }))).toBe('nothing refused');
    expect(await codeOf(block(null))).toBe('nothing refused');
  });
});

describe('a finished case', () => {
  it('takes nothing more, and still knows what it has', async () => {
    const id = newCase();
    await ledger.append([draft(id, 'one')]);
    await ledger.append([
      {
        chain: id,
        key: 'case/closed',
        actor: 'worker',
        event: { kind: 'case.closed', schemaVersion: 1, outcome: 'contained', notChecked: [], blindSpots: [], entries: 2 },
      },
    ]);
    expect(await codeOf(ledger.append([draft(id, 'late')]))).toBe('LEDGER_REFUSED');
    expect((await ledger.append([draft(id, 'one')]))[0]).toMatchObject({ existed: true });
  });
});

describe('a fingerprint', () => {
  it('is the same for the same text in one case, and tells nothing in another', async () => {
    const [one, again, other] = [await ledger.fingerprinter(newCase()), newCase(), newCase()];
    const [first, second] = [await ledger.fingerprinter(again), await ledger.fingerprinter(other)];
    expect(first('+31 6 12345678')).toBe((await ledger.fingerprinter(again))('+31 6 12345678'));
    expect(new Set([one('+31 6 12345678'), first('+31 6 12345678'), second('+31 6 12345678'), first('+31 6 12345679')]).size).toBe(4);
  });

  it('is gone with the key of its case', async () => {
    const id = newCase();
    await ledger.append([draft(id, 'sealed', { attachments: [{ name: 'a', content: 'b' }] })]);
    await ledger.eraseCase(id);
    await expect(ledger.fingerprinter(id)).rejects.toMatchObject({ code: 'KEY_DESTROYED' });
  });
});

describe('the Slack app’s role', () => {
  const refusal = (sql: string): Promise<string> =>
    slack.query(sql).then(
      () => 'nothing refused',
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );

  it.each([
    "SELECT * FROM ledger_append(ARRAY['{}'::bytea])",
    "INSERT INTO ledger_entry VALUES ('c', 1, '\\x00', '\\x00', now(), 'k', 'k', '\\x00')",
    'SELECT * FROM ledger_attachment',
    'SELECT * FROM case_key',
    'SELECT * FROM baseline',
    'SELECT phone FROM person',
    "INSERT INTO person VALUES ('T', 'U', 'o', 'n', NULL, 's', now())",
    'SELECT envelope FROM inbox',
    "UPDATE inbox SET state = 'delivered'",
    'DELETE FROM inbox',
    "UPDATE display SET content = '{}'",
    "INSERT INTO display VALUES ('c', 'k', '{}')",
    'CREATE TABLE mine (a int)',
  ])('may not: %s', async (sql) => {
    expect(await refusal(sql)).toMatch(/permission denied/);
  });

  it.each([
    'SELECT * FROM ledger_entry',
    'SELECT * FROM case_file',
    'SELECT slack_user, name, object_id FROM person',
    'SELECT * FROM display',
    'SELECT * FROM post',
    "INSERT INTO inbox (key, channel, person, act, envelope) VALUES ('k', 'slack', 'U1', 'report', '{}') ON CONFLICT DO NOTHING",
  ])('may: %s', async (sql) => {
    expect(await refusal(sql)).toBe('nothing refused');
  });
});

it('the worker’s role writes no message of Slack', async () => {
  await expect(app.query("INSERT INTO post VALUES ('k', 'c', 'ch', NULL, 'sent', NULL, now())")).rejects.toThrow(/permission denied/);
});
