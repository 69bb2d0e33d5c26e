// Every sentence about plans and decisions. Exact, because the reader is about to change an account.
import type { DecisionAction, Refusal } from '../domain/approval.ts';
import type { AttributionReason } from '../domain/attribution.ts';
import type { PlanBecause, ReplacedBecause } from '../domain/case/events.ts';
import type { CaseView, RefusalView } from '../domain/case/view.ts';
import { failure, PLAN_KIND_NAME, STEP_NAME } from '../domain/labels.ts';
import type { MethodKind } from '../domain/method.ts';
import type { ManualTask, PlanKind, PlannedStep } from '../domain/plan.ts';
import type { PlanStepView, PlanView } from '../domain/plan-view.ts';

export const PLAN_STATE: Readonly<Record<PlanView['state'], string>> = {
  asked: 'approval needed',
  approved: 'approved',
  begun: 'under way',
  done: 'done',
  declined: 'declined',
  expired: 'expired',
  replaced: 'replaced',
};

/** On the card, beside a plan that needs a step-up. */
export const PLAN_NOT_HERE = ', and not possible in Slack';

export const itemCount = (count: number): string => `${count} ${count === 1 ? 'item' : 'items'}`;

/** @param confirms the automatic block waits for a person's confirmation as well */
export function question(group: PlanKind, count: number, confirms: boolean): string {
  switch (group) {
    case 'containment':
      return 'Block this account?';
    case 'eradication': {
      const what = count === 1 ? 'this item' : `these ${itemCount(count)}`;
      return confirms ? `Confirm containment and carry out eradication of ${what}?` : `Carry out eradication of ${what}?`;
    }
    case 'release':
      return 'Release this account as a false alarm?';
    case 'undo':
      return 'Undo the release and block this account again?';
  }
}

export const BECAUSE: Readonly<Record<PlanBecause, string>> = {
  'evidence-collected': 'Made from a fresh read of the account.',
  'account-blocked': 'Made when the account was blocked.',
  'logs-inconclusive': 'The logs do not show whether an attacker got in: a person must decide.',
  'new-item': 'Made because a new item was found that was in no plan.',
  'item-changed': 'Made because an item had changed since the last plan and was skipped.',
  'plan-expired': 'Made again because the last one was not decided in time.',
  'approval-lost': 'Made again because an approver of the last one may not approve any more.',
  'ticks-changed': 'A new revision: a responder changed what is ticked.',
  requested: 'A responder asked for it.',
  'report-after-release': 'Another report came in after this account was released as a false alarm.',
  'logs-show-success': "The logs show a sign-in that may be the attacker's. A person must decide whether the account is blocked.",
  'automatic-block-limit': 'The automatic block limit was reached: a person decides about this account.',
};

export const ATTRIBUTION_REASON: Readonly<Record<AttributionReason, string>> = {
  'added-from-attacker-address': 'added from an address of the attacker',
  'added-in-window': 'added while the attacker was inside',
  'may-be-added-in-window': 'may be the one that the attacker added',
  'older-than-window': 'there before, but it can be phished',
  'age-unknown': 'it is not known when it was added',
  'access-pass': 'a pass that was there before the report',
};

export const METHOD_KIND: Readonly<Record<MethodKind, string>> = {
  authenticator: 'Authenticator app',
  phone: 'Phone',
  email: 'E-mail address',
  'software-oath': 'Code app',
  'hardware-oath': 'Code token',
  fido2: 'Security key',
  hello: 'Windows Hello',
  'platform-credential': 'Platform credential',
  certificate: 'Certificate',
  'temporary-access-pass': 'Temporary Access Pass',
  'qr-code': 'QR code',
  external: 'External method',
  password: 'Password',
  unknown: 'Unknown kind of method',
};

/** What a person does, and why. */
export function byHandTask({ what, because }: ManualTask): string {
  const task = because === 'guest-home-tenant' ? "Ask the guest's own company to reset the password" : BY_HAND_TASK[what];
  return `${task}, because ${BY_HAND_BECAUSE[because]}`;
}

const BY_HAND_TASK: Readonly<Record<ManualTask['what'], string>> = {
  'reset-password': 'Reset the password where it is kept, twice (the one before may still be accepted for a while)',
  'remove-methods':
    "Check the sign-in methods, and remove those that are not the owner's, in the Entra admin center, Users, this person, Authentication methods",
};

