import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AccessState, AccountWriter } from '../../../activities/microsoft/account-writer.ts';
import type { DirectoryReader } from '../../../activities/microsoft/directory-reader.ts';
import { blockSignIn } from '../../../activities/steps/block-sign-in.ts';
import { revokeSessions } from '../../../activities/steps/revoke-sessions.ts';
import { applyStep, verifyStep } from '../../../activities/steps/runner.ts';
import type { RunnerTools, StepRun } from '../../../activities/steps/step-context.ts';
import { RunbookError } from '../../../domain/errors.ts';
import { caseId, objectId } from '../../../domain/ids.ts';
import { type Intent, requireIntent } from '../../../ledger/intent.ts';
import { type Ledger, openLedger } from '../../../ledger/ledger.ts';
import { freshDatabase } from '../../setup/database.ts';
import { openCase } from '../open-case.ts';

const ana = objectId('cccccccc-0000-4000-8000-000000000001');
const EARLIER = '2026-11-20T01:00:00Z';
const NOW = '2026-11-20T03:10:00Z';

let ledger: Ledger;
let account: Account;
let run: StepRun;

beforeAll(async () => {
  ledger = openLedger({ databaseUrl: await freshDatabase(), masterKey: new Uint8Array(32).fill(7) });
});
afterAll(() => ledger.close());
beforeEach(async () => {
  account = new Account();
  run = {
    caseId: caseId(randomUUID()),
    subject: ana,
    attempt: 1,
    order: { kind: 'policy', blockLimit: null },
    notes: [],
    readBackEveryMs: 1,
    readBackWithinMs: 20,
  };
  await openCase(ledger, run.caseId, ana);
});

const notAskedHere = (): never => {
  throw new Error('nobody is asked for a step that the policy orders');
};

const tools = (): RunnerTools => ({
  ledger,
  doors: { account, methods: { methods: notAskedHere, removeMethod: notAskedHere } },
  reader: new Proxy({} as DirectoryReader, { get: notAskedHere }),
  approverGroup: ana,
  baseline: { latest: notAskedHere, byDigest: notAskedHere },
  people: { objectIdOf: notAskedHere },
  inbox: { verify: notAskedHere },
  pause: (ms) => sleep(ms),
});
const block = () => applyStep(tools(), blockSignIn, run);
const revoke = () => applyStep(tools(), revokeSessions, run);
const kinds = async () => (await ledger.entries(run.caseId)).slice(1).map((entry) => entry.content.kind);
const bodyOf = async (kind: string) => (await ledger.entries(run.caseId)).find((entry) => entry.content.kind === kind)?.content.body;

