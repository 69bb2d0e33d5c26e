// Every registered step, through everything that can go wrong between its intent
// and its verdict. The tenant's own journal judges: one effect, whatever happened.
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { AccountWriter } from '../../../activities/microsoft/account-writer.ts';
import type { MethodWriter } from '../../../activities/microsoft/method-writer.ts';
import { STEPS } from '../../../activities/steps/registry.ts';
import { applyStep, verifyStep } from '../../../activities/steps/runner.ts';
import type { Step } from '../../../activities/steps/step.ts';
import type { RunnerTools, StepRun } from '../../../activities/steps/step-context.ts';
import { RunbookError, remedyOf } from '../../../domain/errors.ts';
import type { CaseId } from '../../../domain/ids.ts';
import { STEP_NAMES, type StepName, type StepOutcome } from '../../../domain/step.ts';
import type { Fault } from '../../../drill/microsoft/faults.ts';
import { employee } from '../../../drill/microsoft/fixture.ts';
import { type ActivityHarness, type ActivityHarnessTools, openActivityHarness } from '../activity-harness.ts';

interface Scene {
  readonly key: string;
  readonly about: CaseId;
  readonly run: StepRun;
}

interface Row {
  /** What the tenant calls its write and its readings. */
  readonly writes: string;
  readonly reads: string;
  readonly targets: number;
  /** The effects of this step and of no other, in the journal. */
  effects(context: Scene): readonly unknown[];
  /** Everything that comes before it. */
  prepare(key: string): Promise<Scene>;
}

let harness: ActivityHarness;
let next = 0;

const COMBINATIONS = 100;
const METHODS = [
  { kind: 'authenticator', displayName: 'phone' },
  { kind: 'phone', phoneNumber: '+1 5550100', phoneType: 'mobile' },
] as const;

beforeAll(async () => {
  const staff = ['bea', 'cai', 'dov'].map((key) => employee(key));
  const subjects = Array.from({ length: COMBINATIONS }, (_, index) => employee(`subject-${index}`, { methods: METHODS }));
  harness = await openActivityHarness([...staff, ...subjects], { approvers: ['bea', 'cai', 'dov'] });
});
afterEach(() => harness.tenant.faults.clear());

const effectsOf = (what: string, target: (context: Scene) => string, to?: unknown) => (context: Scene) =>
  harness.tenant.journal
    .records()
    .filter((record) => record.person === context.key)
    .flatMap(({ effects }) => effects)
    .filter((effect) => effect.what === what && effect.target.startsWith(target(context)) && (to === undefined || effect.to === to));

const subjectOf = ({ key }: Scene): string => harness.id(key);

async function closed(key: string, what: 'approved' | 'denied-or-ignored'): Promise<CaseId> {
  const about = await harness.report(key, { what });
  for (const step of ['block-sign-in', 'revoke-sessions'] as const) {
    await applyStep(harness.tools, STEPS[step], harness.run(about, key, { kind: 'policy', blockLimit: null }));
  }
  return about;
}

const ordered = async (key: string): Promise<Scene> => {
  const about = await harness.report(key);
  return { key, about, run: harness.run(about, key, { kind: 'policy', blockLimit: null }) };
};

const planned =
  (group: 'eradication' | 'release', before: readonly StepName[]) =>
  async (key: string): Promise<Scene> => {
    const about = await closed(key, group === 'release' ? 'denied-or-ignored' : 'approved');
    const { digest, attempt } = await harness.approved(about, key, group);
    const run = harness.run(about, key, { kind: 'plan', digest }, attempt);
    for (const step of before) await applyStep(harness.tools, STEPS[step] as Step<unknown>, run);
    return { key, about, run };
  };

const ROWS: Readonly<Record<StepName, Row>> = {
  'block-sign-in': {
    writes: 'user.disable',
    reads: 'user.get',
    targets: 1,
    effects: effectsOf('accountEnabled', subjectOf, false),
    prepare: ordered,
  },
  'revoke-sessions': {
    writes: 'user.revokeSignInSessions',
    reads: 'user.get',
    targets: 1,
    effects: effectsOf('signInSessionsValidFrom', subjectOf),
    prepare: ordered,
  },
  'reset-password': {
    writes: 'user.resetPassword',
    reads: 'user.get',
    targets: 1,
    effects: effectsOf('password', subjectOf),
    prepare: planned('eradication', []),
  },
  'remove-methods': {
    writes: 'auth.phoneMethods.delete',
    reads: 'auth.methods.list',
    targets: 2,
    effects: effectsOf('method', (context) => `${harness.id(context.key)}/method/`),
    prepare: planned('eradication', ['reset-password']),
  },
  'release-false-alarm': {
    writes: 'user.enable',
    reads: 'user.get',
    targets: 1,
    effects: effectsOf('accountEnabled', subjectOf, true),
    prepare: planned('release', ['reset-password']),
  },
};

/** What the engine does with an activity: tries again, and asks for fresh readings where nothing shows yet. */
async function likeTheEngine(tools: RunnerTools, step: Step<unknown>, { run }: Scene): Promise<StepOutcome> {
  const asked: string[] = [];
  for (let tries = 0; tries < 8; tries += 1) {
    try {
      const outcome = await applyStep(tools, step, run);
      return outcome.kind === 'verified' ? outcome : await readAgain(step, run);
    } catch (error) {
      if (!(error instanceof RunbookError)) throw error;
      await pause(150);
      // A person puts it right, and says go on.
      if (remedyOf(error.code) === 'needs-person') asked.push(error.code);
    }
  }
  throw new Error(`expected it to end well, asked people about ${asked.join(', ')}`);
}

