// What the running case remembers, and the notes that wait for the next activity
// to carry them into the record.
import type { Note } from '../activities/notes.ts';
import type { LedgerEvent } from '../domain/evidence.ts';
import type { CaseState } from './messages.ts';

export interface CaseBook {
  readonly state: CaseState;
  change(part: Partial<CaseState>): void;
  note(key: string, event: LedgerEvent): void;
  /** Runs an activity with every waiting note; the notes count as written when it has succeeded. */
  carry<Result>(activity: (notes: readonly Note[]) => Promise<Result>): Promise<Result>;
  readonly notes: readonly Note[];
}

export function openBook(state: CaseState, carried: readonly Note[] = []): CaseBook {
  let current = state;
  let waiting: readonly Note[] = carried;
  return {
    get state() {
      return current;
    },
    get notes() {
      return waiting;
    },
    change(part) {
      current = { ...current, ...part };
    },
    note(key, event) {
      waiting = [...waiting, { key, at: new Date().toISOString(), event }];
    },
    async carry(activity) {
      const riding = waiting;
      const result = await activity(riding);
      waiting = waiting.filter((note) => !riding.includes(note));
      return result;
    },
  };
}
