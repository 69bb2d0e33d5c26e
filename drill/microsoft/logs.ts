/**
 * The sign-in log and the audit log. A row is written when something happens and
 * can be read minutes later; nothing is ever taken back.
 */

import type { PersonSeed } from './company.ts';
import { auditItem, signInBeta, signInV1 } from './log-shapes.ts';
import type { Item } from './odata/list.ts';
import type { SeededRandom } from './seeded-random.ts';
import type { From, SignInError } from './sessions.ts';

const MINUTE = 60_000;
/** From an event until its row can be read. */
const DELAY = [2 * MINUTE, 15 * MINUTE] as const;

/** One step of a sign-in, as `authenticationDetails` names it. */
export interface ProofStep {
  readonly at: number;
  readonly method: string;
  readonly detail: string;
  readonly succeeded: boolean;
  readonly result: string;
  readonly requirement: 'Primary authentication' | 'Multifactor authentication';
}

export interface SignInEvent {
  readonly at: number;
  readonly person: PersonSeed;
  readonly from: From;
  readonly interactive: boolean;
  /** 0 for a success. */
  readonly code: SignInError | 0;
  readonly additionalDetails: string;
  readonly steps: readonly ProofStep[];
  /** One attempt of a person, however many rows it makes. */
  readonly correlationId: string;
  readonly sessionId: string | null;
  /** Unique token identifier. */
  readonly uti: string;
  readonly numberMatch?: 'numberMatchCorrectNumberEntered' | 'numberMatchDeny';
}

export interface AuditEvent {
  readonly at: number;
  readonly activity: string;
  readonly category: string;
  readonly service: string;
  readonly operationType: string;
  readonly by:
    | { readonly kind: 'app'; readonly appId: string; readonly displayName: string; readonly servicePrincipalId: string }
    /** `ip` is null where the service that did it does not log addresses. */
    | { readonly kind: 'user'; readonly person: PersonSeed; readonly ip: string | null }
    /** The log names no one: that happens in the real log too. */
    | { readonly kind: 'nobody' };
  readonly targets: readonly AuditTarget[];
  readonly correlationId: string;
  readonly resultReason?: string;
}

export interface AuditTarget {
  readonly id: string;
  readonly type: string;
  readonly displayName: string | null;
  readonly userPrincipalName?: string | null;
  readonly modified?: readonly { readonly name: string; readonly from: unknown; readonly to: unknown }[];
}

export type Logged<Event> = Event & { readonly id: string };

export interface Logs {
  signIn(event: SignInEvent): void;
  audit(event: AuditEvent): void;
  /** What can be read by then, newest first, as that version shows it; v1.0 shows interactive ones only. */
  signIns(version: string, at: number): readonly Item[];
  audits(at: number): readonly Item[];
}

/** @param lag `none`: rows can be read at once */
export function createLogs(chance: SeededRandom, scale: number, lag: 'default' | 'none'): Logs {
  const ids = chance('log ids');
  const delays = chance('log delays');
  const delay = (): number => (lag === 'none' ? 0 : delays.between(...DELAY) / scale);
  const signIns: Kept<SignInEvent>[] = [];
  const audits: Kept<AuditEvent>[] = [];
  return {
    signIn: (event) => void signIns.push({ row: { ...event, id: ids.guid() }, readableAt: event.at + delay() }),
    audit: (event) => void audits.push({ row: { ...event, id: `Directory_${ids.guid()}` }, readableAt: event.at + delay() }),
    signIns: (version, at) =>
      version === 'beta'
        ? readable(signIns, at).map(signInBeta)
        : readable(signIns, at)
            .filter((row) => row.interactive)
            .map(signInV1),
    audits: (at) => readable(audits, at).map(auditItem),
  };
}

interface Kept<Event> {
  readonly row: Logged<Event>;
  readonly readableAt: number;
}

const readable = <Event extends { readonly at: number }>(kept: readonly Kept<Event>[], at: number): Logged<Event>[] =>
  kept
    .filter(({ readableAt }) => readableAt <= at)
    .map(({ row }) => row)
    .sort((a, b) => b.at - a.at);