const BY_HAND_BECAUSE: Readonly<Record<ManualTask['because'], string>> = {
  synced: 'this account comes from Active Directory',
  federated: 'its domain signs in through another identity provider',
  'guest-home-tenant': 'it is kept there',
  'no-api': 'one of them cannot be removed through Microsoft Graph',
  'list-unreadable': 'the list could not be read',
};

/** The step that works in both directions. */
const BLOCK_AGAIN = 'Block sign-in again';

/** The name of a step in a plan. An undo makes the same step in the other direction. */
export const plannedStepName = ({ step, changes }: PlannedStep): string =>
  step === 'release-false-alarm' && changes.every(({ to }) => to === false) ? BLOCK_AGAIN : STEP_NAME[step];

export const planOf = (group: PlanKind): string => `the ${PLAN_KIND_NAME[group]} plan`;

export const PLAN = {
  cannotUndo: 'Cannot be undone:',
  canUndo: 'Can be undone:',
  notTicked: 'Not ticked, so it stays unless an approver ticks it with "Change items…":',
  notTickedStays: 'Not ticked, so it stays:',
  onlyNotTicked: 'Not ticked: ',
  wasNotTicked: 'Stays, because it was not ticked: ',
  stays: 'Stays: ',
  byHand: 'By hand: ',
  namesUnsure:
    'The names of these items could not be verified, so nobody can approve this plan now. They are read again automatically; if this message stays, tell the operator of this app.',
  namesUnsureLater: 'The names of these items could not be verified.',
  held: 'The case is on hold: an approved plan waits until an approver presses "Resume case…".',
  toStop: 'To stop it, press "Hold case…" on the card of the case.',
  heldMeanwhile: 'The case is on hold: nothing more of this plan is done until an approver presses "Resume case…".',
  approvedBy: 'Approved by ',
  approvedSoFar: 'Approved so far by ',
  declinedBy: 'Declined by ',
  askedBy: 'Requested by ',
  answerBy: 'Answer by ',
  thenAnew: '; after that a new plan is made from a fresh read.',
  unanswered: 'If it is not answered by ',
  isAnew: ', a new plan is made from a fresh read.',
  expired: 'It was not decided in time. ',
  nothingDone: 'Nothing of it was done.',
  askedAnew: ' What is still to do is in a new plan.',
  noMore: 'What was not done of this plan is not done any more.',
  asWas: 'The plan was:',
} as const;

/** Why a plan is not asked about any more. */
export function replacedWords(because: ReplacedBecause | null): string {
  switch (because) {
    case 'approval-lost':
      return 'An approver may not approve any more, so a new plan is made. ';
    case 'stricter-report':
      return 'Another report says more, so this plan is not needed any more. ';
    case 'account-blocked':
      return 'The account is blocked, so this plan is not needed any more. ';
    default:
      return 'Another plan replaces it. ';
  }
}

/** Says that the plan cannot be approved in Slack, and what to do instead. */
export const notApprovedHere = (group: PlanKind): string =>
  `Nobody can approve this in Slack: it needs a fresh sign-in with a security key as well. ${
    group === 'containment'
      ? 'Call the person; if the sign-in was not theirs, block sign-in and revoke sessions by hand. The account is rechecked automatically, and the case resumes when a recheck finds it blocked.'
      : `Do it by hand, by your own procedure for administrators; then press "${BUTTON.decline(group)}", so that nobody is asked any more.`
  }`;

/** Who is needed, and who does not count. */
export function approversNeeded({
  approvers,
  missing,
  askedFor,
}: {
  readonly approvers: 1 | 2;
  readonly missing: number;
  readonly askedFor: boolean;
}): string {
  const many = approvers === 1 ? 'One approver is needed' : missing === 1 ? 'One more approver is needed' : 'Two approvers are needed';
  return `${many}: not the person it is about, not who reported it${askedFor ? ', not who requested it' : ''}.`;
}

/** How far a step has come, by fresh reads only. */
export function stepProgress({ ticked, done, dropped, failed }: PlanStepView): string {
  return [
    `${done} of ${ticked} seen done by a fresh read`,
    ...(failed === null ? [] : [`failed: ${failure(failed)}`]),
    ...(dropped === 0 ? [] : [`${dropped} skipped, because it had changed since it was approved`]),
  ].join('; ');
}

