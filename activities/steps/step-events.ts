// The entries that a run of a step leaves, and the keys under which they stand:
// generation, step, target and kind, so that a second try finds those of the first.
import type { CaseId } from '../../domain/ids.ts';
import { planKey } from '../../domain/plan.ts';
import { type DroppedBecause, type Reading, type Receipt, type Target, targetKey } from '../../domain/step.ts';
import type { StoredEntry } from '../../ledger/entry.ts';
import type { EntryDraft } from '../../ledger/ledger.ts';
import { attached, WORKER } from '../pending-events.ts';
import type { Step } from './step.ts';
import type { StepContext, StepRun } from './step-context.ts';

export type EntryKind = 'applied' | 'verified' | 'unneeded' | 'dropped';

export const entryKey = ({ generation }: StepRun, { name }: Pick<Step<unknown>, 'name'>, target: Target, kind: EntryKind): string =>
  `${generation}/${name}/${targetKey(target)}/${kind}`;

/** The intents of this run, of whichever attempt. */
export const intentEntries = <Seen>(
  { run, step }: Pick<StepContext<Seen>, 'run' | 'step'>,
  entries: readonly StoredEntry[],
): StoredEntry[] =>
  entries.filter(({ content: { kind, key } }) => kind === 'step.intended' && key.startsWith(`${run.generation}/${step.name}/`));

/** How often this step had failed in this run: what was written before that is written again. */
const failuresIn = <Seen>({ run, step }: StepContext<Seen>, entries: readonly StoredEntry[]): number =>
  entries.filter(({ content: { kind, key } }) => kind === 'step.failed' && key.startsWith(`${run.generation}/${step.name}/`)).length;

/** The key of this try's writing: the first one has the plain name. */
function appliedKey<Seen>(scene: StepContext<Seen>, entries: readonly StoredEntry[], target: Target): string {
  const failures = failuresIn(scene, entries);
  const key = entryKey(scene.run, scene.step, target, 'applied');
  return failures === 0 ? key : `${key}/${failures + 1}`;
}

/** Was it written, and has nobody said since that it did not help? */
export const isWritten = <Seen>(scene: StepContext<Seen>, entries: readonly StoredEntry[], target: Target): boolean =>
  entries.some(({ content }) => content.key === appliedKey(scene, entries, target));

const entryAt = <Seen>({ run, step }: StepContext<Seen>, target: Target, kind: EntryKind): Pick<EntryDraft, 'chain' | 'key' | 'actor'> => ({
  chain: run.caseId,
  key: entryKey(run, step, target, kind),
  actor: WORKER,
});

const about = <Seen>({ run, step }: StepContext<Seen>, target: Target) =>
  ({ schemaVersion: 1, step: step.name, generation: run.generation, target }) as const;

export const applied = <Seen>(
  scene: StepContext<Seen>,
  entries: readonly StoredEntry[],
  { target, receipt }: { readonly target: Target; readonly receipt: Receipt },
): EntryDraft => ({
  ...entryAt(scene, target, 'applied'),
  key: appliedKey(scene, entries, target),
  event: { kind: 'step.applied', ...about(scene, target), ...receipt },
});

export const seenDone = <Seen>(scene: StepContext<Seen>, target: Target, seen: Seen): EntryDraft => ({
  ...entryAt(scene, target, 'verified'),
  event: { kind: 'step.verified', ...about(scene, target), ...scene.step.say(seen, target) },
});

export const snapshot = <Seen>({ run }: StepContext<Seen>, left: readonly string[], { answers }: Reading<Seen>): EntryDraft => ({
  chain: run.caseId,
  key: `${run.generation}/picture`,
  actor: WORKER,
  event: { kind: 'picture.stored', schemaVersion: 1, of: 'methods', generation: run.generation, left: [...left].sort() },
  attachments: attached(answers),
});

export const dropped = <Seen>(scene: StepContext<Seen>, target: Target, because: DroppedBecause): EntryDraft => ({
  ...entryAt(scene, target, 'dropped'),
  event: { kind: 'target.dropped', ...about(scene, target), because },
});

export const unneeded = <Seen>(scene: StepContext<Seen>, target: Target, seen: Seen): EntryDraft => ({
  ...entryAt(scene, target, 'unneeded'),
  event: { kind: 'step.unneeded', ...about(scene, target), ...scene.step.say(seen, target) },
});

export const planDone = (caseId: CaseId, digest: string, dropped: number): EntryDraft => ({
  chain: caseId,
  key: planKey(digest, 'done'),
  actor: WORKER,
  event: { kind: 'plan.done', schemaVersion: 1, digest, dropped },
});
