// Makes the plans that people are asked to approve: reads what stands there,
// works out what would change, and writes it down with its digest. Nothing here
// changes the tenant. A second try finds the plan that the first one wrote.
import { createHash, randomBytes } from 'node:crypto';
import { requirementsFor } from '../../domain/approval-requirements.ts';
import type { PlanBecause, PlanMade } from '../../domain/case/events.ts';
import { RunbookError } from '../../domain/errors.ts';
import { type CaseId, isGuid, type ObjectId, objectId } from '../../domain/ids.ts';
import { labelsKey, type PlanContent, type PlanKind, type PlanLabels, planName } from '../../domain/plan.ts';
import type { RawAnswer, StepName } from '../../domain/step.ts';
import { canonicalBytes } from '../../ledger/canonical.ts';
import type { StoredEntry } from '../../ledger/entry.ts';
import type { EntryDraft, Ledger } from '../../ledger/ledger.ts';
import type { DirectoryReader } from '../microsoft/directory-reader.ts';
import { attached, WORKER } from '../pending-events.ts';
import type { Writers } from '../steps/step.ts';
import type { AccountFactsFound } from './account-facts.ts';
import type { PlanDraft } from './eradication.ts';
import { digestOf, recordedPlan } from './plan-record.ts';

export interface PlanTools {
  readonly ledger: Ledger;
  readonly reader: DirectoryReader;
  readonly doors: Writers;
  /** What is shown of a case while the ledger keeps it sealed. */
  readonly display: { put(caseId: CaseId, key: string, content: unknown): Promise<void> };
}

/** Where a plan belongs, and why it is made. */
export interface PlanPlace {
  readonly caseId: CaseId;
  readonly group: PlanKind;
  readonly round: number;
  readonly attempt: number;
  readonly because: PlanBecause;
  readonly askedBy: ObjectId | null;
}

/** A plan as the workflow is told of it: small facts only. */
export interface MadePlan {
  readonly group: PlanKind;
  readonly round: number;
  readonly revision: number;
  readonly attempt: number;
  readonly digest: string;
  readonly steps: readonly StepName[];
  /** How many items there are to read, ticked or not. */
  readonly items: number;
  readonly needs: PlanMade['needs'];
  readonly askedBy: ObjectId | null;
  /** Database clock, ms. */
  readonly madeAt: number;
}

/**
 * The plan that an earlier try made under this name, if one did: a person may be
 * reading it already, so it is not drafted again.
 *
 * @throws RunbookError PLAN_UNKNOWN when what stands under this name was not asked for
 */
export async function existingPlan(
  tools: Pick<PlanTools, 'ledger' | 'display'>,
  entries: readonly StoredEntry[],
  place: Pick<PlanPlace, 'group' | 'round' | 'attempt'>,
): Promise<MadePlan | null> {
  const key = madeKey({ ...place, revision: 1 });
  const entry = entries.find(({ content }) => content.key === key);
  if (entry === undefined) return null;
  requireAskedFor(entries, entry, place);
  return publishLabels(tools, entry);
}

/**
 * A try that the case gave up may still have stored its plan, under the attempt
 * that was next at that time: an earlier one, which nothing else used. A plan
 * under any other attempt is forged.
 */
function requireAskedFor(
  entries: readonly StoredEntry[],
  entry: StoredEntry,
  { group, round, attempt }: Pick<PlanPlace, 'group' | 'round' | 'attempt'>,
): void {
  const found = made(entry);
  const isNamed = found.group === group && found.round === round && found.revision === 1;
  const isOfEarlierTry = found.attempt < attempt && isUnused(entries, found.attempt, entry);
  if (isNamed && (found.attempt === attempt || isOfEarlierTry)) return;
  throw new RunbookError(
    'PLAN_UNKNOWN',
    `expected the plan ${planName({ group, round })} of attempt ${attempt}, found another one under its key, which unapprove did not write`,
  );
}

