// What the tests of the record share: a database of their own, a ledger that
// speaks as the application's role, and a case that was played to its end.
import { randomBytes, randomUUID } from 'node:crypto';
import { Pool } from 'pg';
import { afterAll } from 'vitest';
import { NOTHING_STRICTER } from '../../domain/approval-requirements.ts';
import type { LedgerEvent } from '../../domain/case/events.ts';
import { type CaseId, caseId, objectId, tenantId } from '../../domain/ids.ts';
import { DEFAULT_DURATIONS } from '../../domain/policy.ts';
import type { Change } from '../../domain/step.ts';
import { grantLogin } from '../../ledger/database-roles.ts';
import { type EntryDraft, type Ledger, openLedger } from '../../ledger/ledger.ts';
import { freshDatabase } from '../setup/database.ts';

export const APP_PASSWORD = 'the application of the tests';

export interface LedgerHarness {
  readonly ledger: Ledger;
  /** As the owner of the database. */
  readonly owner: Pool;
  /** As the application. */
  readonly app: Pool;
  readonly appUrl: string;
  readonly masterKey: Uint8Array;
}

/** Opens a fresh record; closed after the tests of the file. */
export async function openLedgerHarness(): Promise<LedgerHarness> {
  const adminUrl = await freshDatabase();
  const appUrl = await grantLogin(adminUrl, APP_PASSWORD);
  const masterKey = randomBytes(32);
  const ledger = openLedger({ databaseUrl: appUrl, masterKey });
  const owner = new Pool({ connectionString: adminUrl });
  const app = new Pool({ connectionString: appUrl });
  for (const pool of [owner, app]) pool.on('error', () => undefined);
  afterAll(() => Promise.all([ledger.close(), owner.end(), app.end()]));
  return { ledger, owner, app, appUrl, masterKey };
}

export const newCase = (): CaseId => caseId(randomUUID());
export const TENANT = tenantId('7c1e62a4-0c5b-4f0e-9d3a-3a5f1d9c2b10');
export const ANA = objectId('b3f0c1de-52f4-4c43-8a57-0f6a5e1c7d21');

/** Some entry with any text in it: what the ledger keeps is tested here, not what it means. */
export const held = (text: string): LedgerEvent =>
  ({ kind: 'hold.ended', schemaVersion: 1, because: text, by: null }) as unknown as LedgerEvent;

export const draft = (chain: CaseId, key: string, more: Partial<EntryDraft> = {}): EntryDraft => ({
  chain,
  key,
  actor: 'worker',
  event: held(key),
  ...more,
});

export const BLOCK: Change = {
  target: { kind: 'account', id: ANA },
  from: true,
  to: false,
  why: 'attacker-could-sign-in-again',
  undo: { kind: 'can', code: 'release-again' },
};

/** A case from its report to its end, with attachments: 7 entries. */
export async function playCase(ledger: Ledger, options: { readonly finished?: boolean } = {}): Promise<CaseId> {
  const id = newCase();
  const { number } = await ledger.openCase({ caseId: id, tenant: TENANT, subject: ANA, workflowId: `case/${TENANT}/${ANA}` });
  const at = '2026-11-23T22:04:05.123Z';
  await ledger.append([
    {
      chain: id,
      key: 'case/opened',
      at,
      actor: 'worker',
      event: {
        kind: 'case.opened',
        schemaVersion: 1,
        number,
        tenant: TENANT,
        subject: ANA,
        openedBy: 'slack:V1:abc',
        baselineDigest: '0'.repeat(64),
        policy: { version: '2026-11', durations: DEFAULT_DURATIONS, stricter: NOTHING_STRICTER },
        phoneSha256: null,
      },
    },
    draft(id, 'report/slack:V1:abc', { attachments: [{ name: 'words', content: 'Ich habe auf „Ja“ gedrückt 😟' }] }),
  ]);
  await ledger.intend({
    caseId: id,
    attempt: 1,
    step: 'block-sign-in',
    changes: [BLOCK],
    by: { kind: 'policy', blockLimit: null },
    undoes: null,
    actor: 'worker',
    evidence: [
      {
        name: '01-user.get',
        content: { id: ANA, accountEnabled: true },
        about: { url: `https://graph.example.com/v1.0/users/${ANA}`, requestId: randomUUID(), date: at },
      },
    ],
  });
  await ledger.append([
    draft(id, 'one more'),
    draft(id, 'and another', { attachments: [{ name: 'history', content: new Uint8Array(randomBytes(3000)) }] }),
    draft(id, 'last but one'),
  ]);
  if (options.finished !== false) {
    await ledger.append([
      {
        chain: id,
        key: 'case/closed',
        actor: 'runbook',
        event: {
          kind: 'case.closed',
          schemaVersion: 1,
          outcome: 'contained',
          notChecked: ['mailbox-rules-and-forwarding', 'devices'],
          blindSpots: [],
          entries: 7,
        },
      },
    ]);
  }
  return id;
}
