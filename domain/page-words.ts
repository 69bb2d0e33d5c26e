// The sentences of pages: what happened, where to go, what to do and by when. A page travels over other companies'
// networks, so it holds no names, addresses or ids of people. A case stores the reason as a code.
import type { AccountKind, ProtectedBecause } from './account.ts';
import type { Refusal } from './approval.ts';
import type { CaseState } from './case/state.ts';
import { type HoldReason, holdReasonText, whyNotMade } from './hold.ts';
import { MANUAL_TASK, PLAN_KIND_NAME } from './labels.ts';
import type { PlanKind } from './plan.ts';
import type { WhatHappened } from './report.ts';

/** Why a person is paged about a case. */
export type PageReason =
  /** The policy blocks the account now. */
  | {
      readonly kind: 'block-under-way';
      readonly said: WhatHappened;
      readonly logs: CaseState['logs'];
      /** A plan for eradication can be approved in Slack. */
      readonly approvable: boolean;
      readonly withinMs: number;
    }
  /** An automatic block was not confirmed in time. */
  | { readonly kind: 'confirm-containment' }
  /** The account is not blocked, and a plan to block it waits for a decision. */
  | { readonly kind: 'decide-block' }
  /** The same, but the plan cannot be approved in Slack. */
  | { readonly kind: 'block-by-hand' }
  | { readonly kind: 'plan-waits'; readonly group: PlanKind; readonly withinMs: number }
  /** Nothing is changed automatically, because of the kind of account. */
  | { readonly kind: 'nothing-blocked'; readonly account: AccountKind; readonly protectedBecause: ProtectedBecause | null }
  | { readonly kind: 'on-hold'; readonly reasons: readonly HoldReason[]; readonly endsWith: 'recheck' | 'person' }
  | { readonly kind: 'still-on-hold' }
  | { readonly kind: 'reported-again' }
  | { readonly kind: 'reported-during-release' }
  | { readonly kind: 'reported-after-release' }
  | { readonly kind: 'blocked-by-hand-after-release' }
  | { readonly kind: 'release-not-made'; readonly because: Refusal }
  /** No responder has said that they will call the subject. */
  | { readonly kind: 'call-the-person' }
  | { readonly kind: 'approver-locked-out'; readonly forMs: number };

/** Where the paged people find the case. */
export interface Where {
  readonly number: number;
  /** `#responders`, or a description when its name is not known. */
  readonly channel: string;
}

export function pageWords(reason: PageReason, { number, channel }: Where): string {
  const open = `Open ${channel}`;
  const about = `Case ${number}: `;
  const urgent = `URGENT, case ${number}: `;
  switch (reason.kind) {
    case 'block-under-way':
      return `${about}${happened(reason.said, reason.logs)}; the account is being blocked. ${
        reason.approvable
          ? `${open} and decide the eradication plan within ${duration(reason.withinMs)}.`
          : `${open} and confirm containment within ${duration(reason.withinMs)}; eradication is done by hand for this kind of account.`
      }`;
    case 'confirm-containment':
      return `${about}an account was blocked automatically, and no person has confirmed it. ${open} now and press "Confirm containment…" on the card of the case, or approve the eradication plan.`;
    case 'decide-block':
      return `${urgent}an account that an attacker may be using is NOT blocked. ${open} now and approve or decline the plan to block it.`;
    case 'block-by-hand':
      return `${urgent}an account that an attacker may be using is NOT blocked, and the plan to block it cannot be approved in Slack. Call its holder now. If the sign-in was not theirs: ${MANUAL_TASK['block-sign-in']} Then: ${MANUAL_TASK['revoke-sessions']} The card in ${channel} names the account.`;
    case 'plan-waits':
      return `${about}the ${PLAN_KIND_NAME[reason.group]} plan waits for an answer. ${open} and approve or decline it within ${duration(reason.withinMs)}.`;
    case 'nothing-blocked':
      return `${urgent}an attacker may be inside ${accountWords(reason)}. NOTHING was blocked. Call its holder now. Then ${lower(open)}: the card of the case says what to do by hand.`;
    case 'on-hold':
      return `${about}on hold. ${reason.reasons.map(holdReasonText).join(' ')} ${open} now and do what the card of the case says. ${
        reason.endsWith === 'person'
          ? 'The case resumes when an approver presses "Resume case…".'
          : 'The case resumes when a recheck finds the account blocked.'
      }`;
    case 'still-on-hold':
      return `${about}still on hold, so no plan is carried out. ${open} now, do what the card of the case says, then press "Resume case…".`;
    case 'reported-again':
      return `${about}another report came in about this account, and nothing more is done automatically. ${open} now, read the new report on the card and decide.`;
    case 'reported-during-release':
      return `${about}another report came in about this account while its release is waiting or under way. ${open} now: put the case on hold or decline the release, unless the account should be enabled all the same.`;
    case 'reported-after-release':
      return `${about}another report came in about an account that was released as a false alarm and is enabled. ${open} and decide now whether it is blocked again.`;
    case 'blocked-by-hand-after-release':
      return `${about}an account that was released was then blocked by hand. Its sessions are being revoked as well. ${open} within the hour and decide whether it stays blocked.`;
    case 'release-not-made':
      return `${about}the release cannot be offered again: ${whyNotMade(reason.because)}. ${open} and decide the plan that is shown there instead.`;
    case 'call-the-person':
      return `${about}the person whose account it is waits for a call, and no responder has said that they will call. ${open}, call them now on the number of the personnel record, and press "I will call" on the card of the case.`;
    case 'approver-locked-out':
      return `${about}an approver typed three wrong plan codes and cannot approve for ${duration(reason.forMs)}. ${open} now and take over as approver.`;
  }
}

/** What people reported, and what the logs added if they were read. */
function happened(said: WhatHappened, logs: CaseState['logs']): string {
  if (logs === 'show-success') return `${SAID[said]}, and the logs show a sign-in that may be the attacker's`;
  if (logs === 'unreadable') return `${SAID[said]}, and the logs that would show whether the attacker got in cannot be read`;
  return SAID[said];
}

const SAID: Readonly<Record<WhatHappened, string>> = {
  approved: "an employee approved an attacker's sign-in",
  'typed-password': "an employee typed their password on a page that may be an attacker's",
  'gave-code': 'an employee gave a sign-in code to someone',
  'not-sure': 'an employee reports a sign-in they did not start',
  'denied-or-ignored': 'an employee denied or ignored a sign-in prompt that an attacker may have sent',
};

function accountWords({
  account,
  protectedBecause,
}: {
  readonly account: AccountKind;
  readonly protectedBecause: ProtectedBecause | null;
}): string {
  switch (protectedBecause) {
    case 'break-glass':
      return 'a break-glass account';
    case 'sync':
      return 'the account that synchronises the directory';
    case 'last-administrators':
      return 'the account of one of the last two administrators';
    case 'last-approvers':
      return 'the account of one of the last two approvers';
    case null:
      return account === 'privileged' || account === 'restricted' ? "an administrator's account" : 'an account';
  }
}

const lower = (sentence: string): string => `${sentence.charAt(0).toLowerCase()}${sentence.slice(1)}`;

/** Whole minutes; seconds when a drill makes minutes short. */
function duration(ms: number): string {
  const seconds = Math.max(1, Math.round(ms / 1000));
  if (seconds < 60) return seconds === 1 ? '1 second' : `${seconds} seconds`;
  const minutes = Math.round(seconds / 60);
  return minutes === 1 ? '1 minute' : `${minutes} minutes`;
}
