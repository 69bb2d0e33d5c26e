// All that the score may look at: journals of the practice company, the truth of
// its tenant, the bundles, and what the runner collected. Nothing of the product
// is imported; its record is read as a stranger would read it, from the bytes.

import type { Scenario } from '../scenarios/types.ts';
import type { Message, View } from '../slack/types.ts';

/** One request at the practice tenant, as far as the score needs it. */
export interface TenantCall {
  readonly at: string;
  readonly answeredAt?: string;
  /** When its change was carried out. */
  readonly effectAt?: string;
  readonly actor: { readonly kind: 'app' | 'user' | 'nobody'; readonly appId?: string | undefined };
  readonly operation: string;
  readonly path: string;
  readonly status?: number | undefined;
  readonly requestId?: string | undefined;
  readonly unknown?: boolean | undefined;
  readonly effects: readonly { readonly what: string; readonly target: string }[];
}

/** One entry of the workspace's transcript. Every entry is here: a kind that the score does not know fails the run. */
export interface SlackMoment {
  readonly at: string;
  readonly kind: string;
  /** Posted, changed, deleted, or shown to one person only. */
  readonly message?: Message;
  /** A form, or the answer to one, as a person sees it. */
  readonly view?: Pick<View, 'title' | 'submit' | 'close' | 'blocks'>;
  /** What a person did: `join` and `leave` name a channel in `details`. */
  readonly person?: string;
  readonly act?: string;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly envelopeId?: string;
  readonly payloadType?: string;
  readonly within?: number;
  readonly late?: boolean;
  readonly payload?: unknown;
  /** What was carried to the app. */
  readonly envelope?: unknown;
  readonly method?: string;
  readonly unknown?: true;
  /** How a call was answered, and the fault that was played on it. */
  readonly ok?: boolean;
  readonly error?: string;
  readonly fault?: string;
}

/** What the practice pager took. */
export interface PagerCall {
  readonly at: string;
  readonly dedupKey: string;
  /** What the woken person read. */
  readonly summary: string;
  /** Whose phone it was: 1 is the first in line. */
  readonly line: number;
}

/** What really happened to one account, with milliseconds. */
export interface PersonTruth {
  readonly key: string;
  readonly id: string;
  /** Only the block can be done here: the sessions are the home tenant's. */
  readonly guest: boolean;
  readonly enabledAtStart: boolean;
  readonly enabled: readonly { readonly at: string; readonly to: boolean; readonly by: 'product' | 'person' }[];
  readonly sessionsCut: readonly string[];
  /** When the password was set anew. */
  readonly passwordSet: readonly string[];
  readonly methods: readonly MethodTruth[];
  /** Every Slack account of this person. */
  readonly slackAccounts: readonly string[];
  readonly attacker: {
    /** Did they ever hold a session? */
    readonly everIn: boolean;
    readonly usableNow: boolean;
    readonly lastAccess: string | null;
    readonly refusedSince: string | null;
  };
}

/** One sign-in method, from when to when it stood on the account. */
export interface MethodTruth {
  readonly id: string;
  /** As it is shown to people; null where the truth does not keep it. */
  readonly name: string | null;
  /** Null: it was there from the start. */
  readonly from: string | null;
  /** Null: it is there still. */
  readonly until: string | null;
}

/** Who was in the approver group, by object id. */
export interface ApproverTruth {
  readonly fromStart: readonly string[];
  readonly changes: readonly { readonly at: string; readonly person: string; readonly joins: boolean }[];
}

export interface ThingTruth {
  readonly id: string;
  readonly kind: string;
  readonly person: string;
  /** As it is shown to people; null where the truth does not keep it. */
  readonly name: string | null;
  readonly present: boolean;
  /** Application id of the app that changed or removed it; null when it is as it was, or a person did it. */
  readonly changedByApp: string | null;
}

export interface Truth {
  readonly people: readonly PersonTruth[];
  readonly footholds: readonly ThingTruth[];
  readonly ownersThings: readonly ThingTruth[];
  readonly approvers: ApproverTruth;
  /** Channels of the workspace, each with the Slack accounts that read it from the start; `join` and `leave` come later. */
  readonly channels: readonly { readonly id: string; readonly members: readonly string[] }[];
}

/** A bundle as it lies on disk, and what `unapprove verify` said of it. */
export interface BundleFound {
  readonly path: string;
  /** The text of entries.jsonl. */
  readonly entries: string;
  readonly verified: boolean;
  readonly said: string;
}

/** One run of a workflow, as Temporal's own command line prints it. */
export interface RunHistory {
  readonly workflowId: string;
  readonly runId: string;
  readonly type: string;
  readonly bytes: number;
  readonly events: readonly HistoryEvent[];
}

export interface HistoryEvent {
  readonly eventType: string;
  readonly [attributes: string]: unknown;
}

export type Material = 'database dump' | 'shown texts' | 'engine history' | 'logs' | 'Slack transcript' | 'bundle';

/** Something in which no secret may stand. */
export interface Collected {
  readonly material: Material;
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** A value that must not be found. `notIn` names where it may stand all the same. */
export interface Needle {
  readonly name: string;
  readonly value: string;
  readonly mayStandIn?: readonly Material[];
}

export interface DrillEvidence {
  readonly scenario: Scenario;
  readonly apps: { readonly reader: string; readonly actor: string };
  readonly calls: readonly TenantCall[];
  readonly slack: readonly SlackMoment[];
  readonly pages: readonly PagerCall[];
  /** Why the pager refused events, in its words. */
  readonly pagerRefusals: readonly string[];
  readonly truth: Truth;
  readonly bundles: readonly BundleFound[];
  /** Entries of the tenant's own chain, one JSON object each, as in a bundle. */
  readonly tenantEntries: string;
  readonly histories: readonly RunHistory[];
  readonly collected: readonly Collected[];
  readonly needles: readonly Needle[];
  /** Planted on purpose, once in each kind of material: a search that misses it has seen nothing. */
  readonly control: string;
  /** What went wrong on the way, in words: a missed deadline, a child that died. */
  readonly troubles: readonly string[];
}
