// What one run of a step works with.
import type { CaseId, ObjectId } from '../../domain/ids.ts';
import type { BlockLimit } from '../../ledger/entries.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import type { PendingEvent } from '../pending-events.ts';
import type { ApprovalTools } from './require-approval.ts';
import type { Fingerprint, Step, Writers } from './step.ts';

/** Who ordered this run: the policy, or people by a plan. */
export type RunOrder =
  | { readonly kind: 'policy'; readonly blockLimit: BlockLimit | null }
  | { readonly kind: 'plan'; readonly digest: string };

export interface StepRun {
  readonly caseId: CaseId;
  readonly subject: string;
  readonly attempt: number;
  readonly order: RunOrder;
  readonly notes: readonly PendingEvent[];
  /** Pause between two reads, and for how long this activity keeps reading before another one continues. */
  readonly readBackEveryMs: number;
  readonly readBackWithinMs: number;
}

export interface RunnerTools extends ApprovalTools {
  readonly ledger: Ledger;
  readonly doors: Writers;
  readonly pause: (ms: number) => Promise<void>;
}

export interface StepContext<Seen> {
  readonly tools: RunnerTools;
  readonly step: Step<Seen>;
  readonly run: StepRun;
  readonly subject: ObjectId;
  readonly fingerprint: Fingerprint;
}
