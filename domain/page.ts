// Why a person is paged. The record and the history keep codes; what the pager
// shows is said here, once.
import type { Refusal } from './approval.ts';
import { type Held, type HoldReason, notDrawn, sayReason } from './hold.ts';
import type { PlanGroup } from './plan.ts';
import type { ManualDecisionReason } from './policy.ts';
import { GROUP_NAME, MANUAL_DECISION } from './words.ts';

const SENTENCE = {
  'contained-by-policy': 'An account is being closed by policy. Look at the plan, and ratify the closing.',
  'confirm-containment':
    'An account was closed by policy, and nobody has said that it stays so. Press "Keep it closed" on its card, or approve the clean-up.',
  'decide-containment': 'An account is open, and a plan waits for a decision: approve or decline it.',
  'block-by-hand':
    'An account is open, and its plan cannot be approved here. Call the person; if it was somebody else, block sign-in and revoke sessions by hand.',
  'still-on-hold': 'The case is still on hold. Say go on, or decide what else is to happen.',
  'blocked-after-release': 'An account that had been released was shut by hand. Its sessions are ended as well; say what it is to be.',
  'report-after-release': 'Another report came in about an account that was released as a false alarm. Decide whether it is closed again.',
  'report-under-release':
    'Another report came in about this account. A release of it is asked, or under way: hold the case, or decline the release, if it is to stay as it is.',
  'approver-locked-out': 'An approver typed three wrong plan codes and cannot approve for a while: a deputy is needed.',
} as const;

export type PageReason =
  | { readonly kind: keyof typeof SENTENCE }
  | { readonly kind: 'held'; readonly reasons: readonly HoldReason[]; readonly endsWith: Held['endsWith'] }
  | { readonly kind: 'another-report'; readonly because: ManualDecisionReason }
  | { readonly kind: 'plan-unanswered'; readonly group: PlanGroup }
  | { readonly kind: 'release-not-made'; readonly because: Refusal };

export function sayPage(reason: PageReason): string {
  switch (reason.kind) {
    case 'held': {
      const until = reason.endsWith === 'person' ? ['The case goes on when somebody says go on.'] : [];
      return [...reason.reasons.map(sayReason), ...until].join(' ');
    }
    case 'another-report':
      return `Another report came in about this account. ${MANUAL_DECISION[reason.because]}`;
    case 'plan-unanswered':
      return `The plan of the ${GROUP_NAME[reason.group]} waits for an answer: approve or decline it in the channel of the responders.`;
    case 'release-not-made':
      return `The release is not asked again: ${notDrawn(reason.because)}. What is left to decide is asked instead.`;
    default:
      return SENTENCE[reason.kind];
  }
}
