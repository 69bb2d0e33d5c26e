// The entries that a run of a step leaves, and the keys under which they stand:
// attempt, step, target and kind, so that a second try finds those of the first.
import type { CaseId } from '../../domain/ids.ts';
import { planKey } from '../../domain/plan.ts';
import { type DroppedBecause, type Reading, type Receipt, type Target, targetKey } from '../../domain/step.ts';
import type { StoredEntry } from '../../ledger/entry.ts';
import type { EntryDraft } from '../../ledger/ledger.ts';
import { attached, WORKER } from '../pending-events.ts';
import type { Step } from './step.ts';
import type { StepContext, StepRun } from './step-context.ts';

export type EntryKind = 'applied' | 'verified' | 'unneeded' | 'dropped';

export const entryKey = ({ attempt }: StepRun, { name }: Pick<Step<unknown>, 'name'>, target: Target, kind: EntryKind): string =>
  `${attempt}/${name}/${targetKey(target)}/${kind}`;

/** The intents of this run, of whichever attempt. */
export const intentEntries = <Seen>(
  { run, step }: Pick<StepContext<Seen>, 'run' | 'step'>,
  entries: readonly StoredEntry[],
): StoredEntry[] =>
  entries.filter(({ content: { kind, key } }) => kind === 'step.intended' && key.startsWith(`${run.attempt}/${step.name}/`));

/** How often this step had failed in this run: what was written before that is written again. */
const failuresIn = <Seen>({ run, step }: StepContext<Seen>, entries: readonly StoredEntry[]): number =>
  entries.filter(({ content: { kind, key } }) => kind === 'step.failed' && key.startsWith(`${run.attempt}/${step.name}/`)).length;

/** The key of this try's writing: the first one has the plain name. */
function appliedKey<Seen>(context: StepContext<Seen>, entries: readonly StoredEntry[], target: Target): string {
  const failures = failuresIn(context, entries);
  const key = entryKey(context.run, context.step, target, 'applied');
  return failures === 0 ? key : `${key}/${failures + 1}`;
}

/** Was it written, and was it not found without effect since? */
export const isWritten = <Seen>(context: StepContext<Seen>, entries: readonly StoredEntry[], target: Target): boolean =>
  entries.some(({ content }) => content.key === appliedKey(context, entries, target));

const entryAt = <Seen>({ run, step }: StepContext<Seen>, target: Target, kind: EntryKind): Pick<EntryDraft, 'chain' | 'key' | 'actor'> => ({
  chain: run.caseId,
  key: entryKey(run, step, target, kind),
  actor: WORKER,
});

const about = <Seen>({ run, step }: StepContext<Seen>, target: Target) =>
  ({ schemaVersion: 1, step: step.name, attempt: run.attempt, target }) as const;

export const applied = <Seen>(
  context: StepContext<Seen>,
  entries: readonly StoredEntry[],
  { target, receipt }: { readonly target: Target; readonly receipt: Receipt },
): EntryDraft => ({
  ...entryAt(context, target, 'applied'),
  key: appliedKey(context, entries, target),
  event: { kind: 'step.applied', ...about(context, target), ...receipt },
});

export const seenDone = <Seen>(context: StepContext<Seen>, target: Target, seen: Seen): EntryDraft => ({
  ...entryAt(context, target, 'verified'),
  event: { kind: 'step.verified', ...about(context, target), ...context.step.say(seen, target) },
});

export const snapshot = <Seen>({ run }: StepContext<Seen>, left: readonly string[], { answers }: Reading<Seen>): EntryDraft => ({
  chain: run.caseId,
  key: `${run.attempt}/picture`,
  actor: WORKER,
  event: { kind: 'snapshot.stored', schemaVersion: 1, of: 'methods', attempt: run.attempt, left: [...left].sort() },
  attachments: attached(answers),
});

export const dropped = <Seen>(context: StepContext<Seen>, target: Target, because: DroppedBecause): EntryDraft => ({
  ...entryAt(context, target, 'dropped'),
  event: { kind: 'target.dropped', ...about(context, target), because },
});

export const unneeded = <Seen>(context: StepContext<Seen>, target: Target, seen: Seen): EntryDraft => ({
  ...entryAt(context, target, 'unneeded'),
  event: { kind: 'step.unneeded', ...about(context, target), ...context.step.say(seen, target) },
});

export const planDone = (caseId: CaseId, digest: string, dropped: number): EntryDraft => ({
  chain: caseId,
  key: planKey(digest, 'done'),
  actor: WORKER,
  event: { kind: 'plan.done', schemaVersion: 1, digest, dropped },
});
