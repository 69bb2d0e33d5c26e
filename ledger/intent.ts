// The proof that what is about to change was stored first. Every client that
// writes to a tenant takes one, and only the ledger makes them: the class is
// not exported, and the way to make one is handed out once, to the ledger, when
// it is loaded. A copy, a look-alike or one out of a message is refused.
import { RunbookError } from '../domain/errors.ts';
import type { CaseId } from '../domain/ids.ts';
import type { Change, StepName } from '../domain/step.ts';

interface IntentFields {
  /** A UUID made from the hash of the entry; the client-request-id of the change. */
  readonly id: string;
  readonly caseId: CaseId;
  readonly attempt: number;
  readonly step: StepName;
  readonly change: Change;
  /** `policy`, or `plan/<digest>`. */
  readonly by: string;
  /** Hash of the intent that is taken back; null when this is no undo. */
  readonly undoes: string | null;
  /** The database's clock, ms since 1970. */
  readonly storedAt: number;
}

/** How the ledger makes an intent, from the fields of an entry it has just stored or read. */
export type MakeIntent = (entry: Omit<IntentFields, 'id'> & { readonly hash: string }) => Intent;

let make: MakeIntent | undefined;
const made = new WeakSet<object>();

class Intent implements IntentFields {
  // Two classes with the same fields are the same type to TypeScript; with a private one they are not.
  readonly #madeByTheLedger = true;
  readonly id: string;
  readonly caseId: CaseId;
  readonly attempt: number;
  readonly step: StepName;
  readonly change: Change;
  readonly by: string;
  readonly undoes: string | null;
  readonly storedAt: number;

  private constructor({ id, caseId, attempt, step, change, by, undoes, storedAt }: IntentFields) {
    this.id = id;
    this.caseId = caseId;
    this.attempt = attempt;
    this.step = step;
    this.change = change;
    this.by = by;
    this.undoes = undoes;
    this.storedAt = storedAt;
  }

  static isOne(value: object): boolean {
    return #madeByTheLedger in value && value.#madeByTheLedger && made.has(value);
  }

  static {
    make = ({ hash, ...entry }) => {
      const change = structuredClone(entry.change);
      Object.freeze(change.target);
      Object.freeze(change.undo);
      Object.freeze(change);
      const intent = new Intent({ ...entry, change, id: uuidOf(hash) });
      Object.freeze(intent);
      // Here and not in the constructor, which any code reaches through an intent's `constructor`.
      made.add(intent);
      return intent;
    };
  }
}

export type { Intent };

/** Hands out the way to make intents, once. @throws when it was handed out before */
export function takeIntentMaker(): MakeIntent {
  const taken = make;
  if (taken === undefined)
    throw new RunbookError('INTENT_MISSING', 'expected only the ledger to make intents, other code asked for the maker');
  make = undefined;
  return taken;
}

/**
 * What a writing client calls before it writes.
 *
 * @throws RunbookError INTENT_MISSING for anything this process's ledger did not make
 */
export function requireIntent(value: unknown): Intent {
  if (isIntent(value)) return value;
  throw new RunbookError('INTENT_MISSING', 'expected an intent made by the ledger, got something else: nothing is changed without one');
}

const isIntent = (value: unknown): value is Intent => typeof value === 'object' && value !== null && Intent.isOne(value);

/** RFC 9562, version 8: the first 16 bytes of the hash, with version and variant in their places. */
function uuidOf(hash: string): string {
  const bytes = Buffer.from(hash, 'hex').subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
