/**
 * The workspace's memory of everything that passed: requests, deliveries, acks,
 * each version of each message, each action of a person. The score reads it, so an
 * entry is never changed and never left out; only access tokens and connection
 * tickets are replaced by the name of their kind.
 */
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { EphemeralMessage, Message, View } from './types.ts';

export type TokenKind = 'bot' | 'app' | 'none' | 'foreign';

export type TranscriptEvent =
  | {
      readonly kind: 'api.request';
      readonly request: string;
      readonly method: string;
      readonly token: TokenKind;
      readonly args: Readonly<Record<string, unknown>>;
      /** The app called a method this workspace does not have: a drill with such an entry has failed. */
      readonly unknown?: true;
    }
  | {
      readonly kind: 'api.answer';
      readonly request: string;
      readonly method: string;
      /** 0: no answer was sent (connection held or dropped by a fault). */
      readonly status: number;
      readonly ok: boolean;
      readonly error?: string;
      readonly body: unknown;
      readonly ms: number;
      readonly fault?: string;
    }
  | {
      readonly kind: 'envelope.sent';
      readonly envelopeId: string;
      readonly type: string;
      readonly payloadType: string;
      readonly connection: string;
      readonly envelope: unknown;
      readonly fault?: string;
    }
  | { readonly kind: 'envelope.unsent'; readonly envelopeId: string; readonly type: string; readonly why: string }
  | {
      readonly kind: 'envelope.acked';
      readonly envelopeId: string;
      readonly connection: string;
      /** From sending to the ack, ms. */
      readonly within: number;
      /** It came after Slack had given up. */
      readonly late: boolean;
      /** A second ack, or one for an envelope that was never sent. */
      readonly problem?: string;
      readonly payload: unknown;
    }
  | { readonly kind: 'envelope.timed-out'; readonly envelopeId: string; readonly after: number }
  | { readonly kind: 'socket.opened'; readonly connection: string; readonly numConnections: number }
  | { readonly kind: 'socket.closed'; readonly connection: string; readonly code: number }
  | { readonly kind: 'socket.refused'; readonly why: string }
  | { readonly kind: 'socket.disconnect-sent'; readonly connection: string; readonly reason: string }
  | { readonly kind: 'message.posted' | 'message.updated' | 'message.deleted'; readonly by: string; readonly message: Message }
  | { readonly kind: 'message.ephemeral'; readonly message: EphemeralMessage }
  | { readonly kind: 'view.opened' | 'view.updated' | 'view.pushed' | 'view.published' | 'view.closed'; readonly view: View }
  | { readonly kind: 'response-url.used'; readonly accepted: boolean; readonly why?: string; readonly body: unknown }
  | { readonly kind: 'person.act'; readonly person: string; readonly act: string; readonly details: Readonly<Record<string, unknown>> }
  /** Text that Slack itself showed a person: a failure, a warning. */
  | { readonly kind: 'person.saw'; readonly person: string; readonly text: string };

export type TranscriptEntry = TranscriptEvent & {
  readonly seq: number;
  /** ISO 8601 with milliseconds. */
  readonly at: string;
};

export interface Transcript {
  entries(): readonly TranscriptEntry[];
  /** The first entry, past or future, for which the predicate holds; rejects after `timeoutMs` (default 10,000). */
  until(predicate: (entry: TranscriptEntry) => boolean, options?: { readonly timeoutMs?: number }): Promise<TranscriptEntry>;
  /** Calls the listener with each new entry; the answer unsubscribes. */
  on(listener: (entry: TranscriptEntry) => void): () => void;
}

export interface TranscriptWriter extends Transcript {
  write(event: TranscriptEvent): TranscriptEntry;
  close(): void;
}

export function createTranscript(clock: () => number, file?: string): TranscriptWriter {
  const entries: TranscriptEntry[] = [];
  const listeners = new Set<(entry: TranscriptEntry) => void>();
  if (file !== undefined) mkdirSync(dirname(file), { recursive: true });
  let handle = file === undefined ? undefined : openSync(file, 'a');

  return {
    entries: () => entries,
    on(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    until(predicate, { timeoutMs = 10_000 } = {}) {
      const past = entries.find(predicate);
      if (past !== undefined) return Promise.resolve(past);
      return new Promise((resolve, reject) => {
        const stopWaiting = (): void => {
          clearTimeout(timer);
          listeners.delete(look);
        };
        const look = (entry: TranscriptEntry): void => {
          if (!predicate(entry)) return;
          stopWaiting();
          resolve(entry);
        };
        const timer = setTimeout(() => {
          stopWaiting();
          const last = entries.slice(-5).map((entry) => entry.kind);
          reject(new Error(`nothing of the kind in the transcript within ${timeoutMs} ms; last entries: ${last.join(', ')}`));
        }, timeoutMs);
        listeners.add(look);
      });
    },
    write(event) {
      const entry = { seq: entries.length + 1, at: new Date(clock()).toISOString(), ...event };
      entries.push(entry);
      // Written at once, not buffered: a run that is killed must leave what it saw.
      if (handle !== undefined) writeSync(handle, `${JSON.stringify(entry)}\n`);
      listeners.forEach((listener) => listener(entry));
      return entry;
    },
    close() {
      if (handle !== undefined) closeSync(handle);
      handle = undefined;
    },
  };
}
