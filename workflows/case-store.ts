// What the running case remembers, and the notes that wait for the next activity
// to carry them into the record.
import type { PendingEvent } from '../activities/pending-events.ts';
import type { LedgerEvent } from '../domain/case/events.ts';
import type { CasePlan, CaseState } from '../domain/case/state.ts';
import type { PlanKind } from '../domain/plan.ts';
import { untilLedgerAnswers } from './activity-failures.ts';

export interface CaseStore {
  readonly state: CaseState;
  /** Counts the changes: who waits for something to happen compares it. */
  readonly version: number;
  change(part: Partial<CaseState>): void;
  /** Changes what is remembered of one plan. */
  changePlan(digest: string, part: Partial<CasePlan>): void;
  note(key: string, event: LedgerEvent): void;
  /** A number that no other note of this case has, whatever run it is in. */
  nextNumber(): number;
  /** Runs an activity with every waiting note; the notes count as written when it has succeeded. */
  carry<Result>(activity: (notes: readonly PendingEvent[]) => Promise<Result>): Promise<Result>;
  readonly notes: readonly PendingEvent[];
  /** Marks that a plan is being drawn: it may stand in the record, and before people's eyes, before the case hears of it. */
  draw<Result>(drawing: Promise<Result>, group?: PlanKind): Promise<Result>;
  readonly drawing: boolean;
  isDrawing(group: PlanKind): boolean;
  /** Marks that the case waits, and whatever changes now is acted upon at once. */
  rest<Result>(waiting: Promise<Result>): Promise<Result>;
  readonly resting: boolean;
  /** Are there notes that no activity is carrying at this moment? */
  readonly unwritten: boolean;
}

/** What happens now, as it will stand in the record. */
export const noted = (key: string, event: LedgerEvent): PendingEvent => ({ key, at: new Date().toISOString(), event });

export function openCaseStore(state: CaseState, carried: readonly PendingEvent[] = []): CaseStore {
  let current = state;
  let version = 0;
  let waiting: readonly PendingEvent[] = carried;
  let riding: readonly PendingEvent[] = [];
  let drawings: readonly { readonly group: PlanKind | undefined }[] = [];
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
    get drawing() {
      return drawings.length > 0;
    },
    isDrawing: (group) => drawings.some((drawing) => drawing.group === group),
    async draw(drawing, group) {
      const mark = { group };
      drawings = [...drawings, mark];
      try {
        return await drawing;
      } finally {
        drawings = drawings.filter((each) => each !== mark);
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
