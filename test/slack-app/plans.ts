/**
 * Plans for tests, made by the runbook's own code and put into entries as the ledger would hold them, so that what is
 * tested here are the sentences people really read.
 */
import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { draftEradicationSteps } from '../../activities/plans/eradication.ts';
import { blocking } from '../../activities/steps/block-sign-in.ts';
import { releaseFalseAlarm, releasing } from '../../activities/steps/release-false-alarm.ts';
import { resetting } from '../../activities/steps/reset-password.ts';
import { revoking } from '../../activities/steps/revoke-sessions.ts';
import type { OutsideReach } from '../../domain/account.ts';
import type { LedgerEvent, ReplacedBecause } from '../../domain/case/events.ts';
import type { ObjectId } from '../../domain/ids.ts';
import type { MethodKind, SeenMethod } from '../../domain/method.ts';
import type { ManualTask, PlanKind, PlanLabels, PlannedStep } from '../../domain/plan.ts';
import { planCode } from '../../domain/plan.ts';
import { foldPlans, type PlanView } from '../../domain/plan-view.ts';
import { DEFAULT_DURATIONS } from '../../domain/policy.ts';
import { type Change, type StepName, type Target } from '../../domain/step.ts';

const AT = '2026-11-24T14:03:05Z';
const WINDOW_FROM = Date.parse('2026-11-24T13:40:00Z');
const ATTACKER = '203.0.113.66';

type PlanMade = Extract<LedgerEvent, { readonly kind: 'plan.made' }>;

export interface TestPlan {
  readonly made: PlanMade;
  readonly labels: PlanLabels;
  readonly digest: string;
  readonly code: string;
}

export const method = (
  kind: MethodKind,
  label: string,
  { id = label, addedAt = '2025-02-01T08:00:00Z' }: { readonly id?: string; readonly addedAt?: string | null } = {},
): SeenMethod => ({ id, kind, label, facts: `${kind} ${id}`, isAlternate: false, addedAt });

/** One that the attacker added, one that can be phished, one of unknown attribution, one that stays. */
export const METHODS: readonly SeenMethod[] = [
  method('authenticator', 'Authenticator app “Pixel 9”', { id: 'aaaa0001-0000-4000-8000-000000000001', addedAt: '2026-11-24T13:52:10Z' }),
  method('phone', 'Phone ending in 17 (mobile)', { id: 'aaaa0002-0000-4000-8000-000000000002' }),
  method('fido2', 'Security key “blue one”', { id: 'aaaa0003-0000-4000-8000-000000000003', addedAt: '2026-11-24T13:41:00Z' }),
  method('hello', 'Windows Hello “ANA-LAPTOP”', { id: 'aaaa0004-0000-4000-8000-000000000004' }),
];

export interface PlanOptions extends Partial<Pick<PlanMade, 'round' | 'revision' | 'attempt' | 'needs' | 'askedBy' | 'because'>> {
  readonly methods?: readonly SeenMethod[] | null;
  readonly outsideReach?: readonly OutsideReach[];
}

export function eradication(subject: ObjectId, { methods = METHODS, outsideReach = [], ...more }: PlanOptions = {}): TestPlan {
  const drawn = draftEradicationSteps(
    {
      subject,
      outsideReach,
      account: { passwordChangedAt: null, sessionsCutAt: null, readAt: AT },
      methods,
      window: {
        fromMs: WINDOW_FROM,
        attackerAddresses: [ATTACKER],
        additions: [{ at: Date.parse('2026-11-24T13:52:10Z'), address: ATTACKER }],
        sameMomentMs: DEFAULT_DURATIONS.sameMomentMs,
      },
      methodsMissing: false,
      passwordDone: false,
    },
    (text) => createHash('sha256').update(text).digest('hex'),
  );
  if (drawn === null) throw new TypeError('expected something to clean up, got nothing');
  return made(
    'eradication',
    drawn.steps,
    { salt: SALT, of: drawn.labels, kept: drawn.keptLabels, byHand: drawn.byHandLabels },
    drawn.byHand,
    {
      because: 'evidence-collected',
      ...more,
    },
  );
}

export const closing = (subject: ObjectId, more: PlanOptions = {}): TestPlan =>
  made('containment', [one('block-sign-in', blocking(subject)), one('revoke-sessions', revoking(subject, null, AT))], noLabels(), [], {
    because: 'logs-inconclusive',
    ...more,
  });

export const release = (subject: ObjectId, more: PlanOptions = {}): TestPlan =>
  made('release', [one('reset-password', resetting(subject, null, AT)), one('release-false-alarm', releasing(subject))], noLabels(), [], {
    because: 'requested',
    ...more,
  });