/** The age of the plan at a person's approval. */
export function planAge(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  if (seconds < 120) return `${seconds} s after the plan was made`;
  return `${Math.floor(seconds / 60)} min after the plan was made`;
}

export const planCodeLine = (code: string): string => `Plan code ${code}`;
export const planReference = (digest: string, revision: number): string => `Plan ${digest.slice(0, 12)}, revision ${revision}`;

/** Every button names what it acts on. */
export const BUTTON = {
  approve: (group: PlanKind): string => `Approve ${PLAN_KIND_NAME[group]}…`,
  decline: (group: PlanKind): string => `Decline ${PLAN_KIND_NAME[group]}…`,
  change: 'Change items…',
  confirmContainment: 'Confirm containment…',
  hold: (number: number): string => `Hold case ${number}…`,
  resume: (number: number): string => `Resume case ${number}…`,
  acknowledge: (number: number): string => `Take case ${number}`,
  release: 'Release as a false alarm…',
  undo: 'Undo the release…',
  more: 'More',
} as const;

export const CONFIRM_DIALOG = {
  title: 'Confirm containment?',
  text: 'This says that the automatic block of the account was right. It changes nothing else.',
  yes: 'Confirm',
  no: 'Not now',
} as const;

// --- the forms ---

export const DECIDE = {
  approveTitle: 'Approve the plan',
  approve: 'Approve',
  code: 'Plan code',
  codeHint: 'Four digits. They stand directly above the Approve button, and not here.',
  declineTitle: 'Decline the plan',
  decline: 'Decline',
  changeTitle: 'Change what is ticked',
  change: 'Save as new revision',
  changeIntro:
    'What is ticked is removed once the new revision is approved; the rest stays. Approvals of the old revision do not count for it.',
  remove: 'Remove',
  holdTitle: 'Hold the case',
  hold: 'Hold',
  holdIntro:
    'Approved plans are paused until an approver resumes the case. Blocks stay in place, rechecks and automatic containment continue.',
  resumeTitle: 'Resume the case',
  resumeHeldFor: 'The case is on hold because:',
  notHeld: 'The case is not on hold, so there is nothing to resume.',
  resume: 'Resume',
  resumeIntro: 'Failed steps are tried again, approved plans are carried out, and open decisions are asked again.',
  resumeKnowing:
    'Attacker activity was seen after the account had been blocked. By resuming you take note of it: only new activity puts the case on hold again, and the closed case says that activity was seen.',
  resumeKnowingReleased:
    "Activity that may be an attacker's was seen after the release. By resuming you take note of it: only new activity puts the case on hold again.",
  releaseTitle: 'Request a release',
  release: 'Request',
  releaseIntro:
    'This requests a plan: a new password, and the account enabled again. The plan is made only if the complete logs show no sign-in of an attacker. Another person must approve it.',
  undoTitle: 'Request an undo',
  undo: 'Request',
  undoIntro: 'This requests a plan that undoes the newest change that can be undone. Another person must approve it.',
  why: 'Why?',
  close: 'Not now',
  done: 'Done',
  sentTitle: 'Sent',
  sent: 'Your decision is saved and on its way. The messages of the case show the result. If it does not count, a direct message tells you why.',
  nothingSavedTitle: 'Nothing was saved',
  planGone: 'This plan is not open any more: it was changed, decided or replaced. Its message shows its state.',
  unreadable: 'This could not be read, so nothing was saved. Please press the button at the message of the case once more.',
} as const;

export const caseIsClosed = (number: number): string => `Case ${number} is closed, so nothing more can be decided in it.`;

/** What a decline does. */
export const declineIntro = (group: PlanKind): string =>
  group === 'containment'
    ? 'If you decline, the account is not blocked, and the case is put on hold until an approver resumes it.'
    : 'If you decline, nothing of this plan is done, and blocks stay in place. If it has already begun, the case is put on hold instead.';

const BY_HAND_THEN = 'If it keeps failing, do by hand what cannot wait, and note what you did and when.';

/** The decision is not in the inbox. */
export const decisionNotSaved = `Your decision could not be saved just now. Please press the button once more; twice does no harm. ${BY_HAND_THEN}`;
export const decisionFormDidNotOpen = `The form did not open, and nothing was saved. Please press the button once more. ${BY_HAND_THEN}`;

