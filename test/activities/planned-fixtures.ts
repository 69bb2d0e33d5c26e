// What tests of plans share: a company of people with their things, accounts that a case has
// closed, and plans that are carried out. The tenant's own truth judges what was changed.
import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { Pool } from 'pg';
import { afterAll, afterEach, beforeAll, expect, vi } from 'vitest';
import { type Endpoint } from '../../activities/microsoft/endpoints.ts';
import { DONE } from '../../activities/microsoft/schemas.ts';
import type { MadePlan } from '../../activities/plans/make-plan.ts';
import { STEPS } from '../../activities/steps/registry.ts';
import { applyStep } from '../../activities/steps/runner.ts';
import type { Step } from '../../activities/steps/step.ts';
import type { CaseId } from '../../domain/ids.ts';
import { type PlanLabels, type PlannedStep } from '../../domain/plan.ts';
import { type StepName, type StepOutcome, targetKey } from '../../domain/step.ts';
import type { MethodSeed } from '../../drill/microsoft/company.ts';
import { employee } from '../../drill/microsoft/fixture.ts';
import { type ActivityHarness, openActivityHarness } from './activity-harness.ts';

export const HOME = '192.0.2.10';
export const ATTACKER = '203.0.113.77';
export const HOUR = 60 * 60 * 1000;

/** Every kind that the practice tenant has, as their owner calls them. */
export const BELONGINGS: readonly MethodSeed[] = [
  { kind: 'authenticator', displayName: 'Sunflower phone', default: true },
  { kind: 'phone', phoneNumber: '+1 5550177', phoneType: 'mobile' },
  { kind: 'phone', phoneNumber: '+1 5550178', phoneType: 'alternateMobile' },
  { kind: 'phone', phoneNumber: '+1 5550179', phoneType: 'office' },
  { kind: 'email', emailAddress: 'quiet.garden@mail.example' },
  { kind: 'softwareOath' },
  { kind: 'tap', lifetimeInMinutes: 60, isUsableOnce: true },
  { kind: 'external', displayName: 'Lilac factor' },
  { kind: 'fido2', displayName: 'Rose key' },
  { kind: 'hello', displayName: 'Tulip laptop' },
  { kind: 'platformCredential', displayName: 'Iris mac', platform: 'macOS' },
];
export const PERSONAL = [
  '5550177',
  '5550178',
  '5550179',
  'quiet.garden',
  'mail.example',
  'Sunflower',
  'Lilac',
  'Rose key',
  'Tulip',
  'Iris',
  'Night key',
  'Night phone',
  ATTACKER,
  HOME,
  'ana@contoso.example',
];
export const PHONE: MethodSeed = { kind: 'phone', phoneNumber: '+1 5550177', phoneType: 'mobile' };
export const APP: MethodSeed = { kind: 'authenticator', displayName: 'Sunflower phone', default: true };
export const OLD_KEY: MethodSeed = { kind: 'fido2', displayName: 'Rose key' };
/** Added within the day before the report, and no log tells by whom. */
export const newKey = (): MethodSeed => ({
  kind: 'fido2',
  displayName: 'Moss key',
  createdDateTime: new Date(Date.now() - HOUR).toISOString(),
});

export const STAFF = ['ada', 'bea', 'cai'];
export let harness: ActivityHarness;
export let owner: Pool;

beforeAll(async () => {
  const ordinary = (key: string, ...methods: MethodSeed[]) => employee(key, methods.length === 0 ? {} : { methods });
  harness = await openActivityHarness(
    [
      employee('root', { roles: ['Global Administrator'] }),
      ...STAFF.map((key) => employee(key)),
      employee('ana', { methods: BELONGINGS }),
      ordinary('uma', APP, newKey()),
      ordinary('ugo', APP, newKey()),
      ordinary('una', APP, newKey()),
      ordinary('kim', APP, { kind: 'fido2', displayName: 'Fern key', createdDateTime: new Date(Date.now() - 40 * HOUR).toISOString() }),
      ordinary('dee', PHONE, { kind: 'email', emailAddress: 'quiet.pond@mail.example' }, OLD_KEY),
      ordinary('gus', APP, PHONE),
      ordinary('ned', APP, PHONE, OLD_KEY),
      ...Array.from({ length: 50 }, (_, at) => ordinary(`plain-${at}`, APP, PHONE)),
      employee('syd', { synced: true, methods: [APP] }),
      employee('sol', { synced: true, methods: [OLD_KEY] }),
      employee('shy', { synced: true, enabled: false, methods: [APP] }),
      employee('fay', { upn: 'fay@fabrikam.example', methods: [APP] }),
      employee('gil', { userType: 'Guest', methods: [APP] }),
      employee('mia', { enabled: false, methods: [APP] }),
    ],
    { approvers: STAFF, domains: [{ name: 'fabrikam.example', authentication: 'Federated' }] },
  );
  owner = new Pool({ connectionString: harness.databaseUrl });
  owner.on('error', () => undefined);
});
afterAll(() => owner.end());
afterEach(() => {
  harness.tenant.faults.clear();
  vi.restoreAllMocks();
});

