// One drawing for each group of plans: what it would change, from what is read
// now. A drawing that comes to nothing says why.
import { type Refusal } from '../../domain/approval.ts';
import type { CaseId } from '../../domain/ids.ts';
import { windowOf } from '../../domain/log-analysis.ts';
import type { PlannedStep } from '../../domain/plan.ts';
import { requiredContainmentSteps } from '../../domain/policy.ts';
import { decideRelease } from '../../domain/release.ts';
import { type Change, type RawAnswer } from '../../domain/step.ts';
import type { StoredEntry } from '../../ledger/entry.ts';
import { hasUnreadableLog, isUndecided, readIncidentLogs, showsCompromise, windowStart } from '../incident-logs.ts';
import { readOrBlindSpot, wholeOf } from '../read-or-blind-spot.ts';
import { blocking } from '../steps/block-sign-in.ts';
import { STEPS } from '../steps/registry.ts';
import { releasing } from '../steps/release-false-alarm.ts';
import { revoking } from '../steps/revoke-sessions.ts';
import type { Fingerprint, Step } from '../steps/step.ts';
import type { AccountFactsFound } from './account-facts.ts';
import { methodsRemoved } from './clean-state.ts';
import { draftEradicationSteps, type PlanDraft, passwordChange, ticked } from './eradication.ts';
import { findUndoable } from './find-undoable.ts';
import type { PlanTools } from './make-plan.ts';

export type PlanDraftResult =
  | { readonly kind: 'drawn'; readonly drawn: PlanDraft; readonly answers: readonly RawAnswer[] }
  /** There is nothing to change. */
  | { readonly kind: 'nothing' }
  | { readonly kind: 'refused'; readonly because: Refusal };

export interface DraftFacts {
  readonly caseId: CaseId;
  readonly known: AccountFactsFound;
  readonly entries: readonly StoredEntry[];
  readonly fingerprint: Fingerprint;
  readonly lastTry: boolean;
}

/** From the same readings as evidence collection, read again by the app that makes changes. */
export async function draftEradication(tools: PlanTools, { known, entries, fingerprint, lastTry }: DraftFacts): Promise<PlanDraftResult> {
  const { subject } = known;
  const [password, door, methods, logs] = await Promise.all([
    tools.doors.account.passwordState(subject),
    tools.doors.account.doorState(subject),
    readOrBlindSpot('sign-in-methods', lastTry, tools.doors.methods.methods(subject)),
    readLogs(tools, known, lastTry),
  ]);
  const drawn = draftEradicationSteps(
    {
      subject,
      outsideReach: known.outsideReach,
      account: { passwordChangedAt: password.value.changedAt, sessionsCutAt: door.value.sessionsCutAt, readAt: door.value.readAt },
      methods: methods.value?.methods ?? null,
      methodsMissing: methods.blindSpots.length > 0,
      window: logs.window,
      passwordDone: isPasswordOurs(entries, password.value.changedAt),
    },
    fingerprint,
  );
  if (drawn === null) return { kind: 'nothing' };
  return { kind: 'drawn', drawn, answers: [...password.answers, ...door.answers, ...methods.answers, ...logs.answers] };
}

/** The containment plan, where a person has to decide it. */
export async function contain(tools: PlanTools, { known, entries }: DraftFacts): Promise<PlanDraftResult> {
  const { value, answers } = await tools.doors.account.doorState(known.subject);
  const wanted = requiredContainmentSteps(known.account);
  const steps: PlannedStep[] = [];
  if (value.enabled !== false && wanted.includes('block-sign-in')) steps.push(one('block-sign-in', blocking(known.subject, value.enabled)));
  // After a block there may be new sessions to end, also when some were ended before.
  if (wanted.includes('revoke-sessions') && (steps.length > 0 || !isDone(entries, 'revoke-sessions'))) {
    steps.push(one('revoke-sessions', revoking(known.subject, value.sessionsCutAt, value.readAt)));
  }
  return steps.length === 0 ? { kind: 'nothing' } : { kind: 'drawn', drawn: plain(steps), answers };
}

