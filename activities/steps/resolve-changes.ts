// What a run is asked to change. What the policy orders is planned here and now;
// what people approved is held against what is there, and against the order of
// their plan.
import { RunbookError } from '../../domain/errors.ts';
import type { ObjectId } from '../../domain/ids.ts';
import { type PlanContent, tickedSteps } from '../../domain/plan.ts';
import type { Change, Reading } from '../../domain/step.ts';
import type { StoredEntry } from '../../ledger/entry.ts';
import type { EntryDraft } from '../../ledger/ledger.ts';
import { agreeingReadings, readConsistently } from '../consistent-read.ts';
import { hasUnreadableLog, isUndecided, readIncidentLogs, showsCompromise, windowStart } from '../incident-logs.ts';
import { accountFacts } from '../plans/account-facts.ts';
import { methodsRemoved } from '../plans/clean-state.ts';
import { requireApproval } from './require-approval.ts';
import { requireNotHeld } from './require-not-held.ts';
import type { RunnerTools, StepContext } from './step-context.ts';
import { dropped, type EntryKind, entryKey, intentEntries, unneeded } from './step-events.ts';

export interface ResolvedChanges<Seen> {
  /** What is to be changed. */
  readonly changes: readonly Change[];
  /** Entries about targets that need nothing, or are not what people approved. */
  readonly settled: readonly EntryDraft[];
  readonly undoes: string | null;
  /** What this was worked out from. */
  readonly seen: Reading<Seen>;
  /** Null when the policy orders it. */
  readonly plan: PlanContent | null;
}

export async function resolveChanges<Seen>(
  context: StepContext<Seen>,
  entries: readonly StoredEntry[],
  seen: Reading<Seen>,
): Promise<ResolvedChanges<Seen>> {
  const { tools, step, run, subject, fingerprint } = context;
  if (run.order.kind === 'policy') return ordered(context, entries, seen);
  requireNotHeld(entries, run.notes);
  const { plan, undoes } = await requireApproval(tools, {
    entries,
    notes: run.notes,
    caseId: run.caseId,
    subject,
    digest: run.order.digest,
    attempt: run.attempt,
  });
  // Wherever something is taken away that its owner proves themselves with, not only where the plan is called an eradication.
  if (plan.group === 'eradication' || step.name === 'remove-methods') await requireClosed(tools, subject);
  if (plan.group === 'release') await requireFalseAlarm(context, entries);
  requireEarlierSteps(context, entries, plan);
  const planned = tickedSteps(plan).find((each) => each.step === step.name)?.changes ?? [];
  const renewed = planned.map(({ ticked: _ticked, sorted: _sorted, ...change }) => ({
    change,
    now: step.renew(change, seen.value, fingerprint),
  }));
  return {
    changes: renewed.flatMap(({ now }) => (now.kind === 'as-planned' ? [now.change] : [])),
    settled: renewed.flatMap(({ change, now }) => {
      if (now.kind === 'gone') return [unneeded(context, change.target, seen.value)];
      return now.kind === 'drifted' ? [dropped(context, change.target, 'item-replaced')] : [];
    }),
    undoes,
    seen,
    plan,
  };
}

async function ordered<Seen>(
  context: StepContext<Seen>,
  entries: readonly StoredEntry[],
  first: Reading<Seen>,
): Promise<ResolvedChanges<Seen>> {
  const { tools, step, subject } = context;
  const isNothing = (seen: Seen): boolean => step.plan(subject, seen).length === 0;
  // That there is nothing to do must not come from a replica that lags behind a recent enabling of the account.
  const isDoubtful = isNothing(first.value) && intentEntries(context, entries).length === 0;
  const seen = isDoubtful ? await agreeingReadings(first, () => step.inspect(tools.doors, subject), isNothing, tools.pause) : first;
  const changes = step.plan(subject, seen.value);
  const settled = changes.length > 0 ? [] : [unneeded(context, { kind: 'account', id: subject }, seen.value)];
  return { changes, settled, undoes: null, seen, plan: null };
}

/**
 * A plan runs in its order: an account is not enabled before its new password
 * was read back, whatever the workflow says.
 *
 * @throws RunbookError STEP_TOO_EARLY
 */
function requireEarlierSteps<Seen>({ step, run }: StepContext<Seen>, entries: readonly StoredEntry[], plan: PlanContent): void {
  const settled = new Set(entries.map(({ content }) => content.key));
  for (const { step: name, changes } of tickedSteps(plan)) {
    if (name === step.name) return;
    const open = changes.find(({ target }) => !SETTLED.some((kind) => settled.has(entryKey(run, { name }, target, kind))));
    if (open !== undefined) throw new RunbookError('STEP_TOO_EARLY', `expected ${name} to be done before ${step.name}, found it open`);
  }
}

const SETTLED: readonly EntryKind[] = ['verified', 'unneeded', 'dropped'];

/**
 * The logs that people saw may be an hour old, and the account may have been enabled meanwhile.
 *
 * @throws RunbookError PLAN_STALE: a compromise since, or it cannot be excluded; or the owner could not use the enabled account,
 * with an unknown password and without their methods
 */
async function requireFalseAlarm<Seen>(context: StepContext<Seen>, entries: readonly StoredEntry[]): Promise<void> {
  const { tools, step, subject } = context;
  if (step.name === 'release-false-alarm' && methodsRemoved(entries))
    throw new RunbookError(
      'PLAN_STALE',
      'expected the ways to sign in to be as they were when the release was planned, found some removed',
    );
  // A release that has begun is completed and rechecked afterwards: an account must not stay half released.
  if (intentEntries(context, entries).length > 0) return;
  const known = accountFacts(entries, subject);
  // Not the last try: a log that does not answer is asked again, and never taken for one that cannot be read.
  const logs = await readIncidentLogs(tools.reader, known, false);
  const since = windowStart(known);
  if (hasUnreadableLog(logs) || isUndecided(logs, since) || showsCompromise(logs, since))
    throw new RunbookError(
      'PLAN_STALE',
      'expected logs that show no sign-in of an attacker since the release was planned, found one or could not tell',
    );
}

/** @throws RunbookError ACCOUNT_OPEN: without a password and without methods, an open account has no way back for its owner */
async function requireClosed({ doors, pause }: RunnerTools, subject: ObjectId): Promise<void> {
  const { value } = await readConsistently(doors.account, subject, pause);
  if (value.enabled === null)
    throw new RunbookError(
      'GRAPH_ANSWER_UNREADABLE',
      'expected an answer that says whether the account is blocked, got none: nothing is cleaned up on it',
    );
  if (value.enabled) throw new RunbookError('ACCOUNT_OPEN', 'expected a closed account, found an open one: nothing is cleaned up on it');
}
