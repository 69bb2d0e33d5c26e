// What the running case remembers, and the notes that wait for the next activity
// to carry them into the record.
import type { Note } from '../activities/notes.ts';
import type { CasePlan, CaseState } from '../domain/case-state.ts';
import type { LedgerEvent } from '../domain/evidence.ts';

export interface CaseBook {
  readonly state: CaseState;
  /** Counts the changes: who waits for something to happen compares it. */
  readonly version: number;
  change(part: Partial<CaseState>): void;
  /** Changes what is remembered of one plan. */
  changePlan(digest: string, part: Partial<CasePlan>): void;
  note(key: string, event: LedgerEvent): void;
  /** Runs an activity with every waiting note; the notes count as written when it has succeeded. */
  carry<Result>(activity: (notes: readonly Note[]) => Promise<Result>): Promise<Result>;
  readonly notes: readonly Note[];
  /** Marks that a plan is being drawn: it may stand in the record, and before people's eyes, before the case hears of it. */
  draw<Result>(drawing: Promise<Result>): Promise<Result>;
  readonly drawing: boolean;
}

export function openBook(state: CaseState, carried: readonly Note[] = []): CaseBook {
  let current = state;
  let version = 0;
  let waiting: readonly Note[] = carried;
  let drawings = 0;
  const change: CaseBook['change'] = (part) => {
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
    note(key, event) {
      waiting = [...waiting, { key, at: new Date().toISOString(), event }];
    },
    get drawing() {
      return drawings > 0;
    },
    async draw(drawing) {
      drawings += 1;
      try {
        return await drawing;
      } finally {
        drawings -= 1;
      }
    },
    async carry(activity) {
      const riding = waiting;
      const result = await activity(riding);
      waiting = waiting.filter((note) => !riding.includes(note));
      return result;
    },
  };
}
