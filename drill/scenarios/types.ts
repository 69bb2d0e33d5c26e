// A scenario as it is played: every default filled in, every time in
// milliseconds of scenario time. schema.json says what may be written in a file.

export type AccountSort = 'ordinary' | 'privileged' | 'protected' | 'guest' | 'synced' | 'federated' | 'restricted';
export type MethodKind = 'authenticator' | 'phone' | 'email' | 'fido2' | 'hello' | 'softwareOath' | 'tap';

export interface MethodLine {
  readonly kind: MethodKind;
  readonly name?: string;
  readonly value?: string;
  /** The second factor that is asked for first. */
  readonly default?: true;
}

/** A pass is given by an administrator: no one adds one to an account they are signed in to. */
export type AddedMethod = Omit<MethodLine, 'kind' | 'default'> & { readonly kind: Exclude<MethodKind, 'tap'> };

/** One that is there, by what a person reads of it: a part of its name, its number or its address. */
export type NamedMethod = Pick<MethodLine, 'kind' | 'name'>;

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
  /** How many Slack accounts are this person's. */
  readonly slackAccounts: number;
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

/** What a plan is about, as the header of its prompt says. */
export type PlanKind = 'containment' | 'eradication' | 'release' | 'undo';
/** The last place of that header. */
export type PlanState = 'approval needed' | 'approved' | 'under way' | 'done' | 'declined' | 'expired' | 'replaced';
export const PLAN_KINDS: readonly PlanKind[] = ['containment', 'eradication', 'release', 'undo'];
export const PLAN_STATES: readonly PlanState[] = ['approval needed', 'approved', 'under way', 'done', 'declined', 'expired', 'replaced'];

export type Fact = 'reported' | 'sign-in-blocked' | 'sessions-revoked' | 'blocked' | 'contained';

/** What sets an action off: a moment since the start, or a fact and then a wait. `of`: whom the fact is about. */
export type Trigger =
  | { readonly kind: 'at'; readonly atMs: number }
  | { readonly kind: 'after'; readonly fact: Fact; readonly of: string; readonly waitMs: number }
  | {
      readonly kind: 'call';
      readonly operation: string;
      readonly phase: Phase;
      readonly occurrence: number;
      readonly of: string;
      readonly waitMs: number;
    }
  | {
      readonly kind: 'prompt';
      readonly group: PlanKind;
      readonly state: PlanState | null;
      /** The prompt has shown so many different plan codes. */
      readonly revision: number;
      readonly of: string;
      readonly waitMs: number;
    }
  | { readonly kind: 'card'; readonly text: string; readonly of: string; readonly waitMs: number };

/** Where the attacker leaves the browser before the sign-in is over. */
export type StopsAt = 'second-factor' | 'keep-me-signed-in';

interface AttackerMove {
  readonly person: string;
  readonly cue: Trigger;
  /** Null: once (or `times` without a pause). */
  readonly everyMs: number | null;
  readonly times: number;
  readonly from: From;
}

export type AttackerAction = AttackerMove &
  (
    | { readonly do: 'signIn'; readonly stopsAt?: StopsAt }
    | { readonly do: 'refresh' }
    | { readonly do: 'readMail' }
    /** Puts the person into the approver group, and no one is known to have done it. */
    | { readonly do: 'joinGroup' }
    | { readonly do: 'addMethod'; readonly method: AddedMethod }
    | { readonly do: 'removeMethod'; readonly method: NamedMethod }
    | { readonly do: 'addInboxRule'; readonly rule: RuleLine }
    | { readonly do: 'registerDevice'; readonly device: { readonly name: string } }
    | { readonly do: 'consent'; readonly consent: { readonly app: string; readonly scopes: readonly string[] } }
  );

export type WhatReported = 'approved' | 'denied-or-ignored' | 'typed-password' | 'gave-code' | 'not-sure';
export type WhenReported = 'last-15-minutes' | 'today' | 'earlier' | 'not-sure';

export interface ReportAction {
  readonly do: 'report';
  readonly person: string;
  readonly cue: Trigger;
  readonly about: string | null;
  readonly what: WhatReported;
  readonly when: WhenReported;
  readonly words: { readonly contacted?: string; readonly else?: string; readonly reach?: string };
  readonly repeat: { readonly times: number; readonly withinMs: number };
}

interface DecidingAction {
  readonly person: string;
  readonly cue: Trigger;
  /** Whose case it is. */
  readonly about: string;
  /** Which of the person's Slack accounts, from 1. */
  readonly account: number;
  /** Who sits there. It is for the actors' journal only: on the screen both look the same. */
  readonly as: 'staff' | 'attacker';
  /** A person lets this account into the channel, right before. */
  readonly letIn: boolean;
  readonly times: number;
}

interface FormTime {
  /** From opening the form to sending it. */
  readonly formOpenForMs: number;
}

/** An action at the prompt of a plan. */
interface PlanAction extends DecidingAction, FormTime {
  readonly group: PlanKind;
  /** The form is opened before the prompt changes, and sent after. */
  readonly oldPrompt: boolean;
}

export type WhichCode = 'right' | 'wrong' | 'other-plan' | 'older';

