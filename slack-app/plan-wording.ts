// Every sentence about plans and decisions. Exact before kind: whoever reads
// them is about to change somebody's account, tired, on a small screen.
import type { DecisionAct, Refusal } from '../domain/approval.ts';
import type { CaseView, RefusalView } from '../domain/case-view.ts';
import type { PlanBecause, ReplacedBecause } from '../domain/evidence.ts';
import type { MethodKind } from '../domain/method.ts';
import type { ByHand, PlanGroup, PlannedStep } from '../domain/plan.ts';
import type { PlanStepView, PlanView } from '../domain/plan-view.ts';
import type { SortedBecause } from '../domain/sorting.ts';
import { failure, GROUP_NAME, STEP_NAME } from '../domain/words.ts';

export const PLAN_STATE: Readonly<Record<PlanView['state'], string>> = {
  asked: 'approval needed',
  approved: 'approved',
  begun: 'under way',
  done: 'done',
  declined: 'declined',
  expired: 'expired',
  replaced: 'replaced',
};

/** On the card, beside a plan that only a fresh sign-in could approve. */
export const PLAN_NOT_HERE = ', and not possible here';

export const things = (count: number): string => `${count} ${count === 1 ? 'thing' : 'things'}`;

/** @param ratifies the closing by policy waits for a person as well */
export function question(group: PlanGroup, count: number, ratifies: boolean): string {
  switch (group) {
    case 'contain':
      return 'Close this account?';
    case 'clean-up': {
      const what = count === 1 ? 'this one thing' : `these ${things(count)}`;
      return ratifies ? `Keep it closed, and clean up ${what}?` : `Clean up ${what}?`;
    }
    case 'release':
      return 'Release this account as a false alarm?';
    case 'undo':
      return 'Take the release back, and block this account again?';
  }
}

export const BECAUSE: Readonly<Record<PlanBecause, string>> = {
  'evidence-collected': 'Made from a fresh look at the account.',
  'account-blocked': 'Made when the account was closed.',
  'logs-inconclusive': 'The logs do not decide whether somebody got in: a person must.',
  'new-item': 'Made because something was there that had been in no plan.',
  'item-changed': 'Made because something had changed since the last plan, and was left alone.',
  'plan-expired': 'Made anew because the last one was not decided in time.',
  'approval-lost': 'Made anew because an approver of the last one may not approve any more.',
  'ticks-changed': 'A new revision: somebody changed what is ticked.',
  requested: 'A responder asked for it.',
  'report-after-release': 'Another report came in after this account was released as a false alarm.',
  'logs-show-success': 'The logs show a sign-in that the owner may not have made. Whether the account is blocked is for a person to say.',
  'automatic-block-limit': 'Many accounts were blocked by policy in a short time, so a person decides about this one.',
};

