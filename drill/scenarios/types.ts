// A scenario as it is played: every default filled in, every time in
// milliseconds of scenario time. schema.json says what may be written in a file.

export type AccountSort = 'ordinary' | 'privileged' | 'protected' | 'guest' | 'synced' | 'federated' | 'restricted';
export type MethodKind = 'authenticator' | 'phone' | 'email' | 'fido2' | 'hello' | 'softwareOath';

export interface MethodLine {
  readonly kind: MethodKind;
  readonly name?: string;
  readonly value?: string;
}

export interface RuleLine {
  readonly name: string;
  readonly forwardTo?: string;
  readonly deletes?: boolean;
  readonly subjectContains?: readonly string[];
}

export interface PersonLine {
  readonly name: string;
  readonly upn: string;
  readonly account: AccountSort;
  readonly roles: readonly string[];
  readonly eligibleRoles: readonly string[];
  readonly enabled: boolean;
  readonly methods: readonly MethodLine[];
  readonly devices: readonly { readonly name: string }[];
  readonly inboxRules: readonly RuleLine[];
  readonly mailbox: 'cloud' | 'none' | 'on-premises';
  readonly slack: 'member' | 'guest' | 'none';
  readonly inPeopleTable: boolean;
  readonly inResponderChannel: boolean;
}

export interface From {
  readonly ip: string;
  readonly city: string;
  readonly country: string;
  readonly asn: number;
  readonly app: string;
  readonly cae: boolean;
}

export type Phase = 'arrived' | 'effect' | 'answered';

/** What sets an act off: a moment since the start, or a fact and then a wait. */
export type Cue =
  | { readonly kind: 'at'; readonly atMs: number }
  | { readonly kind: 'after'; readonly fact: 'reported' | 'blocked' | 'revoked' | 'closed'; readonly waitMs: number }
  | { readonly kind: 'call'; readonly operation: string; readonly phase: Phase; readonly occurrence: number; readonly waitMs: number };

interface IntruderMove {
  readonly person: string;
  readonly cue: Cue;
  /** Null: once (or `times` without a pause). */
  readonly everyMs: number | null;
  readonly times: number;
  readonly from: From;
}

export type IntruderAct = IntruderMove &
  (
    | { readonly do: 'signIn' | 'refresh' | 'readMail' }
    | { readonly do: 'addMethod'; readonly method: MethodLine }
    | { readonly do: 'addInboxRule'; readonly rule: RuleLine }
    | { readonly do: 'registerDevice'; readonly device: { readonly name: string } }
    | { readonly do: 'consent'; readonly consent: { readonly app: string; readonly scopes: readonly string[] } }
  );

export type WhatReported = 'approved' | 'denied-or-ignored' | 'typed-password' | 'gave-code' | 'not-sure';
export type WhenReported = 'last-15-minutes' | 'today' | 'earlier' | 'not-sure';

export interface ReportAct {
  readonly do: 'report';
  readonly person: string;
  readonly cue: Cue;
  readonly about: string | null;
  readonly what: WhatReported;
  readonly when: WhenReported;
  readonly words: { readonly contacted?: string; readonly else?: string; readonly reach?: string };
  readonly repeat: { readonly times: number; readonly withinMs: number };
}

export type StaffAct = ReportAct | { readonly do: 'work'; readonly person: string; readonly cue: Cue };

export type PromptAnswer = 'approve' | 'deny' | 'ignore';
export type Occurrence = number | { readonly from: number; readonly to?: number };

export interface TenantFaultLine {
  readonly in: 'tenant';
  readonly operation?: string;
  readonly app?: 'reader' | 'actor';
  readonly person?: string;
  readonly occurrence: Occurrence;
  readonly kind: 'status' | 'status-after' | 'timeout-before' | 'timeout-after' | 'late-effect' | 'stale-read' | 'reset';
  readonly status?: number;
  readonly code?: string;
  readonly message?: string;
  readonly retryAfter?: number;
  readonly hangMs?: number;
}

export interface WorkspaceFaultLine {
  readonly in: 'workspace';
  readonly method?: string;
  readonly payloadType?: string;
  readonly occurrence: Occurrence;
  readonly kind:
    | 'status'
    | 'status-after'
    | 'hang'
    | 'hang-after'
    | 'reset-after'
    | 'slow'
    | 'error'
    | 'drop-before'
    | 'drop-after'
    | 'disconnect-before'
    | 'disconnect-after'
    | 'deliver-twice'
    | 'fragment';
  readonly status?: number;
  readonly retryAfter?: number;
  readonly error?: string;
  readonly ms?: number;
  readonly reason?: 'warning' | 'refresh_requested' | 'link_disabled' | 'too_many_websockets';
}

export interface ProcessFaultLine {
  readonly in: 'process';
  readonly kind: 'kill-worker';
  readonly cut: 'before-the-call' | 'after-the-effect' | 'after-the-record';
  readonly step: 'block-sign-in' | 'revoke-sessions';
  readonly person?: string;
}

export type FaultLine = TenantFaultLine | WorkspaceFaultLine | ProcessFaultLine;

export type Count = number | { readonly min?: number; readonly max?: number };

export interface Expectation {
  readonly outcome?: 'contained' | 'closed' | 'contained-here-only' | 'held' | 'by-hand' | 'no-case';
  readonly account?: 'closed' | 'open';
  readonly closedBy?: 'product' | 'person' | 'nobody';
  readonly cases?: number;
  readonly reports?: number;
  readonly footholdsLeft?: Count;
  readonly ownersThingsTouched?: Count;
  readonly blindSpots?: readonly string[];
  readonly failedSteps?: readonly string[];
  readonly refusedActs?: Count;
  readonly held?: boolean;
  readonly paged?: boolean;
  readonly intruderOut?: boolean;
}

export interface AppLine {
  readonly without: readonly string[];
  readonly roles: readonly string[];
}

export interface Scenario {
  readonly name: string;
  readonly story: string;
  readonly seed: number;
  readonly timeScale: number;
  readonly deadlineMs: number;
  readonly latency: 'default' | 'none';
  readonly lag: 'default' | 'none';
  readonly company: {
    readonly name: string;
    readonly licences: { readonly p1: boolean; readonly p2: boolean };
    readonly domains: readonly { readonly name: string; readonly authentication: 'Managed' | 'Federated' }[];
    readonly approvers: readonly string[];
    readonly breakGlass: readonly string[];
    readonly apps: { readonly reader: AppLine; readonly actor: AppLine };
  };
  /** By key, the fixed extras included. */
  readonly people: Readonly<Record<string, PersonLine>>;
  readonly intruder: { readonly knowsPasswordOf: readonly string[]; readonly acts: readonly IntruderAct[] };
  readonly staff: { readonly prompts: Readonly<Record<string, readonly PromptAnswer[]>>; readonly acts: readonly StaffAct[] };
  readonly faults: readonly FaultLine[];
  readonly expect: Expectation;
}
