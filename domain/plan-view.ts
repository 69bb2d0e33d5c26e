// Plans as people see them, folded from the entries of a case.
import type { PlanState } from './approval.ts';
import type { ApprovalRequirements } from './approval-requirements.ts';
import type { LedgerEvent, PlanBecause, ReplacedBecause } from './case/events.ts';
import type { ObjectId } from './ids.ts';
import { type ManualTask, type PlanKind, type PlannedStep, planCode, planName } from './plan.ts';
import { type StepName, targetKey } from './step.ts';

/** How far one step of a plan has come. */
export interface PlanStepView {
  readonly step: StepName;
  readonly ticked: number;
  /** A fresh read showed them as planned, or they were in that state before. */
  readonly done: number;
  /** Changed since the approval, so they were skipped. */
  readonly dropped: number;
  readonly failed: string | null;
}

export interface PlanView {
  readonly digest: string;
  /** Of four digits; shown above the Approve button and typed into the form. */
  readonly code: string;
  readonly group: PlanKind;
  readonly round: number;
  readonly revision: number;
  readonly attempt: number;
  readonly because: PlanBecause;
  readonly steps: readonly PlannedStep[];
  readonly byHand: readonly ManualTask[];
  readonly labelsSha256: string;
  readonly needs: ApprovalRequirements;
  readonly askedBy: ObjectId | null;
  readonly madeAt: number;
  readonly state: PlanState;
  /** Who has approved this revision so far. */
  readonly approvedBy: readonly ObjectId[];
  /** How old the plan was at each of these approvals, ms, in the same order. */
  readonly planAgesMs: readonly number[];
  readonly declinedBy: ObjectId | null;
  readonly replacedBecause: ReplacedBecause | null;
  readonly progress: readonly PlanStepView[];
}

interface Entry {
  readonly storedAt: number;
  readonly event: LedgerEvent;
}

/** Every plan in its newest revision, in the order in which they were first made. */
export function foldPlans(entries: readonly Entry[]): PlanView[] {
  const plans = new Map<string, PlanView>();
  const change = (digest: string, part: Partial<PlanView>): void => {
    for (const [name, plan] of plans) if (plan.digest === digest) plans.set(name, { ...plan, ...part });
  };
  for (const { event, storedAt } of entries) {
    switch (event.kind) {
      case 'plan.made':
        if (isNewer(event, plans.get(planName(event)))) plans.set(planName(event), asked(event, storedAt));
        break;
      case 'approval.given':
        for (const plan of plans.values()) {
          if (plan.digest === event.digest)
            change(event.digest, { approvedBy: [...plan.approvedBy, event.person], planAgesMs: [...plan.planAgesMs, event.planAgeMs] });
        }
        break;
      case 'plan.approved':
        change(event.digest, { state: 'approved' });
        break;
      case 'plan.begun':
        change(event.digest, { state: 'begun' });
        break;
      case 'plan.done':
        change(event.digest, { state: 'done' });
        break;
      case 'plan.declined':
        change(event.digest, { state: 'declined', declinedBy: event.by });
        break;
      case 'plan.expired':
        change(event.digest, { state: 'expired' });
        break;
      case 'plan.replaced':
        change(event.digest, { state: 'replaced', replacedBecause: event.because });
        break;
      default:
    }
  }
  const events = entries.map((entry) => entry.event);
  return [...plans.values()].map((plan) => ({ ...plan, progress: progressOf(plan, events) }));
}

/** The first entry of a revision counts; only a later revision replaces it. */
const isNewer = ({ revision }: Pick<PlanView, 'revision'>, approver: PlanView | undefined): boolean =>
  approver === undefined || revision > approver.revision;

const asked = (event: Extract<LedgerEvent, { kind: 'plan.made' }>, madeAt: number): PlanView => ({
  digest: event.digest,
  code: planCode(event.digest),
  group: event.group,
  round: event.round,
  revision: event.revision,
  attempt: event.attempt,
  because: event.because,
  steps: event.steps,
  byHand: event.byHand,
  labelsSha256: event.labelsSha256,
  needs: event.needs,
  askedBy: event.askedBy,
  madeAt,
  state: 'asked',
  approvedBy: [],
  planAgesMs: [],
  declinedBy: null,
  replacedBecause: null,
  progress: [],
});

function progressOf({ steps, attempt }: PlanView, events: readonly LedgerEvent[]): PlanStepView[] {
  return steps.map(({ step, changes }) => {
    const targets = new Set(changes.filter((change) => change.ticked).map(({ target }) => targetKey(target)));
    const done = new Set<string>();
    const dropped = new Set<string>();
    let failed: string | null = null;
    for (const event of events) {
      if (!('step' in event) || event.step !== step || event.attempt !== attempt) continue;
      if (event.kind === 'step.failed') failed = event.code;
      if (event.kind === 'step.verified' || event.kind === 'step.unneeded') {
        done.add(targetKey(event.target));
        failed = null;
      }
      if (event.kind === 'target.dropped') dropped.add(targetKey(event.target));
    }
    // A late failure never hides that everything was seen done or was skipped before.
    const settled = [...targets].every((target) => done.has(target) || dropped.has(target));
    return { step, ticked: targets.size, done: done.size, dropped: dropped.size, failed: settled ? null : failed };
  });
}
