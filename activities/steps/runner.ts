// One runner for every step: intent, apply, read back, record. It may be killed
// between any two lines and run again, on another machine, with the tenant
// already changed. So it looks for its own intent first and keeps that intent's
// `from`: by now the tenant may show `to`.
import { RunbookError } from '../../domain/errors.ts';
import { type CaseId, objectId } from '../../domain/ids.ts';
import type { ContainingStep, Receipt, StepOutcome, Verdict } from '../../domain/step.ts';
import type { Intent } from '../../ledger/intent.ts';
import type { Ledger } from '../../ledger/open-ledger.ts';
import type { AccountActor, DoorState } from '../graph/actor.ts';
import { asDrafts, attached, type Note, WORKER } from '../notes.ts';
import { requireOpened } from '../opened.ts';
import type { Step } from './step.ts';

export interface StepRun {
  readonly caseId: CaseId;
  readonly subject: string;
  readonly generation: number;
  readonly notes: readonly Note[];
  /** Pause between two reads, and for how long this activity keeps reading before another one goes on. */
  readonly readBackEveryMs: number;
  readonly readBackWithinMs: number;
}

export interface RunnerTools {
  readonly ledger: Ledger;
  readonly door: AccountActor;
  readonly pause: (ms: number) => Promise<void>;
}

type AccountStep = Step<AccountActor, DoorState>;

const entryKey = (run: Pick<StepRun, 'generation'>, step: ContainingStep, kind: string): string => `${run.generation}/${step}/${kind}`;

export async function applyStep(tools: RunnerTools, step: AccountStep, run: StepRun): Promise<StepOutcome> {
  const { ledger, door } = tools;
  const subject = objectId(run.subject);
  await requireOpened(ledger, run.caseId, subject);
  // The reading is begun beside the look for an earlier intent: in the ordinary case there is none, and time matters.
  const [known, seen] = await Promise.all([
    intentOf(ledger, step, run),
    step.inspect(door, subject),
    ledger.append(asDrafts(run.caseId, run.notes)),
  ]);
  if (known !== undefined) return resume(tools, step, run, known);

  const change = step.plan(subject, seen.value);
  if (change === null) return unneeded(ledger, step, run, seen.value);
  const intent = await ledger.intend({
    caseId: run.caseId,
    generation: run.generation,
    step: step.name,
    change,
    actor: WORKER,
    evidence: attached(seen.answers),
  });
  requireFit(intent, step, run);
  return move(tools, step, run, intent);
}

/** An earlier attempt ended somewhere after its intent. What it left behind decides: done, written but not seen, or not written. */
async function resume(tools: RunnerTools, step: AccountStep, run: StepRun, intent: Intent): Promise<StepOutcome> {
  const found = await step.verify(tools.door, objectId(run.subject), intent.change);
  const entries = await tools.ledger.entries(run.caseId);
  const applied = entries.find((entry) => entry.content.key === entryKey(run, step.name, 'applied'));
  // The earlier attempt may have made the change all the same, where this reading came from lagging behind: then the receipt proves nothing.
  if (applied === undefined && !found.reached) return move(tools, step, run, intent, 'not the first attempt');
  // Done, and the answer never came back to be written down: ours most likely, and nobody can say for certain.
  if (applied === undefined) await recordApplied(tools.ledger, step, run, { changed: null, requestId: null });
  const verdict = found.reached ? found : await readBack(tools, run, () => step.verify(tools.door, objectId(run.subject), intent.change));
  return verdict.reached ? verified(tools.ledger, step, run, verdict, null) : { kind: 'unseen', step: step.name };
}