export type ApproveAction = PlanAction & { readonly do: 'approve'; readonly code: WhichCode };
export type DeclineAction = PlanAction & { readonly do: 'decline'; readonly reason: string };
/** Fragments of what stands beside the boxes. */
export type ChangeAction = PlanAction & { readonly do: 'change'; readonly tick: readonly string[]; readonly untick: readonly string[] };
/** A button of the card that asks nothing. */
export type PressAction = DecidingAction & { readonly do: 'confirmContainment' | 'acknowledge' | 'takeCall' };
/** A button or a menu of the card that asks why. */
export type CardAction = DecidingAction & FormTime & { readonly do: 'hold' | 'resume' | 'askRelease' | 'askUndo'; readonly reason: string };

export type ScreenAction = ApproveAction | DeclineAction | ChangeAction | PressAction | CardAction;

/** What an administrator does in the portal of the directory. */
export type PortalAction =
  | { readonly do: 'joinGroup' | 'leaveGroup'; readonly person: string; readonly cue: Trigger; readonly member: string }
  | {
      readonly do: 'blockManually' | 'enableManually' | 'revokeSessionsManually';
      readonly person: string;
      readonly cue: Trigger;
      readonly about: string;
    }
  | {
      readonly do: 'removeMethodManually';
      readonly person: string;
      readonly cue: Trigger;
      readonly about: string;
      readonly method: NamedMethod;
    };

export interface WorkAction {
  readonly do: 'work';
  readonly person: string;
  readonly cue: Trigger;
  readonly from: From;
  /** A security key, or a paired computer, opens the account without the password. */
  readonly with: 'password' | 'key';
}

/** What a person does with the session they have from working. */
export interface OwnAction {
  readonly do: 'removeMethod';
  readonly person: string;
  readonly cue: Trigger;
  readonly method: NamedMethod;
}

export type StaffAction = ReportAction | WorkAction | OwnAction | ScreenAction | PortalAction;

export type PromptAnswer = 'approve' | 'deny' | 'ignore';
export type Occurrence = number | { readonly from: number; readonly to?: number };

export interface TenantFaultLine {
  readonly in: 'tenant';
  readonly operation?: string;
  readonly app?: 'reader' | 'actor';
  readonly person?: string;
  readonly occurrence: Occurrence;
  readonly kind:
    | 'status'
    | 'status-after'
    | 'timeout-before'
    | 'timeout-after'
    | 'late-effect'
    | 'stale-read'
    | 'reset'
    | 'pages'
    | 'odd-field'
    | 'clock-ahead';
  readonly status?: number;
  readonly code?: string;
  readonly message?: string;
  readonly retryAfter?: number | string;
  readonly retryAfterDate?: number;
  readonly hangMs?: number;
  readonly size?: number;
  readonly link?: 'lost' | 'expired' | 'gone' | 'repeated' | 'circular' | 'foreign' | 'unencrypted' | 'unreadable';
  readonly overlapping?: boolean;
  readonly field?: string;
  readonly value?: unknown;
  readonly where?: 'answer' | 'first-item' | 'last-item' | 'every-item';
  readonly aheadMs?: number;
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

export type CutStep = 'block-sign-in' | 'revoke-sessions' | 'reset-password' | 'remove-methods' | 'release-false-alarm';

/** kill -9 of the worker at a named place of a step. */
export interface CutLine {
  readonly in: 'process';
  readonly kind: 'kill-worker';
  readonly cut: 'before-the-call' | 'after-the-effect' | 'after-the-record';
  readonly step: CutStep;
  readonly person?: string;
}

/** kill -9 of a server, which is started again at once. */
export interface OutageLine {
  readonly in: 'process';
  readonly kind: 'kill-engine' | 'kill-database';
  readonly cue: Trigger;
}

export type FaultLine = TenantFaultLine | WorkspaceFaultLine | CutLine | OutageLine;

export type Count = number | { readonly min?: number; readonly max?: number };

export interface Expectation {
  readonly outcome?: 'contained' | 'blocked' | 'contained-here-only' | 'released' | 'held' | 'manual' | 'no-case';
  readonly account?: 'blocked' | 'open';
  readonly blockedBy?: 'product' | 'person' | 'nobody';
  readonly cases?: number;
  readonly reports?: number;
  readonly footholdsLeft?: Count;
  readonly ownersItemsTouched?: Count;
  readonly blindSpots?: readonly string[];
  /** Codes that the last entry of the ledger names. */
  readonly notChecked?: readonly string[];
  readonly failedSteps?: readonly string[];
  readonly refusedActions?: Count;
  readonly held?: boolean;
  readonly paged?: boolean;
  readonly pagedNext?: boolean;
  readonly attackerOut?: boolean;
  readonly approvals?: { readonly asked?: Count; readonly proper?: Count; readonly refused?: Count };
  readonly refusals?: readonly string[];
  readonly plans?: Readonly<Partial<Record<PlanKind, PlanState>>>;
  readonly finished?: boolean;
  readonly confirmed?: boolean;
  readonly callTaken?: boolean;
}

/** What the policy may ask two approvers for. */
export type TwoApprovers = 'eradication' | 'containment' | 'release' | 'undo';

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
    readonly policy: { readonly twoApprovers: readonly TwoApprovers[] };
    /** How far the clock of the Slack app's machine is ahead, in real milliseconds; negative: behind. */
    readonly slackClockAheadMs: number;
  };
  /** By key, the fixed extras included. */
  readonly people: Readonly<Record<string, PersonLine>>;
  readonly attacker: { readonly knowsPasswordOf: readonly string[]; readonly actions: readonly AttackerAction[] };
  readonly staff: { readonly prompts: Readonly<Record<string, readonly PromptAnswer[]>>; readonly actions: readonly StaffAction[] };
  readonly faults: readonly FaultLine[];
  readonly expect: Expectation;
}
