// One runner for every step: intent, apply, read back, store. It may be killed
// between any two lines and run again, on another machine, with the tenant
// already changed. So it reads its own intents first and keeps their
// `from`: the tenant may already show `to`.
import { RunbookError } from '../../domain/errors.ts';
import { objectId } from '../../domain/ids.ts';
import { type PlanContent, tickedSteps } from '../../domain/plan.ts';
import { type Change, type Reading, type StepOutcome, targetKey } from '../../domain/step.ts';
import type { StoredEntry } from '../../ledger/entry.ts';
import type { Intent } from '../../ledger/intent.ts';
import type { EntryDraft } from '../../ledger/ledger.ts';
import { intentFrom } from '../../ledger/read-intent.ts';
import { asDrafts, attached, WORKER } from '../pending-events.ts';
import { requireCaseIn } from '../require-case.ts';
import { type AppliedChange, applyChanges } from './apply-changes.ts';
import { planIn } from './require-approval.ts';
import { requireNotHeldNow } from './require-not-held.ts';
import { type ResolvedChanges, resolveChanges } from './resolve-changes.ts';
import type { Step } from './step.ts';
import type { RunnerTools, StepContext, StepRun } from './step-context.ts';
import { entryKey, intentEntries, isWritten, planDone, seenDone, snapshot } from './step-events.ts';
import { requireAllowedChange, requireOrdered } from './validate-intent.ts';

/** Microsoft's times are whole seconds. */
const A_SECOND_MS = 1_000;

export async function applyStep<Seen>(tools: RunnerTools, step: Step<Seen>, run: StepRun): Promise<StepOutcome> {
  const { context, entries, seen } = await setUp(tools, step, run);
  const asked = await resolveChanges(context, entries, seen);
  const known = intentsOf(context, entries, asked.plan);
  const settled = await tools.ledger.append(asked.settled.filter((draft) => !isIntended(draft, known)));
  const fresh = asked.changes.filter(({ target }) => !intended(context, entries).some((key) => key === targetKey(target)));
  if (fresh.some((change) => step.isTooSoon?.(change) === true)) await tools.pause(A_SECOND_MS);

  const moves: AppliedChange[] = known.map((intent) => resumed(context, entries, intent, asked.seen.value));
  for (const intent of await intend(context, fresh, asked)) moves.push({ intent, todo: 'apply', attempt: 'first' });
  const { receipts, gone, left } = await applyChanges(context, entries, moves);

  const outcome = await readBack(context, {
    intents: moves.filter((move) => !left.includes(move)).map(({ intent }) => intent),
    plan: asked.plan,
    changed: receipts.some(({ changed }) => changed !== false) || moves.some(({ todo }) => todo === 'nothing'),
    // Nothing was written after it, so the first reading is fresh.
    seen: moves.every(({ todo }) => todo === 'nothing') ? asked.seen : null,
    settledAt: Math.max(0, ...settled.map((entry) => entry.storedAt)),
  });
  // Not there to be removed, and still in the list: one of the two answers is stale, and Temporal retries.
  if (outcome.kind === 'unseen' && gone !== undefined) throw gone;
  return outcome;
}

async function setUp<Seen>(
  tools: RunnerTools,
  step: Step<Seen>,
  run: StepRun,
): Promise<{ context: StepContext<Seen>; entries: readonly StoredEntry[]; seen: Reading<Seen> }> {
  requireOrdered({ run, step });
  const subject = objectId(run.subject);
  const entries = await tools.ledger.entries(run.caseId);
  requireCaseIn(entries, subject);
  const [seen, fingerprint] = await Promise.all([
    step.inspect(tools.doors, subject),
    tools.ledger.fingerprinter(run.caseId),
    tools.ledger.append(asDrafts(run.caseId, run.notes)),
  ]);
  return { context: { tools, step, run, subject, fingerprint }, entries, seen };
}

async function intend<Seen>(
  context: StepContext<Seen>,
  changes: readonly Change[],
  { undoes, plan, seen }: ResolvedChanges<Seen>,
): Promise<Intent[]> {
  const { tools, step, run } = context;
  if (changes.length === 0) return [];
  await requireNotHeldNow(context);
  const intents = await tools.ledger.intend({
    caseId: run.caseId,
    attempt: run.attempt,
    step: step.name,
    changes,
    by: run.order,
    undoes,
    actor: WORKER,
    evidence: attached(seen.answers),
  });
  for (const intent of intents) requireAllowedChange(context, plan, intent);
  return intents;
}

/** A target with an intent of this run is settled by it: that the tenant shows it done by now is our own doing. */
const isIntended = ({ key }: EntryDraft, known: readonly Intent[]): boolean =>
  known.some(({ change }) => key.includes(`/${targetKey(change.target)}/`));

// --- intents ---

/** Those that still stand: what was left alone after its intent is settled. */
function intentsOf<Seen>(context: StepContext<Seen>, entries: readonly StoredEntry[], plan: PlanContent | null): Intent[] {
  const { run, step } = context;
  const left = new Set(entries.filter(({ content }) => content.kind === 'target.dropped').map(({ content }) => content.key));
  return intentEntries(context, entries)
    .map((entry) => {
      const intent = intentFrom(run.caseId, entry);
      requireAllowedChange(context, plan, intent);
      return intent;
    })
    .filter(({ change }) => !left.has(entryKey(run, step, change.target, 'dropped')));
}

