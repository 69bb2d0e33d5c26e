// What tests of authority share: a plan that people are asked about, and a step of it that is run.
import { afterEach, beforeAll, expect } from 'vitest';
import type { PendingEvent } from '../../activities/pending-events.ts';
import type { MadePlan } from '../../activities/plans/make-plan.ts';
import { recheck } from '../../activities/recheck.ts';
import { recordDecision } from '../../activities/record-decision.ts';
import { STEPS } from '../../activities/steps/registry.ts';
import { applyStep } from '../../activities/steps/runner.ts';
import { type FailureCode } from '../../domain/errors.ts';
import { type CaseId } from '../../domain/ids.ts';
import { NO_ACTIVITY } from '../../domain/recheck.ts';
import { employee } from '../../drill/microsoft/fixture.ts';
import { type ActivityHarness, type ActivityHarnessTools, openActivityHarness } from './activity-harness.ts';

export const APPROVERS = ['ada', 'bea', 'cai', 'gil', 'sam'];
export let harness: ActivityHarness;

beforeAll(async () => {
  harness = await openActivityHarness(
    [
      employee('root', { roles: ['Global Administrator'] }),
      ...['ada', 'bea', 'cai', 'sam', 'new', 'eve'].map((key) => employee(key)),
      employee('gil', { userType: 'Guest' }),
      employee('pat', { roles: ['Reports Reader'] }),
      employee('keyed', {
        methods: [
          { kind: 'authenticator', displayName: 'Sunflower phone', default: true },
          { kind: 'fido2', displayName: 'Rose key' },
        ],
      }),
      ...Array.from({ length: 110 }, (_, at) => employee(`subject-${at}`)),
    ],
    { approvers: APPROVERS },
  );
});
afterEach(() => harness.tenant.faults.clear());

let subjects = 0;
let forgeries = 0;
/** Somebody who was in no test before. */
export const nextSubject = (): string => `subject-${subjects++}`;
/** Names what somebody puts into the record. */
export const nextForgery = (): number => forgeries++;

export interface Asked {
  readonly key: string;
  readonly about: CaseId;
  readonly plan: MadePlan;
}

export const TWO = () => ({ ...harness.policy, stricter: { twoApprovers: ['eradication'] as const } });

/** A closed account whose eradication waits for an answer. */
export async function asked(
  how: Parameters<ActivityHarness['report']>[2] = {},
  part: Parameters<ActivityHarness['plan']>[3] = {},
): Promise<Asked> {
  const key = nextSubject();
  const about = await harness.report(key, {}, how);
  for (const step of ['block-sign-in', 'revoke-sessions'] as const) {
    await applyStep(harness.tools, STEPS[step], harness.run(about, key, { kind: 'policy', blockLimit: null }));
  }
  return { key, about, plan: await harness.planned(about, key, 'eradication', part) };
}

export const run = (
  { key, about, plan }: Asked,
  tools: ActivityHarnessTools = harness.tools,
  attempt = plan.attempt,
  notes: readonly PendingEvent[] = [],
) => applyStep(tools, STEPS['reset-password'], { ...harness.run(about, key, { kind: 'plan', digest: plan.digest }, attempt), notes });

export async function expectRefused(asking: () => Promise<unknown>, code: FailureCode): Promise<void> {
  const before = harness.writes().length;
  await expect(asking()).rejects.toMatchObject({ code });
  expect(harness.writes()).toHaveLength(before);
}

export const noteOf = (key: string, event: PendingEvent['event']): PendingEvent => ({ key, at: new Date().toISOString(), event });

/** Somebody's no, as the case writes it down. */
export const declining = ({ about, plan }: Pick<Asked, 'about' | 'plan'>, by: string) => {
  const orHold = noteOf(`held/${by}`, {
    kind: 'case.held',
    schemaVersion: 1,
    reasons: [{ kind: 'declined-too-late' }],
    by: harness.id(by),
    endsWith: 'person',
  });
  return recordDecision(harness.tools, { caseId: about, notes: [], decline: { digest: plan.digest, by: harness.id(by), orHold } });
};

export const lost = (context: Asked): Promise<void> => expectRefused(() => run(context), 'APPROVAL_LOST');
export const runs = (context: Asked) => expect(run(context)).resolves.toMatchObject({ kind: 'verified', changed: true });
export const approve = ({ about, key, plan }: Asked, ...by: string[]): Promise<void> => harness.approve(about, key, plan.digest, by);

/** The look that ends the watch of a released account, as the case has it made. */
export async function lookAfterRelease(about: CaseId, key: string, look: number): Promise<void> {
  const now = Date.now();
  const facts = {
    needed: ['block-sign-in', 'revoke-sessions'],
    openedAt: now - 60_000,
    containmentSince: now - 60_000,
    blockedAt: null,
    releasedAt: now - 1_000,
    outsideReach: [],
    containments: 1,
    blockedByUs: true,
    known: NO_ACTIVITY,
  } as const;
  await recheck(harness.tools, { caseId: about, subject: harness.id(key), look, cleaned: false, facts, notes: [], lastTry: true });
  expect((await harness.entries(about)).at(-1)).toMatchObject({ kind: 'monitoring.ended', body: { outcome: 'released' } });
}

export const madeIn = async ({ about, plan }: Asked) => {
  const entry = (await harness.ledger.entries(about)).find(
    ({ content }) => content.kind === 'plan.made' && content.body['digest'] === plan.digest,
  );
  if (entry === undefined) throw new Error('expected the plan in the record');
  return entry.content.body;
};