let plains = 0;
/** Somebody ordinary, with an app and a phone, who was in no test before. */
export const somebody = (): string => `plain-${plains++}`;

export async function closed(key: string, what: 'approved' | 'denied-or-ignored' = 'approved'): Promise<CaseId> {
  const about = await harness.report(key, { what });
  await closeBy(about, key);
  return about;
}

export async function closeBy(about: CaseId, key: string): Promise<void> {
  for (const step of ['block-sign-in', 'revoke-sessions'] as const) {
    await applyStep(harness.tools, STEPS[step], harness.run(about, key, { kind: 'policy', blockLimit: null }));
  }
}

export const runStep = (about: CaseId, key: string, plan: MadePlan, step: StepName): Promise<StepOutcome> =>
  applyStep(harness.tools, STEPS[step] as Step<unknown>, harness.run(about, key, { kind: 'plan', digest: plan.digest }, plan.attempt));

/** Times of passwords and sessions are whole seconds: changed twice in one of them, nobody can tell the second time. */
export async function nextSecond(key: string): Promise<void> {
  const { passwordChangedAt, signInSessionsValidFrom } = harness.tenant.truth.account(key);
  const last = Math.max(Date.parse(passwordChangedAt), Date.parse(signInSessionsValidFrom));
  await expect.poll(() => Math.floor(Date.now() / 1000)).toBeGreaterThan(Math.floor(last / 1000));
}

/** Every step of a plan, in its order, each seen done. */
export async function carryOut(about: CaseId, key: string, plan: MadePlan): Promise<Map<StepName, StepOutcome>> {
  const outcomes = new Map<StepName, StepOutcome>();
  for (const step of plan.steps) {
    if (step === 'reset-password' || step === 'revoke-sessions') await nextSecond(key);
    const outcome = await runStep(about, key, plan, step);
    expect(outcome).toMatchObject({ kind: 'verified' });
    outcomes.set(step, outcome);
  }
  return outcomes;
}

export interface Said {
  readonly digest: string;
  readonly steps: readonly PlannedStep[];
  readonly byHand: readonly unknown[];
  readonly kept: readonly string[];
  readonly labelsSha256: string;
  readonly attempt: number;
}

export async function planIn(about: CaseId, digest: string): Promise<{ readonly said: Said; readonly labels: PlanLabels }> {
  const entry = (await harness.ledger.entries(about)).find(
    ({ content }) => content.kind === 'plan.made' && content.body['digest'] === digest,
  );
  if (entry === undefined) throw new Error('expected the plan in the record');
  const { content } = await harness.ledger.attachment(about, entry.seq, 'labels');
  return { said: entry.content.body as unknown as Said, labels: content as PlanLabels };
}

/** What a plan would do with each thing, by the name its owner knows it by. */
export async function ticksIn(about: CaseId, digest: string): Promise<Record<string, string>> {
  const { said, labels } = await planIn(about, digest);
  const changes = said.steps.flatMap((step) => step.changes).filter(({ target }) => target.kind === 'method');
  return Object.fromEntries(
    changes.map(({ target, ticked, sorted }) => [
      labels.of[targetKey(target)] ?? 'no label',
      `${ticked ? 'ticked' : 'open'}, ${sorted?.belongs}`,
    ]),
  );
}

export const hashOf = (value: unknown): string =>
  createHash('sha256')
    .update(canonicalize(value) ?? '')
    .digest('hex');

export const kindsIn = async (about: CaseId, kind: string) => (await harness.entries(about)).filter((entry) => entry.kind === kind);

/** What a lingering app of ours, or a person in the portal, does beside the plan. */
export const besides = (call: Endpoint, key: string, values: { readonly methodId?: string; readonly body?: unknown }) =>
  harness.door('actor').send(call, { id: harness.id(key), ...values }, DONE);

export const MOBILE_ID = '3179e48a-750b-4051-897c-87b9720928f7';