export const SORTED_BECAUSE: Readonly<Record<SortedBecause, string>> = {
  'added-from-attacker-address': 'added from an address of the intruder',
  'added-in-window': 'added while the intruder was inside',
  'may-be-added-in-window': 'may be the one that the intruder added',
  'older-than-window': 'there before, but it can be phished',
  'age-unknown': 'nobody can say when it was added',
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
export function byHandTask({ what, because }: ByHand): string {
  const task = because === 'guest-home-tenant' ? "Ask the guest's own company to reset the password" : BY_HAND_TASK[what];
  return `${task}, because ${BY_HAND_BECAUSE[because]}`;
}

const BY_HAND_TASK: Readonly<Record<ByHand['what'], string>> = {
  'reset-password': 'Reset the password where it is kept, twice (the one before may still be accepted for a while)',
  'remove-methods':
    "Check the ways to sign in, and remove what is not the owner's, in the Entra admin center, Users, this person, Authentication methods",
};

const BY_HAND_BECAUSE: Readonly<Record<ByHand['because'], string>> = {
  synced: 'this account comes from Active Directory',
  federated: 'its domain signs in through another identity provider',
  'guest-home-tenant': 'it is kept there',
  'no-api': 'one of them cannot be removed by a program',
  'list-unreadable': 'the list could not be read',
};

/** The one step that is taken in both directions. */
const BLOCK_AGAIN = 'Block sign-in again';

/** What a step of a plan does, in words: an undo takes the same step back. */
export const plannedStepName = ({ step, changes }: PlannedStep): string =>
  step === 'release-false-alarm' && changes.every(({ to }) => to === false) ? BLOCK_AGAIN : STEP_NAME[step];

export const planOf = (group: PlanGroup): string => `the ${GROUP_NAME[group]} plan`;

export const PLAN = {
  cannotUndo: 'Cannot be taken back:',
  canUndo: 'Can be taken back:',
  notTicked: 'Not ticked, so it stays unless somebody ticks it with "Change…":',
  notTickedStays: 'Not ticked, so it stays:',
  onlyNotTicked: 'Not ticked: ',
  wasNotTicked: 'Stays, because it was not ticked: ',
  stays: 'Stays: ',
  byHand: 'By hand: ',
  namesUnsure:
    'What these things are called could not be verified, so nobody can approve this plan now. It is looked at again by itself; if this stays, tell whoever runs this app.',
  namesUnsureLater: 'What these things are called could not be verified.',
  held: 'The case is on hold: an approved plan waits until somebody presses "Go on…".',
  toStop: 'To stop it, press "Hold…" on the card of the case.',
  heldMeanwhile: 'The case is on hold: nothing more of this is done until somebody presses "Go on…".',
  approvedBy: 'Approved by ',
  approvedSoFar: 'Approved so far by ',
  declinedBy: 'Declined by ',
  askedBy: 'Asked for by ',
  answerBy: 'Answer by ',
  thenAnew: '; after that it is made anew from what is there then.',
  unanswered: 'If nobody has answered by ',
  isAnew: ', it is made anew from what is there then.',
  expired: 'It was not decided in time. ',
  nothingDone: 'Nothing of it was done.',
  askedAnew: ' What is still to do is asked in a new plan.',
  noMore: 'What was not done of this one is not done any more.',
  asWas: 'It was this:',
} as const;

/** Why nobody is asked about a plan any more. */
export function replacedWords(because: ReplacedBecause | null): string {
  switch (because) {
    case 'approval-lost':
      return 'An approver may not approve any more, so it is asked anew. ';
    case 'stricter-report':
      return 'A report came in that says more, so this is not asked any more. ';
    case 'account-blocked':
      return 'The account is shut by now, so this is not asked any more. ';
    default:
      return 'Another plan takes its place. ';
  }
}

/** Nobody can approve it here, and what to do instead. */
export const notApprovedHere = (group: PlanGroup): string =>
  `Nobody can approve this here: it needs a fresh sign-in with a security key as well. ${
    group === 'contain'
      ? 'Call the person; if it was somebody else, block sign-in and revoke sessions by hand. The account is looked at again by itself, and the case goes on once it is found shut.'
      : 'Do it by hand, by your own procedure for administrators; then press "Decline…", so that nobody is asked any more.'
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
  return `${many}: not the person it is about, not who reported it${askedFor ? ', not who asked for it' : ''}.`;
}

/** How far a step has come, by fresh reads only. */
export function stepProgress({ ticked, done, dropped, failed }: PlanStepView): string {
  return [
    `${done} of ${ticked} seen done by a fresh read`,
    ...(failed === null ? [] : [`failed: ${failure(failed)}`]),
    ...(dropped === 0 ? [] : [`${dropped} left alone, because it was not what had been approved any more`]),
  ].join('; ');
}

/** How long the plan had stood when a person approved it. */
export function planAge(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  if (seconds < 120) return `${seconds} s after the plan was made`;
  return `${Math.floor(seconds / 60)} min after the plan was made`;
}

export const planCodeLine = (code: string): string => `Plan code ${code}`;
export const planReference = (digest: string, revision: number): string => `Plan ${digest.slice(0, 12)}, revision ${revision}`;

export const BUTTON = {
  approve: 'Approve…',
  decline: 'Decline…',
  change: 'Change…',
  keepClosed: 'Keep it closed',
  hold: 'Hold…',
  goOn: 'Go on…',
  acknowledge: 'I have it',
  release: 'False alarm…',
  undo: 'Undo…',
  more: 'More',
} as const;

export const CONFIRM_KEEP_CLOSED = {
  title: 'Keep it closed?',
  text: 'This says that closing the account by policy was right. It changes nothing else.',
  yes: 'Keep it closed',
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
    'No plan is carried further until somebody says go on. What is shut stays shut, and is watched; what policy orders to shut the account is still done.',
  goOnTitle: 'Go on',
  goOnHeldFor: 'What the case is held for:',
  notHeld: 'The case is not on hold, so it goes on by itself.',
  goOn: 'Go on',
  goOnIntro: 'What had failed is tried again, approved plans are carried out, and what is still to be decided is asked again.',
  goOnKnowing:
    'Somebody was seen inside after the account had been shut. By going on you take note of it: only more than that holds the case again, and the end of the case says that somebody was seen inside.',
  goOnKnowingReleased:
    'Somebody who may not be the owner was seen after the release. By going on you take note of it: only more than that holds the case again.',
  releaseTitle: 'Ask for a release',
  release: 'Ask',
  releaseIntro:
    'This asks for a plan: a new password, and the account opened again. It is made only if the complete logs show that nobody got in. Somebody else must approve it.',
  undoTitle: 'Ask for an undo',
  undo: 'Ask',
  undoIntro: 'This asks for a plan that takes back the newest change that can be taken back. Somebody else must approve it.',
  why: 'Why?',
  close: 'Not now',
  done: 'Done',
  sentTitle: 'Sent',
  sent: 'Your decision is written down and on its way. The messages of the case show what comes of it. If it does not count, you are told why in a direct message.',
  nothingSavedTitle: 'Nothing was saved',
  planGone: 'This plan is not open any more: it was changed, decided or made anew. Its message shows how it stands now.',
  unreadable: 'This could not be read, so nothing was saved. Please press the button at the message of the case once more.',
} as const;

export const caseFinished = (number: number): string => `Case ${number} is finished, so nothing more is decided in it.`;

/** What a no does. */
export const declineIntro = (group: PlanGroup): string =>
  group === 'contain'
    ? 'If you decline, the account stays open, and the case is put on hold until somebody says what is to happen next.'
    : 'If you decline, nothing of this plan is done, and what is shut stays shut. If it has begun already, the case is put on hold instead.';

const BY_HAND_THEN = 'If it keeps failing, do by hand what cannot wait, and note what you did and when.';

/** The person pressed something, and it is not in the inbox. */
export const decisionNotSaved = `Your decision could not be saved just now. Please press the button once more; twice does no harm. ${BY_HAND_THEN}`;
export const decisionFormDidNotOpen = `The form did not open, and nothing was saved. Please press the button once more. ${BY_HAND_THEN}`;

export const DECIDE_ERRORS = {
  codeShape: 'The plan code has four digits.',
  wrongCode:
    'This is not the code of this plan. It stands directly above the Approve button. If another one stands there now, the plan has changed: close this form and open it again. This try was written down; three wrong ones lock you out for a while.',
  why: 'Please say why, in a few words.',
} as const;

// --- what did not count ---

const ACT: Readonly<Record<DecisionAct, string>> = {
  approve: 'approval was not counted',
  decline: 'decline was not counted',
  revise: 'change of the ticks was not made',
  'keep-closed': 'word that it stays closed was not counted',
  hold: 'hold was not set',
  'go-on': '"go on" was not counted',
  'ask-release': 'request for a release led to no plan',
  'ask-undo': 'request for an undo led to no plan',
  acknowledge: '"I have it" was not counted',
};

/** What cannot be done now, by what was tried. */
const NOT_NOW: Partial<Readonly<Record<DecisionAct, string>>> = {
  'keep-closed': 'there is nothing to ratify, because somebody has done so or policy did not close this account.',
  'go-on': 'the case is not on hold.',
  'ask-release': 'a release is for reports that name no success, one at a time, and not while a plan is being carried out.',
  'ask-undo': 'one undo is made at a time, and none while a plan is being carried out.',
};

const WHY_NOT: Readonly<Record<Exclude<Refusal, 'locked-out' | 'plan-too-new'>, string>> = {
  'not-in-group': 'you are not in the group of approvers now.',
  'not-in-baseline': 'you were not on the list of approvers that was stored before this case. A new approver counts from the next day on.',
  guest: 'guests cannot decide.',
  'account-disabled': 'your own account is disabled.',
  'is-subject': 'it is about your own account.',
  'is-reporter': 'you reported this case; somebody else must decide.',
  'asked-for-it': 'you asked for this plan; somebody else must approve it.',
  'contained-themselves': 'your own account was closed in a case of its own.',
  'voted-already': 'you have approved this plan before; another person is needed.',
  'plan-unknown': 'there is no such plan in this case.',
  'plan-changed':
    'the plan changed meanwhile, or another one took its place. Its message shows how it stands now; a newer revision has a code of its own.',
  'plan-expired': 'the plan had expired. What is still to do is asked in a new one.',
  'plan-decided': 'the plan had been decided already.',
  'wrong-code': 'the plan code was wrong.',
  'step-up-needed': 'this plan needs a fresh sign-in with a security key, which cannot be given here.',
  'directory-silent': 'the directory did not answer in time. Please try again.',
  'plan-not-made': 'the plan could not be made. Whoever runs unapprove finds the reason in the worker’s log.',
  'nothing-changed': 'nothing would have been different.',
  'nothing-to-undo': 'nothing was changed in this case that can be taken back.',
  'logs-forbid': 'the logs are not complete yet, cannot be read, or show that somebody got in.',
  'not-allowed-now': 'this cannot be done in this case now.',
  'hold-changed': 'the case is on hold for something newer than your form showed. Read its card, and press "Go on…" again.',
  'case-finished': 'the case is finished.',
};

/** For the person whose decision it was. */
export const notCounted = (
  { number, durations }: Pick<CaseView, 'number' | 'durations'>,
  { act, because, waitMs }: Pick<RefusalView, 'act' | 'because' | 'waitMs'>,
): string => `Case ${number}: your ${ACT[act]}: ${whyNot(act, because, durations.lockOutMs, waitMs ?? 0)}`;

function whyNot(act: DecisionAct, because: Refusal, lockOutMs: number, waitMs: number): string {
  if (because === 'plan-too-new') {
    const seconds = Math.max(1, Math.ceil(waitMs / 1000));
    return `read the plan first. You can approve it in ${seconds === 1 ? 'one second' : `${seconds} seconds`}; press "${BUTTON.approve}" once more then. Nothing was counted against you.`;
  }
  if (because === 'locked-out') {
    const minutes = Math.max(1, Math.round(lockOutMs / 60_000));
    return `three wrong plan codes were typed, so approving is locked for you for up to ${minutes === 1 ? 'a minute' : `${minutes} minutes`}. Somebody else can approve.`;
  }
  return because === 'not-allowed-now' ? (NOT_NOW[act] ?? WHY_NOT[because]) : WHY_NOT[because];
}
