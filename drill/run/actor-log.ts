// What the actors did and saw, with times: the drill's progress is told from it,
// and a person who reads a run afterwards can follow it line by line.
import { appendFileSync } from 'node:fs';

/** One action of an actor, and what came of it. */
export interface ActorRecord {
  /** ISO, milliseconds. */
  readonly at: string;
  /** Milliseconds of scenario time since the start. */
  readonly scenarioMs: number;
  readonly who: 'attacker' | 'staff' | 'fault';
  readonly person: string;
  readonly did: string;
  readonly result: 'succeeded' | 'refused' | 'failed' | 'began';
  /** What they saw, in words: a code, a sentence. Never a token. */
  readonly saw: string;
}

export interface ActorLog {
  records(): readonly ActorRecord[];
  write(record: Pick<ActorRecord, 'who' | 'person' | 'did' | 'result' | 'saw'>): ActorRecord;
  on(listener: (record: ActorRecord) => void): () => void;
}

export function openActorLog(scenarioNow: () => number, file?: string): ActorLog {
  const records: ActorRecord[] = [];
  const listeners = new Set<(record: ActorRecord) => void>();
  return {
    records: () => records,
    write(what) {
      const record = { at: new Date().toISOString(), scenarioMs: Math.round(scenarioNow()), ...what };
      records.push(record);
      if (file !== undefined) appendFileSync(file, `${JSON.stringify(record)}\n`);
      for (const listener of Array.from(listeners)) listener(record);
      return record;
    },
    on(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