/** The revisions of one plan share its attempt; nothing else does. */
const isUnused = (entries: readonly StoredEntry[], attempt: number, { content: own }: StoredEntry): boolean =>
  entries.every(
    ({ content: { key, kind, body } }) =>
      !key.startsWith(`${attempt}/`) &&
      (kind !== 'plan.made' || body['attempt'] !== attempt || (body['group'] === own.body['group'] && body['round'] === own.body['round'])),
  );

/**
 * Writes a drawn plan down, once for its name.
 *
 * @returns the plan that stands; null where no such plan is made for such an account
 * @throws RunbookError PLAN_UNKNOWN when another one stands under its name meanwhile
 */
export async function storePlan(
  tools: Pick<PlanTools, 'ledger' | 'display'>,
  known: AccountFactsFound,
  place: PlanPlace,
  drawn: PlanDraft,
  answers: readonly RawAnswer[],
): Promise<MadePlan | null> {
  const needs = requirementsFor(known.account, place.group, known.stricter);
  if (needs === null) return null;
  const labels: PlanLabels = {
    salt: randomBytes(16).toString('base64url'),
    of: drawn.labels,
    kept: drawn.keptLabels,
    byHand: drawn.byHandLabels,
  };
  const content: PlanContent = {
    case: place.caseId,
    group: place.group,
    round: place.round,
    revision: 1,
    attempt: place.attempt,
    steps: drawn.steps,
    byHand: drawn.byHand,
    kept: drawn.kept,
    labelsSha256: hashOfLabels(labels),
  };
  const draft = madeEntry(content, { needs, askedBy: place.askedBy, because: place.because }, labels, answers);
  // The names first: a person who sees the plan then sees its items too.
  await tools.display.put(place.caseId, labelsKey(digestOf(content)), labels);
  const [entry] = await tools.ledger.append([draft]);
  if (entry === undefined) return null;
  if (!entry.existed) return made(entry);
  requireAskedFor(await tools.ledger.entries(place.caseId), entry, place);
  return publishLabels(tools, entry);
}

/** Stores the names of a plan's items for display. They come from the ledger, so they are those of the plan. */
export async function publishLabels({ ledger, display }: Pick<PlanTools, 'ledger' | 'display'>, entry: StoredEntry): Promise<MadePlan> {
  const plan = made(entry);
  await display.put(entry.chain as CaseId, labelsKey(plan.digest), await labelsIn(ledger, entry));
  return plan;
}

const madeKey = (plan: Pick<PlanContent, 'group' | 'round' | 'revision'>): string => `plan/${planName(plan)}/${plan.revision}/made`;

export function madeEntry(
  content: PlanContent,
  { needs, askedBy, because }: Pick<PlanMade, 'needs' | 'askedBy' | 'because'>,
  labels: PlanLabels,
  answers: readonly RawAnswer[],
): EntryDraft {
  const { case: chain, ...said } = content;
  return {
    chain: chain as CaseId,
    key: madeKey(content),
    actor: WORKER,
    event: { kind: 'plan.made', schemaVersion: 1, digest: digestOf(content), ...said, needs, askedBy, because },
    attachments: [{ name: 'labels', content: labels }, ...attached(answers)],
  };
}

const hashOfLabels = (labels: PlanLabels): string => createHash('sha256').update(canonicalBytes(labels)).digest('hex');

/** The names of a plan's items, as the ledger keeps them. */
export async function labelsIn(ledger: Ledger, { chain, seq }: Pick<StoredEntry, 'chain' | 'seq'>): Promise<PlanLabels> {
  const { content } = await ledger.attachment(chain as CaseId, seq, 'labels');
  return content as PlanLabels;
}

function made(entry: StoredEntry): MadePlan {
  const { content, digest, needs, askedBy } = recordedPlan([entry], entry.chain as CaseId, String(entry.content.body['digest']));
  const { group, round, revision, attempt, steps } = content;
  return {
    group,
    round,
    revision,
    attempt,
    digest,
    steps: steps.filter(({ changes }) => changes.some((change) => change.ticked)).map(({ step }) => step),
    items: steps.reduce((sum, { changes }) => sum + changes.length, 0) + content.byHand.length,
    needs,
    askedBy: askedBy !== null && isGuid(askedBy) ? objectId(askedBy) : null,
    madeAt: entry.storedAt,
  };
}