async function readAgain(step: Step<unknown>, run: StepRun): Promise<StepOutcome> {
  for (let reads = 0; reads < 40; reads += 1) {
    try {
      return await verifyStep(harness.tools, step, run);
    } catch (error) {
      if (!(error instanceof RunbookError) || error.code !== 'NOT_YET_VISIBLE') throw error;
      await pause(100);
    }
  }
  throw new Error('expected it to be seen');
}

/** A process that ends, once, at that place; nothing after it is done. */
type Cut = 'before the call' | 'after the effect' | 'after the record';

const DIED = new Error('the process has ended');

function dyingAt(cut: Cut): ActivityHarnessTools {
  let alive = true;
  const die = (): never => {
    alive = false;
    throw DIED;
  };
  const once = <Of extends object>(of: Of): Of =>
    new Proxy(of, {
      get(target, name, receiver) {
        const value: unknown = Reflect.get(target, name, receiver);
        if (typeof value !== 'function' || !isWrite(String(name))) return value;
        return async (...args: unknown[]): Promise<unknown> => {
          if (alive && cut === 'before the call') die();
          const answer: unknown = await value.apply(target, args);
          if (alive && cut === 'after the effect') die();
          return answer;
        };
      },
    });
  const { ledger, doors } = harness.tools;
  return {
    ...harness.tools,
    doors: { account: once<AccountWriter>(doors.account), methods: once<MethodWriter>(doors.methods) },
    ledger: {
      ...ledger,
      async append(drafts) {
        const stored = await ledger.append(drafts);
        if (alive && cut === 'after the record' && drafts.some(({ event }) => event.kind === 'step.applied')) die();
        return stored;
      },
    },
  };
}

const isWrite = (name: string): boolean => !['doorState', 'passwordState', 'methods'].includes(name);

type Arrange = (row: Row, context: Scene) => readonly Fault[];

const onWrite =
  (fault: object): Arrange =>
  (row) => [{ operation: row.writes, occurrence: 1, ...fault } as Fault];
const onReads =
  (fault: object): Arrange =>
  (row) => [{ operation: row.reads, occurrence: { from: 2, to: 5 }, ...fault } as Fault];

const FAULTS: Readonly<Record<string, Arrange>> = {
  'throttling that names a pause': onWrite({ kind: 'status', status: 429, code: 'TooManyRequests', retryAfter: 1 }),
  'throttling that names none': onWrite({ kind: 'status', status: 429, code: 'TooManyRequests' }),
  'a service that is away': onWrite({ kind: 'status', status: 503, code: 'ServiceUnavailable' }),
  'a right that is missing for a while': onWrite({ kind: 'status', status: 403, code: 'Authorization_RequestDenied' }),
  'an answer from a part that does not know it yet': onWrite({ kind: 'status', status: 404, code: 'Request_ResourceNotFound' }),
  'silence before the effect': onWrite({ kind: 'timeout-before', hangMs: 4_000 }),
  'silence after the effect': onWrite({ kind: 'timeout-after', hangMs: 4_000 }),
  'a failure that is told after the effect': onWrite({ kind: 'status-after', status: 503, code: 'ServiceUnavailable' }),
  'a connection that breaks': onWrite({ kind: 'reset' }),
  'an effect that comes late': onWrite({ kind: 'late-effect', hangMs: 600 }),
  'readings that are stale': onReads({ kind: 'stale-read' }),
  'readings that fail': onReads({ kind: 'status', status: 503, code: 'ServiceUnavailable' }),
};

describe.each(STEP_NAMES)('%s', (name) => {
  const row = ROWS[name];
  const step = STEPS[name] as Step<unknown>;

  async function begin(): Promise<Scene> {
    const context = await row.prepare(`subject-${next++}`);
    expect(row.effects(context)).toEqual([]);
    return context;
  }

  async function expectOnce(context: Scene): Promise<void> {
    expect(row.effects(context)).toHaveLength(row.targets);
    const entries = await harness.entries(context.about);
    const of = (kind: string) =>
      entries.filter(({ kind: is, body }) => is === kind && body['step'] === name && body['attempt'] === context.run.attempt);
    expect(of('step.intended')).toHaveLength(row.targets);
    expect(of('step.verified')).toHaveLength(row.targets);
    expect(of('step.unneeded')).toEqual([]);
    expect(of('step.applied').length).toBeLessThanOrEqual(row.targets);
  }

  it('has one effect a target, and does nothing when it runs again', async () => {
    const context = await begin();
    await expect(applyStep(harness.tools, step, context.run)).resolves.toMatchObject({ kind: 'verified', changed: true });
    const writes = harness.tenant.journal.records().filter(({ method }) => method !== 'GET').length;
    await expect(applyStep(harness.tools, step, context.run)).resolves.toMatchObject({ kind: 'verified', changed: true });
    expect(harness.tenant.journal.records().filter(({ method }) => method !== 'GET')).toHaveLength(writes);
    await expectOnce(context);
  });

  it.each(['before the call', 'after the effect', 'after the record'] as const)('has one effect when its process ends %s', async (cut) => {
    const context = await begin();
    const dying = dyingAt(cut);
    await expect(applyStep(dying, step, context.run)).rejects.toBe(DIED);
    await likeTheEngine(harness.tools, step, context);
    await expectOnce(context);
  });

  it.each(Object.keys(FAULTS))('has one effect in spite of %s', async (fault) => {
    const context = await begin();
    const before = harness.tenant.journal.records().length;
    for (const each of FAULTS[fault]?.(row, context) ?? []) harness.tenant.faults.add(each);
    await expect(likeTheEngine(harness.tools, step, context)).resolves.toMatchObject({ kind: 'verified' });
    // Met, or the row would prove nothing.
    expect(
      harness.tenant.journal
        .records()
        .slice(before)
        .filter((record) => record.fault !== undefined),
    ).not.toEqual([]);
    await expectOnce(context);
  });
});
