// What holds between the steps of one plan, and between the things of one step.
import { beforeAll, describe, expect, it } from 'vitest';
import type { MethodWriter } from '../../../activities/microsoft/method-writer.ts';
import type { PendingEvent } from '../../../activities/pending-events.ts';
import { revisePlan } from '../../../activities/plans/index.ts';
import type { MadePlan } from '../../../activities/plans/make-plan.ts';
import { recordDecision } from '../../../activities/record-decision.ts';
import { STEPS } from '../../../activities/steps/registry.ts';
import { applyStep } from '../../../activities/steps/runner.ts';
import type { Step } from '../../../activities/steps/step.ts';
import type { CaseId } from '../../../domain/ids.ts';
import { planCode } from '../../../domain/plan.ts';
import { type StepName, targetKey } from '../../../domain/step.ts';
import { employee } from '../../../drill/microsoft/fixture.ts';
import type { Ledger } from '../../../ledger/ledger.ts';
import { type ActivityHarness, type ActivityHarnessTools, openActivityHarness } from '../activity-harness.ts';

const METHODS = [
  { kind: 'authenticator', displayName: 'phone', default: true },
  { kind: 'phone', phoneNumber: '+1 5550100', phoneType: 'mobile' },
] as const;

let harness: ActivityHarness;
let next = 0;

beforeAll(async () => {
  const subjects = Array.from({ length: 12 }, (_, index) => employee(`subject-${index}`, { methods: METHODS }));
  harness = await openActivityHarness([...subjects, employee('bea'), employee('cai'), employee('dov')], {
    approvers: ['bea', 'cai', 'dov'],
  });
});

const somebody = (): string => `subject-${next++}`;

async function closed(key: string, what: 'approved' | 'denied-or-ignored'): Promise<CaseId> {
  const about = await harness.report(key, { what });
  for (const step of ['block-sign-in', 'revoke-sessions'] as const) {
    await applyStep(harness.tools, STEPS[step], harness.run(about, key, { kind: 'policy', blockLimit: null }));
  }
  return about;
}

const run = (about: CaseId, key: string, { digest, attempt }: MadePlan, step: StepName) =>
  applyStep(harness.tools, STEPS[step] as Step<unknown>, harness.run(about, key, { kind: 'plan', digest }, attempt));

const writes = (): number => harness.tenant.journal.records().filter(({ method }) => method !== 'GET').length;
const methodsOf = (key: string): string[] =>
  harness.tenant.truth
    .ownersThings()
    .filter((thing) => thing.person === key && thing.kind === 'method' && thing.present)
    .map(({ id }) => id);

describe('the steps of a plan', () => {
  it('are carried out in its order: no account is opened before its new password was seen', async () => {
    const key = somebody();
    const about = await closed(key, 'denied-or-ignored');
    const plan = await harness.approved(about, key, 'release');
    const before = writes();
    await expect(run(about, key, plan, 'release-false-alarm')).rejects.toMatchObject({ code: 'STEP_TOO_EARLY' });
    expect(writes()).toBe(before);
    expect(harness.tenant.truth.account(key).enabled).toBe(false);
    await run(about, key, plan, 'reset-password');
    expect(await run(about, key, plan, 'release-false-alarm')).toMatchObject({ kind: 'verified' });
    expect(harness.tenant.truth.account(key).enabled).toBe(true);
  });

  it('say at the end how many things were left alone, whichever step had left them', async () => {
    const { about, key, plan } = await keptPhone();
    for (const step of plan.steps) await run(about, key, plan, step);
    const done = (await harness.entries(about)).find(({ kind }) => kind === 'plan.done');
    expect(done?.body).toMatchObject({ digest: plan.digest, dropped: 1 });
  });
});

/** An eradication in which a person wants the phone to stay; Microsoft keeps the default method while it does. */
async function keptPhone(): Promise<{ about: CaseId; key: string; plan: MadePlan }> {
  const key = somebody();
  const about = await closed(key, 'approved');
  const first = await harness.plan(about, key, 'eradication');
  if (first.kind !== 'made') throw new Error('expected a plan');
  const made = (await harness.entries(about)).find(({ kind }) => kind === 'plan.made');
  const steps = made?.body['steps'] as readonly { readonly changes: readonly { readonly target: Parameters<typeof targetKey>[0] }[] }[];
  const ticked = steps.flatMap(({ changes }) => changes.map(({ target }) => target));
  const revised = await revisePlan(harness.tools, {
    caseId: about,
    subject: harness.id(key),
    digest: first.plan.digest,
    ticked: ticked.filter((target) => target.kind !== 'method' || target.method !== 'phone').map(targetKey),
    by: harness.id('bea'),
    notes: [],
  });
  if (revised.kind !== 'made') throw new Error('expected another version');
  const { plan } = revised;
  await harness.decide(about, key, 'cai', 'approve', { plan: plan.digest, code: planCode(plan.digest) });
  return { about, key, plan };
}