export const DECIDE_ERRORS = {
  codeShape: 'The plan code has four digits.',
  wrongCode:
    'This is not the code of this plan. It stands directly above the Approve button. If another one stands there now, the plan has changed: close this form and open it again. This try was recorded; three wrong ones lock you out for a while.',
  why: 'Please say why, in a few words.',
} as const;

// --- what did not count ---

const ACTION_NAME: Readonly<Record<DecisionAction, string>> = {
  approve: 'approval was not counted',
  decline: 'decline was not counted',
  revise: 'change of the ticks was not made',
  'confirm-containment': 'confirmation of containment was not counted',
  hold: 'hold was not placed',
  resume: 'resume was not counted',
  'ask-release': 'request for a release led to no plan',
  'ask-undo': 'request for an undo led to no plan',
  acknowledge: 'acknowledgement was not counted',
  'take-call': '"I will call" was not counted',
};

/** Why an action cannot be done now, by action. */
const NOT_NOW: Partial<Readonly<Record<DecisionAction, string>>> = {
  'confirm-containment': 'there is nothing to confirm: containment was confirmed before, or this account was not blocked automatically.',
  resume: 'the case is not on hold.',
  'ask-release': 'a release is for reports that name no success, one at a time, and not while a plan is being carried out.',
  'ask-undo': 'one undo is made at a time, and none while a plan is being carried out.',
};

const WHY_NOT: Readonly<Record<Exclude<Refusal, 'locked-out' | 'plan-too-new'>, string>> = {
  'not-in-group': 'you are not in the group of approvers now.',
  'not-in-baseline': 'you were not on the list of approvers that was stored before this case. A new approver counts from the next day on.',
  guest: 'guests cannot decide.',
  'account-disabled': 'your own account is disabled.',
  'is-subject': 'it is about your own account.',
  'is-reporter': 'you reported this case; another person must decide.',
  'asked-for-it': 'you requested this plan; another person must approve it.',
  'own-case-confirmed': 'your own account was blocked in a case of its own.',
  'voted-already': 'you have approved this plan before; another person is needed.',
  'plan-unknown': 'there is no such plan in this case.',
  'plan-changed': 'the plan changed, or another one replaced it. Its message shows its state; a newer revision has a code of its own.',
  'plan-expired': 'the plan had expired. What is still to do is in a new one.',
  'plan-decided': 'the plan had been decided already.',
  'wrong-code': 'the plan code was wrong.',
  'step-up-needed': 'this plan needs a fresh sign-in with a security key, which cannot be given here.',
  'directory-silent': 'the directory did not answer in time. Please try again.',
  'plan-not-made': 'the plan could not be made. The operator of unapprove finds the reason in the log of the worker.',
  'nothing-changed': 'nothing would have been different.',
  'nothing-to-undo': 'nothing was changed in this case that can be undone.',
  'logs-forbid': 'the logs are not complete yet, cannot be read, or show a sign-in of the attacker.',
  'not-allowed-now': 'this cannot be done in this case now.',
  'hold-changed': 'the case is on hold for a newer reason than your form showed. Read its card, and press "Resume case…" again.',
  'call-taken': 'another person has said that they will call; the card of the case names them.',
  'case-closed': 'the case is closed.',
};

/** For the person whose decision it was. */
export const notCounted = (
  { number, durations }: Pick<CaseView, 'number' | 'durations'>,
  { act, because, waitMs }: Pick<RefusalView, 'act' | 'because' | 'waitMs'>,
): string => `Case ${number}: your ${ACTION_NAME[act]}: ${whyNot(act, because, durations.lockOutMs, waitMs ?? 0)}`;

function whyNot(act: DecisionAction, because: Refusal, lockOutMs: number, waitMs: number): string {
  if (because === 'plan-too-new') {
    const seconds = Math.max(1, Math.ceil(waitMs / 1000));
    return `read the plan first. You can approve it in ${seconds === 1 ? 'one second' : `${seconds} seconds`}; then press the Approve button again. This attempt does not count against you.`;
  }
  if (because === 'locked-out') {
    const minutes = Math.max(1, Math.round(lockOutMs / 60_000));
    return `three wrong plan codes were typed, so approving is locked for you for up to ${minutes === 1 ? 'a minute' : `${minutes} minutes`}. Another person can approve.`;
  }
  return because === 'not-allowed-now' ? (NOT_NOW[act] ?? WHY_NOT[because]) : WHY_NOT[because];
}
