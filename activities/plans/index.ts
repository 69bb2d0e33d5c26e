// What the runbook may ask of plans: make one, or make another revision of one.
import type { Refusal } from '../../domain/approval.ts';
import type { ChoiceRecorded } from '../../domain/case/events.ts';
import { type CaseId, type ObjectId, objectId } from '../../domain/ids.ts';
import { labelsKey, type PlanContent, type PlanKind, withTicks } from '../../domain/plan.ts';
import { type Target, targetKey } from '../../domain/step.ts';
import { asDrafts, type PendingEvent } from '../pending-events.ts';
import { requireCaseIn } from '../require-case.ts';
import { accountFacts } from './account-facts.ts';
import { contain, type DraftFacts, draftEradication, type PlanDraftResult, release, undo } from './draft-plan.ts';
import { existingPlan, labelsIn, type MadePlan, madeEntry, type PlanPlace, type PlanTools, publishLabels, storePlan } from './make-plan.ts';
import { digestOf, recordedPlan } from './plan-record.ts';

export interface PlanRun extends PlanPlace {
  readonly subject: string;
  readonly notes: readonly PendingEvent[];
  readonly lastTry: boolean;
}

export type PlanResult =
  | { readonly kind: 'made'; readonly plan: MadePlan }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'refused'; readonly because: Refusal };

const DRAWINGS: Readonly<Record<PlanKind, (tools: PlanTools, facts: DraftFacts) => Promise<PlanDraftResult>>> = {
  containment: contain,
  eradication: draftEradication,
  release,
  undo,
};

export async function makePlan(tools: PlanTools, run: PlanRun): Promise<PlanResult> {
  const subject = objectId(run.subject);
  const entries = await tools.ledger.entries(run.caseId);
  requireCaseIn(entries, subject);
  const [fingerprint] = await Promise.all([tools.ledger.fingerprinter(run.caseId), tools.ledger.append(asDrafts(run.caseId, run.notes))]);
  const existing = await existingPlan(tools, entries, run);
  if (existing !== null) return { kind: 'made', plan: existing };
  const known = accountFacts(entries, subject);
  const drawing = await DRAWINGS[run.group](tools, { caseId: run.caseId, known, entries, fingerprint, lastTry: run.lastTry });
  if (drawing.kind !== 'drawn') return drawing;
  const plan = await storePlan(tools, known, run, drawing.drawn, drawing.answers);
  return plan === null ? { kind: 'refused', because: 'not-allowed-now' } : { kind: 'made', plan };
}

export interface ReviseRun {
  readonly caseId: CaseId;
  readonly subject: string;
  readonly digest: string;
  /** Keys of everything that is ticked now. */
  readonly ticked: readonly string[];
  readonly by: ObjectId;
  readonly notes: readonly PendingEvent[];
}

/** The same plan with other ticks, and a choice in the ledger for each item whose tick changed. */
export async function revisePlan(tools: PlanTools, run: ReviseRun): Promise<PlanResult> {
  const { ledger, display } = tools;
  const entries = await ledger.entries(run.caseId);
  requireCaseIn(entries, objectId(run.subject));
  await ledger.append(asDrafts(run.caseId, run.notes));
  const before = recordedPlan(entries, run.caseId, run.digest);
  const content = withTicks(before.content, run.ticked);
  const original = entries.find((entry) => entry.content.kind === 'plan.made' && entry.content.body['digest'] === run.digest);
  if (content === null || original === undefined) return { kind: 'refused', because: 'nothing-changed' };
  const labels = await labelsIn(ledger, original);
  const askedBy = before.askedBy === null ? null : objectId(before.askedBy);
  await display.put(run.caseId, labelsKey(digestOf(content)), labels);
  const [entry] = await ledger.append([madeEntry(content, { needs: before.needs, askedBy, because: 'ticks-changed' }, labels, [])]);
  // Another person's revision has this number: it lacks the choices of this person, which must not be stored beside it.
  if (entry?.content.body['digest'] !== digestOf(content)) return { kind: 'refused', because: 'plan-changed' };
  await ledger.append(
    choicesIn(before.content, content).map((choice) => ({
      chain: run.caseId,
      key: `choice/${content.group}/${content.round}/${content.revision}/${targetKey(choice.target)}`,
      actor: `person/${run.by}`,
      event: { kind: 'choice.recorded' as const, schemaVersion: 1 as const, digest: run.digest, by: run.by, ...choice },
    })),
  );
  return { kind: 'made', plan: await publishLabels(tools, entry) };
}

function choicesIn(before: PlanContent, after: PlanContent): Pick<ChoiceRecorded, 'target' | 'ticked'>[] {
  const was = new Map<string, boolean>(
    before.steps.flatMap(({ changes }) => changes.map((each): [string, boolean] => [targetKey(each.target), each.ticked])),
  );
  return after.steps
    .flatMap(({ changes }) => changes)
    .filter(({ target, ticked }) => was.get(targetKey(target)) !== ticked)
    .map(({ target, ticked }): { target: Target; ticked: boolean } => ({ target, ticked }));
}
