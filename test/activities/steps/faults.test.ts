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
  effects(scene: Scene): readonly unknown[];
  /** Everything that comes before it. */
  prepare(key: string): Promise<Scene>;
}

let house: ActivityHarness;
let next = 0;

const COMBINATIONS = 100;
const METHODS = [
  { kind: 'authenticator', displayName: 'phone' },
  { kind: 'phone', phoneNumber: '+1 5550100', phoneType: 'mobile' },
] as const;

beforeAll(async () => {
  const staff = ['bea', 'cai', 'dov'].map((key) => employee(key));
  const subjects = Array.from({ length: COMBINATIONS }, (_, index) => employee(`subject-${index}`, { methods: METHODS }));
  house = await openActivityHarness([...staff, ...subjects], { approvers: ['bea', 'cai', 'dov'] });
});
afterEach(() => house.tenant.faults.clear());

const effectsOf = (what: string, target: (scene: Scene) => string, to?: unknown) => (scene: Scene) =>
  house.tenant.journal
    .records()
    .filter((record) => record.person === scene.key)
    .flatMap(({ effects }) => effects)
    .filter((effect) => effect.what === what && effect.target.startsWith(target(scene)) && (to === undefined || effect.to === to));

const subjectOf = ({ key }: Scene): string => house.id(key);

async function closed(key: string, what: 'approved' | 'denied-or-ignored'): Promise<CaseId> {
  const about = await house.report(key, { what });
  for (const step of ['block-sign-in', 'revoke-sessions'] as const) {
    await applyStep(house.tools, STEPS[step], house.run(about, key, { kind: 'policy', brake: null }));
  }
  return about;
}

const ordered = async (key: string): Promise<Scene> => {
  const about = await house.report(key);
  return { key, about, run: house.run(about, key, { kind: 'policy', brake: null }) };
};

const planned =
  (group: 'clean-up' | 'release', before: readonly StepName[]) =>
  async (key: string): Promise<Scene> => {
    const about = await closed(key, group === 'release' ? 'denied-or-ignored' : 'approved');
    const { digest, generation } = await house.approved(about, key, group);
    const run = house.run(about, key, { kind: 'plan', digest }, generation);
    for (const step of before) await applyStep(house.tools, STEPS[step] as Step<unknown>, run);
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
    prepare: planned('clean-up', []),
  },
  'remove-methods': {
    writes: 'auth.phoneMethods.delete',
    reads: 'auth.methods.list',
    targets: 2,
    effects: effectsOf('method', (scene) => `${house.id(scene.key)}/method/`),
    prepare: planned('clean-up', ['reset-password']),
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
      return await verifyStep(house.tools, step, run);
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
  const { ledger, doors } = house.tools;
  return {
    ...house.tools,
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

type Arrange = (row: Row, scene: Scene) => readonly Fault[];

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
    const scene = await row.prepare(`subject-${next++}`);
    expect(row.effects(scene)).toEqual([]);
    return scene;
  }

  async function expectOnce(scene: Scene): Promise<void> {
    expect(row.effects(scene)).toHaveLength(row.targets);
    const entries = await house.entries(scene.about);
    const of = (kind: string) =>
      entries.filter(({ kind: is, body }) => is === kind && body['step'] === name && body['generation'] === scene.run.generation);
    expect(of('step.intended')).toHaveLength(row.targets);
    expect(of('step.verified')).toHaveLength(row.targets);
    expect(of('step.unneeded')).toEqual([]);
    expect(of('step.applied').length).toBeLessThanOrEqual(row.targets);
  }

  it('has one effect a target, and does nothing when it runs again', async () => {
    const scene = await begin();
    await expect(applyStep(house.tools, step, scene.run)).resolves.toMatchObject({ kind: 'verified', changed: true });
    const writes = house.tenant.journal.records().filter(({ method }) => method !== 'GET').length;
    await expect(applyStep(house.tools, step, scene.run)).resolves.toMatchObject({ kind: 'verified', changed: true });
    expect(house.tenant.journal.records().filter(({ method }) => method !== 'GET')).toHaveLength(writes);
    await expectOnce(scene);
  });

  it.each(['before the call', 'after the effect', 'after the record'] as const)('has one effect when its process ends %s', async (cut) => {
    const scene = await begin();
    const dying = dyingAt(cut);
    await expect(applyStep(dying, step, scene.run)).rejects.toBe(DIED);
    await likeTheEngine(house.tools, step, scene);
    await expectOnce(scene);
  });

  it.each(Object.keys(FAULTS))('has one effect in spite of %s', async (fault) => {
    const scene = await begin();
    const before = house.tenant.journal.records().length;
    for (const each of FAULTS[fault]?.(row, scene) ?? []) house.tenant.faults.add(each);
    await expect(likeTheEngine(house.tools, step, scene)).resolves.toMatchObject({ kind: 'verified' });
    // Met, or the row would prove nothing.
    expect(
      house.tenant.journal
        .records()
        .slice(before)
        .filter((record) => record.fault !== undefined),
    ).not.toEqual([]);
    await expectOnce(scene);
  });
});