describe('a step', () => {
  it('is intended before it is applied, and done only when a fresh read shows it', async () => {
    expect(await block()).toMatchObject({ kind: 'verified', changed: true });
    expect(await kinds()).toEqual(['step.intended', 'step.applied', 'step.verified']);
    expect(account.writes).toBe(1);
  });

  it('keeps what it is about to change as evidence', async () => {
    await block();
    const evidence = await ledger.attachment(run.caseId, 2, '01-user.get');
    expect(evidence.content).toMatchObject({ accountEnabled: true });
  });

  it('changes nothing when it runs a second time', async () => {
    await block();
    await block();
    await revoke();
    const cut = account.sessionsCutAt;
    await revoke();
    expect(account.writes).toBe(2);
    expect(account.sessionsCutAt).toBe(cut);
    expect(await kinds()).toHaveLength(6);
  });

  it('leaves an account closed that was closed before the case, and does not claim to have done it', async () => {
    account.enabled = false;
    expect(await block()).toMatchObject({ kind: 'verified', changed: false });
    expect(await kinds()).toEqual(['step.unneeded']);
    expect(account.writes).toBe(0);
  });

  it.each([
    ['before the call', 'before'],
    ['after the effect', 'after'],
  ] as const)('keeps its "from" when it died %s and runs again', async (_, cut) => {
    account.dies = cut;
    await expect(block()).rejects.toThrow('died');
    expect(await block()).toMatchObject({ kind: 'verified' });
    expect(await bodyOf('step.intended')).toMatchObject({ change: { from: true, to: false } });
    expect(await kinds()).toEqual(['step.intended', 'step.applied', 'step.verified']);
    expect(account.effects).toEqual(['blocked']);
  });

  it('does not write a second time when its first write was recorded but a lagging read hides it', async () => {
    account.staleReads = 9;
    run = { ...run, readBackWithinMs: 0 };
    expect(await revoke()).toEqual({ kind: 'unseen', step: 'revoke-sessions' });
    expect(await revoke()).toEqual({ kind: 'unseen', step: 'revoke-sessions' });
    expect(account.effects).toEqual(['revoked']);
    account.staleReads = 0;
    expect(await verifyStep(tools(), revokeSessions, run)).toMatchObject({ kind: 'verified' });
  });

  it('writes once more what was written, never seen and given up, when somebody says go on', async () => {
    await block();
    // Opened again before anybody saw it shut.
    account.enabled = true;
    const failed = { kind: 'step.failed', schemaVersion: 1, step: 'block-sign-in', attempt: 1, code: 'NEVER_VISIBLE' } as const;
    await ledger.append([{ chain: run.caseId, key: '1/block-sign-in/failed/1', actor: 'worker', event: failed }]);
    expect(await block()).toMatchObject({ kind: 'verified', changed: true });
    expect(account.effects).toEqual(['blocked', 'blocked']);
    expect((await kinds()).filter((kind) => kind === 'step.applied')).toHaveLength(2);
    // And not a third time.
    await block();
    expect(account.effects).toHaveLength(2);
  });

  it('does not take one lagging reading for a sign that there is nothing to do', async () => {
    const now = account.doorState.bind(account);
    let lagging = 1;
    account.doorState = async () => {
      const reading = await now();
      lagging -= 1;
      return lagging < 0 ? reading : { ...reading, value: { ...reading.value, enabled: false } };
    };
    expect(await block()).toMatchObject({ kind: 'verified', changed: true });
    expect(account.effects).toEqual(['blocked']);
    expect(await kinds()).not.toContain('step.unneeded');
  });

  it('says that nothing shows yet, to be asked again, while reads lag', async () => {
    account.staleReads = 9;
    run = { ...run, readBackWithinMs: 0 };
    expect(await block()).toEqual({ kind: 'unseen', step: 'block-sign-in' });
    await expect(verifyStep(tools(), blockSignIn, run)).rejects.toMatchObject({ code: 'NOT_YET_VISIBLE' });
  });

  it('leaves its intent on the record when the door refuses', async () => {
    account.refuses = new RunbookError('GRAPH_FORBIDDEN', 'no');
    await expect(block()).rejects.toMatchObject({ code: 'GRAPH_FORBIDDEN' });
    expect(await kinds()).toEqual(['step.intended']);
  });

  it('takes a revocation in the same second as its reading for done only when the cut has moved', async () => {
    account.sessionsCutAt = NOW;
    expect(await revoke()).toMatchObject({ kind: 'unseen' });
    account.clock = '2026-11-20T03:10:01Z';
    account.sessionsCutAt = account.clock;
    expect(await verifyStep(tools(), revokeSessions, run)).toMatchObject({ kind: 'verified' });
  });

  it('does nothing, not even a reading, for a case that the record does not know', async () => {
    run = { ...run, caseId: caseId(randomUUID()) };
    await expect(block()).rejects.toMatchObject({ code: 'CASE_UNKNOWN' });
    expect(account.reads + account.writes).toBe(0);
    expect(await ledger.entries(run.caseId)).toEqual([]);
  });

  it('does nothing to another account for a case that is about this one', async () => {
    run = { ...run, subject: 'cccccccc-0000-4000-8000-000000000002' };
    await expect(block()).rejects.toMatchObject({ code: 'CASE_UNKNOWN' });
  });

  it('does not follow an intent that somebody else wrote under its key', async () => {
    const change = {
      target: { kind: 'account', id: 'cccccccc-0000-4000-8000-000000000002' },
      from: true,
      to: false,
      why: 'attacker-may-know-password',
      undo: { kind: 'can', code: 'block-again' },
    } as const;
    const event = {
      kind: 'step.intended',
      schemaVersion: 1,
      step: 'block-sign-in',
      attempt: 1,
      change,
      by: 'policy',
      undoes: null,
    } as const;
    await ledger.append([{ chain: run.caseId, key: `1/block-sign-in/account:${ana}/intended`, actor: 'worker', event }]);
    await expect(block()).rejects.toMatchObject({ code: 'INTENT_MISSING' });
    expect(account.writes).toBe(0);
  });

  it('says that nobody can tell whose change it was when its own answer was lost', async () => {
    account.dies = 'after';
    await expect(block()).rejects.toThrow('died');
    await block();
    expect(await bodyOf('step.applied')).toMatchObject({ changed: null, requestId: null });
  });

  it('carries the notes of the workflow into the record before its own entries', async () => {
    const note = { kind: 'order.made', schemaVersion: 1, row: 'r', order: { kind: 'contain', steps: ['block-sign-in'] } } as const;
    run = { ...run, notes: [{ key: 'order/r', at: '2026-11-20T03:10:00.000Z', event: note }] };
    await block();
    expect(await kinds()).toEqual(['order.made', 'step.intended', 'step.applied', 'step.verified']);
  });
});

/** An account behind the door's own small interface. */
class Account implements AccountWriter {
  enabled = true;
  sessionsCutAt = EARLIER;
  clock = NOW;
  reads = 0;
  writes = 0;
  effects: string[] = [];
  dies: 'before' | 'after' | null = null;
  staleReads = 0;
  refuses: RunbookError | null = null;
  #before: AccessState = { enabled: true, sessionsCutAt: EARLIER, readAt: NOW };

  async doorState() {
    this.reads += 1;
    const stale = this.effects.length > 0 && this.staleReads > 0;
    if (stale) this.staleReads -= 1;
    const now: AccessState = { enabled: this.enabled, sessionsCutAt: this.sessionsCutAt, readAt: this.clock };
    const value = stale ? this.#before : now;
    const body = { id: ana, accountEnabled: value.enabled, signInSessionsValidFromDateTime: value.sessionsCutAt };
    return { value, answers: [{ name: 'user.get', url: 'https://graph.example.com', requestId: 'r', date: value.readAt, body }] };
  }

  passwordState = notAskedHere;
  openAccount = notAskedHere;
  resetPassword = notAskedHere;

  blockSignIn(intent: Intent) {
    return this.#write(intent, 'blocked', () => {
      this.enabled = false;
    });
  }

  revokeSessions(intent: Intent) {
    return this.#write(intent, 'revoked', () => {
      this.sessionsCutAt = this.clock;
    });
  }

  async #write(intent: Intent, effect: string, change: () => void) {
    requireIntent(intent);
    this.writes += 1;
    if (this.refuses) throw this.refuses;
    const cut = this.dies;
    this.dies = null;
    if (cut === 'before') throw new Error('died');
    change();
    this.effects.push(effect);
    if (cut === 'after') throw new Error('died');
    return { changed: true, requestId: 'w' };
  }
}
