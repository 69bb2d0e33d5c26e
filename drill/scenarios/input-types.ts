// A scenario as it is written: only what schema.json lets through, nothing
// filled in yet.
import type {
  AccountSort,
  AddedMethod,
  CutLine,
  Expectation,
  Fact,
  From,
  MethodLine,
  NamedMethod,
  Occurrence,
  OutageLine,
  Phase,
  PlanKind,
  PlanState,
  PromptAnswer,
  RuleLine,
  StopsAt,
  TenantFaultLine,
  TwoApprovers,
  WhatReported,
  WhenReported,
  WhichCode,
  WorkspaceFaultLine,
} from './types.ts';

export interface WrittenPerson {
  readonly name?: string;
  readonly upn?: string;
  readonly account?: AccountSort;
  readonly roles?: readonly string[];
  readonly eligibleRoles?: readonly string[];
  readonly enabled?: boolean;
  readonly methods?: readonly MethodLine[];
  readonly devices?: readonly { readonly name: string }[];
  readonly inboxRules?: readonly RuleLine[];
  readonly mailbox?: 'cloud' | 'none' | 'on-premises';
  readonly slack?: 'member' | 'guest' | 'none';
  readonly slackAccounts?: number;
  readonly inPeopleTable?: boolean;
  readonly inResponderChannel?: boolean;
}

/** `of`: whom the fact is about, when it is not whom the action is about. */
export type WrittenAfter =
  | Fact
  | { readonly fact: Fact; readonly of: string }
  | { readonly operation: string; readonly phase?: Phase; readonly occurrence?: number; readonly of?: string }
  | { readonly prompt: PlanKind; readonly state?: PlanState; readonly revision?: number; readonly of?: string }
  | { readonly card: string; readonly of?: string };

export interface WrittenCue {
  readonly at?: string;
  readonly after?: WrittenAfter;
  readonly wait?: string;
}

export interface WrittenAttackerAction extends WrittenCue {
  readonly do:
    | 'signIn'
    | 'addMethod'
    | 'removeMethod'
    | 'addInboxRule'
    | 'registerDevice'
    | 'consent'
    | 'refresh'
    | 'readMail'
    | 'joinGroup';
  readonly person: string;
  readonly every?: string;
  readonly times?: number;
  readonly from?: Partial<From>;
  readonly stopsAt?: StopsAt;
  readonly method?: AddedMethod | NamedMethod;
  readonly rule?: RuleLine;
  readonly device?: { readonly name: string };
  readonly consent?: { readonly app: string; readonly scopes?: readonly string[] };
}

export interface WrittenStaffAction extends WrittenCue {
  readonly do:
    | 'report'
    | 'work'
    | 'removeMethod'
    | 'approve'
    | 'decline'
    | 'change'
    | 'confirmContainment'
    | 'acknowledge'
    | 'takeCall'
    | 'hold'
    | 'resume'
    | 'askRelease'
    | 'askUndo'
    | 'joinGroup'
    | 'leaveGroup'
    | 'blockManually'
    | 'enableManually'
    | 'revokeSessionsManually'
    | 'removeMethodManually';
  readonly person: string;
  readonly about?: string;
  readonly what?: WhatReported;
  readonly when?: WhenReported;
  readonly words?: { readonly contacted?: string; readonly else?: string; readonly reach?: string };
  readonly repeat?: { readonly times: number; readonly withinMs?: number };
  readonly group?: PlanKind;
  readonly account?: number;
  readonly as?: 'staff' | 'attacker';
  readonly letIn?: boolean;
  readonly times?: number;
  readonly formOpenFor?: string;
  readonly oldPrompt?: boolean;
  readonly code?: WhichCode;
  readonly reason?: string;
  readonly tick?: readonly string[];
  readonly untick?: readonly string[];
  readonly member?: string;
  readonly from?: Partial<From>;
  readonly with?: 'password' | 'key';
  readonly method?: NamedMethod;
}

interface WrittenApp {
  readonly without?: readonly string[];
  readonly roles?: readonly string[];
}

type Late<Fault> = Omit<Fault, 'occurrence'> & { readonly occurrence?: Occurrence };
type WrittenOutage = Omit<OutageLine, 'cue'> & WrittenCue & { readonly about?: string };
export type WrittenFault = Late<TenantFaultLine> | Late<WorkspaceFaultLine> | CutLine | WrittenOutage;

export interface WrittenScenario {
  readonly name: string;
  readonly story: string;
  readonly seed?: number;
  readonly timeScale?: number;
  readonly deadline?: string;
  readonly latency?: 'default' | 'none';
  readonly lag?: 'default' | 'none';
  readonly company?: {
    readonly name?: string;
    readonly licences?: { readonly p1?: boolean; readonly p2?: boolean };
    readonly domains?: readonly { readonly name: string; readonly authentication?: 'Managed' | 'Federated' }[];
    readonly approvers?: readonly string[];
    readonly breakGlass?: readonly string[];
    readonly apps?: { readonly reader?: WrittenApp; readonly actor?: WrittenApp };
    readonly policy?: { readonly twoApprovers?: readonly TwoApprovers[] };
    readonly slackClockAheadMs?: number;
  };
  readonly people: Readonly<Record<string, WrittenPerson>>;
  readonly attacker?: {
    readonly knowsPasswordOf?: readonly string[];
    readonly from?: Partial<From>;
    readonly actions?: readonly WrittenAttackerAction[];
  };
  readonly staff?: {
    readonly prompts?: Readonly<Record<string, readonly PromptAnswer[]>>;
    readonly actions?: readonly WrittenStaffAction[];
  };
  readonly faults?: readonly WrittenFault[];
  readonly expect?: Expectation;
}