/** Keys of every target that was ever intended in this run. */
const intended = <Seen>(context: StepContext<Seen>, entries: readonly StoredEntry[]): string[] =>
  intentEntries(context, entries).map((entry) => targetKey(intentFrom(context.run.caseId, entry).change.target));

/** An earlier attempt ended somewhere after its intent. What it left behind decides: done, written but not seen, or not written. What was written, never seen and given up is written again. */
function resumed<Seen>(context: StepContext<Seen>, entries: readonly StoredEntry[], intent: Intent, seen: Seen): AppliedChange {
  const { step, run, fingerprint } = context;
  const { target } = intent.change;
  if (isWritten(context, entries, target)) return { intent, todo: 'nothing', attempt: 'later' };
  if (!step.verify(seen, intent.change, fingerprint)) return { intent, todo: 'apply', attempt: 'later' };
  // Written before it was given up, and seen at last.
  const late = entries.some(({ content }) => content.key === entryKey(run, step, target, 'applied'));
  return { intent, todo: late ? 'nothing' : 'record', attempt: 'later' };
}

// --- reading back ---

interface Applied<Seen> {
  readonly intents: readonly Intent[];
  readonly plan: PlanContent | null;
  readonly changed: boolean;
  /** A reading that is fresh already; null: read now. */
  readonly seen: Reading<Seen> | null;
  /** Database clock of what needed no change, ms; 0 when there was nothing of it. */
  readonly settledAt: number;
}

/** A directory read can lag the write: a read that still shows the old state is no verdict yet. */
async function readBack<Seen>(context: StepContext<Seen>, applied: Applied<Seen>): Promise<StepOutcome> {
  const { tools, step, run, subject } = context;
  const until = Date.now() + run.readBackWithinMs;
  let seen = applied.seen ?? (await step.inspect(tools.doors, subject));
  while (unreached(context, applied.intents, seen.value).length > 0) {
    if (Date.now() + run.readBackEveryMs > until) return { kind: 'unseen', step: step.name };
    await tools.pause(run.readBackEveryMs);
    seen = await step.inspect(tools.doors, subject);
  }
  return verified(context, { ...applied, seen });
}

const unreached = <Seen>({ step, fingerprint }: StepContext<Seen>, intents: readonly Intent[], seen: Seen): Intent[] =>
  intents.filter(({ change }) => !step.verify(seen, change, fingerprint));

/** One more fresh read for a step whose effect did not show yet. @throws RunbookError NOT_YET_VISIBLE, to be tried again */
export async function verifyStep<Seen>(tools: RunnerTools, step: Step<Seen>, run: StepRun): Promise<StepOutcome> {
  const { context, entries, seen } = await setUp(tools, step, run);
  const plan = run.order.kind === 'plan' ? planIn(entries, run.caseId, run.order.digest) : null;
  const intents = intentsOf(context, entries, plan);
  if (intents.length === 0) throw new RunbookError('INTENT_MISSING', `expected an intent of ${step.name} in this case, found none`);
  const [open] = unreached(context, intents, seen.value);
  if (open !== undefined) {
    const { target, to } = open.change;
    throw new RunbookError('NOT_YET_VISIBLE', `expected ${String(to)} for ${step.name}, saw: ${step.say(seen.value, target).saw}`);
  }
  return verified(context, { intents, plan, changed: true, seen, settledAt: 0 });
}

async function verified<Seen>(context: StepContext<Seen>, applied: Applied<Seen> & { readonly seen: Reading<Seen> }): Promise<StepOutcome> {
  const { tools, step, run } = context;
  const { intents, plan, seen, changed } = applied;
  const left = step.picture?.(seen.value, context.fingerprint) ?? null;
  const drafts: EntryDraft[] = intents.map(({ change }) => seenDone(context, change.target, seen.value));
  if (left !== null) drafts.push(snapshot(context, left, seen));
  const dropped = plan === null ? [] : await droppedIn(context);
  const isLast = plan !== null && tickedSteps(plan).at(-1)?.step === step.name;
  if (run.order.kind === 'plan' && isLast) drafts.push(planDone(run.caseId, run.order.digest, dropped.length));
  const stored = await tools.ledger.append(drafts);
  return {
    kind: 'verified',
    step: step.name,
    at: Math.max(applied.settledAt, ...stored.map((entry) => entry.storedAt)),
    changed,
    dropped: dropped.filter((key) => key.startsWith(`${run.attempt}/${step.name}/`)).length,
    newItems: newItemsIn(left, plan),
  };
}

/** Keys of everything that this plan left alone so far, in any of its steps. */
async function droppedIn<Seen>({ tools, run }: StepContext<Seen>): Promise<string[]> {
  const entries = await tools.ledger.entries(run.caseId);
  return entries
    .filter(({ content: { kind, key } }) => kind === 'target.dropped' && key.startsWith(`${run.attempt}/`))
    .map(({ content }) => content.key);
}

/** What is there, and neither was in the plan nor was meant to stay: it came afterwards. */
function newItemsIn(left: readonly string[] | null, plan: PlanContent | null): number {
  if (left === null || plan === null) return 0;
  const known = new Set<unknown>([...plan.kept, ...plan.steps.flatMap(({ changes }) => changes.map(({ from }) => from))]);
  return left.filter((each) => !known.has(each)).length;
}
