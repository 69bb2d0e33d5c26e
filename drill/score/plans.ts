// The plans of a case, as the ledger tells of them: what was put to people, what
// they said, what was begun. Read as a stranger would; a plan that cannot be read
// is named, never passed over.
import { z } from 'zod';
import type { PlanState } from '../scenarios/types.ts';
import { type RecordedEntry, text } from './ledger.ts';

export interface PlannedChange {
  readonly step: string;
  readonly target: { readonly kind: string; readonly id: string };
  readonly to: unknown;
  readonly ticked: boolean;
}

export interface RecordedPlan {
  readonly digest: string;
  /** As the header of its prompt says it. */
  readonly group: string;
  readonly round: number;
  readonly revision: number;
  readonly approvers: number;
  readonly askedBy: string | null;
  readonly changes: readonly PlannedChange[];
  /** Database clock, ms; `until` is when the next plan of this group was made. */
  readonly madeAt: number;
  readonly until: number;
  readonly state: PlanState;
}

const TARGET = z.looseObject({ kind: z.string(), id: z.string() });
const MADE = z.looseObject({
  digest: z.string().min(1),
  group: z.string(),
  round: z.number(),
  revision: z.number(),
  steps: z.array(
    z.looseObject({
      step: z.string(),
      changes: z.array(z.looseObject({ target: TARGET, to: z.unknown(), ticked: z.boolean().optional() })),
    }),
  ),
  needs: z.looseObject({ approvers: z.number() }),
  askedBy: z.string().nullish(),
});

const STATES: Readonly<Record<string, PlanState>> = {
  'plan.made': 'approval needed',
  'plan.approved': 'approved',
  'plan.begun': 'under way',
  'plan.done': 'done',
  'plan.declined': 'declined',
  'plan.expired': 'expired',
  'plan.replaced': 'replaced',
};

export interface PlansRead {
  /** In the order in which they were made. */
  readonly plans: readonly RecordedPlan[];
  readonly unreadable: readonly string[];
}

export function plansOf(entries: readonly RecordedEntry[]): PlansRead {
  const unreadable: string[] = [];
  const made = entries.flatMap((entry) => {
    if (entry.kind !== 'plan.made') return [];
    const parsed = MADE.safeParse(entry.body);
    if (parsed.success) return [{ entry, body: parsed.data }];
    unreadable.push(`entry ${entry.seq} (plan.made) cannot be read: ${z.prettifyError(parsed.error).replaceAll('\n', ' ')}`);
    return [];
  });
  const plans = made.map(({ entry, body }): RecordedPlan => {
    const { digest, round, revision, needs, askedBy = null } = body;
    const next = made.find((other) => other.entry.seq > entry.seq && other.body.group === body.group);
    const last = entries.findLast((other) => STATES[other.kind] !== undefined && text(other.body['digest']) === digest);
    return {
      digest,
      group: body.group,
      round,
      revision,
      approvers: needs.approvers,
      askedBy,
      changes: body.steps.flatMap(({ step, changes }) =>
        changes.map(({ target, to, ticked }) => ({ step, target, to, ticked: ticked ?? true })),
      ),
      madeAt: entry.storedAt,
      until: next?.entry.storedAt ?? Number.POSITIVE_INFINITY,
      state: STATES[last?.kind ?? ''] ?? 'approval needed',
    };
  });
  return { plans, unreadable };
}

/** Plans that were put to people: one for each time a group was asked, however often it was changed meanwhile. */
export const timesAsked = (plans: readonly RecordedPlan[]): number => new Set(plans.map(({ group, round }) => `${group}/${round}`)).size;

/** What became of the newest plan of each group. */
export const planStates = (plans: readonly RecordedPlan[]): Record<string, PlanState> =>
  Object.fromEntries(plans.map(({ group, state }) => [group, state]));

const CHANGE = z.looseObject({ target: TARGET.optional(), to: z.unknown() });

/** What an intent will change, as far as it can be read. */
const changeIn = ({ body }: RecordedEntry) => CHANGE.safeParse(body['change']).data;

/** The id of what an entry of a step is about; empty where nothing is named. An intent names it within its change. */
export function targetOf(entry: RecordedEntry): string {
  const named = TARGET.safeParse(entry.body['target']);
  return named.success ? named.data.id : (changeIn(entry)?.target?.id ?? '');
}

export const changeTo = (intended: RecordedEntry | undefined): unknown => (intended === undefined ? undefined : changeIn(intended)?.to);

/** Changes that were planned and were left out in the end, because their items had changed. */
export const wasDropped = (entries: readonly RecordedEntry[], step: string, id: string): boolean =>
  entries.some((entry) => entry.kind === 'target.dropped' && text(entry.body['step']) === step && targetOf(entry) === id);
