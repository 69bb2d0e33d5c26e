// The state of the running case, and the events that wait for the next activity
// to write them to the ledger.
import type { PendingEvent } from '../activities/pending-events.ts';
import type { LedgerEvent } from '../domain/case/events.ts';
import type { CasePlan, CaseState } from '../domain/case/state.ts';
import type { PlanKind } from '../domain/plan.ts';
import { untilLedgerAnswers } from './activity-failures.ts';

export interface CaseStore {
  readonly state: CaseState;
  /** Counts the changes, so that a wait can notice one. */
  readonly version: number;
  change(part: Partial<CaseState>): void;
  /** Changes the state of one plan. */
  changePlan(digest: string, part: Partial<CasePlan>): void;
  note(key: string, event: LedgerEvent): void;
  /** A number that is unique among the events of this case, in all its runs. */
  nextNumber(): number;
  /** Runs an activity with every pending event. They count as written when it has succeeded. */
  carry<Result>(activity: (notes: readonly PendingEvent[]) => Promise<Result>): Promise<Result>;
  readonly notes: readonly PendingEvent[];
  /** Marks that a plan is being made: it may be in the ledger and in Slack before the case receives it. */
  make<Result>(making: Promise<Result>, group?: PlanKind): Promise<Result>;
  readonly making: boolean;
  isMaking(group: PlanKind): boolean;
  /** Marks that the case waits, so that every change is handled at once. */
  rest<Result>(waiting: Promise<Result>): Promise<Result>;
  readonly resting: boolean;
  /** Are there events that no activity carries at this moment? */
  readonly unwritten: boolean;
}

/** An event that happens now, as the ledger stores it. */
export const noted = (key: string, event: LedgerEvent): PendingEvent => ({ key, at: new Date().toISOString(), event });

export function openCaseStore(state: CaseState, carried: readonly PendingEvent[] = []): CaseStore {
  let current = state;
  let version = 0;
  let waiting: readonly PendingEvent[] = carried;
  let riding: readonly PendingEvent[] = [];
  let makings: readonly { readonly group: PlanKind | undefined }[] = [];
  let resting = false;
  const change: CaseStore['change'] = (part) => {
    current = { ...current, ...part };
    version += 1;
  };
  return {
    get state() {
      return current;
    },
    get version() {
      return version;
    },
    get notes() {
      return waiting;
    },
    change,
    changePlan(digest, part) {
      change({ plans: current.plans.map((plan) => (plan.digest === digest ? { ...plan, ...part } : plan)) });
    },
    nextNumber() {
      change({ noted: current.noted + 1 });
      return current.noted;
    },
    note(key, event) {
      waiting = [...waiting, noted(key, event)];
    },
    get making() {
      return makings.length > 0;
    },
    isMaking: (group) => makings.some((making) => making.group === group),
    async make(making, group) {
      const mark = { group };
      makings = [...makings, mark];
      try {
        return await making;
      } finally {
        makings = makings.filter((each) => each !== mark);
      }
    },
    get resting() {
      return resting;
    },
    async rest(until) {
      resting = true;
      try {
        return await until;
      } finally {
        resting = false;
      }
    },
    get unwritten() {
      return waiting.some((note) => !riding.includes(note));
    },
    async carry(activity) {
      const taken = waiting;
      riding = [...riding, ...taken];
      try {
        const result = await untilLedgerAnswers(() => activity(taken));
        waiting = waiting.filter((note) => !taken.includes(note));
        return result;
      } finally {
        riding = riding.filter((note) => !taken.includes(note));
      }
    },
  };
}
