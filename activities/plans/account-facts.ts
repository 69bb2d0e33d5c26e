// What was learned of the account when the case was opened, read back from the
// ledger: plans, and the authority to run them, depend on it.
import type { AccountKind, OutsideReach } from '../../domain/account.ts';
import type { Stricter } from '../../domain/approval-requirements.ts';
import type { ObjectId } from '../../domain/ids.ts';
import type { Durations } from '../../domain/policy.ts';
import type { StoredEntry } from '../../ledger/entry.ts';

export interface AccountFactsFound {
  readonly subject: ObjectId;
  readonly account: AccountKind;
  readonly outsideReach: readonly OutsideReach[];
  readonly stricter: Stricter;
  readonly durations: Durations;
  /** Database clock, ms. */
  readonly openedAt: number;
  /** When the first person said so, ms: a report may have waited for us, and the attacker did not. */
  readonly reportedAt: number;
}

export function accountFacts(entries: readonly StoredEntry[], subject: ObjectId): AccountFactsFound {
  const opened = entries.find(({ content }) => content.kind === 'case.opened');
  const learned = entries.find(({ content }) => content.kind === 'account.learned');
  const policy = opened?.content.body['policy'] as { readonly stricter: Stricter; readonly durations: Durations } | undefined;
  if (opened === undefined || learned === undefined || policy === undefined) throw new TypeError('expected an opened case, got none');
  return {
    subject,
    account: learned.content.body['account'] as AccountKind,
    outsideReach: learned.content.body['outsideReach'] as readonly OutsideReach[],
    stricter: policy.stricter,
    durations: policy.durations,
    openedAt: opened.storedAt,
    reportedAt: Math.min(opened.storedAt, ...reportTimes(entries)),
  };
}

const reportTimes = (entries: readonly StoredEntry[]): number[] =>
  entries
    .filter(({ content }) => content.kind === 'report.received')
    .map(({ content }) => Date.parse(String(content.body['receivedAt'])))
    .filter((at) => !Number.isNaN(at));