describe('a hold', () => {
  it('stops a step between two of its things, and what was done by then stays done', async () => {
    const key = somebody();
    const about = await closed(key, 'approved');
    const plan = await harness.approved(about, key, 'eradication');
    await run(about, key, plan, 'reset-password');
    const { methods } = harness.tools.doors;
    const note = (key: string, event: PendingEvent['event']): PendingEvent => ({ key, at: new Date().toISOString(), event });
    const held = note('held/1', {
      kind: 'case.held',
      schemaVersion: 1,
      reasons: [{ kind: 'by-hand' }],
      by: harness.id('dov'),
      endsWith: 'person',
    });
    const holding: MethodWriter = {
      ...methods,
      async removeMethod(subject, intent) {
        const receipt = await methods.removeMethod(subject, intent);
        await recordDecision(harness.tools, { caseId: about, notes: [held], decline: null });
        return receipt;
      },
    };
    const tools = { ...harness.tools, doors: { ...harness.tools.doors, methods: holding } };
    const order = { kind: 'plan', digest: plan.digest } as const;
    const removing = harness.run(about, key, order, plan.attempt);
    await expect(applyStep(tools, STEPS['remove-methods'], removing)).rejects.toMatchObject({ code: 'CASE_HELD' });
    expect(methodsOf(key)).toHaveLength(1);
    const before = writes();
    await expect(applyStep(tools, STEPS['remove-methods'], removing)).rejects.toMatchObject({ code: 'CASE_HELD' });
    expect(writes()).toBe(before);
    const resume = note('hold/ended/2', { kind: 'hold.ended', schemaVersion: 1, because: 'resumed-by-person', by: harness.id('dov') });
    await expect(applyStep(harness.tools, STEPS['remove-methods'], { ...removing, notes: [resume] })).resolves.toMatchObject({
      kind: 'verified',
    });
    expect(methodsOf(key)).toEqual([]);
    expect(writes()).toBe(before + 1);
  });
});

describe('a hold that comes while a step asks its questions', () => {
  /** A release whose password is reset, and a way to hold the case. */
  async function ready() {
    const key = somebody();
    const about = await closed(key, 'denied-or-ignored');
    const plan = await harness.approved(about, key, 'release');
    await run(about, key, plan, 'reset-password');
    const event = {
      kind: 'case.held',
      schemaVersion: 1,
      reasons: [{ kind: 'by-hand' }],
      by: harness.id('dov'),
      endsWith: 'person',
    } as const;
    const notes = [{ key: 'held/1', at: new Date().toISOString(), event }];
    const hold = () => recordDecision(harness.tools, { caseId: about, notes, decline: null });
    const order = harness.run(about, key, { kind: 'plan', digest: plan.digest }, plan.attempt);
    return { key, about, hold, opening: (tools: ActivityHarnessTools) => applyStep(tools, STEPS['release-false-alarm'], order) };
  }
  const intendedIn = async (about: CaseId) =>
    (await harness.entries(about)).filter(({ kind, body }) => kind === 'step.intended' && body['step'] === 'release-false-alarm');

  it('stops it before its intent', async () => {
    const { key, about, hold, opening } = await ready();
    const before = writes();
    const people = {
      ...harness.tools.people,
      objectIdOf: async (team: string, person: string) => {
        await hold();
        return harness.tools.people.objectIdOf(team, person);
      },
    };
    await expect(opening({ ...harness.tools, people })).rejects.toMatchObject({ code: 'CASE_HELD' });
    expect(writes()).toBe(before);
    expect(await intendedIn(about)).toEqual([]);
    expect(harness.tenant.truth.account(key).enabled).toBe(false);
  });

  it('stops it before its first change, where the intent stands already', async () => {
    const { key, about, hold, opening } = await ready();
    const before = writes();
    const { ledger } = harness.tools;
    const holding: Ledger = {
      ...ledger,
      async intend(draft) {
        const intents = await ledger.intend(draft);
        await hold();
        return intents;
      },
    };
    await expect(opening({ ...harness.tools, ledger: holding })).rejects.toMatchObject({ code: 'CASE_HELD' });
    expect(writes()).toBe(before);
    expect(await intendedIn(about)).toHaveLength(1);
    expect(harness.tenant.truth.account(key).enabled).toBe(false);
  });
});

describe('the default way to sign in', () => {
  it('is left alone while something stays beside it, and the step comes to its end all the same', async () => {
    const { about, key, plan } = await keptPhone();
    const before = methodsOf(key);
    await run(about, key, plan, 'reset-password');
    await expect(run(about, key, plan, 'remove-methods')).resolves.toMatchObject({ kind: 'verified', dropped: 1 });
    const entries = await harness.entries(about);
    expect(entries.find(({ kind }) => kind === 'target.dropped')?.body).toMatchObject({
      because: 'default-method-last',
    });
    expect(methodsOf(key)).toEqual(before);
    const after = writes();
    await expect(run(about, key, plan, 'remove-methods')).resolves.toMatchObject({ kind: 'verified', dropped: 1 });
    expect(writes()).toBe(after);
  });
});