async function move(
  tools: RunnerTools,
  step: AccountStep,
  run: StepRun,
  intent: Intent,
  attempt: 'first attempt' | 'not the first attempt' = 'first attempt',
): Promise<StepOutcome> {
  const answered = await step.apply(tools.door, intent);
  const receipt = attempt === 'first attempt' ? answered : { ...answered, changed: null };
  const [verdict] = await Promise.all([
    readBack(tools, run, () => step.verify(tools.door, objectId(run.subject), intent.change)),
    recordApplied(tools.ledger, step, run, receipt),
  ]);
  return verdict.reached ? verified(tools.ledger, step, run, verdict, receipt.changed) : { kind: 'unseen', step: step.name };
}

/** @throws RunbookError INTENT_MISSING when the entry under this intent's key speaks of another account or step */
async function intentOf(ledger: Ledger, step: AccountStep, run: StepRun): Promise<Intent | undefined> {
  const target = { kind: 'account', id: objectId(run.subject) } as const;
  const intent = await ledger.intentOf({ caseId: run.caseId, generation: run.generation, step: step.name, target });
  if (intent !== undefined) requireFit(intent, step, run);
  return intent;
}

function requireFit(intent: Intent, step: AccountStep, run: StepRun): void {
  const { change, generation, step: name } = intent;
  if (change.target.id === run.subject && generation === run.generation && name === step.name) return;
  throw new RunbookError('INTENT_MISSING', 'expected an intent of this step about this account, found one of another: somebody wrote it');
}

async function recordApplied(ledger: Ledger, step: AccountStep, run: StepRun, receipt: Receipt): Promise<void> {
  await ledger.append([
    {
      chain: run.caseId,
      key: entryKey(run, step.name, 'applied'),
      actor: WORKER,
      event: { kind: 'step.applied', schemaVersion: 1, step: step.name, generation: run.generation, ...receipt },
    },
  ]);
}

/** One more fresh read for a step whose effect did not show yet. @throws RunbookError NOT_YET_VISIBLE, to be tried again */
export async function verifyStep({ ledger, door }: RunnerTools, step: AccountStep, run: StepRun): Promise<StepOutcome> {
  const subject = objectId(run.subject);
  const intent = await intentOf(ledger, step, run);
  if (intent === undefined) throw new RunbookError('INTENT_MISSING', `expected an intent of ${step.name} in this case, found none`);
  const verdict = await step.verify(door, subject, intent.change);
  if (!verdict.reached)
    throw new RunbookError('NOT_YET_VISIBLE', `expected ${String(intent.change.to)} for ${step.name}, saw ${verdict.saw}`);
  return verified(ledger, step, run, verdict, true);
}

// A directory read can lag the write: a read that still shows the old state is no verdict yet.
async function readBack(tools: RunnerTools, run: StepRun, read: () => Promise<Verdict>): Promise<Verdict> {
  const until = Date.now() + run.readBackWithinMs;
  for (;;) {
    const verdict = await read();
    if (verdict.reached || Date.now() + run.readBackEveryMs > until) return verdict;
    await tools.pause(run.readBackEveryMs);
  }
}

async function verified(ledger: Ledger, step: AccountStep, run: StepRun, verdict: Verdict, changed: boolean | null): Promise<StepOutcome> {
  const [entry] = await ledger.append([
    {
      chain: run.caseId,
      key: entryKey(run, step.name, 'verified'),
      actor: WORKER,
      event: {
        kind: 'step.verified',
        schemaVersion: 1,
        step: step.name,
        generation: run.generation,
        saw: verdict.saw,
        readAt: verdict.readAt,
      },
    },
  ]);
  return { kind: 'verified', step: step.name, at: entry?.storedAt ?? 0, changed: changed !== false };
}

async function unneeded(ledger: Ledger, step: AccountStep, run: StepRun, seen: DoorState): Promise<StepOutcome> {
  const [entry] = await ledger.append([
    {
      chain: run.caseId,
      key: entryKey(run, step.name, 'unneeded'),
      actor: WORKER,
      event: { kind: 'step.unneeded', schemaVersion: 1, step: step.name, generation: run.generation, ...step.say(seen) },
    },
  ]);
  return { kind: 'verified', step: step.name, at: entry?.storedAt ?? 0, changed: false };
}