/** domain/release.ts says when; here is what it is told. */
export async function release(tools: PlanTools, { known, entries }: DraftFacts): Promise<PlanDraftResult> {
  const [logs, password, door] = await Promise.all([
    readLogs(tools, known, true),
    tools.doors.account.passwordState(known.subject),
    tools.doors.account.doorState(known.subject),
  ]);
  // Whether the account is blocked is unknown.
  if (door.value.enabled === null) return { kind: 'refused', because: 'not-allowed-now' };
  const account = { passwordChangedAt: password.value.changedAt, sessionsCutAt: null, readAt: password.value.readAt };
  const move = passwordChange({ subject: known.subject, outsideReach: known.outsideReach, account, passwordDone: false });
  const decided = decideRelease({
    nowMs: Date.now(),
    shutAtMs: shutAt(entries, known),
    logDelayMs: known.durations.logDelayMs,
    blind: logs.blind,
    someoneGotIn: logs.someoneGotIn,
    methodsRemoved: methodsRemoved(entries),
    enabled: door.value.enabled,
    closedByCase: closedByCase(entries),
    resets: move.steps.length > 0,
    changedByPeople: isChangedSince(password.value.changedAt, known.openedAt),
  });
  if (decided.kind === 'refuse') return { kind: 'refused', because: decided.because };
  const steps = [...move.steps, ...(decided.opens ? [one('release-false-alarm', releasing(known.subject))] : [])];
  return {
    kind: 'drawn',
    drawn: { ...plain(steps), byHand: move.byHand },
    answers: [...logs.answers, ...password.answers, ...door.answers],
  };
}

/** Takes back the newest change of this case that can be taken back and has not been, by us or by another administrator. */
export async function undo(tools: PlanTools, { caseId, known, entries, fingerprint }: DraftFacts): Promise<PlanDraftResult> {
  const found = findUndoable(entries, caseId);
  if (found === null) return { kind: 'refused', because: 'nothing-to-undo' };
  const step: Step<unknown> = STEPS[found.step];
  const { value, answers } = await step.inspect(tools.doors, known.subject);
  if (step.renew(found.change, value, fingerprint).kind === 'gone') return { kind: 'refused', because: 'nothing-to-undo' };
  return { kind: 'drawn', drawn: plain([one(found.step, found.change)]), answers };
}

const one = (step: PlannedStep['step'], change: Change): PlannedStep => ({ step, changes: [ticked(change)] });

const plain = (steps: readonly PlannedStep[]): PlanDraft => ({ steps, byHand: [], kept: [], labels: {}, keptLabels: [], byHandLabels: [] });

/** A fresh read has shown this step done in this case. */
const isDone = (entries: readonly StoredEntry[], step: PlannedStep['step']): boolean =>
  entries.some(({ content }) => content.kind === 'step.verified' && content.body['step'] === step);

/** The password is the random one: set in this case, and not changed since the reading that showed it. */
function isPasswordOurs(entries: readonly StoredEntry[], changedAt: string | null): boolean {
  const seen = entries.findLast(({ content: { kind, body } }) => kind === 'step.verified' && body['step'] === 'reset-password');
  const readAt = seen?.content.body['readAt'];
  return typeof readAt === 'string' && !isChangedSince(changedAt, Date.parse(readAt) + 1);
}

/** Times of passwords are whole seconds of Microsoft's clock. */
const isChangedSince = (changedAt: string | null, sinceMs: number): boolean => changedAt !== null && Date.parse(changedAt) >= sinceMs;

const SHUT_BY: readonly unknown[] = ['block-sign-in', 'release-false-alarm'] satisfies readonly PlannedStep['step'][];

/** When a reading last showed the account blocked, or enabled; the opening of the case while there is none. */
function shutAt(entries: readonly StoredEntry[], { openedAt }: AccountFactsFound): number {
  const read = ({ content: { kind, body } }: StoredEntry): boolean =>
    (kind === 'step.verified' || kind === 'step.unneeded') && SHUT_BY.includes(body['step']);
  return entries.findLast(read)?.storedAt ?? openedAt;
}

/** An account that was blocked before the case stays blocked: only a block of this case is released. */
const closedByCase = (entries: readonly StoredEntry[]): boolean =>
  entries.some(({ content: { kind, body } }) => kind === 'step.applied' && body['step'] === 'block-sign-in' && body['changed'] !== false);

interface ReadLogs {
  readonly window: ReturnType<typeof windowOf>;
  readonly someoneGotIn: boolean;
  readonly blind: boolean;
  readonly answers: readonly RawAnswer[];
}

async function readLogs({ reader }: PlanTools, known: AccountFactsFound, lastTry: boolean): Promise<ReadLogs> {
  const logs = await readIncidentLogs(reader, known, lastTry);
  const { signIns, activity } = logs;
  return {
    window: windowOf(wholeOf(signIns), wholeOf(activity), known),
    someoneGotIn: showsCompromise(logs, windowStart(known)),
    blind: hasUnreadableLog(logs) || isUndecided(logs, windowStart(known)),
    answers: [...signIns.answers, ...activity.answers],
  };
}
