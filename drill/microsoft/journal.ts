/**
 * Every request in the order in which it came, and what it did. A request is
 * here from the moment it arrives, again when its effect is done and again when
 * it is answered, so that a test can end a process exactly in between.
 *
 * No token and no password ever enters it.
 */
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

export type Phase = 'arrived' | 'effect' | 'answered';

export interface JournalActor {
  readonly kind: 'app' | 'user' | 'nobody';
  readonly appId?: string;
  readonly personId?: string;
  readonly session?: string;
}

export interface Effect {
  /** The fact that changed, `accountEnabled` for example. */
  readonly what: string;
  /** Object id of whom or what it belongs to. */
  readonly target: string;
  readonly from: unknown;
  readonly to: unknown;
}

export interface JournalRecord {
  readonly seq: number;
  /** ISO, milliseconds: when it arrived. */
  readonly at: string;
  readonly actor: JournalActor;
  /** As in the table of operations; `unknown` for a call this tenant does not have. */
  readonly operation: string;
  readonly method: string;
  readonly path: string;
  /** Decoded, without the question mark. */
  readonly query: string;
  readonly clientRequestId?: string;
  readonly requestId: string;
  /** Key of the person the call is about, if it is about one. */
  readonly person?: string;
  /** A call this tenant does not have: a drill with one of these has failed. */
  readonly unknown?: true;
  /** Kind of the fault that was played. */
  readonly fault?: string;
  /** When its change was carried out, also when there was nothing to change. */
  readonly effectAt?: string;
  readonly effects: readonly Effect[];
  /** Absent until answered, and for good when no answer was sent. */
  readonly status?: number;
  readonly errorCode?: string;
  readonly answeredAt?: string;
  /** When the connection was dropped without an answer. */
  readonly droppedAt?: string;
}

export type JournalListener = (record: JournalRecord, phase: Phase) => void;

export interface Journal {
  records(): readonly JournalRecord[];
  /**
   * The first request, past or to come, that reached the phase (`answered` when not given) and fits.
   * @throws when none came within `timeoutMs` (10,000 when not given)
   */
  until(
    predicate: (record: JournalRecord) => boolean,
    options?: { readonly phase?: Phase; readonly timeoutMs?: number },
  ): Promise<JournalRecord>;
  /** Called at once and before the request continues, in each phase. */
  on(listener: JournalListener): () => void;
}

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };
export type Arrival = Omit<JournalRecord, 'seq' | 'effects' | 'status' | 'errorCode' | 'answeredAt' | 'effectAt' | 'droppedAt' | 'fault'>;

/** One request's own pen. */
export interface Line {
  readonly record: JournalRecord;
  played(fault: string): void;
  /** It turned out on the way that this tenant does not have such a call. */
  unknown(): void;
  /** `at`: when the change was carried out, now when not given. */
  changed(effects: readonly Effect[], at?: number): void;
  answered(status: number, errorCode: string | undefined): void;
  dropped(): void;
}

export interface JournalBook extends Journal {
  arrived(arrival: Arrival): Line;
  close(): void;
}

export function createJournal(now: () => number, file?: string): JournalBook {
  const records: Writable<JournalRecord>[] = [];
  const listeners = new Set<JournalListener>();
  const descriptor = file === undefined ? undefined : openFile(file);
  const iso = (): string => new Date(now()).toISOString();

  function tell(record: JournalRecord, phase: Phase | 'dropped'): void {
    if (descriptor !== undefined) writeSync(descriptor, `${JSON.stringify({ phase, ...record })}\n`);
    if (phase !== 'dropped') for (const listener of Array.from(listeners)) listener(record, phase);
  }

  return {
    records: () => records,
    on(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    until(predicate, { phase = 'answered', timeoutMs = 10_000 } = {}) {
      const present = records.find((record) => hasReached(record, phase) && predicate(record));
      if (present !== undefined) return Promise.resolve(present);
      return new Promise((resolve, reject) => {
        const stop = this.on((record, reached) => {
          if (reached !== phase || !predicate(record)) return;
          clearTimeout(timer);
          stop();
          resolve(record);
        });
        const timer = setTimeout(() => {
          stop();
          const seen = [...new Set(records.map((record) => record.operation))].join(', ');
          reject(new Error(`expected such a request (${phase}) within ${timeoutMs} ms, got none; seen so far: ${seen || 'nothing'}`));
        }, timeoutMs);
      });
    },
    arrived(arrival) {
      const record: Writable<JournalRecord> = { seq: records.length + 1, effects: [], ...arrival };
      records.push(record);
      tell(record, 'arrived');
      return {
        record,
        played(fault) {
          record.fault = fault;
        },
        unknown() {
          record.unknown = true;
        },
        changed(effects, at = now()) {
          record.effects = [...record.effects, ...effects];
          record.effectAt = new Date(at).toISOString();
          tell(record, 'effect');
        },
        answered(status, errorCode) {
          record.status = status;
          record.answeredAt = iso();
          if (errorCode !== undefined) record.errorCode = errorCode;
          tell(record, 'answered');
        },
        dropped() {
          record.droppedAt = iso();
          tell(record, 'dropped');
        },
      };
    },
    close() {
      if (descriptor !== undefined) closeSync(descriptor);
      listeners.clear();
    },
  };
}

function hasReached(record: JournalRecord, phase: Phase): boolean {
  switch (phase) {
    case 'arrived':
      return true;
    case 'effect':
      return record.effectAt !== undefined;
    case 'answered':
      return record.answeredAt !== undefined;
  }
}

function openFile(file: string): number {
  mkdirSync(dirname(file), { recursive: true });
  return openSync(file, 'a');
}
