// Plans in the ledger: their digest, and how they are read back. Every read
// computes the digest again, so a forged entry is no plan.
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { PlanMade } from '../../domain/case/events.ts';
import { RunbookError } from '../../domain/errors.ts';
import { type CaseId, isGuid, type ObjectId, objectId } from '../../domain/ids.ts';
import { PLAN_KINDS, type PlanContent, planName } from '../../domain/plan.ts';
import { isAllowedInPhase } from '../../domain/plan-rules.ts';
import { STEP_NAMES } from '../../domain/step.ts';
import { canonicalBytes } from '../../ledger/canonical.ts';
import { type StoredEntry, wrongFields } from '../../ledger/entry.ts';
import { CHANGE_FIELDS } from '../../ledger/read-intent.ts';

/** What of an entry plan.made the steps and the decisions need. */
export interface RecordedPlan {
  readonly content: PlanContent;
  readonly digest: string;
  readonly needs: PlanMade['needs'];
  readonly askedBy: ObjectId | null;
}

/** SHA-256 over the RFC 8785 bytes, hex. */
export const digestOf = (content: PlanContent): string => createHash('sha256').update(canonicalBytes(content)).digest('hex');

const MADE = z.looseObject({
  digest: z.string(),
  group: z.enum(PLAN_KINDS),
  round: z.int().positive(),
  revision: z.int().positive(),
  attempt: z.int().positive(),
  steps: z.array(
    z.strictObject({
      step: z.enum(STEP_NAMES),
      changes: z.array(
        z.strictObject({
          ...CHANGE_FIELDS,
          ticked: z.boolean(),
          sorted: z.strictObject({ belongs: z.enum(['attacker', 'unknown', 'owner']), because: z.string() }).nullable(),
        }),
      ),
    }),
  ),
  byHand: z.array(z.strictObject({ what: z.string(), because: z.string() })),
  kept: z.array(z.string()),
  labelsSha256: z.string(),
  needs: z.strictObject({ approvers: z.union([z.literal(1), z.literal(2)]), stepUp: z.boolean() }),
  askedBy: z.string().refine(isGuid).transform(objectId).nullable(),
});

/** @throws RunbookError PLAN_UNKNOWN when this case has no such plan, or one that its digest or its group does not fit */
export function recordedPlan(entries: readonly StoredEntry[], caseId: CaseId, digest: string): RecordedPlan {
  const entry = entries.find(({ content }) => content.kind === 'plan.made' && content.body['digest'] === digest);
  if (entry === undefined) throw new RunbookError('PLAN_UNKNOWN', `expected a plan ${digest.slice(0, 12)} in this case, found none`);
  const read = readPlan(entry, caseId);
  if (read.kind === 'plan') return read.plan;
  throw new RunbookError('PLAN_UNKNOWN', `expected a plan in entry ${entry.seq}, ${read.but}`);
}

/** Does a later revision of this plan stand? What its digest or its group does not fit is none. */
export function isOutdated(entries: readonly StoredEntry[], caseId: CaseId, { group, round, revision }: PlanContent): boolean {
  return entries
    .filter(({ content }) => content.kind === 'plan.made')
    .map((entry) => readPlan(entry, caseId))
    .some(
      (read) => read.kind === 'plan' && planName(read.plan.content) === planName({ group, round }) && read.plan.content.revision > revision,
    );
}

type Read = { readonly kind: 'plan'; readonly plan: RecordedPlan } | { readonly kind: 'none'; readonly but: string };

function readPlan({ content: { body } }: StoredEntry, caseId: CaseId): Read {
  const made = MADE.safeParse(body);
  if (!made.success) return { kind: 'none', but: `got one where ${wrongFields(made.error)}` };
  const { digest, group, round, revision, attempt, steps, byHand, kept, labelsSha256, needs, askedBy } = made.data;
  // Its fields are of the narrower types of the domain: it was written from them, and another spelling has another digest.
  const content = { case: caseId, group, round, revision, attempt, steps, byHand, kept, labelsSha256 } as PlanContent;
  if (digestOf(content) !== digest) return { kind: 'none', but: 'found one whose digest does not match, which unapprove did not write' };
  if (!isAllowedInPhase(content))
    return { kind: 'none', but: `found one with steps that no plan of ${group} has, which unapprove did not write` };
  return { kind: 'plan', plan: { content, digest, needs, askedBy } };
}