export function undo(subject: ObjectId, more: PlanOptions = {}): TestPlan {
  const change = releaseFalseAlarm.undo(releasing(subject));
  if (change === null) throw new TypeError('expected a release to have an undo, got none');
  return made('undo', [one('release-false-alarm', change)], noLabels(), [], { because: 'requested', ...more });
}

/** The next revision of a plan, with only these of its items ticked. */
export function revised({ made: before, labels }: TestPlan, ticked: readonly string[]): TestPlan {
  const steps = before.steps.map(({ step, changes }) => ({
    step,
    changes: changes.map((change) =>
      change.target.kind === 'account' ? change : { ...change, ticked: ticked.includes(change.target.id) },
    ),
  }));
  const { group, byHand, round, attempt, needs, askedBy, revision } = before;
  return made(group, steps, labels, byHand, {
    round,
    attempt,
    needs,
    askedBy,
    revision: revision + 1,
    because: 'ticks-changed',
  });
}

const one = (step: StepName, change: Change): PlannedStep => ({ step, changes: [{ ...change, ticked: true, sorted: null }] });
/** The same each time, so that a plan has the same digest and the same code in every run. */
const SALT = 'c2FsdCBmb3IgdGVzdHM';
const noLabels = (): PlanLabels => ({ salt: SALT, of: {}, kept: [], byHand: [] });
export const sha256 = (value: unknown): string =>
  createHash('sha256')
    .update(canonicalize(value) ?? '')
    .digest('hex');

function made(
  group: PlanKind,
  steps: readonly PlannedStep[],
  labels: PlanLabels,
  byHand: readonly ManualTask[],
  { because = 'evidence-collected', needs = { approvers: 1, stepUp: false }, askedBy = null, ...more }: PlanOptions,
): TestPlan {
  const { round = 1, revision = 1, attempt = 2 } = more;
  const content = { group, round, revision, attempt, steps, byHand, kept: [], labelsSha256: sha256(labels) };
  const digest = sha256(content);
  return {
    made: { kind: 'plan.made', schemaVersion: 1, digest, ...content, needs, askedBy, because },
    labels,
    digest,
    code: planCode(digest),
  };
}

// --- what becomes of them ---

export const approvalGiven = ({ digest }: TestPlan, person: ObjectId, missing = 0, planAgeMs = 42_000): LedgerEvent => ({
  kind: 'approval.given',
  schemaVersion: 1,
  digest,
  person,
  missing,
  planAgeMs,
});
export const planApproved = ({ digest }: TestPlan, ...by: readonly ObjectId[]): LedgerEvent => ({
  kind: 'plan.approved',
  schemaVersion: 1,
  digest,
  by,
});
export const planBegun = ({ digest }: TestPlan): LedgerEvent => ({ kind: 'plan.begun', schemaVersion: 1, digest });
export const planDone = ({ digest }: TestPlan, dropped = 0): LedgerEvent => ({ kind: 'plan.done', schemaVersion: 1, digest, dropped });
export const planDeclined = ({ digest }: TestPlan, by: ObjectId): LedgerEvent => ({ kind: 'plan.declined', schemaVersion: 1, digest, by });
export const planExpired = ({ digest }: TestPlan): LedgerEvent => ({ kind: 'plan.expired', schemaVersion: 1, digest });
export const planReplaced = ({ digest }: TestPlan, because: ReplacedBecause = 'another-plan-approved'): LedgerEvent => ({
  kind: 'plan.replaced',
  schemaVersion: 1,
  digest,
  because,
});
export const stepVerified = ({ made: { attempt } }: TestPlan, step: StepName, target: Target): LedgerEvent => ({
  kind: 'step.verified',
  schemaVersion: 1,
  step,
  attempt,
  target,
  saw: 'true',
  readAt: AT,
});
export const stepFailed = ({ made: { attempt } }: TestPlan, step: StepName): LedgerEvent => ({
  kind: 'step.failed',
  schemaVersion: 1,
  step,
  attempt,
  code: 'GRAPH_FORBIDDEN',
});
export const targetDropped = ({ made: { attempt } }: TestPlan, step: StepName, target: Target): LedgerEvent => ({
  kind: 'target.dropped',
  schemaVersion: 1,
  step,
  attempt,
  target,
  because: 'item-replaced',
});

/** The ticked targets of one step. */
export const targetsOf = ({ made: { steps } }: TestPlan, step: StepName): readonly Target[] =>
  steps
    .filter((planned) => planned.step === step)
    .flatMap(({ changes }) => changes.filter((change) => change.ticked).map(({ target }) => target));

/** The plan as people see it after these events. */
export function viewOf(plan: TestPlan, ...later: readonly LedgerEvent[]): PlanView {
  const [view] = foldPlans([plan.made, ...later].map((event) => ({ storedAt: Date.parse('2026-11-24T14:03:20Z'), event })));
  if (view === undefined) throw new TypeError('expected a plan, got none');
  return view;
}
