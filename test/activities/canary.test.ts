// A password that nobody ever sees: it is made in the door, sent, and forgotten.
// Here the test knows it, and looks for it wherever something is written down.
import { inspect } from 'node:util';
import { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accountWriter } from '../../activities/microsoft/account-writer.ts';
import { STEPS } from '../../activities/steps/registry.ts';
import { applyStep } from '../../activities/steps/runner.ts';
import type { StepRun } from '../../activities/steps/step-context.ts';
import { RunbookError } from '../../domain/errors.ts';
import type { CaseId } from '../../domain/ids.ts';
import type { Fault } from '../../drill/microsoft/faults.ts';
import { employee } from '../../drill/microsoft/fixture.ts';
import { toFailure } from '../../worker/failures.ts';
import { type ActivityHarness, type ActivityHarnessTools, openActivityHarness } from './activity-harness.ts';

const CANARY = 'aA9-the-canary-that-must-not-be-seen-anywhere';

let harness: ActivityHarness;
let database: Pool;
const written: string[] = [];
const wiretap: (() => void)[] = [];

beforeAll(async () => {
  const subjects = Array.from({ length: 8 }, (_, index) => employee(`subject-${index}`));
  harness = await openActivityHarness([...subjects, employee('bea'), employee('cai'), employee('dov')], {
    approvers: ['bea', 'cai', 'dov'],
  });
  database = new Pool({ connectionString: harness.databaseUrl, max: 2 });
  // Whatever this process prints from here on is read, too.
  for (const stream of [process.stdout, process.stderr]) {
    const write = stream.write.bind(stream);
    stream.write = (chunk: string | Uint8Array, ...rest: []) => {
      written.push(String(chunk));
      return write(chunk, ...rest);
    };
    wiretap.push(() => {
      stream.write = write;
    });
  }
});
afterAll(async () => {
  for (const end of wiretap) end();
  await database.end();
});

const tools = (): ActivityHarnessTools => {
  const account = accountWriter(
    harness.door('actor'),
    async () => (await harness.tools.baseline.latest()).baseline,
    () => CANARY,
  );
  return { ...harness.tools, doors: { ...harness.tools.doors, account } };
};

async function prepared(key: string): Promise<StepRun> {
  const about = await harness.report(key);
  for (const step of ['block-sign-in', 'revoke-sessions'] as const) {
    await applyStep(harness.tools, STEPS[step], harness.run(about, key, { kind: 'policy', blockLimit: null }));
  }
  const { digest, attempt } = await harness.approved(about, key, 'eradication');
  return harness.run(about, key, { kind: 'plan', digest }, attempt);
}

/** Every row of every table, and every attachment opened. */
async function everythingKept(about: CaseId): Promise<string> {
  const { rows } = await database.query<{ name: string }>(
    `SELECT quote_ident(table_name) AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'`,
  );
  const tables = await Promise.all(rows.map(({ name }) => database.query<{ row: string }>(`SELECT t::text AS row FROM ${name} AS t`)));
  const bytes = await database.query<{ text: string }>(`SELECT convert_from(content, 'UTF8') AS text FROM ledger_entry`);
  const opened: unknown[] = [];
  for (const { seq, content } of await harness.ledger.entries(about)) {
    for (const { name } of content.attachments) opened.push((await harness.ledger.attachment(about, seq, name)).content);
  }
  return [
    ...tables.flatMap(({ rows: all }) => all.map(({ row }) => row)),
    ...bytes.rows.map(({ text }) => text),
    inspect(opened, { depth: null }),
  ].join('\n');
}

const FAULTS: readonly [string, Fault | null][] = [
  ['goes well', null],
  ['is refused', { operation: 'user.resetPassword', occurrence: 1, kind: 'status', status: 400, code: 'Request_BadRequest' }],
  ['is not allowed', { operation: 'user.resetPassword', occurrence: 1, kind: 'status', status: 403, code: 'Authorization_RequestDenied' }],
  ['is not answered', { operation: 'user.resetPassword', occurrence: 1, kind: 'timeout-after', hangMs: 4_000 }],
  ['breaks', { operation: 'user.resetPassword', occurrence: 1, kind: 'reset' }],
];

describe('a new password', () => {
  it.each(FAULTS.map(([what, fault], index) => [what, fault, index] as const))(
    'is in no row, no attachment, no error and no line of a log when the call %s',
    async (_, fault, index) => {
      const run = await prepared(`subject-${index}`);
      if (fault !== null) harness.tenant.faults.add(fault);
      const error: unknown = await applyStep(tools(), STEPS['reset-password'], run).then(
        () => null,
        (problem: unknown) => problem,
      );
      harness.tenant.faults.clear();
      expect(error instanceof RunbookError).toBe(fault !== null);
      if (error instanceof RunbookError)
        written.push(inspect(error, { depth: null, showHidden: true }), inspect(toFailure(error), { depth: null }));
      expect(await everythingKept(run.caseId)).not.toContain(CANARY);
      expect(written.join('\n')).not.toContain(CANARY);
    },
  );

  it('did reach the tenant: the search looks for the right thing', async () => {
    expect(harness.tenant.secrets().map(({ value }) => value)).toContain(CANARY);
    const key = 'subject-7';
    const about = await harness.report(key);
    await harness.ledger.append([
      {
        chain: about,
        key: 'control',
        actor: 'worker',
        event: { kind: 'hold.ended', schemaVersion: 1, because: 'recheck-clean', by: null },
        attachments: [{ name: 'control', content: { deep: [{ password: CANARY }] } }],
      },
    ]);
    expect(await everythingKept(about)).toContain(CANARY);
  });
});
